"""Whose a change is: this branch's, or that of whoever changed the account (pure).

The configuration that the branch started from is planned against the same account. What that plan
would do as well is not the branch's doing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from faxops.model.diagnostic import Diagnostic, Severity
from faxops.reconcile.plan import Action, Cause, Change, FieldChange, Plan

_SHOWN = 10


def with_causes(plan: Plan, base: Plan | None) -> Plan:
    """`plan` with a cause for every change and field.

    `base` is the plan of the configuration at the merge base; None if there was none there.
    """
    # By id where there is one: a moved object has another address, and is the same.
    before = {each.id or each.address: each for each in base.changes} if base else {}
    changes = tuple(_caused(each, before.get(each.id or each.address)) for each in plan.changes)
    return replace(plan, changes=changes)


def without_causes(plan: Plan) -> Plan:
    """`plan`, warned: its stack was applied from a configuration that is not at the merge base."""
    one = plan.owned == 1
    warning = Diagnostic(
        Severity.WARNING,
        "FX715",
        f"The merge base has no such configuration, but the account has {plan.owned}"
        f" application{'' if one else 's'} of the stack {plan.stack} already, so the causes of the"
        " changes are unknown.",
        suggestion="Rename the file, its folder or an environment in a branch that changes nothing"
        " else.",
    )
    return replace(plan, warnings=(warning, *plan.warnings))


def refused_unrelated(plan: Plan) -> Plan:
    """`plan`, refused if it holds changes that are not, or not known to be, this branch's."""
    others = [each.address for each in plan.changes if each.cause is not Cause.CONFIG]
    if not others:
        return plan
    more = f" and {len(others) - _SHOWN} more" if len(others) > _SHOWN else ""
    one = len(others) == 1
    refusal = Diagnostic(
        Severity.ERROR,
        "FX745",
        f"{len(others)} change{' is' if one else 's are'} not of this branch alone.",
        detail=", ".join(others[:_SHOWN]) + more,
        suggestion="Apply the main branch first, or settle what was changed in the account;"
        " then plan again. `faxops drift` there shows it.",
    )
    return replace(plan, refusals=(*plan.refusals, refusal))


def _caused(change: Change, base: Change | None) -> Change:
    if base is None or _is_taken_out(change, base):
        return _all(change, Cause.CONFIG)
    if (change.action, change.importing) != (base.action, base.importing):
        return _all(change, Cause.BOTH)
    moved_here = change.address != base.address
    if not change.fields:
        same = (change.after, change.marks) == (base.after, base.marks)
        moved = Cause.CONFIG if moved_here else Cause.BOTH
        return replace(change, cause=Cause.DRIFT if same else moved)
    wanted = {field.path: field for field in base.fields}
    fields = tuple(replace(each, cause=_of_field(each, wanted)) for each in change.fields)
    causes = {each.cause for each in fields}
    if moved_here:
        causes.add(Cause.CONFIG)
    elif base.moved_from is not None:
        causes.add(Cause.DRIFT)
    return replace(change, fields=fields, cause=causes.pop() if len(causes) == 1 else Cause.BOTH)


def _is_taken_out(change: Change, base: Change) -> bool:
    """Whether the object had a block, however it would have moved, and the branch took it out."""
    if change.action is Action.DELETE:
        return base.action is not Action.DELETE
    return change.action is Action.FORGET and base.action not in (Action.DELETE, Action.FORGET)


def _of_field(field: FieldChange, base: Mapping[str, FieldChange]) -> Cause:
    before = base.get(field.path)
    if before is None:
        return Cause.CONFIG
    return Cause.DRIFT if before.after == field.after else Cause.BOTH


def _all(change: Change, cause: Cause) -> Change:
    fields = tuple(replace(field, cause=cause) for field in change.fields)
    return replace(change, fields=fields, cause=cause)
