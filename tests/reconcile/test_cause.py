"""Whose a change is: this branch's, drift, or both; and what --fail-on-unrelated refuses."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest

from faxops.config.stack import DesiredResource, Import, Moved, Removed, Stack
from faxops.model.diagnostic import Diagnostic, Place, Severity
from faxops.model.live import LiveResource
from faxops.reconcile.cause import refused_unrelated, with_causes
from faxops.reconcile.plan import Cause, Plan
from faxops.reconcile.planner import PlanOptions
from faxops.reconcile.supposed import plan_offline
from tests.report.plans import application, desired, live, planned, stack

HERE = Place("faxops.yaml", 40, 3)


def caused(head: Stack, base: Stack | None, account: Iterable[LiveResource]) -> Plan:
    account = tuple(account)
    return with_causes(planned(head, account), planned(base, account) if base else None)


def causes(plan: Plan) -> dict[str, Cause | None]:
    return {change.key: change.cause for change in plan.changes}


def fields(plan: Plan) -> dict[str, Cause | None]:
    return {field.path: field.cause for change in plan.changes for field in change.fields}


def named(name: str, **other: Any) -> DesiredResource:  # noqa: ANN401 - any field
    return desired("intake", application(name, **other))


@pytest.mark.parametrize(
    ("head", "base", "now", "expected"),
    [
        pytest.param("New", "Old", "Old", Cause.CONFIG, id="the branch renames"),
        pytest.param("Old", "Old", "Strange", Cause.DRIFT, id="somebody renamed it in the account"),
        pytest.param("New", "Old", "Strange", Cause.BOTH, id="both did"),
    ],
)
def test_a_field_is_of_whoever_moved_it(head: str, base: str, now: str, expected: Cause) -> None:
    plan = caused(stack(named(head)), stack(named(base)), [live(1, "intake", application(now))])

    assert fields(plan) == {"application_name": expected}
    assert causes(plan) == {"intake": expected}


def test_a_change_with_fields_of_each_is_of_both() -> None:
    account = [live(1, "intake", application("Old", webhook_timeout_secs=29))]

    plan = caused(stack(named("New")), stack(named("Old")), account)

    assert fields(plan) == {"application_name": Cause.CONFIG, "webhook_timeout_secs": Cause.DRIFT}
    assert causes(plan) == {"intake": Cause.BOTH}


def test_what_the_branch_adopts_from_the_account_is_no_change() -> None:
    plan = caused(
        stack(named("Strange")), stack(named("Old")), [live(1, "intake", application("Strange"))]
    )

    assert plan.is_empty


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        pytest.param(stack(), Cause.CONFIG, id="the branch adds it"),
        pytest.param(stack(named("New")), Cause.DRIFT, id="it was deleted in the account"),
        pytest.param(stack(named("Old")), Cause.BOTH, id="deleted there and changed here"),
        pytest.param(None, Cause.CONFIG, id="there was no configuration"),
    ],
)
def test_a_create_is_of_whoever_made_it_necessary(base: Stack | None, expected: Cause) -> None:
    assert causes(caused(stack(named("New")), base, [])) == {"intake": expected}


@pytest.mark.parametrize(
    ("base", "expected"),
    [
        pytest.param(stack(named("Old")), Cause.CONFIG, id="the branch takes it out"),
        pytest.param(stack(), Cause.DRIFT, id="it was out already and nobody applied that"),
    ],
)
def test_a_destroy_is_of_whoever_took_the_block_out(base: Stack, expected: Cause) -> None:
    assert causes(caused(stack(), base, [live(1, "intake")])) == {"intake": expected}


def test_an_import_and_a_move_that_wait_to_be_applied_are_not_of_the_branch() -> None:
    imports = (Import(live(1, None).id, "intake", HERE),)
    moved = (Moved("clinic-prod", "old", "lab", HERE),)
    waiting = stack(desired("intake"), desired("lab"), imports=imports, moved=moved)
    account = [live(1, None), live(2, "old")]

    assert causes(caused(waiting, waiting, account)) == {
        "intake": Cause.DRIFT,
        "lab": Cause.DRIFT,
    }
    before = stack(desired("old"))
    assert causes(caused(waiting, before, account)) == {"intake": Cause.CONFIG, "lab": Cause.CONFIG}


def test_a_move_is_of_the_branch_and_what_was_changed_in_the_account_is_not() -> None:
    strange = live(1, "intake", application("Old", webhook_timeout_secs=29))
    moved = (Moved("clinic-prod", "intake", "front", HERE),)
    head = stack(desired("front", application("Old")), moved=moved)

    plan = caused(head, stack(named("Old")), [strange])

    assert fields(plan) == {"webhook_timeout_secs": Cause.DRIFT}
    assert causes(plan) == {"front": Cause.BOTH}
    assert not refused_unrelated(plan).can_apply


def test_a_move_that_takes_over_what_was_changed_in_the_account_is_of_the_branch() -> None:
    moved = (Moved("clinic-prod", "intake", "front", HERE),)
    head = stack(desired("front", application("Strange")), moved=moved)

    plan = caused(head, stack(named("Old")), [live(1, "intake", application("Strange"))])

    assert causes(plan) == {"front": Cause.CONFIG}


def test_a_move_and_a_field_are_of_the_branch_if_both_are_its() -> None:
    moved = (Moved("clinic-prod", "intake", "front", HERE),)
    strange: dict[str, Any] = {"webhook_timeout_secs": 29}
    head = stack(desired("front", application("New", **strange)), moved=moved)

    plan = caused(head, stack(named("Old")), [live(1, "intake", application("Old", **strange))])

    assert fields(plan) == {"application_name": Cause.CONFIG}
    assert causes(plan) == {"front": Cause.CONFIG}


def test_a_move_that_waits_and_a_field_that_was_changed_in_the_account_are_drift() -> None:
    moved = (Moved("clinic-prod", "front", "intake", HERE),)
    same = stack(named("Old"), moved=moved)

    plan = caused(same, same, [live(1, "front", application("Strange"))])

    assert causes(plan) == {"intake": Cause.DRIFT}


def test_a_move_that_waits_to_be_applied_is_not_of_the_branch_that_changes_a_field() -> None:
    moved = (Moved("clinic-prod", "front", "intake", HERE),)

    plan = caused(
        stack(named("New"), moved=moved),
        stack(named("Old"), moved=moved),
        [live(1, "front", application("Old"))],
    )

    assert fields(plan) == {"application_name": Cause.CONFIG}
    assert causes(plan) == {"intake": Cause.BOTH}


def test_what_the_branch_gives_up_is_of_the_branch_however_it_looks_in_the_account() -> None:
    removed = stack(removed=(Removed(HERE, key="intake"),))
    account = [live(1, "intake", application("Strange"))]

    assert causes(caused(removed, stack(named("Old")), account)) == {"intake": Cause.CONFIG}


def test_another_action_than_at_the_merge_base_is_of_both() -> None:
    removed = stack(removed=(Removed(HERE, key="intake"),))

    assert causes(caused(removed, stack(), [live(1, "intake")])) == {"intake": Cause.BOTH}


def test_changes_of_others_refuse_the_plan_and_are_named() -> None:
    account = [live(1, "intake", application("Old", webhook_timeout_secs=29)), live(2, "lab")]
    head = stack(named("New"), desired("lab", application("Lab")))
    plan = caused(head, stack(named("Old"), desired("lab")), account)

    refused = refused_unrelated(plan)

    assert [each.code for each in refused.refusals] == ["FX745"]
    assert refused.refusals[0].detail == "fax_application.intake"
    assert not refused.can_apply


@pytest.mark.parametrize(
    ("count", "summary", "detail"),
    [
        pytest.param(1, "1 change is not of this branch alone.", "k01", id="one"),
        pytest.param(2, "2 changes are not of this branch alone.", "k01, k02", id="two"),
        pytest.param(
            10,
            "10 changes are not of this branch alone.",
            "k01, k02, k03, k04, k05, k06, k07, k08, k09, k10",
            id="ten",
        ),
        pytest.param(
            12,
            "12 changes are not of this branch alone.",
            "k01, k02, k03, k04, k05, k06, k07, k08, k09, k10 and 2 more",
            id="twelve",
        ),
    ],
)
def test_the_refusal_of_others_changes_counts_them_and_names_ten(
    count: int, summary: str, detail: str
) -> None:
    plan = planned(stack(*(desired(f"k{n:02d}", application()) for n in range(1, count + 1))), [])

    (refusal,) = refused_unrelated(plan).refusals

    assert refusal.severity is Severity.ERROR
    assert refusal.summary == summary
    assert refusal.detail.replace("fax_application.", "") == detail
    assert refusal.suggestion == (
        "Apply the main branch first, or settle what was changed in the account; then plan again."
        " `faxops drift` there shows it."
    )


def test_a_plan_of_the_branch_alone_is_not_refused() -> None:
    plan = caused(stack(named("New")), stack(named("Old")), [live(1, "intake", application("Old"))])

    assert refused_unrelated(plan) == plan


def test_unknown_causes_are_refused_too() -> None:
    plan = planned(stack(named("New")), [live(1, "intake")])

    assert not refused_unrelated(plan).can_apply


def offline(head: Stack, base: Stack | None) -> Plan:
    return plan_offline(head, base, PlanOptions(destroy=True), "origin/main")


def test_offline_shows_what_the_branch_changes_without_ids() -> None:
    head = stack(named("New"), desired("added"))
    base = stack(named("Old"), desired("gone"))

    plan = offline(head, base)

    assert {each.key: each.action.value for each in plan.changes} == {
        "intake": "update",
        "added": "create",
        "gone": "delete",
    }
    assert fields(plan) == {"application_name": Cause.CONFIG}
    assert {each.key: each.id for each in plan.changes} == {
        "intake": "",
        "added": None,
        "gone": "",
    }
    assert all(each.live.raw == {} for each in plan.changes if each.live)
    assert (plan.account, plan.base_url) == ("", "")
    assert plan.warnings == (
        Diagnostic(
            Severity.WARNING,
            "FX714",
            "The live state was not read: this compares the configuration with the one at"
            " origin/main.",
            suggestion="Before it is applied, a plan with the API key shows what really changes.",
        ),
    )
    assert plan.can_apply


def test_offline_nothing_changed_is_an_empty_plan() -> None:
    both = stack(
        desired(
            "intake",
            application(
                tags=["a"], fax_email_recipient="a@b.example", inbound={"channel_limit": 3}
            ),
            prevent_destroy=True,
        ),
        imports=(Import("1293384261075731499", "intake", HERE),),
    )

    plan = offline(both, both)

    assert plan.is_empty
    assert plan.can_apply


def test_offline_does_not_take_a_key_for_the_one_of_another_stack() -> None:
    taken = (Moved("other", "intake", "lab", HERE),)
    head = stack(named("Old"), desired("lab", application("Lab")), moved=taken)

    (change,) = offline(head, stack(named("Old"))).changes

    assert (change.key, change.fields) == ("lab", ())


def test_offline_knows_protection_moves_and_adoptions() -> None:
    protected = stack(desired("intake", prevent_destroy=True))
    assert [each.code for each in offline(stack(), protected).refusals] == ["FX720"]

    moved = stack(desired("lab"), moved=(Moved("clinic-prod", "intake", "lab", HERE),))
    (change,) = offline(moved, stack(desired("intake"))).changes
    assert (change.action.value, change.moved_from is not None) == ("update", True)

    taken = (Moved("other", "front", "lab", HERE),)
    adopted = (Import("1293384261075731499", "intake", HERE),)
    plan = offline(stack(desired("intake"), desired("lab"), imports=adopted, moved=taken), None)
    assert not plan.refusals
    assert [each.importing for each in plan.changes] == [True, False]
    assert all(change.action.value != "create" for change in plan.changes)


def test_offline_a_renamed_stack_owns_nothing_of_the_old_one_but_what_is_handed_over() -> None:
    base = replace(stack(named("Old"), desired("lab")), name="clinic-old")
    handed = (Moved("clinic-old", "intake", "intake", HERE),)

    plan = offline(stack(named("New"), desired("lab"), moved=handed), base)

    assert {each.key: each.action.value for each in plan.changes} == {
        "intake": "update",
        "lab": "create",
    }
    assert fields(plan) == {"application_name": Cause.CONFIG}
    assert plan.warnings[0].detail == "The stack was named clinic-old there."
    assert [each.code for each in plan.warnings] == ["FX714"]


def test_offline_a_ref_without_the_configuration_is_told() -> None:
    plan = offline(stack(desired("intake")), None)

    assert plan.warnings[0].detail == "There it does not exist, so all of it counts as new."
