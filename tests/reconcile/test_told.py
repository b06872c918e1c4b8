"""What an outcome tells besides its word: why, by which error, of which object, and when."""

from __future__ import annotations

from datetime import timedelta

import pytest

from faxops.emulator.scenario import EmptyList, Fault, Hang, LostAfter, LostBefore, Status
from faxops.errors import ApiError, ServerFailed, Unreachable, Withheld
from faxops.reconcile.outcome import ChangeOutcome, Outcome, Result
from faxops.reconcile.plan import Plan
from faxops.telnyx.provider import TelnyxProvider
from tests.reconcile.account import Account, ended, fault
from tests.reconcile.builders import app_id, desired, plan, raw, stack
from tests.telnyx.virtual import START

TRIES = 5
BOX = "a@clinic.example"
BLIND = fault(Status(422), "GET", "/fax_applications/*", after=1, times=None)
LIVE = [raw(1, "a"), raw(2, "b")]
WANTED = {
    "PATCH": stack(desired("a", number=1, active=False), desired("b", number=2)),
    "DELETE": stack(desired("b", number=2)),
}


def only(account: Account, method: str) -> ChangeOutcome:
    (change,) = account.apply(WANTED[method], read_back=False).changes
    return change


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
@pytest.mark.parametrize(
    ("kind", "times", "result", "error"),
    [
        pytest.param(Status(422), 1, Result.NOT_APPLIED, ApiError, id="judged"),
        pytest.param(Status(503), TRIES, Result.NOT_APPLIED, ServerFailed, id="down"),
        pytest.param(LostBefore(), TRIES, Result.UNKNOWN, Unreachable, id="lost"),
        pytest.param(Hang(60, acts=False), TRIES, Result.UNKNOWN, Unreachable, id="silent"),
    ],
)
def test_a_failed_change_says_why_and_of_which_object(
    method: str, kind: Fault, times: int, result: Result, error: type[ApiError]
) -> None:
    change = only(Account(LIVE, rules=[fault(kind, method, times=times)]), method)

    assert change.result is result
    assert isinstance(change.error, error)
    assert change.reason == change.error.message
    assert change.id == app_id(1)


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_that_can_not_be_looked_at_afterwards_is_unknown(method: str) -> None:
    account = Account(LIVE, rules=[fault(Status(503), method, times=TRIES), BLIND])

    change = only(account, method)

    assert change.result is Result.UNKNOWN
    assert isinstance(change.error, ServerFailed)
    assert change.reason == change.error.message


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_a_change_that_was_judged_is_not_looked_at_again(method: str) -> None:
    account = Account(LIVE, rules=[fault(Status(422), method)])

    only(account, method)

    assert account.requests()[-1].method == method


def test_a_create_that_was_judged_says_why() -> None:
    account = Account(rules=[fault(Status(422), "POST")])

    (change,) = account.apply(stack(desired("a")), read_back=False).changes

    assert change.error is not None
    assert change.reason == change.error.message


def test_a_lost_create_whose_mark_is_there_twice_is_told_as_unknown() -> None:
    rules = [fault(EmptyList(), "GET", "/fax_applications"), fault(LostAfter(), "POST")]
    account = Account([raw(1, "a")], rules=rules)
    wanted = stack(desired("a", fax_email_recipient=BOX))

    outcome = account.apply(wanted, plan=plan(wanted), read_back=False)

    assert ended(outcome) == {"a": "unknown"}
    assert account.writes() == ["POST a"]


def test_an_update_whose_answers_were_lost_shows_the_object_as_it_is() -> None:
    change = only(Account(LIVE, rules=[fault(LostAfter(), "PATCH", times=TRIES)]), "PATCH")

    assert change.result is Result.APPLIED
    assert change.after is not None
    assert change.after.values["active"] is False


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param([fault(Status(422), "PATCH")], id="judged"),
        pytest.param([fault(Status(503), "PATCH", times=TRIES)], id="down"),
        pytest.param(
            [
                fault(Status(503), "PATCH", times=TRIES),
                fault(Status(422), "GET", "/fax_applications/*"),
            ],
            id="down and out of sight",
        ),
    ],
)
def test_a_create_that_is_partly_applied_says_why_and_what_was_made(rules: list[object]) -> None:
    account = Account(rules=rules)  # pyright: ignore[reportArgumentType] - rules of a table

    outcome = account.apply(stack(desired("a", fax_email_recipient=BOX)), read_back=False)

    (change,) = outcome.changes
    assert change.partly
    assert change.error is not None
    assert change.error.message in change.reason
    assert change.id == account.live()[0].id


def test_a_create_whose_second_answers_were_lost_shows_what_was_made() -> None:
    account = Account(rules=[fault(LostAfter(), "PATCH", times=TRIES)])

    outcome = account.apply(stack(desired("a", fax_email_recipient=BOX)), read_back=False)

    (change,) = outcome.changes
    assert change.is_whole
    assert change.id == account.live()[0].id


def test_a_second_request_that_was_judged_is_not_looked_at_again() -> None:
    account = Account(rules=[fault(Status(422), "PATCH")])

    account.apply(stack(desired("a", fax_email_recipient=BOX)), read_back=False)

    patched = [each.method for each in account.requests()].index("PATCH")
    confirming = ["GET"]  # the first mark is looked at in any case
    assert [each.method for each in account.requests()][patched + 1 :] == confirming


def test_a_create_that_was_not_found_says_what_was_done_about_it() -> None:
    account = Account(rules=[fault(Status(503), "POST")])

    (change,) = account.apply(stack(desired("a")), read_back=False).changes

    assert isinstance(change.error, ServerFailed)
    first = change.error.message.rstrip(".")
    assert change.reason == (
        f"{first}. It was looked for 5 times and not found, and was not sent again; run apply"
        " again."
    )


def test_a_create_of_two_requests_shows_what_the_second_one_made() -> None:
    account = Account()

    outcome = account.apply(stack(desired("a", fax_email_recipient=BOX)), read_back=False)

    (change,) = outcome.changes
    assert change.after is not None
    assert change.after.marks == account.live()[0].marks


def test_what_was_gone_before_its_destroy_is_said_to_be() -> None:
    planned = Account(LIVE).plan(WANTED["DELETE"])

    outcome = Account(LIVE[1:]).apply(WANTED["DELETE"], plan=planned, read_back=False)

    assert [(each.result, each.reason) for each in outcome.changes] == [
        (Result.APPLIED, "It was already gone.")
    ]


@pytest.mark.parametrize("path", ["/fax_applications/*", "/phone_numbers"])
def test_what_can_not_be_read_before_its_destroy_says_why(path: str) -> None:
    planned = Account(LIVE).plan(WANTED["DELETE"])
    account = Account(LIVE, rules=[fault(Status(422), "GET", path)])

    (change,) = account.apply(WANTED["DELETE"], plan=planned, read_back=False).changes

    assert change.result is Result.NOT_APPLIED
    assert isinstance(change.error, ApiError)
    assert change.reason == change.error.message
    assert account.requests("DELETE") == []


def test_one_success_forgives_the_failures_before_it() -> None:
    failing = [fault(Status(503), "POST", after=after, times=9) for after in (0, 10)]
    account = Account(rules=failing)
    wanted = stack(*(desired(f"k{number:02d}") for number in range(19)))

    outcome = account.apply(wanted, parallelism=1, read_back=False)

    assert list(ended(outcome).values()) == ["unknown"] * 9 + ["applied"] + ["unknown"] * 9
    assert outcome.stopped == ""


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        pytest.param(Status(401), "the API no longer accepts the key", id="401"),
        pytest.param(
            Status(403, code="10038"), "the account's level does not permit it", id="10038"
        ),
    ],
)
def test_what_stops_an_apply_is_told_of_all_that_was_not_attempted(kind: Fault, told: str) -> None:
    account = Account(LIVE, rules=[fault(kind, "PATCH")])
    both = stack(*(desired(key, number=n, active=False) for n, key in enumerate("ab", 1)))

    outcome = account.apply(both, parallelism=1, read_back=False)

    assert outcome.stopped == told
    assert [each.reason for each in outcome.changes][1:] == [told]


def withhold(
    monkeypatch: pytest.MonkeyPatch, account: Account, planned: Plan, error: ApiError
) -> Outcome:
    """Carry `planned` out with a client that withholds its writes by `error`."""

    async def withheld(*_: object) -> None:
        raise error

    async def work(provider: TelnyxProvider) -> Outcome:
        for method in ("create", "update"):
            monkeypatch.setattr(provider, method, withheld)
        return await account.execution(planned, provider).run()

    return account.run(work)


@pytest.mark.parametrize("tried", [True, False], ids=["tried before", "never tried"])
def test_a_write_that_the_client_withheld_says_so_and_stops_the_apply(
    monkeypatch: pytest.MonkeyPatch, *, tried: bool
) -> None:
    account = Account(LIVE)
    error = Withheld("It was not sent: the lock was lost.", request="PATCH /a")
    error.tried = tried

    outcome = withhold(monkeypatch, account, account.plan(WANTED["PATCH"]), error)

    (change,) = outcome.changes
    words = "It was not sent: the lock was lost"
    assert outcome.stopped == words
    expected = (Result.NOT_APPLIED, f"{words}.") if tried else (Result.NOT_ATTEMPTED, words)
    assert (change.result, change.reason) == expected


def test_a_create_that_was_withheld_after_a_doubtful_try_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = Account()
    error = Withheld("It was not sent: the lock was lost.", request="POST /", processed="maybe")

    (change,) = withhold(monkeypatch, account, account.plan(stack(desired("a"))), error).changes

    assert change.reason == (
        "It was not sent: the lock was lost. It was looked for 5 times and not found, and was not"
        " sent again; run apply again."
    )


def test_an_outcome_is_of_its_run_and_its_plan_and_says_when() -> None:
    account = Account(LIVE)
    planned = account.plan(WANTED["PATCH"])

    outcome = account.apply(WANTED["PATCH"], plan=planned)

    assert outcome.run_id == "run-1"
    assert outcome.plan is planned
    assert START <= outcome.started_at <= outcome.finished_at < START + timedelta(minutes=1)
