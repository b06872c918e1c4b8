"""One run of a batch of faxes: at a bounded rate, written down as it goes, each row sent once."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from faxops.cli.batch_progress import BatchProgress
from faxops.cli.connection import connect
from faxops.cli.fax_table import Batch, BatchRow, read_checked_media
from faxops.cli.live_application import live_applications
from faxops.cli.options import ConnectionChoice
from faxops.cli.output import Output
from faxops.cli.signals import stopping_on_signals, until_stopped
from faxops.config.stack import Stack
from faxops.errors import (
    ApiError,
    AuthenticationFailed,
    FaxopsError,
    OutcomeUnknown,
    PermissionDenied,
    ReportUnwritable,
    RequestRejected,
    UsageError,
    Withheld,
)
from faxops.model.clock import Clock
from faxops.model.fax_request import FaxRequest
from faxops.report.batch_document import BatchOutcome, RowResult
from faxops.report.sending_document import SendingOutcome
from faxops.store.fax_ledger import Entry, FaxLedger, LedgerIdentity, RowState, open_ledger
from faxops.system_clock import SystemClock
from faxops.telnyx.faxes import Faxes
from faxops.telnyx.sending import (
    search_patiently,
    send_once,
    unique_state,
    unknown_outcome,
)
from faxops.telnyx.stoppable_clock import StoppableClock, WaitEnded

WORKERS: Final = 8
MOST_FAILURES_IN_A_ROW: Final = 10
_TOKEN_BYTES: Final = 16
_IN_DOUBT: Final = frozenset({RowState.SENDING, RowState.UNKNOWN})
_STATES: Final = {
    SendingOutcome.SENT: RowState.SENT,
    SendingOutcome.FOUND: RowState.SENT,
    SendingOutcome.NOT_SENT: RowState.FAILED,
    SendingOutcome.UNKNOWN: RowState.UNKNOWN,
}
_EARLIER: Final = "an earlier run ended while it was being sent"


@dataclass(slots=True)
class BatchRun:
    """What a batch works with. `run` is called once.

    `rows` have their `connection_id`. `rate` is in faxes a second. `token` makes a text that is
    like no other; `masked` hides secrets in a reason. `told` hears of each row that has ended;
    `stop` ends the run.
    """

    faxes: Faxes
    rows: Sequence[BatchRow]
    ledger: FaxLedger
    clock: Clock
    rate: float
    token: Callable[[], str]
    masked: Callable[[str], str]
    stop: asyncio.Event
    told: Callable[[RowResult], None]
    _results: dict[int, RowResult] = field(default_factory=dict[int, RowResult], init=False)
    _in_flight: dict[int, FaxRequest] = field(default_factory=dict[int, FaxRequest], init=False)
    _halted: str = field(default="", init=False)
    _failures_in_a_row: int = field(default=0, init=False)
    _next_turn: float = field(default=0.0, init=False)

    async def run(self) -> tuple[tuple[RowResult, ...], str]:
        """What became of each row, and why some were not attempted, or nothing."""
        pending = deque(self.rows)
        await until_stopped(self._work_all(pending), self.stop)
        self._give_up_those_in_flight()
        if self.stop.is_set() and len(self._results) < len(self.rows):
            self._halted = "the run was interrupted."
        return tuple(self._result_of(row) for row in self.rows), self._halted

    async def _work_all(self, pending: deque[BatchRow]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(WORKERS, len(pending))):
                    group.create_task(self._work(pending))
        except BaseExceptionGroup as failures:
            # The first failure cancels the others; a caller wants it as it is.
            raise failures.exceptions[0] from None

    async def _work(self, pending: deque[BatchRow]) -> None:
        while pending and not self._is_over:
            row = pending.popleft()
            result = await self._take(row)
            if result is not None:
                self._results[row.number] = result
                self.told(result)

    @property
    def _is_over(self) -> bool:
        return self.stop.is_set() or bool(self._halted)

    async def _take(self, row: BatchRow) -> RowResult | None:
        """Send the row, unless that was done; None if the run ended before."""
        entry = self.ledger.entries.get(row.number)
        if entry is None:
            return await self._send(
                row, replace(row.request, client_state=unique_state(self.token()))
            )
        if entry.state is RowState.SENT:
            return _result(row, SendingOutcome.ALREADY_SENT, entry.fax_id)
        request = replace(row.request, client_state=entry.client_state)
        if entry.state in _IN_DOUBT and (settled := await self._settle(row, request)):
            return settled
        return await self._send(row, request)

    async def _settle(self, row: BatchRow, request: FaxRequest) -> RowResult | None:
        """Whether an earlier run sent the row; None if it certainly did not.

        That run is dead, because this one holds the lock, so nothing of it is under way but what
        the network may still carry; that is why there is more than one look.
        """
        found = await search_patiently(self.faxes, request, clock=self.clock)
        if found is not None and found.fax is not None:
            return self._end(row, request, SendingOutcome.FOUND, found.fax.id)
        if found is None or found.blind:
            error = unknown_outcome(request, _EARLIER, found)
            return self._end(row, request, SendingOutcome.UNKNOWN, error=error)
        return None

    async def _send(self, row: BatchRow, request: FaxRequest) -> RowResult | None:
        try:
            media = read_checked_media(row)
        except UsageError as error:
            return self._end(row, request, SendingOutcome.NOT_SENT, error=error)
        if not await self._turn():
            return None
        try:
            self._note_sending(row, request)
        except ReportUnwritable as error:
            self._halted = error.message
            return _result(row, SendingOutcome.NOT_SENT, error=error)
        self._in_flight[row.number] = request
        try:
            sent = await send_once(self.faxes, request, media, clock=self.clock)
        except Withheld as error:
            self._end(row, request, SendingOutcome.NOT_SENT, error=error)
            return None
        except ApiError as error:
            self._judge(error)
            return self._end(row, request, SendingOutcome.NOT_SENT, error=error)
        except OutcomeUnknown as error:
            self._judge(error.__cause__)
            return self._end(row, request, SendingOutcome.UNKNOWN, error=error)
        self._failures_in_a_row = 0
        outcome = SendingOutcome.FOUND if sent.found else SendingOutcome.SENT
        return self._end(row, request, outcome, sent.fax.id)

    async def _turn(self) -> bool:
        """Wait until the rate permits another fax. False if the run ended before."""
        now = self.clock.monotonic()
        turn = max(now, self._next_turn)
        self._next_turn = turn + 1 / self.rate
        clock = StoppableClock(self.clock)
        clock.stop_with(self.stop)
        try:
            if turn > now:
                await clock.sleep(turn - now)
        except WaitEnded:
            return False
        return not self._is_over

    def _note_sending(self, row: BatchRow, request: FaxRequest) -> None:
        """Write down that the row may be sent from now on. Raises `ReportUnwritable`."""
        self.ledger.note(
            Entry(row.number, RowState.SENDING, request.client_state),
            line=row.line,
            at=self.clock.now().isoformat(timespec="seconds"),
            **{"from": request.from_, "to": request.to},
        )

    def _end(
        self,
        row: BatchRow,
        request: FaxRequest,
        outcome: SendingOutcome,
        fax_id: str = "",
        error: FaxopsError | None = None,
    ) -> RowResult:
        """The row's result, written down. If that fails, no more is sent."""
        self._in_flight.pop(row.number, None)
        reason = self.masked(error.message) if error else ""
        entry = Entry(row.number, _STATES[outcome], request.client_state, fax_id, reason)
        try:
            self.ledger.note(entry)
        except ReportUnwritable as unwritable:
            # The row stays `sending` there, so the next run looks for its fax.
            self._halted = unwritable.message
        return _result(row, outcome, fax_id, error)

    def _judge(self, error: BaseException | None) -> None:
        """Stop sending when the next row would fail like this one."""
        if isinstance(error, AuthenticationFailed | PermissionDenied):
            self._halted = error.message
        elif isinstance(error, RequestRejected):
            self._failures_in_a_row = 0
        elif isinstance(error, ApiError):
            self._failures_in_a_row += 1
            if self._failures_in_a_row >= MOST_FAILURES_IN_A_ROW:
                self._halted = (
                    f"{MOST_FAILURES_IN_A_ROW} faxes in a row failed, the last one so:"
                    f" {error.message}"
                )

    def _give_up_those_in_flight(self) -> None:
        by_number = {row.number: row for row in self.rows}
        for number, request in tuple(self._in_flight.items()):
            error = unknown_outcome(request, "the run was interrupted", None)
            row = by_number[number]
            self._results[number] = self._end(row, request, SendingOutcome.UNKNOWN, error=error)

    def _result_of(self, row: BatchRow) -> RowResult:
        if row.number in self._results:
            return self._results[row.number]
        entry = self.ledger.entries.get(row.number)
        if entry is None or entry.state not in _IN_DOUBT:
            return _result(row, SendingOutcome.NOT_ATTEMPTED)
        error = unknown_outcome(row.request, _EARLIER, None)
        return _result(row, SendingOutcome.UNKNOWN, error=error)


@dataclass(frozen=True, slots=True)
class BatchChoice:
    """What the command line says of a batch. `rate` is in faxes a second."""

    results: Path
    rate: float


async def send_batch(
    batch: Batch,
    choice: BatchChoice,
    connection: ConnectionChoice,
    screen: Output,
    *,
    stack: Stack | None,
    report: Callable[[BatchOutcome], None],
) -> BatchOutcome:
    """Find the applications, open the results file, send, report.

    Raises what finding them and `open_ledger` raise; then nothing was sent.
    """
    async with connect(connection, screen, parallelism=WORKERS) as way:
        rows = batch.rows
        if stack is not None and batch.keys:
            live = await live_applications(way, stack, batch.keys)
            rows = tuple(_sent_through(row, live[row.app].id) if row.app else row for row in rows)
        identity = LedgerIdentity(
            batch.digest(stack.name if stack else ""),
            len(rows),
            connection.base_url.rstrip("/"),
            way.account.organization,
        )
        with open_ledger(choice.results, identity) as ledger, stopping_on_signals() as stop:
            way.client.stop_with(stop)
            with BatchProgress(screen, batch.name, len(rows)) as progress:
                run = BatchRun(
                    Faxes(way.client),
                    rows,
                    ledger,
                    SystemClock(),
                    choice.rate,
                    lambda: secrets.token_urlsafe(_TOKEN_BYTES),
                    screen.masker.redacted,
                    stop,
                    progress.ended,
                )
                results, stopped = await run.run()
            outcome = BatchOutcome(
                batch.name, str(choice.results), results, stopped, interrupted=stop.is_set()
            )
            # Still inside: a signal must not cost the report.
            report(outcome)
            return outcome


def _sent_through(row: BatchRow, connection_id: str) -> BatchRow:
    return replace(row, request=replace(row.request, connection_id=connection_id))


def _result(
    row: BatchRow,
    outcome: SendingOutcome,
    fax_id: str = "",
    error: FaxopsError | None = None,
) -> RowResult:
    request = row.request
    return RowResult(row.number, row.line, request.from_, request.to, outcome, fax_id, error)
