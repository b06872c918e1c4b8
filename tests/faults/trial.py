"""One cell tried: an apply with the fault, judged by what the account holds, and one without."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from faxops.config.stack import Import
from faxops.emulator.distortions import SHIFTED_IN
from faxops.emulator.scenario import Behaves, OtherActor, Rule, ShiftingList
from faxops.emulator.store import Record
from faxops.errors import ApiError, ExitCode, FaxopsError
from faxops.reconcile.outcome import ChangeOutcome, Outcome, Result
from faxops.reconcile.plan import Action, Change
from tests.faults.account import Content, Kept, Run, TrialAccount, leaked, sent_to, writes
from tests.faults.cells import WAIT_SECONDS, Cell
from tests.faults.operations import OLDEST
from tests.faults.steps import Rehearsal, rehearse
from tests.reconcile.builders import NOWHERE

_ADOPT = re.compile(r'imports: \[\{id: "(\d+)", to: ([a-z-]+)\}\]')


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the apply ended, in a word, and every promise that was broken."""

    word: str
    broken: tuple[str, ...]


def attempt(cell: Cell) -> Verdict:
    """Try one cell."""
    plan = rehearse(cell.operation)
    account = TrialAccount(cell.operation, _rule(cell, plan))
    try:
        run = account.apply(cell.operation.stack)
        trial = _Trial(cell, plan, run, account.requests(), account.content())
        broken = [*trial.broken()]
        account.end_faults()
        broken += _mended(trial, account)
        return Verdict(trial.word(), tuple(broken))
    finally:
        account.close()


def _rule(cell: Cell, plan: Rehearsal) -> Rule:
    step = plan.at(cell.request, cell.position)
    if not cell.row.since_plan:
        return step.rule(cell.row.fault, lasting=cell.on)
    assert isinstance(cell.row.fault, OtherActor)
    aimed = replace(cell.row.fault, id=step.target)
    listing = next(kind for kind in ("LIST", "LIST ALONE") if kind in plan.steps)
    return plan.at(listing, "last").rule(aimed, lasting=False)


@dataclass(frozen=True, slots=True)
class _Trial:
    cell: Cell
    rehearsal: Rehearsal
    run: Run
    records: tuple[Record, ...]
    content: Content

    def word(self) -> str:
        """The end of what was hit, as the table words it."""
        if self.run.error is not None:
            return "failed"
        outcome = self.run.outcome
        if outcome is None:
            return "applied" if self.run.code == 0 else "refused"
        hit = {_word(each, outcome) for each in outcome.changes if self._was_hit(each)}
        if hit:
            return "/".join(sorted(hit))
        if outcome.stopped and not writes(self.records):
            return "not_sent"
        if outcome.stopped:
            return "stopped"
        if outcome.unconfirmed:
            return "unconfirmed"
        if outcome.stored_differently:
            return "named"
        words = {_word(each, outcome) for each in outcome.changes}
        return "/".join(sorted(words))

    def _was_hit(self, each: ChangeOutcome) -> bool:
        if self.cell.row.since_plan:
            return each.change.id == self.rehearsal.at(self.cell.request, self.cell.position).target
        targets = {sent_to(record) for record in self.records if record.fault}
        return bool(targets & {each.id, _name(each.change)}) and self.cell.request != "CONFIRM"

    @property
    def is_import_gone(self) -> bool:
        """Whether another actor deleted what an import names."""
        fault = self.cell.row.fault
        deleted = isinstance(fault, OtherActor) and fault.change is None
        return deleted and bool(self.cell.operation.stack.imports)

    def was_given_up(self, object_id: str) -> bool:
        """Whether the fault changed what was forgotten then, so that nothing can mend it."""
        hit = self.rehearsal.at(self.cell.request, self.cell.position).target
        bends = isinstance(self.cell.row.fault, OtherActor | Behaves)
        return bends and self.cell.operation.name == "forget" and object_id == hit

    def broken(self) -> Iterator[str]:
        """Every promise that the run with the fault broke."""
        yield from (f"the secret {secret} was printed" for secret in leaked(self.run))
        yield from _doubles(self.content)
        yield from self._foreign()
        yield from self._repeated_creates()
        yield from self._impatience()
        if not any(record.fault for record in self.records):
            yield "the fault never struck"
        outcome = self.run.outcome
        if outcome is None:
            yield from (f"{each.method} {each.path} was sent" for each in writes(self.records))
            if self.run.error is not None and self.run.code is not _code_of_failure(self.run.error):
                yield f"the exit code is {self.run.code}"
            return
        if outcome.exit_code is not code_of(outcome):
            yield f"the exit code is {outcome.exit_code}, not {code_of(outcome)}"
        for each in outcome.changes:
            yield from self._untrue(each, outcome)

    def _untrue(self, each: ChangeOutcome, outcome: Outcome) -> Iterator[str]:
        name = _name(each.change)
        now = self._one(self.content, name)
        before = self._one(self.rehearsal.before, name)
        wanted = self._one(self.rehearsal.after, name)
        told = f"{name} is told as {each.result.value}"
        named = any(stored.address == each.change.address for stored in outcome.stored_differently)
        if each.result is Result.APPLIED and not each.partly:
            if not _alike(now, wanted) and not named:
                yield f"{told} and is not as wanted"
        elif each.partly:
            if now is None or now.recipient is not None or not each.reason:
                yield f"{told}, partly, and is {now}"
        elif each.result is Result.NOT_APPLIED:
            if not _same(now, before) and not self._is_actors(each.change):
                yield f"{told} and was changed"
        elif each.result is Result.UNKNOWN:
            if not any(self._is_in_doubt(record, each) for record in self.records):
                yield f"{told} and every answer was clear"
        elif any(sent_to(record) in (each.id, name) for record in writes(self.records)):
            yield f"{told} and was sent"

    @staticmethod
    def _one(content: Content, name: str) -> Kept | None:
        return next(iter(content.get(name, ())), None)

    def _is_actors(self, change: Change) -> bool:
        target = self.rehearsal.at(self.cell.request, self.cell.position).target
        return isinstance(self.cell.row.fault, OtherActor) and change.id == target

    @staticmethod
    def _is_in_doubt(record: Record, each: ChangeOutcome) -> bool:
        aimed = record.method != "GET" and sent_to(record) in (each.id, _name(each.change))
        clear = record.status is not None and 400 <= record.status < 500 and record.status != 408
        return aimed and bool(record.fault) and not clear

    def _foreign(self) -> Iterator[str]:
        touched = {sent_to(each) for each in writes(self.records)}
        mine = {_name(change) for change in self.rehearsal.plan.changes}
        shifted = isinstance(self.cell.row.fault, ShiftingList)
        for name, (kept,) in self.rehearsal.before.items():
            if name in mine:
                continue
            if kept.id in touched:
                yield f"{name} was written to"
            now = self._one(self.content, name)
            if not _same(now, kept) and not (shifted and kept.id == OLDEST):
                yield f"{name} was changed or lost"

    def _impatience(self) -> Iterator[str]:
        """A 429 whose wait was not kept."""
        refused = [number for number, each in enumerate(self.records) if each.status == 429]
        for number in [] if self.cell.on else refused:
            first = self.records[number]
            for each in self.records[number + 1 :]:
                waited = _moment(each) - _moment(first)
                if _asked(each) == _asked(first) and waited < WAIT_SECONDS:
                    yield f"after 429 it waited {waited} s"

    def _repeated_creates(self) -> Iterator[str]:
        last: dict[str, Record] = {}
        for each in self.records:
            if each.method != "POST":
                continue
            previous = last.get(each.body)
            if previous and not (previous.status == 429 or previous.fault == "refused"):
                yield f"{sent_to(each)} was sent again"
            last[each.body] = each


def _mended(trial: _Trial, account: TrialAccount) -> Iterator[str]:
    """What is still wrong after one more run, in which nothing fails."""
    stack = trial.cell.operation.stack
    run = account.apply(stack)
    advised = [
        Import(found[1], found[2], NOWHERE)
        for each in (run.plan.refusals if run.plan else ())
        if (found := _ADOPT.search(each.suggestion))
    ]
    if advised:
        # A mark was lost, so faxops asks whose the application is, and its user answers.
        stack = replace(stack, imports=(*stack.imports, *advised))
        run = account.apply(stack)
    if trial.is_import_gone:
        if run.code is not ExitCode.REFUSED:
            yield f"the import of what is gone ended with {run.code}"
        return
    if run.code is not ExitCode.DONE:
        yield f"the run without the fault ended with {run.code}: {run.printed[-1]}"
    last = account.apply(stack)
    if last.plan is None or not last.plan.is_empty:
        yield "the last plan is not empty"
    yield from (f"the secret {secret} was printed" for secret in (*leaked(run), *leaked(last)))
    yield from _doubles(account.content())
    shifted = isinstance(trial.cell.row.fault, ShiftingList)
    for name, (wanted,) in trial.rehearsal.after.items():
        now = next(iter(account.content().get(name, ())), None)
        if shifted and wanted.id == OLDEST:
            continue
        if trial.was_given_up(wanted.id):
            if now is not None and now.tags & {f"faxops.clinic.{key}" for key in "abc"}:
                yield f"{name} was not given up"
        elif not _alike(now, wanted):
            yield f"{name} is not as wanted in the end"
    extra = account.content().keys() - trial.rehearsal.after.keys() - {SHIFTED_IN}
    yield from (f"{name} is still there" for name in sorted(extra))


def code_of(outcome: Outcome) -> ExitCode:
    """The exit code by the table of docs/exit-codes.md and the order in which they win."""
    words = {each.result for each in outcome.changes}
    partly = any(each.partly for each in outcome.changes)
    doubtful = outcome.stored_differently or outcome.unconfirmed or outcome.stopped or partly
    if Result.UNKNOWN in words:
        return ExitCode.UNKNOWN_OUTCOME
    if words == {Result.APPLIED} and not doubtful:
        return ExitCode.DONE
    if Result.APPLIED in words:
        return ExitCode.PARTLY_APPLIED
    forbidden = {each.error.status for each in outcome.changes if each.error} & {401, 403}
    return ExitCode.NOT_PERMITTED if forbidden else ExitCode.FAILED


def _code_of_failure(error: FaxopsError) -> ExitCode:
    forbidden = isinstance(error, ApiError) and error.status in (401, 403)
    return ExitCode.NOT_PERMITTED if forbidden else ExitCode.FAILED


def _asked(record: Record) -> tuple[str, str, str, str]:
    return record.method, record.path, record.query, record.body


def _moment(record: Record) -> float:
    return datetime.fromisoformat(record.at).timestamp()


def _word(each: ChangeOutcome, outcome: Outcome) -> str:
    if each.partly:
        return "partly"
    named = {stored.address for stored in outcome.stored_differently}
    return "named" if each.change.address in named else each.result.value


def _name(change: Change) -> str:
    values = change.after if change.action is Action.CREATE else change.before
    return str((values or {})["application_name"])


def _doubles(content: Content) -> Iterator[str]:
    yield from (f"{name} is there twice" for name, kept in content.items() if len(kept) > 1)


def _alike(one: Kept | None, other: Kept | None) -> bool:
    if one is None or other is None:
        return one is other
    if one.id != other.id:
        # Made anew, so without the key that only the API knew.
        return (one.documented, one.recipient) == (other.documented, other.recipient)
    return (one.values, one.recipient) == (other.values, other.recipient)


def _same(one: Kept | None, other: Kept | None) -> bool:
    if one is None or other is None:
        return one is other
    return (one.text, one.recipient) == (other.text, other.recipient)
