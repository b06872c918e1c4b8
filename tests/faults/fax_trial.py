"""One cell of the matrix for faxes tried: a run with the fault, judged by the account's record."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from faxops.emulator.store import Record
from faxops.errors import ExitCode
from tests.faults import cells
from tests.faults.fax_cells import FaxCell
from tests.faults.fax_operations import IDS, FaxOperation, Run, Strike, Told, target_of
from tests.faults.trial import Verdict
from tests.telnyx.fax_account import FaxAccount
from tests.telnyx.virtual import KEY


def attempt_fax(cell: FaxCell, folder: Path) -> Verdict:
    """Try one cell; `folder` is empty."""
    operation = cell.operation
    rule = replace(cell.rule, after=cell.rule.after + _matches_before(cell.strike, operation))
    account = FaxAccount(rule, faxes=operation.faxes, step_seconds=3600)
    try:
        operation.prepare(account, folder)
        before = len(account.requests())
        run = operation.run(account, folder)
        trial = _Trial(cell, run, account, account.requests()[before:])
        broken = [*trial.broken()]
        word = trial.word()
        account.emulator.end_faults()
        if operation.can_repeat:
            broken += _completed(cell, account, folder)
        return Verdict(word, tuple(broken))
    finally:
        account.close()


@cache
def _matches_before(strike: Strike, operation: FaxOperation) -> int:
    """How many requests like the struck one come while the operation is prepared."""
    account = FaxAccount(faxes=operation.faxes)
    with TemporaryDirectory() as folder:
        operation.prepare(account, Path(folder))
    records = account.requests(strike.method)
    account.close()
    return sum(fnmatchcase(record.path, strike.path) for record in records)


@dataclass(frozen=True, slots=True)
class _Trial:
    cell: FaxCell
    run: Run
    account: FaxAccount
    records: list[Record]

    def word(self) -> str:
        """The end of what was hit."""
        hit = {_target(record) for record in self.records if record.fault}
        words = {told.word for told in self.run.told if told.target in hit}
        return "/".join(sorted(words))

    def broken(self) -> Iterator[str]:
        """Every promise that the run broke."""
        if not any(record.fault for record in self.records):
            yield "the fault never struck"
        if KEY in self.run.printed:
            yield "the key was printed"
        yield from self._repeated()
        yield from _sent_twice(self.cell, self.account)
        for told in self.run.told:
            yield from self._untrue(told)
        yield from self._wrong_code()

    def _repeated(self) -> Iterator[str]:
        """A POST that was sent again although the first may have been done."""
        last: dict[str, Record] = {}
        for record in self.records:
            if record.method != "POST":
                continue
            about = f"{record.path} {record.body}"
            previous = last.get(about)
            if previous and not (previous.status == 429 or previous.fault == "refused"):
                yield f"{about} was sent again"
            last[about] = record

    def _untrue(self, told: Told) -> Iterator[str]:
        is_done = self._is_done(told)
        if told.word == "done" and not is_done and not self._is_lied_to():
            yield f"{told} and it was not"
        if (
            told.word in {"not_done", "not_attempted"}
            and is_done
            and not self._was_done_before(told)
        ):
            yield f"{told} and it was"
        if told.word == "unknown" and not self._was_in_doubt(told):
            yield f"{told} and every answer was clear"

    def _is_done(self, told: Told) -> bool:
        faxes = {fax["id"]: fax for fax in self.account.faxes()}
        match self.cell.operation.name:
            case "cancel":
                return faxes[told.target]["status"] == "failed"
            case "delete":
                return told.target not in faxes
            case _:
                new = [fax for fax in faxes.values() if fax["id"] not in IDS]
                return any(
                    fax["to"] == told.target and told.fax_id in {fax["id"], ""} for fax in new
                )

    def _is_lied_to(self) -> bool:
        """Whether the API says that a fax is gone, which is there."""
        return self.cell.row.family is cells.MISSING and self.cell.strike.kind == "DELETE"

    def _was_done_before(self, told: Told) -> bool:
        """Whether an earlier run had sent it, and this one sent nothing."""
        sent = {_target(each) for each in self.records if each.method == "POST"}
        return self.cell.operation.name == "send with a known key" and told.target not in sent

    def _was_in_doubt(self, told: Told) -> bool:
        if told.target in self.cell.operation.in_doubt:
            return True
        about = [each for each in self.records if _target(each) == told.target]
        return any(
            each.method != "GET" and each.fault and not _is_clear(each.status) for each in about
        )

    def _wrong_code(self) -> Iterator[str]:
        if self.cell.operation.name == "delete":
            return  # its command makes the code of all
        words = {told.word for told in self.run.told}
        expected = {ExitCode.FAILED, ExitCode.NOT_PERMITTED}
        if "unknown" in words:
            expected = {ExitCode.UNKNOWN_OUTCOME}
        elif words == {"done"}:
            expected = {ExitCode.DONE}
        elif "done" in words:
            expected = {ExitCode.PARTLY_APPLIED}
        if self.run.code not in expected:
            yield f"the exit code is {self.run.code}"


def _completed(cell: FaxCell, account: FaxAccount, folder: Path) -> Iterator[str]:
    """What is wrong after the same command once more, when nothing fails."""
    run = cell.operation.run(account, folder)
    if run.code is not ExitCode.DONE:
        yield f"the run without the fault ended with {run.code}: {run.printed}"
    yield from _sent_twice(cell, account)
    left = set(cell.operation.sends) - account.sent_to().keys()
    yield from (f"{number} was never sent to" for number in left)


def _sent_twice(cell: FaxCell, account: FaxAccount) -> Iterator[str]:
    """The numbers that more than one new fax was sent to, by what the account holds."""
    old = {*IDS, *(fax["id"] for fax in cell.operation.faxes)}
    sent = Counter(fax["to"] for fax in account.faxes() if fax["id"] not in old)
    yield from (f"{to} was sent to {count} times" for to, count in sent.items() if count > 1)


def _target(record: Record) -> str:
    query = {name: str(value) for name, value in httpx.QueryParams(record.query).items()}
    return target_of(record.method, record.path, query, record.body)


def _is_clear(status: int | None) -> bool:
    return status is not None and 400 <= status < 500 and status != 408
