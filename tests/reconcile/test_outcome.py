"""The exit code of an apply, by what became of its changes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from faxops.errors import (
    ApiError,
    AuthenticationFailed,
    ExitCode,
    PermissionDenied,
    RequestRejected,
    ServerFailed,
)
from faxops.reconcile.outcome import ChangeOutcome, Outcome, Result, StoredDifferently
from faxops.reconcile.plan import Change
from tests.reconcile.builders import desired, imports, live, moved, plan, removed, stack

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PLAN = plan(
    stack(
        desired("adopted", number=1),
        desired("adopted-and-changed", number=2, active=False),
        desired("changed", number=3, active=False),
        desired("moved", number=4),
        desired("new"),
        imports=[imports(1, "adopted"), imports(2, "adopted-and-changed")],
        moved=[moved("before", "moved")],
        removed=[removed("given")],
    ),
    live(1),
    live(2),
    live(3, "changed"),
    live(4, "before"),
    live(5, "given"),
    live(6, "old"),
)
CHANGES = {change.key: change for change in PLAN.changes}
CHANGE = CHANGES["changed"]
STORED = StoredDifferently("fax_application.changed", "1", "active", sent=False, stored=True)


def failed(kind: type[ApiError]) -> ChangeOutcome:
    return ChangeOutcome(CHANGE, Result.NOT_APPLIED, error=kind("It failed.", request="POST /"))


def outcome(*changes: ChangeOutcome, **fields: Any) -> Outcome:  # noqa: ANN401 - of Outcome
    return Outcome("run-1", NOW, NOW, PLAN, changes, **fields)


DONE = ChangeOutcome(CHANGE, Result.APPLIED)
PARTLY = ChangeOutcome(CHANGE, Result.APPLIED, partly=True)
LEFT = ChangeOutcome(CHANGE, Result.NOT_ATTEMPTED)
CHANGED = ChangeOutcome(CHANGE, Result.NOT_APPLIED, "It was changed by someone else.")
UNKNOWN = ChangeOutcome(CHANGE, Result.UNKNOWN)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param(outcome(), ExitCode.DONE, id="nothing to do"),
        pytest.param(outcome(DONE, DONE), ExitCode.DONE, id="all applied"),
        pytest.param(outcome(DONE, LEFT), ExitCode.PARTLY_APPLIED, id="some left"),
        pytest.param(outcome(PARTLY), ExitCode.PARTLY_APPLIED, id="one in part"),
        pytest.param(
            outcome(DONE, stored_differently=(STORED,)),
            ExitCode.PARTLY_APPLIED,
            id="stored differently",
        ),
        pytest.param(
            outcome(DONE, unconfirmed="It could not be read."),
            ExitCode.PARTLY_APPLIED,
            id="not confirmed",
        ),
        pytest.param(
            outcome(DONE, stopped="the mark was lost"), ExitCode.PARTLY_APPLIED, id="stopped"
        ),
        pytest.param(
            outcome(DONE, failed(AuthenticationFailed)),
            ExitCode.PARTLY_APPLIED,
            id="applied outweighs the key",
        ),
        pytest.param(
            outcome(DONE, UNKNOWN, failed(AuthenticationFailed)),
            ExitCode.UNKNOWN_OUTCOME,
            id="unknown outweighs all",
        ),
        pytest.param(outcome(UNKNOWN), ExitCode.UNKNOWN_OUTCOME, id="unknown alone"),
        pytest.param(
            outcome(failed(ServerFailed), failed(PermissionDenied), LEFT),
            ExitCode.NOT_PERMITTED,
            id="nothing applied: the cause's own code",
        ),
        pytest.param(
            outcome(failed(AuthenticationFailed), LEFT, interrupted=True),
            ExitCode.NOT_PERMITTED,
            id="the key outweighs the interrupt",
        ),
        pytest.param(
            outcome(LEFT, interrupted=True, stopped="interrupted"),
            ExitCode.INTERRUPTED,
            id="interrupted before any write",
        ),
        pytest.param(outcome(failed(RequestRejected)), ExitCode.FAILED, id="rejected"),
        pytest.param(outcome(CHANGED, LEFT), ExitCode.FAILED, id="changed by someone else"),
    ],
)
def test_the_exit_code_is_that_of(given: Outcome, code: ExitCode) -> None:
    assert given.exit_code is code


def applied(change: Change) -> ChangeOutcome:
    return ChangeOutcome(change, Result.APPLIED)


def test_every_kind_of_change_is_counted_once() -> None:
    counts = outcome(*map(applied, CHANGES.values())).counts

    assert (counts.imported, counts.added, counts.changed) == (2, 1, 3)
    assert (counts.destroyed, counts.forgotten) == (1, 1)
    assert (counts.failed, counts.unknown, counts.not_attempted) == (0, 0, 0)


def test_only_what_was_applied_is_counted_as_done() -> None:
    counts = outcome(failed(ServerFailed), UNKNOWN, LEFT, PARTLY).counts

    assert (counts.changed, counts.failed, counts.unknown, counts.not_attempted) == (1, 2, 1, 1)
