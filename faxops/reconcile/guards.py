"""How much one apply may do: limits on deletes, changes, creates and risk."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from faxops.config.stack import Guards, Limit, Policy
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.reconcile.plan import RISK_ORDER, Action, Change, Plan

DELETES_REFUSED: Final = frozenset({"FX740", "FX743"})
"""The codes that say that the planned deletes are too many."""

GUARD_CODES: Final = DELETES_REFUSED | {"FX741", "FX742", "FX744"}
"""The codes of what this module refuses: it forbids applying, and says nothing of ownership."""

_SHOWN: Final = 10


@dataclass(frozen=True, slots=True)
class GuardOverrides:
    """What the command line sets in place of the stack's own guards; None leaves them."""

    destroy: bool = False
    max_deletes: Limit | None = None
    max_changes: Limit | None = None
    max_creates: Limit | None = None
    max_risk: str | None = None


def refused_by_guards(
    plan: Plan, guards: Guards, policy: Policy, overrides: GuardOverrides
) -> tuple[Diagnostic, ...]:
    """Every guard that the plan exceeds, each with its list, its limit and the flag that lifts it.

    Deletes are measured against what the stack owns, changes against that and what it takes over
    by this plan, creates against what the file desires.
    """
    deletes = [change for change in plan.changes if change.action is Action.DELETE]
    creates = [change for change in plan.changes if change.action is Action.CREATE]
    apart = (Action.DELETE, Action.CREATE)
    changes = [change for change in plan.changes if change.action not in apart]
    # Else a new stack, which owns nothing yet, could never import anything.
    owned = plan.owned + sum(_takes_over(plan, change) for change in changes)
    checks = (
        ("deletes", deletes, plan.owned, overrides.max_deletes or guards.max_deletes, "owned"),
        ("changes", changes, owned, overrides.max_changes or guards.max_changes, "owned"),
        ("creates", creates, plan.desired, overrides.max_creates or guards.max_creates, "desired"),
    )
    found = [
        _exceeded(name, affected, limit, total, of)
        for name, affected, total, limit, of in checks
        if affected and not limit.allows(len(affected), total)
    ]
    found += _destroys_everything(plan, deletes, overrides)
    found += _too_risky(plan, overrides.max_risk or policy.max_risk)
    return tuple(found)


def _takes_over(plan: Plan, change: Change) -> bool:
    mover = change.moved_from
    return change.importing or (mover is not None and mover.stack != plan.stack)


def _exceeded(name: str, affected: list[Change], limit: Limit, total: int, of: str) -> Diagnostic:
    bound = limit.bound(total)
    codes = {"deletes": "FX740", "changes": "FX741", "creates": "FX742"}
    meaning = f"{limit} of {total} {of}, that is {bound}" if limit.percent else str(bound)
    return Diagnostic(
        Severity.ERROR,
        codes[name],
        f"{_counted(len(affected), name)} planned; the guard max_{name} allows {meaning}.",
        detail=_listed(affected),
        suggestion=f"If this is meant, run again with --max-{name} {len(affected)}.",
    )


def _counted(count: int, name: str) -> str:
    return f"{count} {name} are" if count > 1 else f"1 {name.removesuffix('s')} is"


def _destroys_everything(
    plan: Plan, deletes: list[Change], overrides: GuardOverrides
) -> Iterator[Diagnostic]:
    if overrides.destroy or not deletes or len({change.id for change in deletes}) < plan.owned:
        return
    all_of_them = f"All {plan.owned} applications" if plan.owned > 1 else "The only application"
    yield Diagnostic(
        Severity.ERROR,
        "FX743",
        f"{all_of_them} that the stack {plan.stack} owns would be destroyed.",
        detail=_listed(deletes),
        suggestion="If the file was emptied or cut by mistake, restore it. If this is meant, add"
        " --destroy.",
    )


def _too_risky(plan: Plan, max_risk: str) -> Iterator[Diagnostic]:
    allowed = RISK_ORDER.index(max_risk)
    risky = [
        f"{change.address}: {risk.name} ({risk.level})"
        for change in plan.changes
        for risk in change.risks
        if RISK_ORDER.index(risk.level) > allowed
    ]
    if risky:
        yield Diagnostic(
            Severity.ERROR,
            "FX744",
            f"{len(risky)} risk{'s are' if len(risky) > 1 else ' is'} above the allowed level"
            f" {max_risk}.",
            detail=_shortened(risky),
            suggestion=f"Have the change approved, then run again with --max-risk {_worst(plan)}.",
        )


def _worst(plan: Plan) -> str:
    levels = [risk.level for change in plan.changes for risk in change.risks]
    return max(levels, key=RISK_ORDER.index)


def _listed(changes: list[Change]) -> str:
    return _shortened([f"{c.address} ({c.id})" if c.id else c.address for c in changes])


def _shortened(lines: list[str]) -> str:
    more = len(lines) - _SHOWN
    return ", ".join(lines[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
