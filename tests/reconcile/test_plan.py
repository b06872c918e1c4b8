"""A plan as a whole: what takes part in it, in which order, and what it says of itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from faxops.errors import UsageError
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.model.live import LiveResource
from faxops.reconcile.plan import Summary
from tests.reconcile.builders import desired, imports, live, plan, removed, stack, told


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        pytest.param({"target": ("intak",)}, "--target intak", id="target"),
        pytest.param({"exclude": ("intake", "old*")}, "--exclude old*", id="exclude"),
    ],
)
def test_a_glob_that_matches_nothing_is_an_error(options: dict[str, Any], flag: str) -> None:
    with pytest.raises(UsageError) as refused:
        plan(stack(desired("intake")), live(2, "hospital/old"), **options)

    assert refused.value.message == (
        f"{flag} matches no key of this configuration and no live application of the stack clinic."
    )
    assert refused.value.hint == (
        "Keys are the names under fax_applications, e.g. --target 'clinic-*'."
    )


def test_a_glob_may_name_what_is_live_only() -> None:
    wanted = stack(desired("intake", number=1))

    assert told(plan(wanted, live(1, "intake"), live(2, "old"), target=("o*",))) == ["delete old"]
    assert told(plan(wanted, live(1, "intake"), live(2, "old"), exclude=("old",))) == []


def test_an_exclude_outweighs_a_target() -> None:
    wanted = stack(desired("a"), desired("b"))

    assert told(plan(wanted, target=("*",), exclude=("b",))) == ["create a"]


def test_a_breach_of_the_policy_refuses_whatever_is_selected() -> None:
    breach = Diagnostic(Severity.ERROR, "FX602", "`webhook_event_url` is not https.")
    wanted = replace(stack(desired("a"), desired("b")), breaches=(breach,))

    assert told(plan(wanted, target=("a",))) == ["create a", "refused FX602"]


def test_a_plan_says_what_it_was_made_of() -> None:
    wanted = replace(stack(desired("a"), desired("b")), environment="prod")
    planned = plan(wanted, target=("a*",), exclude=("b",))

    assert (planned.stack, planned.environment) == ("clinic", "prod")
    assert (planned.account, planned.base_url) == ("7a1c", "https://api.example/v2")
    assert planned.config_digest == wanted.config_digest
    assert (planned.target, planned.exclude) == (("a*",), ("b",))


def test_what_the_loader_warned_of_stands_in_the_plan() -> None:
    warning = Diagnostic(Severity.WARNING, "FX610", "It is odd.")

    assert plan(replace(stack(), warnings=(warning,))).warnings == (warning,)


@pytest.mark.parametrize("found", [[], [live(1, "intake")]], ids=["created", "updated"])
def test_a_value_from_the_environment_is_sensitive_in_its_change(found: list[LiveResource]) -> None:
    (change,) = plan(
        stack(desired("intake", masks={"application_name": ((0, 3),)})), *found
    ).changes

    assert change.is_sensitive("application_name")
    assert not change.is_sensitive("active")


def test_changes_of_one_address_are_sorted_by_id() -> None:
    wanted = stack(desired("a", number=2, active=False), removed=[removed(number=1)])

    assert told(plan(wanted, live(1, "a"), live(2, "a"))) == ["delete a", "update a"]


def test_changes_are_sorted_by_address() -> None:
    wanted = stack(desired("b"), desired("a"), desired("c", number=3))

    assert told(plan(wanted, live(3, "c", active=False), live(4, "aa"))) == [
        "create a",
        "delete aa",
        "create b",
        "update c",
    ]


def test_a_plan_counts_what_it_does() -> None:
    wanted = stack(
        desired("a", number=1, active=False),
        desired("b"),
        desired("c", number=3),
        imports=[imports(3, "c")],
        removed=[removed("d"), removed("e")],
    )
    found = [live(1, "a"), live(3), live(4, "d"), live(5, "e"), live(6, "f")]

    assert plan(wanted, *found).summary == Summary(imported=1, add=1, change=1, destroy=1, forget=2)


def test_an_import_with_differences_counts_as_import_and_as_change() -> None:
    wanted = stack(
        desired("a", number=1),
        desired("b", active=False),
        imports=[imports(1, "a"), imports(2, "b")],
    )
    summary = plan(wanted, live(1), live(2)).summary

    assert (summary.imported, summary.add, summary.change, summary.destroy) == (2, 0, 1, 0)
