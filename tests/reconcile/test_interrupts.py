"""What an interrupt leaves behind, whenever it comes."""

from __future__ import annotations

import asyncio

import pytest

from faxops.config.stack import DesiredResource
from faxops.emulator.scenario import Hang, LostBefore, Status
from faxops.errors import ExitCode, Withheld
from faxops.reconcile.outcome import Outcome
from faxops.reconcile.plan import Plan
from faxops.telnyx.provider import TelnyxProvider
from tests.reconcile.account import Account, ended, fault
from tests.reconcile.builders import app_id, desired, raw, stack

ONE = "/fax_applications/" + app_id(1)
EVERY = "/fax_applications"
DONE = ExitCode.DONE


def news(*keys: str) -> list[DesiredResource]:
    return [desired(key) for key in keys]


def interrupted(
    account: Account,
    planned: Plan,
    *,
    at: float,
    parallelism: int = 8,
) -> Outcome:
    """Carry `planned` out, with the signal `at` so many seconds after the start."""

    async def work(provider: TelnyxProvider) -> Outcome:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(at, stop.set)
        execution = account.execution(planned, provider, parallelism=parallelism, stop=stop)
        return await execution.run()

    return account.run(work)


@pytest.mark.parametrize(
    ("seconds", "results", "reasons", "code"),
    [
        pytest.param(
            4,
            ["applied", "not_attempted"],
            ["", "interrupted"],
            ExitCode.PARTLY_APPLIED,
            id="in 5 s",
        ),
        pytest.param(
            20,
            ["unknown", "not_attempted"],
            ["Interrupted before the answer came.", "interrupted"],
            ExitCode.UNKNOWN_OUTCOME,
            id="too late",
        ),
    ],
)
def test_what_is_in_flight_gets_five_seconds(
    seconds: float, results: list[str], reasons: list[str], code: ExitCode
) -> None:
    account = Account([raw(1, "a"), raw(2, "b")], rules=[fault(Hang(seconds), "PATCH", times=None)])
    wanted = stack(desired("a", number=1, active=False), desired("b", number=2, active=False))

    outcome = interrupted(account, account.plan(wanted), at=1, parallelism=1)

    assert list(ended(outcome).values()) == results
    assert [each.reason for each in outcome.changes] == reasons
    assert outcome.exit_code is code
    assert account.clock.passed == min(seconds, 6.0)
    assert len(account.writes()) == 1


def test_an_interrupt_of_the_listing_before_the_first_create_sends_no_write() -> None:
    account = Account([raw(1, "a")], rules=[fault(Hang(20), "GET", EVERY, after=1)])
    planned = account.plan(stack(desired("a", number=1, active=False), *news("b")))

    outcome = interrupted(account, planned, at=1)

    assert ended(outcome) == {"a": "not_attempted", "b": "not_attempted"}
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert account.writes() == []
    assert account.clock.passed == 6.0


def test_an_interrupt_between_a_read_and_its_write_sends_no_write() -> None:
    account = Account([raw(1, "a")], rules=[fault(Hang(3), "GET", ONE)])
    planned = account.plan(stack(desired("a", number=1, active=False)))

    outcome = interrupted(account, planned, at=1)

    assert ended(outcome) == {"a": "not_attempted"}
    assert outcome.changes[0].reason == "interrupted"
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert account.writes() == []


def test_an_interrupt_after_a_rejected_write_is_a_failure() -> None:
    live = [raw(1, "a"), raw(2, "b")]
    rules = [
        fault(Status(422), "PATCH"),
        fault(Hang(20), "GET", "/fax_applications/" + app_id(2)),
    ]
    account = Account(live, rules=rules)
    wanted = stack(desired("a", number=1, active=False), desired("b", number=2, active=False))

    outcome = interrupted(account, account.plan(wanted), at=1, parallelism=1)

    assert ended(outcome) == {"a": "not_applied", "b": "not_attempted"}
    assert outcome.exit_code is ExitCode.FAILED


def test_an_interrupt_of_the_last_change_that_still_succeeds_is_a_success() -> None:
    account = Account([raw(1, "a")], rules=[fault(Hang(3), "PATCH")])
    planned = account.plan(stack(desired("a", number=1, active=False)))

    outcome = interrupted(account, planned, at=1)

    assert ended(outcome) == {"a": "applied"}
    assert outcome.stopped == ""
    assert outcome.exit_code is DONE


def test_an_interrupt_while_the_first_mark_is_confirmed_is_no_success() -> None:
    account = Account(rules=[fault(Hang(20), "GET", EVERY + "/*")])
    planned = account.plan(stack(desired("a")))

    outcome = interrupted(account, planned, at=1)

    assert ended(outcome) == {"a": "applied"}
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED


WITH_RECIPIENT = stack(desired("a", fax_email_recipient="a@clinic.example"))


def test_an_interrupt_between_a_create_and_its_completion_tells_what_was_created() -> None:
    account = Account(rules=[fault(Hang(3), "POST")])
    planned = account.plan(WITH_RECIPIENT)

    outcome = interrupted(account, planned, at=1)

    (change,) = outcome.changes
    assert (change.result, change.is_whole) == ("applied", False)
    assert change.reason == (
        "Created, partly applied: sending stopped (interrupted). The next apply finishes it."
    )
    assert change.id == account.live()[0].id
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED
    assert outcome.counts.added == 1
    assert outcome.counts.failed == 1
    assert account.writes() == ["POST a"]


def test_an_interrupt_of_the_completion_of_a_create_tells_its_id() -> None:
    account = Account(rules=[fault(Hang(20), "PATCH")])
    planned = account.plan(WITH_RECIPIENT)

    outcome = interrupted(account, planned, at=1)

    (change,) = outcome.changes
    assert change.result == "unknown"
    assert change.id == account.live()[0].id


def test_an_interrupt_of_a_search_for_a_lost_create_leaves_it_unknown() -> None:
    account = Account(rules=[fault(LostBefore(), "POST")])
    planned = account.plan(stack(*news("a", "b")))

    outcome = interrupted(account, planned, at=1.5)

    assert ended(outcome) == {"a": "unknown", "b": "not_attempted"}
    assert outcome.exit_code is ExitCode.UNKNOWN_OUTCOME


def test_a_write_that_the_client_withheld_for_the_interrupt_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = Account([raw(1, "a")])
    planned = account.plan(stack(desired("a", number=1, active=False)))

    async def work(provider: TelnyxProvider) -> Outcome:
        stop = asyncio.Event()

        async def withheld(*_: object) -> None:
            stop.set()
            raise Withheld("It was not sent: interrupted.", request="PATCH /a")

        monkeypatch.setattr(provider, "update", withheld)
        return await account.execution(planned, provider, stop=stop).run()

    outcome = account.run(work)

    assert ended(outcome) == {"a": "not_attempted"}
    assert outcome.stopped == "interrupted"
    assert outcome.exit_code is ExitCode.INTERRUPTED


def test_an_interrupt_before_the_start_sends_nothing() -> None:
    account = Account([raw(1, "a")])
    planned = account.plan(stack(desired("a", number=1, active=False)))
    before = len(account.requests())

    async def work(provider: TelnyxProvider) -> Outcome:
        stop = asyncio.Event()
        stop.set()
        return await account.execution(planned, provider, stop=stop).run()

    outcome = account.run(work)

    assert ended(outcome) == {"a": "not_attempted"}
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert len(account.requests()) == before
