"""What is done with faxes in the matrix of faults: each operation, and where it can be struck."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from faxops.cli.commands.fax_delete import deletion
from faxops.cli.fax_batch import BatchRun
from faxops.cli.fax_output import carried_out
from faxops.cli.fax_sending import SendRun
from faxops.cli.fax_table import BatchRow
from faxops.cli.options import ConnectionChoice, OutputChoice
from faxops.cli.output import Output
from faxops.errors import ExitCode, FaxopsError, OutcomeUnknown
from faxops.model.fax_request import FaxRequest, encoded_state
from faxops.report.batch_document import BatchOutcome, RowResult, batch_document
from faxops.report.fax_document import Deletion, DeletionOutcome, deletions_document
from faxops.report.json_text import json_text
from faxops.report.masking import Masker
from faxops.report.sending_document import SendingOutcome, sending_document
from faxops.store.fax_ledger import Entry, LedgerIdentity, RowState, open_ledger
from faxops.telnyx.faxes import Faxes
from faxops.telnyx.sending import unique_state
from tests.telnyx.fax_account import APPLICATION, FROM, TO, FaxAccount, a_request
from tests.telnyx.virtual import KEY

ROWS: Final = 4
IDS: Final = tuple(f"0ccc7b54-4df3-4bca-a65a-3da1ecc7770{number}" for number in range(4))
USERS_STATE: Final = encoded_state("invoice 17")
_MASKER: Final = Masker(frozenset({KEY}))
_WORDS: Final = {
    SendingOutcome.SENT: "done",
    SendingOutcome.FOUND: "done",
    SendingOutcome.ALREADY_SENT: "done",
    SendingOutcome.NOT_SENT: "not_done",
    SendingOutcome.UNKNOWN: "unknown",
    SendingOutcome.NOT_ATTEMPTED: "not_attempted",
    DeletionOutcome.APPLIED: "done",
    DeletionOutcome.NOT_APPLIED: "not_done",
    DeletionOutcome.UNKNOWN: "unknown",
    DeletionOutcome.NOT_ATTEMPTED: "not_attempted",
}


@dataclass(frozen=True, slots=True)
class Told:
    """What a command says of one fax: its `target` is the number sent to, or the fax's id."""

    target: str
    word: str
    fax_id: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a command: what it says of each fax, its exit code, and all that it prints."""

    told: tuple[Told, ...]
    code: ExitCode
    printed: str


@dataclass(frozen=True, slots=True)
class Strike:
    """A request that can be struck: the first that matches after `after` others."""

    name: str
    kind: str
    method: str
    path: str
    after: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class FaxOperation:
    """One column of the table.

    `sends` are the numbers that it sends to; `can_repeat` says that the same command once more
    completes it. `in_doubt` are numbers of which an earlier run left unknown whether it did.
    """

    name: str
    strikes: tuple[Strike, ...]
    run: Callable[[FaxAccount, Path], Run]
    faxes: tuple[Mapping[str, Any], ...] = ()
    prepare: Callable[[FaxAccount, Path], None] = field(default=lambda _account, _folder: None)
    sends: tuple[str, ...] = ()
    can_repeat: bool = False
    in_doubt: tuple[str, ...] = ()


def old_fax(number: int, **fields: str) -> Mapping[str, Any]:
    """A fax that is in the account before."""
    numbers = {"from": FROM, "to": TO}
    return {"id": IDS[number], "connection_id": APPLICATION, **numbers, **fields}


OLD: Final = tuple(old_fax(number, client_state=USERS_STATE) for number in (0, 1, 2))


def _sent(request: FaxRequest, key: str | None = None) -> Callable[[FaxAccount, Path], Run]:
    def run(account: FaxAccount, _: Path) -> Run:
        sending = _sending(request, key)

        async def once(faxes: Faxes) -> FaxopsError | None:
            try:
                sent = await sending.once(faxes, account.clock)
            except OutcomeUnknown as error:
                sending.outcome = SendingOutcome.UNKNOWN
                return error
            except FaxopsError as error:
                return error
            sending.fax = sent.fax
            return None

        error = account.run(once)
        document = sending_document(
            sending.outcome, sending.request, None, _MASKER, fax=sending.fax, error=error
        )
        fax_id = sending.fax.id if sending.fax else ""
        told = Told(request.to, _WORDS[sending.outcome], fax_id)
        code = error.exit_code if error else ExitCode.DONE
        return Run((told,), code, json_text(document))

    return run


def _sending(request: FaxRequest, key: str | None) -> SendRun:
    choice = OutputChoice("json", (), no_color=True, quiet=True, verbose=0)
    connection = ConnectionChoice("http://emulator/v2", 30)
    return SendRun(
        request,
        None,
        connection,
        Output(choice),
        stack=None,
        app=None,
        idempotency_key=key,
        dry_run=False,
        report=lambda _: None,
        max_wait=None,
    )


def batch_rows() -> tuple[BatchRow, ...]:
    """The faxes of a batch, each to a number of its own."""
    return tuple(
        BatchRow(number, number + 1, a_request(to=f"+1312{5550000 + number}"), "", "")
        for number in range(1, ROWS + 1)
    )


NUMBERS: Final = tuple(row.request.to for row in batch_rows())
_IDENTITY: Final = LedgerIdentity("4f3d", ROWS, "http://emulator/v2", "7a1c")


def _run_batch(account: FaxAccount, folder: Path) -> Run:
    tokens = iter(range(1000))

    async def work(faxes: Faxes) -> BatchOutcome:
        with open_ledger(folder / "results", _IDENTITY) as ledger:
            stop, told = asyncio.Event(), list[RowResult]()
            run = BatchRun(
                faxes,
                batch_rows(),
                ledger,
                account.clock,
                100.0,
                lambda: f"{account.clock.passed}-{next(tokens)}",
                _MASKER.redacted,
                stop,
                told.append,
            )
            results, stopped = await run.run()
        return BatchOutcome("clinics.csv", "results", results, stopped)

    outcome = account.run(work)
    told = tuple(Told(row.to, _WORDS[row.outcome], row.fax_id) for row in outcome.rows)
    printed = json_text(batch_document(outcome, _MASKER)) + (folder / "results").read_text()
    return Run(told, outcome.exit_code, printed)


def _killed_before(account: FaxAccount, folder: Path) -> None:
    """A batch that was killed: rows 1 and 2 were sent, of which 1 is known; 3 was begun only."""
    first, second, third = batch_rows()[:3]
    states = {row.number: unique_state(f"killed-{row.number}") for row in (first, second, third)}

    async def send(faxes: Faxes) -> str:
        ids: list[str] = []
        for row in (first, second):
            body = row.request.body() | {"client_state": states[row.number]}
            ids.append((await faxes.send(body)).id)
        return ids[0]

    fax_id = account.run(send)
    with open_ledger(folder / "results", _IDENTITY) as ledger:
        for row in (first, second, third):
            ledger.note(Entry(row.number, RowState.SENDING, states[row.number]))
        ledger.note(Entry(1, RowState.SENT, states[1], fax_id))


def _cancelled(account: FaxAccount, _: Path) -> Run:
    async def cancel(faxes: Faxes) -> FaxopsError | None:
        stop = asyncio.Event()
        try:
            await carried_out(faxes.cancel(IDS[0]), stop, fax_id=IDS[0], doubt="")
        except FaxopsError as error:
            return error
        return None

    error = account.run(cancel)
    unknown = isinstance(error, OutcomeUnknown)
    word = "unknown" if unknown else "not_done" if error else "done"
    code = error.exit_code if error else ExitCode.DONE
    return Run((Told(IDS[0], word),), code, error.message if error else "")


def _deleted(account: FaxAccount, _: Path) -> Run:
    async def delete(faxes: Faxes) -> list[Deletion]:
        return [await deletion(faxes, fax_id, asyncio.Event()) for fax_id in IDS[:3]]

    deletions = account.run(delete)
    told = tuple(Told(each.id, _WORDS[each.outcome]) for each in deletions)
    printed = json_text(deletions_document(deletions, _MASKER))
    return Run(told, ExitCode.DONE, printed)


_POST: Final = ("POST", "/faxes")
_GET: Final = ("GET", "/faxes")


def _each(name: str, kind: str, request: tuple[str, str], places: Sequence[int]) -> list[Strike]:
    named = zip(("first", "last"), places, strict=True)
    return [Strike(f"{word} {name}", kind, *request, after) for word, after in named]


FAX_OPERATIONS: Final = (
    FaxOperation(
        "send",
        (Strike("POST", "SEND", *_POST),),
        _sent(a_request()),
        OLD,
        sends=(TO,),
    ),
    FaxOperation(
        "send with `client_state`",
        (
            Strike("the faxes that carry it", "LIST", *_GET),
            Strike("POST", "SEND", *_POST),
        ),
        _sent(a_request(client_state=USERS_STATE)),
        OLD,
        sends=(TO,),
    ),
    FaxOperation(
        "send with a key",
        (
            *_each("look for the key", "LIST", _GET, (0, 5)),
            Strike("POST", "SEND", *_POST),
        ),
        _sent(a_request(), "invoice-17"),
        OLD,
        sends=(TO,),
        can_repeat=True,
    ),
    FaxOperation(
        "send with a known key",
        (Strike("look for the key", "LIST", *_GET),),
        _sent(a_request(), "invoice-17"),
        OLD,
        prepare=lambda account, folder: _expect_done(
            _sent(a_request(), "invoice-17")(account, folder)
        ),
        sends=(TO,),
        can_repeat=True,
    ),
    FaxOperation(
        "batch",
        tuple(_each("POST", "SEND", _POST, (0, 3))),
        _run_batch,
        sends=NUMBERS,
        can_repeat=True,
    ),
    FaxOperation(
        "batch resumed",
        (
            Strike("look for the row that was sent", "LOOK", *_GET),
            Strike("first look for the row that was not", "LOOK", *_GET, 1),
            Strike("last look for it", "LAST LOOK", *_GET, 6),
            Strike("first POST", "SEND", *_POST),
            Strike("POST of the row that was not", "SEND", *_POST, 1),
        ),
        _run_batch,
        prepare=_killed_before,
        sends=NUMBERS,
        can_repeat=True,
        in_doubt=NUMBERS[1:3],
    ),
    FaxOperation(
        "cancel",
        (Strike("POST", "CANCEL", "POST", "/faxes/*/actions/cancel"),),
        _cancelled,
        (old_fax(0, status="sending"),),
    ),
    FaxOperation(
        "delete",
        (
            *_each("GET", "READ", ("GET", "/faxes/*"), (0, 2)),
            *_each("DELETE", "DELETE", ("DELETE", "/faxes/*"), (0, 2)),
        ),
        _deleted,
        tuple(old_fax(number) for number in range(4)),
    ),
)


def _expect_done(run: Run) -> None:
    assert {each.word for each in run.told} == {"done"}, run


def target_of(method: str, path: str, query: Mapping[str, str], body: str) -> str:
    """What a request was about, as `Told.target` names it."""
    if path != "/faxes":
        return path.removeprefix("/faxes/").partition("/")[0]
    if method == "POST":
        return str(json.loads(body)["to"])
    return query.get("filter[to][eq]", "")
