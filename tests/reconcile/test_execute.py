"""In which order changes are made, when sending stops, and who is told."""

from __future__ import annotations

import pytest

from faxops.config.stack import DesiredResource
from faxops.emulator.scenario import Fault, Hang, LostBefore, StaleRead, Status, WrongTotal
from faxops.errors import ExitCode
from tests.reconcile.account import Account, Told, ended, fault
from tests.reconcile.builders import app_id, desired, imports, moved, plan, raw, stack

ONE = "/fax_applications/" + app_id(1)
EVERY = "/fax_applications"
DONE = ExitCode.DONE


def news(*keys: str) -> list[DesiredResource]:
    return [desired(key) for key in keys]


# --- order -------------------------------------------------------------------------------------


def test_creates_and_updates_go_before_destroys() -> None:
    account = Account([raw(1, "a"), raw(2, "z")])

    outcome = account.apply(stack(desired("b"), desired("z", number=2, active=False)))

    assert outcome.exit_code is DONE
    assert account.writes() == ["POST b", f"PATCH {app_id(2)}", f"DELETE {app_id(1)}"]


def test_a_destroy_waits_until_everything_else_has_succeeded() -> None:
    account = Account([raw(1, "a"), raw(2, "z")], rules=[fault(Status(422), "PATCH")])

    outcome = account.apply(stack(desired("b"), desired("z", number=2, active=False)))

    assert ended(outcome) == {"a": "not_attempted", "b": "applied", "z": "not_applied"}
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED
    assert outcome.stopped == "destroys wait until everything else has succeeded"


def test_destroys_are_independent_of_each_other() -> None:
    account = Account([raw(1, "a"), raw(2, "b"), raw(3, "k")], rules=[fault(Status(422), "DELETE")])

    outcome = account.apply(stack(desired("k", number=3)), parallelism=1)

    assert ended(outcome) == {"a": "not_applied", "b": "applied"}


def test_a_listing_comes_right_before_the_first_create() -> None:
    account = Account()
    planned = account.plan(stack(*news("a", "b")))
    account.apply(stack(), plan=planned, read_back=False)

    methods = [each.method for each in account.requests() if each.path == EVERY]
    assert methods == ["GET", "GET", "POST", "POST"]


def test_what_someone_else_created_since_the_plan_is_not_created_again() -> None:
    account = Account()
    planned = account.plan(stack(*news("a", "b")))
    account.apply(stack(desired("a")))

    outcome = account.apply(stack(), plan=planned, read_back=False)

    assert ended(outcome) == {"a": "not_applied", "b": "applied"}
    assert outcome.changes[0].reason.startswith("It is there, unlike when the plan was made: ")
    assert account.writes() == ["POST a", "POST b"]


def test_all_that_a_create_would_have_been_is_named() -> None:
    wanted = stack(desired("a"), moved=[moved("desk", "a")])
    account = Account([raw(2, "a"), raw(1, "desk")])

    outcome = account.apply(wanted, plan=plan(wanted), read_back=False)

    assert outcome.changes[0].reason == (
        f"It is there, unlike when the plan was made: {app_id(1)}, {app_id(2)}."
    )


@pytest.mark.parametrize("origin", ["desk", "hospital/desk"], ids=["renamed", "handed over"])
def test_what_a_move_would_have_found_is_not_created_beside_it(origin: str) -> None:
    wanted = stack(desired("a"), moved=[moved(origin, "b"), moved("b", "a")])
    planned = plan(wanted)
    account = Account([raw(1, origin)])

    outcome = account.apply(wanted, plan=planned, read_back=False)

    assert ended(outcome) == {"a": "not_applied"}
    assert app_id(1) in outcome.changes[0].reason
    assert account.writes() == []


def test_at_most_so_many_changes_are_under_way_at_once() -> None:
    account = Account(rules=[fault(Hang(10), "POST", times=None)])

    account.apply(stack(*news("a", "b", "c", "d", "e")), parallelism=2, read_back=False)

    # The first alone, then two at a time.
    assert account.clock.passed == 30.0


def subdomain(key: str, name: str | None, number: int = 0) -> DesiredResource:
    return desired(key, number=number, inbound={"sip_subdomain": name})


def test_a_subdomain_is_freed_before_it_is_taken() -> None:
    live = [
        raw(number, key, inbound={"sip_subdomain": name})
        for number, key, name in ((1, "a", None), (2, "b", "x"), (3, "c", "y"))
    ]
    account = Account(live, rules=[fault(Hang(2), "PATCH", times=None)])
    wanted = stack(subdomain("a", "x", 1), subdomain("b", "y", 2), subdomain("c", "z", 3))

    assert account.apply(wanted).exit_code is DONE
    assert account.writes() == [f"PATCH {app_id(number)}" for number in (3, 2, 1)]


def test_the_first_create_waits_for_the_whole_chain_that_frees_its_subdomain() -> None:
    live = [raw(n, k, inbound={"sip_subdomain": s}) for n, k, s in ((2, "b", "x"), (3, "c", "y"))]
    account = Account(live)
    wanted = stack(subdomain("a", "x"), subdomain("b", "y", 2), subdomain("c", "z", 3))

    assert account.apply(wanted).exit_code is DONE
    assert account.writes() == [f"PATCH {app_id(3)}", f"PATCH {app_id(2)}", "POST a"]


def test_a_subdomain_is_not_taken_when_it_was_not_freed() -> None:
    live = [raw(2, "b", inbound={"sip_subdomain": "x"})]
    account = Account(live, rules=[fault(Status(422), "PATCH")])

    outcome = account.apply(stack(subdomain("a", "x"), subdomain("b", None, 2)))

    assert ended(outcome) == {"a": "not_attempted", "b": "not_applied"}
    assert outcome.changes[0].reason == ("It waits for fax_application.b, which was not applied.")


# --- the first mark ----------------------------------------------------------------------------


@pytest.mark.parametrize("tags", ["dropped", "colons_rejected", "lower_cased", "reordered"])
def test_whatever_the_api_does_to_tags_nothing_is_created_that_would_be_lost(tags: str) -> None:
    account = Account(tags=tags)
    wanted = stack(*news("a", "b", "c"))

    outcome = account.apply(wanted)

    if tags == "dropped":
        assert ended(outcome) == {"a": "applied", "b": "not_attempted", "c": "not_attempted"}
        assert outcome.stopped == (
            f"the API did not keep the tag faxops.clinic.a on {outcome.changes[0].id}, by which"
            " faxops would find it again"
        )
        assert outcome.exit_code is ExitCode.PARTLY_APPLIED
        # A mark that is not in the answer is not looked for.
        assert {each.path for each in account.requests("GET")} == {EVERY}
    else:
        assert outcome.exit_code is DONE
        assert account.plan(wanted).is_empty


def test_an_apply_of_one_create_whose_mark_is_lost_is_no_success() -> None:
    outcome = Account(tags="dropped").apply(stack(desired("a")))

    assert ended(outcome) == {"a": "applied"}
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED


def test_an_import_is_confirmed_like_a_create() -> None:
    account = Account([raw(1), raw(2)], tags="dropped")
    wanted = stack(
        desired("a", number=1),
        desired("b", number=2),
        imports=[imports(1, "a"), imports(2, "b")],
    )

    assert ended(account.apply(wanted)) == {"a": "applied", "b": "not_attempted"}


def test_when_the_first_create_fails_the_next_one_runs_alone() -> None:
    account = Account(tags="dropped", rules=[fault(Status(422), "POST")])

    outcome = account.apply(stack(*news("a", "b", "c", "d")))

    assert ended(outcome) == {
        "a": "not_applied",
        "b": "applied",
        "c": "not_attempted",
        "d": "not_attempted",
    }


def test_a_first_mark_may_show_late() -> None:
    account = Account(rules=[fault(StaleRead(), "GET", EVERY + "/*", times=2)])

    assert account.apply(stack(*news("a", "b"))).exit_code is DONE


def test_a_first_mark_that_cannot_be_read_stops_the_apply() -> None:
    account = Account(rules=[fault(Status(403), "GET", EVERY + "/*", times=None)])

    outcome = account.apply(stack(*news("a", "b")))

    assert ended(outcome) == {"a": "applied", "b": "not_attempted"}
    assert outcome.stopped.startswith("the first mark could not be confirmed: ")


def test_an_apply_without_creates_and_imports_confirms_nothing() -> None:
    account = Account([raw(1, "a")])
    account.apply(stack(desired("b", number=1), moved=[moved("a", "b")]))

    assert [each.method for each in account.requests() if each.path == ONE] == ["GET", "PATCH"]


# --- when sending stops ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        pytest.param(Status(401), ExitCode.NOT_PERMITTED, id="401"),
        pytest.param(Status(403, code="10038"), ExitCode.NOT_PERMITTED, id="10038"),
    ],
)
def test_sending_stops_at(kind: Fault, code: ExitCode) -> None:
    account = Account(rules=[fault(kind, "POST", times=None)])

    outcome = account.apply(stack(*news("a", "b")), read_back=False)

    assert ended(outcome) == {"a": "not_applied", "b": "not_attempted"}
    assert outcome.exit_code is code
    assert len(account.writes()) == 1


def test_another_403_is_about_its_own_change() -> None:
    account = Account(rules=[fault(Status(403), "POST")])

    assert ended(account.apply(stack(*news("a", "b")))) == {"a": "not_applied", "b": "applied"}


@pytest.mark.parametrize("kind", [Status(500), LostBefore()], ids=["5xx", "network"])
def test_sending_stops_after_ten_failures_in_a_row(kind: Fault) -> None:
    keys = [f"k{number:02d}" for number in range(1, 15)]
    live = [raw(number, key) for number, key in enumerate(keys, 1)]
    wanted = stack(*(desired(key, number=n, active=False) for n, key in enumerate(keys, 1)))
    account = Account(live, rules=[fault(kind, "GET", EVERY + "/*", times=None)])

    outcome = account.apply(wanted, parallelism=1, read_back=False)

    results = list(ended(outcome).values())
    assert results == ["not_applied"] * 10 + ["not_attempted"] * 4
    assert outcome.stopped == "10 changes in a row failed to reach the API"
    assert outcome.exit_code is ExitCode.FAILED


def test_failures_that_are_not_in_a_row_do_not_stop_the_sending() -> None:
    keys = [f"k{number:02d}" for number in range(1, 15)]
    live = [raw(number, key) for number, key in enumerate(keys, 1)]
    wanted = stack(*(desired(key, number=n, active=False) for n, key in enumerate(keys, 1)))
    rules = [
        fault(Status(422), "PATCH", "/fax_applications/" + app_id(6)),
        *(
            fault(Status(500), "GET", "/fax_applications/" + app_id(n), times=None)
            for n in range(1, 15)
            if n != 6
        ),
    ]
    account = Account(live, rules=rules)

    outcome = account.apply(wanted, parallelism=1, read_back=False)

    assert set(ended(outcome).values()) == {"not_applied"}


def test_an_account_that_cannot_be_read_before_the_first_create_is_left_alone() -> None:
    account = Account([raw(1, "u")], rules=[fault(Status(403), "GET", EVERY, after=1)])

    outcome = account.apply(
        stack(desired("new"), desired("u", number=1, active=False)), read_back=False
    )

    assert ended(outcome) == {"new": "not_applied", "u": "not_attempted"}
    assert outcome.exit_code is ExitCode.NOT_PERMITTED
    assert outcome.stopped == "the account could not be read before the first create"
    assert account.writes() == []


def test_an_account_that_cannot_be_read_whole_before_the_first_create_says_why() -> None:
    account = Account(rules=[fault(WrongTotal(), "GET", EVERY, times=None)])
    wanted = stack(desired("new"))

    outcome = account.apply(wanted, plan=plan(wanted), read_back=False)

    (change,) = outcome.changes
    assert "could not be read whole" in change.reason
    assert change.error is None
    assert account.writes() == []


# --- what is told ------------------------------------------------------------------------------


def test_progress_is_told_of_every_start_and_end() -> None:
    account = Account([raw(1, "a"), raw(2, "old")])
    told = Told()

    account.apply(stack(desired("a", number=1, active=False)), told=told)

    assert told.words == ["started a", "applied a", "started old", "applied old"]
