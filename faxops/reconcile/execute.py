"""Carrying out a plan: in which order, how many at once, and when to stop.

There is no rollback. Every change ends applied, not applied, unknown or not attempted, and running
again is safe.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from faxops.errors import (
    ApiError,
    AuthenticationFailed,
    FaxopsError,
    PermissionDenied,
    ServerFailed,
    Unreachable,
    Withheld,
)
from faxops.model.clock import Clock
from faxops.reconcile.attempt import SEARCH_WAITS, Attempt, SendingStoppedError, own_mark
from faxops.reconcile.order import predecessors
from faxops.reconcile.outcome import ChangeOutcome, Outcome, Result
from faxops.reconcile.plan import Action, Change, Plan
from faxops.reconcile.provider import Provider

GRACE_SECONDS: Final = 5.0
"""How long requests in flight may go on after the first interrupt."""

FAILURES_IN_A_ROW: Final = 10
"""So many changes failing in a row with a network failure or 5xx stop the sending."""

_INTERRUPTED: Final = "interrupted"
_ACCOUNT_LEVEL: Final = "10038"  # the API's "Feature not permitted at this account level"


class Progress(Protocol):
    """Is told what happens while it happens."""

    def started(self, change: Change) -> None:
        """The first request of the change is about to be sent."""
        ...

    def finished(self, outcome: ChangeOutcome) -> None:
        """The change has ended."""
        ...


@dataclass(slots=True)
class Execution:
    """One run of one plan.

    `stop` is set from outside to end the run early (a signal): nothing new is sent, and what is
    in flight gets `GRACE_SECONDS`. `parallelism` bounds the changes under way at once. `withheld`
    is asked before each write and says why no more may be sent, as the end of a sentence (the
    lock is lost), or nothing.
    """

    plan: Plan
    provider: Provider
    clock: Clock
    run_id: str
    stop: asyncio.Event
    progress: Progress
    parallelism: int = 8
    withheld: Callable[[], str] = str
    _results: dict[int, ChangeOutcome] = field(default_factory=dict[int, ChangeOutcome])
    _writing: dict[int, Attempt] = field(default_factory=dict[int, Attempt])
    _stopped: str = ""
    _failures: int = 0

    async def run(self) -> Outcome:
        """Carry the plan out. What the API does wrong is in the outcome, never raised."""
        started_at = self.clock.now()
        if self.stop.is_set():
            self._stopped = _INTERRUPTED
        work = asyncio.create_task(self._work())
        stop = asyncio.create_task(self.stop.wait())
        await asyncio.wait({work, stop}, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if not work.done():
            self._stopped = _INTERRUPTED
            await self._end_within_grace(work)
        if not work.cancelled():
            work.result()
        changes = tuple(self._ended(index) for index in range(len(self.plan.changes)))
        interrupted = self._stopped == _INTERRUPTED
        if interrupted and not work.cancelled() and all(each.is_whole for each in changes):
            self._stopped = ""  # the signal came too late to stop anything
        return Outcome(
            run_id=self.run_id,
            started_at=started_at,
            finished_at=self.clock.now(),
            plan=self.plan,
            changes=changes,
            stopped=self._stopped,
            interrupted=interrupted and not self._writing,
        )

    async def _end_within_grace(self, work: asyncio.Task[None]) -> None:
        grace = asyncio.create_task(self.clock.sleep(GRACE_SECONDS))
        await asyncio.wait({work, grace}, return_when=asyncio.FIRST_COMPLETED)
        grace.cancel()
        if not work.done():
            work.cancel()
            await asyncio.wait({work})

    def _ended(self, index: int) -> ChangeOutcome:
        if index in self._results:
            return self._results[index]
        change = self.plan.changes[index]
        if index in self._writing:
            reason = "Interrupted before the answer came."
            return ChangeOutcome(change, Result.UNKNOWN, reason, after=self._writing[index].created)
        return ChangeOutcome(change, Result.NOT_ATTEMPTED, self._stopped)

    async def _work(self) -> None:
        changes = self.plan.changes
        destroys = [i for i, change in enumerate(changes) if change.action is Action.DELETE]
        waits = predecessors(changes)
        others = _givers_first(set(range(len(changes))) - set(destroys), waits)
        await self._read_before_creates()
        await self._write_first_mark(others, waits)
        await self._attempt_all(others, waits)
        if all(each.is_whole for each in self._results.values()):
            await self._attempt_all(destroys, {})
        elif destroys and not self._stopped:
            self._stopped = "destroys wait until everything else has succeeded"

    async def _read_before_creates(self) -> None:
        """A listing right before the first POST, in case the plan's showed too little.

        Someone may have created the same since, or that listing lagged behind a write.
        """
        creates = {i: c for i, c in enumerate(self.plan.changes) if c.action is Action.CREATE}
        if self._stopped:
            return
        try:
            for kind in {change.kind.name: change.kind for change in creates.values()}.values():
                owners = {
                    owner: live.id
                    for live in await self.provider.list(kind)
                    for owner in live.marks.owners
                }
                for index, change in creates.items():
                    found = sorted(owners[mark] for mark in change.sought if mark in owners)
                    if found and change.kind is kind:
                        reason = f"It is there, unlike when the plan was made: {', '.join(found)}."
                        self._finish(index, ChangeOutcome(change, Result.NOT_APPLIED, reason))
        except Withheld as error:
            self._stop(error.message)
        except FaxopsError as error:
            index, change = next(iter(creates.items()))
            cause = error if isinstance(error, ApiError) else None
            self._finish(index, ChangeOutcome(change, Result.NOT_APPLIED, error.message, cause))
            self._stopped = "the account could not be read before the first create"

    async def _write_first_mark(self, indexes: list[int], waits: Mapping[int, int]) -> None:
        """Let creates and imports run alone, one by one, until one of them has written its mark.

        That mark must stand, or no more are written: it is not documented that the API keeps tags
        as they are, and an application whose mark is lost would be created again by the next run.
        """
        for index in indexes:
            if not _writes_new_mark(self.plan.changes[index]):
                continue
            for each in _chain(index, waits):
                await self._attempt(each, waits)
            written = self._results.get(index)
            if written is not None and written.result is Result.APPLIED:
                await self._confirm_mark(written)
                return

    async def _confirm_mark(self, written: ChangeOutcome) -> None:
        if written.after is None:
            return
        mark = own_mark(written.change)
        stands = mark in written.after.marks.owners
        for seconds in (0.0, *SEARCH_WAITS) if stands else ():
            await self.clock.sleep(seconds)
            try:
                live = await self.provider.get(written.change.kind, written.after.id)
            except ApiError as error:
                self._stopped = f"the first mark could not be confirmed: {error.message}"
                return
            if live is not None and mark in live.marks.owners:
                return
        self._stopped = (
            f"the API did not keep the tag {mark.tag} on {written.after.id}, by which faxops would"
            " find it again"
        )

    async def _attempt_all(self, indexes: Iterable[int], waits: Mapping[int, int]) -> None:
        """Attempt the changes in order, at most `parallelism` at a time."""
        queue = iter([index for index in indexes if index not in self._results])
        done: dict[int, asyncio.Event] = {}

        async def work_off() -> None:
            for index in queue:
                done[index] = asyncio.Event()
                giver = waits.get(index)
                if giver in done:
                    await done[giver].wait()
                await self._attempt(index, waits)
                done[index].set()

        async with asyncio.TaskGroup() as workers:
            for _ in range(self.parallelism):
                workers.create_task(work_off())

    async def _attempt(self, index: int, waits: Mapping[int, int]) -> None:
        if self._stopped or index in self._results:
            return
        change = self.plan.changes[index]
        giver = waits.get(index)
        if giver is not None and not self._ended(giver).is_whole:
            reason = f"It waits for {self.plan.changes[giver].address}, which was not applied."
            self._finish(index, ChangeOutcome(change, Result.NOT_ATTEMPTED, reason))
            return

        def gate() -> None:
            self._stopped = self._stopped or self.withheld()
            if self._stopped:
                raise SendingStoppedError(self._stopped)
            self._writing[index] = attempt

        attempt = Attempt(change, self.provider, self.clock, gate)
        self.progress.started(change)
        outcome = await attempt.run()
        if outcome.result is Result.NOT_ATTEMPTED:
            self._writing.pop(index, None)  # the client withheld what the gate had let pass
            self._stop(outcome.reason)
        self._finish(index, outcome)

    def _finish(self, index: int, outcome: ChangeOutcome) -> None:
        self._results[index] = outcome
        self.progress.finished(outcome)
        error = outcome.error
        if isinstance(error, Unreachable | ServerFailed):
            self._failures += 1
        elif outcome.result is not Result.NOT_ATTEMPTED:
            self._failures = 0
        if self._stopped:
            return
        if isinstance(error, Withheld):
            self._stop(error.message)
        elif isinstance(error, AuthenticationFailed):
            self._stopped = "the API no longer accepts the key"
        elif isinstance(error, PermissionDenied) and _is_account_level(error):
            self._stopped = "the account's level does not permit it"
        elif self._failures >= FAILURES_IN_A_ROW:
            self._stopped = f"{FAILURES_IN_A_ROW} changes in a row failed to reach the API"

    def _stop(self, reason: str) -> None:
        """Send no more, for `reason` unless a signal is behind it."""
        self._stopped = self._stopped or (
            _INTERRUPTED if self.stop.is_set() else reason.rstrip(".")
        )


def _givers_first(indexes: set[int], waits: Mapping[int, int]) -> list[int]:
    """The indexes in order, each after the one it waits for (there are no circles)."""

    def depth(index: int) -> int:
        return 1 + depth(waits[index]) if index in waits else 0

    return sorted(indexes, key=lambda index: (depth(index), index))


def _chain(index: int, waits: Mapping[int, int]) -> list[int]:
    """All that `index` waits for, the first first, and `index` itself."""
    chain = [index]
    while chain[0] in waits:
        chain.insert(0, waits[chain[0]])
    return chain


def _writes_new_mark(change: Change) -> bool:
    return change.action is Action.CREATE or change.importing


def _is_account_level(error: ApiError) -> bool:
    return any(problem.code == _ACCOUNT_LEVEL for problem in error.problems)
