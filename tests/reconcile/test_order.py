"""SIP subdomains change hands in an order that the API can follow, or not at all."""

from __future__ import annotations

from faxops.config.stack import DesiredResource, Stack
from faxops.model.live import LiveResource
from faxops.reconcile.order import predecessors
from faxops.reconcile.plan import Plan
from tests.reconcile.builders import desired, live, moved, plan, removed, stack, told


def wants(key: str, subdomain: str | None) -> DesiredResource:
    return desired(key, application_name=key, inbound={"sip_subdomain": subdomain})


def has(number: int, key: str, subdomain: str | None) -> LiveResource:
    return live(number, key, application_name=key, inbound={"sip_subdomain": subdomain})


def waits(planned: Plan) -> dict[str, str]:
    keys = [change.key for change in planned.changes]
    return {keys[index]: keys[giver] for index, giver in predecessors(planned.changes).items()}


def of(*resources: DesiredResource) -> Stack:
    return stack(*resources)


def test_who_takes_a_subdomain_waits_for_who_frees_it() -> None:
    planned = plan(of(wants("a", "x"), wants("b", "y")), has(1, "a", None), has(2, "b", "x"))

    assert waits(planned) == {"a": "b"}
    assert planned.can_apply


def test_a_create_waits_for_an_update() -> None:
    assert waits(plan(of(wants("a", "x"), wants("b", None)), has(2, "b", "x"))) == {"a": "b"}


def test_a_chain_waits_link_by_link() -> None:
    wanted = of(wants("a", "x"), wants("b", "y"), wants("c", "z"))

    assert waits(plan(wanted, has(2, "b", "x"), has(3, "c", "y"))) == {"a": "b", "b": "c"}


def test_who_keeps_a_subdomain_waits_for_nobody() -> None:
    planned = plan(of(wants("a", "x"), wants("b", "y")), has(1, "a", "x"), has(2, "b", None))

    assert waits(planned) == {}


def test_who_keeps_a_subdomain_does_not_take_what_another_frees() -> None:
    wanted = of(desired("a", number=1, inbound={"sip_subdomain": "x"}), wants("b", "y"))

    assert waits(plan(wanted, has(1, "a", "x"), has(2, "b", "x"))) == {}


def test_a_circle_is_refused() -> None:
    planned = plan(of(wants("a", "y"), wants("b", "x")), has(1, "a", "x"), has(2, "b", "y"))

    (refusal,) = planned.refusals
    assert refusal.code == "FX750"
    assert refusal.summary.startswith("a and b trade")


def test_a_circle_of_three_beside_a_chain_into_it_is_refused_once() -> None:
    wanted = of(wants("a", "2"), wants("b", "3"), wants("c", "1"), wants("d", "1"))
    found = [has(1, "a", "1"), has(2, "b", "2"), has(3, "c", "3"), has(4, "d", None)]

    assert told(plan(wanted, *found)).count("refused FX750") == 1


def test_taking_from_what_is_destroyed_last_is_refused() -> None:
    planned = plan(of(wants("a", "x"), wants("k", None)), has(1, "old", "x"), has(2, "k", None))

    (refusal,) = planned.refusals
    assert refusal.code == "FX751"
    assert "moved: [{from: old, to: a}]" in refusal.suggestion


def test_the_two_ways_out_of_that_refusal_lead_out() -> None:
    wanted = of(wants("a", "x"), wants("k", None))
    found = [has(1, "old", "x"), has(2, "k", None)]
    renamed = stack(*wanted.resources, moved=[moved("old", "a")])

    assert told(plan(wanted, *found, target=("old",))) == ["delete old"]
    assert told(plan(renamed, *found)) == ["update a from clinic/old"]


def test_what_is_forgotten_keeps_its_subdomain() -> None:
    wanted = stack(wants("a", "x"), removed=[removed("old")])

    assert waits(plan(wanted, has(1, "a", None), has(2, "old", "x"))) == {}
