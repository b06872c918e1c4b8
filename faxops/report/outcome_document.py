"""What an apply did, as the versioned document of `apply --format json`.

Its schema is schemas/outcome.schema.json.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any, cast

from faxops.errors import ApiError
from faxops.model.field import Value
from faxops.model.sensitive import MASK
from faxops.reconcile.outcome import ChangeOutcome, Counts, Outcome, Result, StoredDifferently
from faxops.reconcile.plan import Plan
from faxops.report.masking import Masker
from faxops.report.plan_document import (
    FORMAT_VERSION,
    Document,
    PlanContext,
    plan_document,
    shown_raw,
)


def outcome_document(outcome: Outcome, context: PlanContext) -> Document:
    """The outcome, masked. `errored` is true unless everything was applied and confirmed."""
    masker = context.masker
    return {
        "format_version": FORMAT_VERSION,
        "run_id": outcome.run_id,
        "started_at": outcome.started_at.isoformat(timespec="milliseconds"),
        "finished_at": outcome.finished_at.isoformat(timespec="milliseconds"),
        "plan": plan_document(outcome.plan, context),
        "changes": [_change(each, masker) for each in outcome.changes],
        "summary": asdict(outcome.counts),
        "stored_differently": [_stored(each, masker) for each in outcome.stored_differently],
        "stopped": masker.redacted(outcome.stopped) or None,
        "unconfirmed": masker.redacted(outcome.unconfirmed) or None,
        "errored": bool(outcome.exit_code),
    }


def begun_outcome_document(plan: Plan, run_id: str, context: PlanContext) -> Document:
    """The document of an apply right before its first write, masked: what is live is in it whole.

    It says that every outcome is unknown, because it is read only when no later one was written.
    """
    reason = "The run has not reported what became of it."
    changes = tuple(ChangeOutcome(each, Result.UNKNOWN, reason) for each in plan.changes)
    now = context.generated_at
    return outcome_document(Outcome(run_id, now, now, plan, changes), context)


def unstarted_outcome_document(plan: Document, run_id: str, now: datetime) -> Document:
    """The document of an apply that sent no write: refused, stale, or failed before the first.

    `plan` is the document of the plan, or of the failure to make one, and says why.
    """
    stamp = now.isoformat(timespec="milliseconds")
    counts = asdict(Counts(0, 0, 0, 0, 0, 0, 0, 0))
    return {
        "format_version": FORMAT_VERSION,
        "run_id": run_id,
        "started_at": stamp,
        "finished_at": stamp,
        "plan": plan,
        "changes": [],
        "summary": counts,
        "stored_differently": [],
        "stopped": None,
        "unconfirmed": None,
        "errored": True,
    }


def _change(each: ChangeOutcome, masker: Masker) -> Document:
    change = each.change
    return {
        "address": change.address,
        "key": change.key,
        "id": each.id,
        "action": "import" if change.importing else change.action.value,
        "outcome": each.result.value,
        "reason": masker.redacted(each.reason),
        "error": _error(each.error, masker) if each.error else None,
        "before": shown_raw(change, change.live, masker) if change.live else None,
        "after": shown_raw(change, each.after, masker) if each.after else None,
    }


def _error(error: ApiError, masker: Masker) -> Document:
    problem = error.problems[0] if error.problems else None
    shown: dict[str, Any] = {
        "status": error.status,
        "code": problem.code if problem else None,
        "title": problem.title if problem else None,
        "detail": (problem.detail if problem else "") or error.message,
        "pointer": (problem.pointer if problem else "") or None,
        "request_id": error.request_id or None,
    }
    return cast("Document", masker.redacted_tree(shown))


def _stored(each: StoredDifferently, masker: Masker) -> Document:
    return {
        "address": each.address,
        "id": each.id,
        "path": each.path or None,
        "sent": MASK if each.sensitive else _json(each.sent, masker),
        "stored": MASK if each.sensitive else _json(each.stored, masker),
    }


def _json(value: Value, masker: Masker) -> object:
    return masker.redacted_tree(sorted(value) if isinstance(value, frozenset) else value)
