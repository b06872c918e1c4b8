"""What became of a plan: one result per change, and the exit code that follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from faxops.errors import ApiError, ExitCode
from faxops.model.field import Value
from faxops.model.live import LiveResource
from faxops.reconcile.plan import Action, Change, Plan


class Result(StrEnum):
    """How an attempted or planned change ended."""

    APPLIED = "applied"
    NOT_APPLIED = "not_applied"
    UNKNOWN = "unknown"
    NOT_ATTEMPTED = "not_attempted"


@dataclass(frozen=True, slots=True)
class ChangeOutcome:
    """The end of one change.

    `reason` is a sentence, empty where the result says it all. `after` is the object as the last
    reply showed it; None for a destroy and wherever no reply came. `partly` is a create whose
    second request failed or was not sent any more: it is applied, and the next apply finishes it.
    """

    change: Change
    result: Result
    reason: str = ""
    error: ApiError | None = None
    after: LiveResource | None = None
    partly: bool = False

    @property
    def id(self) -> str | None:
        """The live object's id, known for a create as soon as one is."""
        return self.after.id if self.after else self.change.id

    @property
    def is_whole(self) -> bool:
        """Whether the change was applied with nothing left to do."""
        return self.result is Result.APPLIED and not self.partly


@dataclass(frozen=True, slots=True)
class StoredDifferently:
    """A field that the API accepted and then showed with another value than was sent.

    `sensitive` says that neither value may be shown.
    """

    address: str
    id: str
    path: str
    sent: Value
    stored: Value
    sensitive: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """The numbers of the apply's last line; `changed` counts moves, and imports that update."""

    added: int
    changed: int
    destroyed: int
    imported: int
    forgotten: int
    failed: int
    unknown: int
    not_attempted: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an apply did. `changes` has one entry for each change of `plan`, in its order.

    `stopped` is why sending ended early, or empty. `interrupted` says that it was a signal, and
    before any write was sent. `unconfirmed` is why the stack could not be read again afterwards,
    or which of its keys was then found to be there twice; or empty.
    """

    run_id: str
    started_at: datetime
    finished_at: datetime
    plan: Plan
    changes: tuple[ChangeOutcome, ...]
    stopped: str = ""
    interrupted: bool = False
    stored_differently: tuple[StoredDifferently, ...] = ()
    unconfirmed: str = ""

    @property
    def counts(self) -> Counts:
        """The numbers of the summary."""
        done = [each.change for each in self.changes if each.result is Result.APPLIED]
        results = [each.result for each in self.changes]
        actions = [change.action for change in done]
        return Counts(
            added=actions.count(Action.CREATE),
            changed=actions.count(Action.UPDATE),
            destroyed=actions.count(Action.DELETE),
            imported=sum(change.importing for change in done),
            forgotten=actions.count(Action.FORGET),
            failed=results.count(Result.NOT_APPLIED) + sum(each.partly for each in self.changes),
            unknown=results.count(Result.UNKNOWN),
            not_attempted=results.count(Result.NOT_ATTEMPTED),
        )

    @property
    def exit_code(self) -> ExitCode:
        """By the precedence of the exit codes; the cause's own code only if nothing was done."""
        counts = self.counts
        whole = all(each.is_whole for each in self.changes)
        applied = any(each.result is Result.APPLIED for each in self.changes)
        if counts.unknown:
            return ExitCode.UNKNOWN_OUTCOME
        if whole and not self.stored_differently and not self.unconfirmed and not self.stopped:
            return ExitCode.DONE
        if applied:
            return ExitCode.PARTLY_APPLIED
        codes = {each.error.exit_code for each in self.changes if each.error is not None}
        if ExitCode.NOT_PERMITTED in codes:
            return ExitCode.NOT_PERMITTED
        if self.interrupted:
            return ExitCode.INTERRUPTED
        return ExitCode.FAILED
