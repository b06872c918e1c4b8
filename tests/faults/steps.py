"""Where in an apply a fault can strike: every request of an operation, found by a rehearsal."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from faxops.emulator.scenario import Fault, Rule
from faxops.emulator.store import Record
from faxops.model.kind import Values
from faxops.reconcile.plan import Plan
from tests.faults.account import Content, TrialAccount, sent_to
from tests.faults.operations import RECIPIENT_FIELD, Operation

POSITIONS = ("first", "middle", "last")


@dataclass(frozen=True, slots=True)
class Step:
    """One request of an undisturbed apply; `before` like it (method and path) came earlier."""

    method: str
    path: str
    before: int
    target: str

    def rule(self, fault: Fault, *, lasting: bool) -> Rule:
        """The fault at this request, or at it and all like it that follow."""
        return Rule(fault, self.method, self.path, self.before, None if lasting else 1)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """An apply of the operation in which nothing went wrong."""

    plan: Plan
    before: Content
    after: Content
    steps: dict[str, tuple[Step, ...]]

    def at(self, request: str, position: str) -> Step:
        """The request of this kind at `first`, `middle` or `last`."""
        steps = self.steps[request]
        return steps[{"first": 0, "middle": len(steps) // 2, "last": -1}[position]]

    def positions(self, request: str) -> tuple[str, ...]:
        """The positions that differ: a request that is sent once has only a first."""
        return POSITIONS if len(self.steps[request]) > 1 else POSITIONS[:1]


@cache
def rehearse(operation: Operation) -> Rehearsal:
    """Apply without a fault. The result is shared and not to be changed."""
    account = TrialAccount(operation)
    before = account.content()
    run = account.apply(operation.stack)
    assert run.code == 0, run
    assert run.plan is not None
    records = account.requests()
    found: dict[str, list[Step]] = {}
    for number, record in enumerate(records):
        alike = [each for each in records[:number] if _same(each, record)]
        step = Step(record.method, record.path, len(alike), sent_to(record))
        kind = _kind(record, records[:number], run.plan, run.planned, run.executed)
        found.setdefault(kind, []).append(step)
    steps = {kind: tuple(each) for kind, each in _by_listing(found, operation)}
    result = Rehearsal(run.plan, before, account.content(), steps)
    account.close()
    return result


def _same(one: Record, other: Record) -> bool:
    return (one.method, one.path) == (other.method, other.path)


def _kind(
    record: Record, earlier: tuple[Record, ...], plan: Plan, planned: int, executed: int
) -> str:
    phase = "plan" if len(earlier) < planned else "apply" if len(earlier) < executed else "after"
    doomed = {change.id for change in plan.changes if change.after is None}
    known = {change.id for change in plan.changes}
    if record.method == "DELETE":
        return "DELETE"
    if record.method == "POST":
        return "POST OF TWO" if RECIPIENT_FIELD in _wanted(plan, sent_to(record)) else "POST"
    if record.path == "/fax_applications":
        return {"plan": "LIST", "apply": "LIST BEFORE", "after": "READ BACK"}[phase]
    if record.path == "/phone_numbers":
        return "NUMBERS" if phase == "plan" else "NUMBERS AGAIN"
    target = sent_to(record)
    if record.method == "PATCH":
        return "PATCH" if target in known else "COMPLETE"
    if any(sent_to(each) == target and each.method == "PATCH" for each in earlier):
        return "CONFIRM"
    if target not in known:
        return "CONFIRM"
    return "READ DOOMED" if target in doomed else "READ"


def _wanted(plan: Plan, name: str) -> Values:
    """The values that the plan gives to a new application of this name, if not null."""
    found = next(each.after for each in plan.changes if name in (each.after or {}).values())
    return {path: value for path, value in (found or {}).items() if value is not None}


def _by_listing(
    found: dict[str, list[Step]], operation: Operation
) -> Iterator[tuple[str, list[Step]]]:
    """The plan's listings one by one: there is a second before a create."""
    pages = -(-len(operation.live) // operation.page_size) if operation.page_size else 1
    for kind, steps in found.items():
        if kind != "LIST":
            yield kind, steps
        elif len(steps) == pages:
            yield "LIST ALONE", steps
        else:
            yield "LIST", steps[:pages]
            yield "LIST AGAIN", steps[pages:]
