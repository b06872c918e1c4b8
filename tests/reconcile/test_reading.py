"""Reading the account for a plan, and again after an apply."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from faxops.config.stack import Guards, Limit, Stack
from faxops.emulator.scenario import EmptyList, ShiftingList, StaleRead, Status, WrongTotal
from faxops.errors import ExitCode, IncompleteListing, WrongAccount
from faxops.model.fax_application import FAX_APPLICATION
from faxops.reconcile.contradictions import named
from faxops.reconcile.outcome import StoredDifferently
from faxops.reconcile.payload import create_payload
from faxops.reconcile.plan import Cause, Plan
from faxops.reconcile.planner import PlanOptions
from faxops.reconcile.reading import Account as Place
from faxops.reconcile.reading import PlanReader, check_account
from faxops.telnyx.provider import TelnyxProvider
from tests.reconcile.account import BASE_URL, Account, ended, fault
from tests.reconcile.builders import app_id, desired, imports, raw, removed, stack, told

LIST = "/fax_applications"


def test_a_plan_sends_only_get() -> None:
    account = Account([raw(1, "a"), raw(2, "old"), raw(3)])
    account.plan(stack(desired("a", number=1, active=False), desired("new")))

    assert {each.method for each in account.requests()} == {"GET"}


def test_a_plan_says_which_account_it_was_made_against() -> None:
    planned = Account().plan(stack(desired("new")))

    assert (planned.account, planned.base_url) == ("7a1c", BASE_URL)


@pytest.mark.parametrize(
    ("base", "cause"),
    [
        pytest.param(stack(desired("a", number=1)), Cause.CONFIG, id="the branch changed it"),
        pytest.param(
            stack(desired("a", number=1, active=False)), Cause.DRIFT, id="the account was changed"
        ),
        pytest.param(None, None, id="applied before, and by no configuration that is known"),
    ],
)
def test_a_plan_since_a_configuration_says_whose_each_change_is(
    base: Stack | None, cause: Cause | None
) -> None:
    wanted = stack(desired("a", number=1, active=False))

    async def read(provider: TelnyxProvider) -> Plan:
        reader = PlanReader(provider, Place("7a1c", BASE_URL), wanted, PlanOptions())
        return await reader.plan_since(base)

    planned = Account([raw(1, "a")]).run(read)

    assert [(each.key, each.cause) for each in planned.changes] == [("a", cause)]
    assert [each.code for each in planned.warnings] == ([] if cause else ["FX715"])


def test_a_plan_of_a_new_configuration_is_of_the_branch() -> None:
    async def read(provider: TelnyxProvider) -> Plan:
        reader = PlanReader(
            provider, Place("7a1c", BASE_URL), stack(desired("a", number=1)), PlanOptions()
        )
        return await reader.plan_since(None)

    planned = Account([]).run(read)

    assert [each.cause for each in planned.changes] == [Cause.CONFIG]
    assert not planned.warnings


def test_an_empty_plan_costs_one_request_a_page() -> None:
    account = Account([raw(1, "a")])
    account.plan(stack(desired("a", number=1)))

    assert len(account.requests()) == 1


def test_a_create_beside_more_than_one_page_needs_two_listings() -> None:
    live = [{**raw(1), "id": app_id(number)} for number in range(1, 252)]
    account = Account(live)

    account.plan(stack(desired("new")))

    assert len(account.requests()) == 4


def test_a_listing_that_shifts_is_not_planned_from() -> None:
    live = [{**raw(1), "id": app_id(number)} for number in range(1, 252)]
    account = Account(live, rules=[fault(ShiftingList(), "GET", LIST, times=None)])

    with pytest.raises(IncompleteListing):
        account.plan(stack(desired("new")))


def test_numbers_are_not_looked_up_when_the_deletes_are_refused_anyway() -> None:
    account = Account([raw(1, "a"), raw(2, "b")])
    planned = account.plan(stack(), max_deletes=Limit(2))

    assert told(planned) == ["delete a", "delete b", "refused FX743"]
    assert [each for each in account.requests() if each.path == "/phone_numbers"] == []


@pytest.mark.parametrize("kind", [WrongTotal(), WrongTotal(-1)], ids=["more", "fewer"])
def test_an_account_that_cannot_be_read_whole_fails(kind: WrongTotal) -> None:
    account = Account([raw(1, "a")], rules=[fault(kind, "GET", LIST, times=None)])

    with pytest.raises(IncompleteListing):
        account.plan(stack(desired("a", number=1)))
    assert account.writes() == []


def test_an_account_that_reads_empty_creates_nothing_that_is_there() -> None:
    account = Account([raw(1, "a")], rules=[fault(EmptyList(), "GET", LIST)])
    planned = account.plan(stack(desired("a", number=1)))
    assert told(planned) == ["create a"]

    outcome = account.apply(stack(), plan=planned, read_back=False)

    assert ended(outcome) == {"a": "not_applied"}
    assert account.writes() == []


def test_numbers_are_looked_up_of_what_would_be_destroyed_and_of_nothing_else() -> None:
    account = Account([raw(1, "a"), raw(2, "old"), raw(3, "given")])
    account.plan(stack(desired("a", number=1), removed=[removed("given")]))

    assert [each.query for each in account.requests() if each.path == "/phone_numbers"] == [
        f"page%5Bnumber%5D=1&page%5Bsize%5D=250&filter%5Bconnection_id%5D={app_id(2)}"
    ]


@pytest.mark.parametrize(
    ("organization", "words", "hint"),
    [
        pytest.param(
            "other",
            "but the key belongs to other",
            "Use a key of the right account, or choose another environment with -e.",
            id="another",
        ),
        pytest.param(
            "",
            "did not say which account",
            "Check that the key may read GET /public_key, or take `account` out.",
            id="unknown",
        ),
    ],
)
def test_the_wrong_account_is_refused_before_anything_is_read(
    organization: str, words: str, hint: str
) -> None:
    wanted = replace(stack(desired("a")), account="7a1c")
    account = Account()

    async def read(provider: TelnyxProvider) -> Plan:
        place = Place(organization, "http://emulator/v2")
        return await PlanReader(provider, place, wanted, PlanOptions()).plan()

    with pytest.raises(WrongAccount, match=words) as refused:
        account.run(read)
    assert refused.value.hint == hint
    assert account.requests() == []


def test_the_right_account_and_none_named_are_accepted() -> None:
    check_account(replace(stack(), account="7a1c"), Place("7a1c", ""))
    check_account(stack(), Place("", ""))


# --- reading back ------------------------------------------------------------------------------


def test_a_target_that_was_destroyed_is_read_back_all_the_same() -> None:
    account = Account([raw(1, "a"), raw(2, "old")])

    outcome = account.apply(stack(desired("a", number=1)), target=("old",))

    assert ended(outcome) == {"old": "applied"}
    assert outcome.unconfirmed == ""
    assert outcome.exit_code is ExitCode.DONE


def test_a_target_that_was_forgotten_is_read_back_all_the_same() -> None:
    account = Account([raw(1, "a"), raw(2, "old")])
    wanted = stack(desired("a", number=1), removed=[removed("old")])

    assert account.apply(wanted, target=("o*",)).exit_code is ExitCode.DONE


def test_what_the_api_stored_differently_is_named_field_by_field() -> None:
    account = Account([raw(1, "a")], tags="lower_cased")

    outcome = account.apply(stack(desired("a", number=1, tags=["Upper"], active=False)))

    (found,) = outcome.stored_differently
    assert found == StoredDifferently(
        "fax_application.a", app_id(1), "tags", frozenset({"Upper"}), frozenset({"upper"})
    )
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED


def test_a_mark_that_an_update_lost_is_named() -> None:
    account = Account([raw(1, "a")], tags="dropped")

    outcome = account.apply(stack(desired("a", number=1, tags=["x"])))

    (found,) = outcome.stored_differently
    assert found == StoredDifferently("fax_application.a", "", "", "create", None)


def test_a_read_that_lags_is_read_again() -> None:
    account = Account([raw(1, "a")], rules=[fault(StaleRead(), "GET", LIST, after=1, times=2)])

    outcome = account.apply(stack(desired("a", number=1, active=False)))

    assert outcome.exit_code is ExitCode.DONE
    assert account.clock.waited == [0.0, 1.0, 2.0]


def test_what_others_changed_meanwhile_is_not_the_apis_doing() -> None:
    account = Account([raw(1, "a"), raw(2, "b", active=False)])
    wanted = stack(desired("a", number=1, active=False), desired("b", number=2))

    outcome = account.apply(wanted, target=("a",))

    assert outcome.stored_differently == ()
    assert outcome.exit_code is ExitCode.DONE


def test_what_was_not_applied_is_not_called_stored_differently() -> None:
    account = Account([raw(1, "a"), raw(2, "b")], rules=[fault(Status(422), "PATCH")])
    wanted = stack(desired("a", number=1, active=False), desired("b", number=2, active=False))

    outcome = account.apply(wanted)

    assert sorted(ended(outcome).values()) == ["applied", "not_applied"]
    assert outcome.stored_differently == ()


def test_a_create_that_was_not_applied_is_not_called_stored_differently() -> None:
    account = Account(rules=[fault(Status(422), "POST")])

    outcome = account.apply(stack(desired("a"), desired("b")))

    assert ended(outcome) == {"a": "not_applied", "b": "applied"}
    assert outcome.stored_differently == ()


def test_what_a_target_left_out_is_not_called_stored_differently() -> None:
    account = Account([raw(1, "a")])
    wanted = stack(desired("a", number=1, active=False), desired("b"))

    assert account.apply(wanted, target=("a",)).exit_code is ExitCode.DONE


def test_an_exclude_that_matches_nothing_any_more_is_read_back_all_the_same() -> None:
    account = Account([raw(1, "a"), raw(2, "old")])
    wanted = stack(desired("a", number=1, active=False))
    outcome = account.apply(wanted, exclude=("old",), read_back=False)
    account.run(lambda provider: provider.delete(FAX_APPLICATION, app_id(2)))

    assert account.read_back(wanted, outcome, exclude=("old",)).exit_code is ExitCode.DONE


def test_a_duplicate_that_stays_is_not_the_doing_of_the_one_that_was_changed() -> None:
    account = Account([raw(1, "a"), raw(2, "a")], rules=[fault(Status(422), "DELETE")])
    wanted = stack(desired("a", number=1, active=False), removed=[removed(number=2)])

    outcome = account.apply(wanted)

    assert [each.result.value for each in outcome.changes] == ["applied", "not_applied"]
    assert outcome.stored_differently == ()


def test_settling_a_duplicate_does_not_answer_for_the_one_that_stays() -> None:
    account = Account([raw(1, "a"), raw(2, "a")], rules=[fault(Status(422), "PATCH")])
    wanted = stack(desired("a", number=1, active=False), removed=[removed(number=2)])
    planned = account.plan(wanted)
    doomed = replace(planned, changes=planned.changes[1:])
    assert told(doomed) == ["delete a"]

    outcome = account.apply(wanted, plan=doomed)

    assert outcome.stored_differently == ()
    assert outcome.exit_code is ExitCode.DONE


def changed_by_another(account: Account, number: int, **fields: Any) -> None:  # noqa: ANN401 - any JSON
    required = {name: raw(number)[name] for name in FAX_APPLICATION.patch_requires}
    payload = {**required, **fields}
    account.run(lambda provider: provider.update(FAX_APPLICATION, app_id(number), payload))


def test_a_recipient_without_its_digest_is_named_and_not_shown() -> None:
    account = Account([raw(1, "a")])
    wanted = stack(desired("a", number=1, fax_email_recipient="a@clinic.example"))
    outcome = account.apply(wanted, read_back=False)
    changed_by_another(account, 1, tags=["faxops.clinic.a"])

    (found,) = account.read_back(wanted, outcome).stored_differently

    assert (found.path, found.stored, found.sensitive) == ("fax_email_recipient", None, True)


def test_a_forgotten_one_that_another_changed_at_the_same_time_is_named() -> None:
    account = Account([raw(1, "old")])
    wanted = stack(removed=[removed("old")])
    outcome = account.apply(wanted, read_back=False)
    changed_by_another(account, 1, active=False)

    again = account.read_back(wanted, outcome)

    assert again.stored_differently == (
        StoredDifferently("fax_application.old", app_id(1), "active", sent=True, stored=False),
    )


def test_a_forgotten_one_that_is_gone_is_not_missed() -> None:
    account = Account([raw(1, "old")])
    wanted = stack(removed=[removed("old")])
    outcome = account.apply(wanted, read_back=False)
    account.run(lambda provider: provider.delete(FAX_APPLICATION, app_id(1)))

    assert account.read_back(wanted, outcome).exit_code is ExitCode.DONE


def test_what_another_apply_made_at_the_same_time_is_named() -> None:
    account = Account()
    wanted = stack(desired("a"), desired("b"), desired("c"))
    outcome = account.apply(wanted, read_back=False)
    for change in outcome.plan.changes[:2]:
        payload = create_payload(change)
        account.run(lambda provider, sent=payload: provider.create(FAX_APPLICATION, sent))

    again = account.read_back(wanted, outcome)

    a, b, c = (each.id for each in outcome.changes)
    twins = {
        live.marks.of("clinic")[0].key: live for live in account.live() if live.id not in {a, b, c}
    }
    first = {live.id: live for live in account.live()}
    assert again.unconfirmed == " ".join(
        f"fax_application.{key}: 2 live applications carry the mark of one key:"
        f" {named([first[str(known)], twins[key]])}."
        for key, known in (("a", a), ("b", b))
    )
    assert again.exit_code is ExitCode.PARTLY_APPLIED


def test_a_stack_that_cannot_be_read_back_is_not_confirmed() -> None:
    account = Account([raw(1, "a")], rules=[fault(Status(403), "GET", LIST, after=1)])

    outcome = account.apply(stack(desired("a", number=1, active=False)))

    assert outcome.unconfirmed.startswith("GET /fax_applications")
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED


def test_an_import_is_read_back() -> None:
    account = Account([raw(1)], unset_tags="absent")
    wanted = stack(desired("a", number=1), imports=[imports(1, "a")])

    assert account.apply(wanted).exit_code is ExitCode.DONE
    assert account.plan(wanted).is_empty


def test_a_guard_that_the_rest_of_the_stack_exceeds_does_not_disturb_the_reading_back() -> None:
    account = Account([raw(1, "a"), raw(2, "b"), raw(3, "c")])
    wanted = stack(desired("a", number=1, active=False), guards=Guards(max_deletes=Limit(0)))

    assert account.apply(wanted, target=("a",)).exit_code is ExitCode.DONE
