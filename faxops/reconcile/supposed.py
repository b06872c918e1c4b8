"""An account as a configuration would have made it, for comparing two without a key (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from faxops.config.stack import DesiredResource, Stack
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.model.marks import Mark, Marks
from faxops.model.registry import KINDS
from faxops.reconcile.cause import with_causes
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions, make_plan
from faxops.reconcile.snapshot import Snapshot


def plan_offline(stack: Stack, base: Stack | None, options: PlanOptions, ref: str) -> Plan:
    """The plan from `base`, the configuration at `ref`, to `stack`, with no account read.

    It has no ids, and says that nothing live was read. Raises what `make_plan` does.
    """
    snapshot = Snapshot("", "", {kind.name: tuple(_live(kind, stack, base)) for kind in KINDS})
    plan = with_causes(make_plan(stack, snapshot, options), None)
    warning = Diagnostic(
        Severity.WARNING,
        "FX714",
        f"The live state was not read: this compares the configuration with the one at {ref}.",
        detail=_what_was_there(stack, base),
        suggestion="Before it is applied, a plan with the API key shows what really changes.",
    )
    changes = tuple(
        replace(each, live=replace(each.live, id="", raw={}) if each.live else None)
        for each in plan.changes
    )
    return replace(plan, changes=changes, warnings=(warning, *plan.warnings))


def _what_was_there(stack: Stack, base: Stack | None) -> str:
    """What makes everything look new, if anything does."""
    if base is None:
        return "There it does not exist, so all of it counts as new."
    return "" if base.name == stack.name else f"The stack was named {base.name} there."


def _live(kind: ResourceKind, stack: Stack, base: Stack | None) -> Iterator[LiveResource]:
    there = {each.key: each for each in base.resources if each.kind == kind.name} if base else {}
    wanted = {each.key: each for each in stack.resources if each.kind == kind.name}
    owned = there if base and base.name == stack.name else {}
    adopted = {each.key: each.id for each in stack.imports}
    for key, each in owned.items():
        yield _supposed(kind, each, adopted.get(key, f"base/{key}"), Mark(stack.name, key))
    # What is adopted from elsewhere is there too, and how it looks is mostly not known.
    for claim in stack.imports:
        if claim.key in wanted and claim.key not in owned:
            yield _supposed(kind, wanted[claim.key], claim.id, None)
    for move in stack.moved:
        if move.from_stack != stack.name and move.to_key in wanted and move.to_key not in owned:
            mark = Mark(move.from_stack, move.from_key)
            is_known = base is not None and base.name == move.from_stack
            known = there.get(move.from_key) if is_known else None
            yield _supposed(kind, known or wanted[move.to_key], f"moved/{move.to_key}", mark)


def _supposed(
    kind: ResourceKind, resource: DesiredResource, object_id: str, mark: Mark | None
) -> LiveResource:
    raw = kind.nested(resource.values)
    read = LiveResource.read(kind, {**raw, "id": object_id})
    owners = frozenset({mark} if mark else ())
    return replace(read, marks=Marks(owners=owners, keep=resource.prevent_destroy))
