"""What an apply says and does when the network or the API fails at a write.

Every row is checked against what the emulator really holds afterwards: nothing is there twice,
nothing is lost, nothing foreign was touched, and one more run without the fault mends the rest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from faxops.emulator.scenario import (
    Fault,
    Hang,
    LostAfter,
    LostBefore,
    RateLimit,
    Refused,
    SlowDrip,
    Status,
)
from faxops.errors import ExitCode
from faxops.model.live import LiveResource
from tests.reconcile.account import Account, ended, fault
from tests.reconcile.builders import app_id, desired, raw, stack

TRIES = 5
LIVE = [
    raw(1, "changed"),
    raw(2, "old"),
    raw(3),
    raw(4, "hospital/lab", "keep", tags=["theirs"], inbound={"channel_limit": 3}),
]
KEPT = desired("changed", number=1)
WANTED = {
    "POST": stack(KEPT, desired("new", tags=["x"]), desired("old", number=2)),
    "PATCH": stack(desired("changed", number=1, active=False), desired("old", number=2)),
    "DELETE": stack(KEPT),
}

Row = tuple[str, Fault, int, tuple[str, ExitCode]]
APPLIED = ("applied", ExitCode.DONE)
FAILED = ("not_applied", ExitCode.FAILED)
UNKNOWN = ("unknown", ExitCode.UNKNOWN_OUTCOME)
FORBIDDEN = ("not_applied", ExitCode.NOT_PERMITTED)

EVERY_METHOD: list[Row] = [
    ("422", Status(422), 1, FAILED),
    ("400", Status(400), 1, FAILED),
    ("409", Status(409), 1, FAILED),
    ("423", Status(423), 1, FAILED),
    ("401", Status(401), 1, FORBIDDEN),
    ("403", Status(403), 1, FORBIDDEN),
    ("403 without a body", Status(403, body="empty"), 1, FORBIDDEN),
    ("403 of the account's level", Status(403, code="10038"), 1, FORBIDDEN),
    ("one 429", Status(429), 1, APPLIED),
    ("429 to the end", Status(429), TRIES, FAILED),
    ("one refused connection", Refused(), 1, APPLIED),
    ("refused to the end", Refused(), TRIES, FAILED),
    ("a rate limit", RateLimit(1, 2.0), 1, APPLIED),
    ("a slow reply", Hang(20), 1, APPLIED),
    ("a dripping reply", SlowDrip(20), 1, APPLIED),
    ("a truncated success", Status(acts=True, body="truncated"), 1, APPLIED),
    ("an empty success", Status(acts=True, body="empty"), 1, APPLIED),
    ("an HTML success", Status(acts=True, body="html"), 1, APPLIED),
    ("a success as plain text", Status(acts=True, body="wrong_content_type"), 1, APPLIED),
    ("a success called 500", Status(500, acts=True), 1, APPLIED),
    ("a success called 408", Status(408, acts=True), 1, APPLIED),
    ("one reply lost", LostAfter(), 1, APPLIED),
    ("a hang after the act", Hang(60), 1, APPLIED),
    ("a drip without end", SlowDrip(90), 1, APPLIED),
]
POST: list[Row] = [
    ("404", Status(404), 1, FAILED),
    ("503 before the act", Status(503), 1, UNKNOWN),
    ("HTML 502 before the act", Status(502, body="html"), 1, UNKNOWN),
    ("408 before the act", Status(408), 1, UNKNOWN),
    ("lost before the act", LostBefore(), 1, UNKNOWN),
    ("a hang before the act", Hang(60, acts=False), 1, UNKNOWN),
]
REPEATED: list[Row] = [
    ("one 503", Status(503), 1, APPLIED),
    ("one 408", Status(408), 1, APPLIED),
    ("one request lost", LostBefore(), 1, APPLIED),
    ("one hang before the act", Hang(60, acts=False), 1, APPLIED),
    ("503 to the end", Status(503), TRIES, FAILED),
    ("HTML 502 to the end", Status(502, body="html"), TRIES, FAILED),
    ("lost before the act to the end", LostBefore(), TRIES, UNKNOWN),
    ("lost after the act to the end", LostAfter(), TRIES, APPLIED),
    ("a success called 500 to the end", Status(500, acts=True), TRIES, APPLIED),
]
PATCH: list[Row] = [*REPEATED, ("404", Status(404), 1, FAILED)]
DELETE: list[Row] = [
    *REPEATED,
    ("in use", Status(422, code="10021"), 1, FAILED),
]
ROWS = [
    pytest.param(method, *row, id=f"{method} {name}")
    for method, rows in {"POST": POST, "PATCH": PATCH, "DELETE": DELETE}.items()
    for name, *row in [*EVERY_METHOD, *rows]
]


@pytest.mark.parametrize(("method", "kind", "times", "expected"), ROWS)
def test_a_fault_of_a_write_is_told_as_it_is_and_mended_by_the_next_run(
    tmp_path: Path, method: str, kind: Fault, times: int, expected: tuple[str, ExitCode]
) -> None:
    wanted = WANTED[method]
    faulty = Account(
        LIVE, rules=[fault(kind, method, times=times)], database=tmp_path / "account.db"
    )

    outcome = faulty.apply(wanted)

    (result,) = ended(outcome).values()
    assert (result, outcome.exit_code) == expected
    assert_honest(faulty, method, result)
    sound = Account(database=tmp_path / "account.db")
    assert_nothing_foreign_touched(sound)
    assert sound.apply(wanted).exit_code is ExitCode.DONE
    assert sound.plan(wanted).is_empty
    assert marks(sound) == sorted(f"faxops.clinic.{each.key}" for each in wanted.resources)
    assert_nothing_foreign_touched(sound)


def assert_honest(account: Account, method: str, result: str) -> None:
    """`applied` and `not_applied` must be what the account shows."""
    held = {each.values["application_name"]: each for each in account.live()}
    done = {
        "POST": "new" in held,
        "PATCH": held["Application 1"].values["active"] is False,
        "DELETE": "Application 2" not in held,
    }[method]
    if result == "applied":
        assert done
    if result == "not_applied":
        assert not done


def assert_nothing_foreign_touched(account: Account) -> None:
    shown = {each.id: each.raw for each in account.live()}
    for foreign in LIVE[2:]:
        assert shown[foreign["id"]] == foreign
    assert not {foreign["id"] for foreign in LIVE[2:]} & {
        each.path.rpartition("/")[2] for each in account.requests("PATCH", "DELETE")
    }


def marks(account: Account) -> list[str]:
    return sorted(owner.tag for each in account.live() for owner in owners(each))


def owners(live: LiveResource) -> tuple[Any, ...]:
    return live.marks.of("clinic")


def test_a_lost_create_is_looked_for_after_1_2_4_8_and_16_seconds() -> None:
    account = Account(rules=[fault(LostBefore(), "POST")])

    outcome = account.apply(stack(desired("new")), read_back=False)

    assert ended(outcome) == {"new": "unknown"}
    assert account.clock.waited == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert account.writes() == ["POST new"]


def test_a_search_goes_on_when_one_listing_fails() -> None:
    rules = [fault(LostAfter(), "POST"), fault(Status(422), "GET", after=2, times=2)]
    account = Account(rules=rules)

    assert ended(account.apply(stack(desired("new")))) == {"new": "applied"}


def test_a_found_create_is_completed() -> None:
    wanted = stack(desired("new", fax_email_recipient="a@clinic.example"))
    account = Account(rules=[fault(LostAfter(), "POST")], recipient_in_replies="present")

    outcome = account.apply(wanted)

    assert outcome.exit_code is ExitCode.DONE
    assert account.live()[0].values["fax_email_recipient"] == "a@clinic.example"


@pytest.mark.parametrize(
    ("kind", "times"),
    [(Status(422), 1), (Status(503), TRIES), (LostBefore(), TRIES)],
    ids=["rejected", "down", "lost"],
)
def test_a_create_whose_second_request_fails_is_partly_applied(kind: Fault, times: int) -> None:
    wanted = stack(desired("new", fax_email_recipient="a@clinic.example"))
    account = Account(rules=[fault(kind, "PATCH", times=times)], recipient_in_replies="present")

    outcome = account.apply(wanted)

    (change,) = outcome.changes
    assert change.result == "applied"
    assert not change.is_whole
    assert change.reason.startswith("Created, partly applied")
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED
    assert account.apply(wanted).exit_code is ExitCode.DONE
    assert account.live()[0].values["fax_email_recipient"] == "a@clinic.example"
    assert account.plan(wanted).is_empty
    assert len(account.requests("POST")) == 1


def test_a_create_with_a_recipient_whose_second_reply_is_lost_is_whole() -> None:
    wanted = stack(desired("new", fax_email_recipient="a@clinic.example"))
    account = Account(rules=[fault(LostAfter(), "PATCH", times=TRIES)])

    assert account.apply(wanted).exit_code is ExitCode.DONE


def test_ids_are_told_of_whatever_was_created() -> None:
    account = Account(rules=[fault(LostAfter(), "POST")])

    (change,) = account.apply(stack(desired("new"))).changes

    assert change.id == account.live()[0].id
    assert change.id != app_id(1)
