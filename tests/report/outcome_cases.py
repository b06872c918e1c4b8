"""One outcome for everything that the report of an apply can say."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from faxops.errors import ApiError, ApiProblem, FaxopsError, RequestRejected, Unreachable
from faxops.reconcile.outcome import ChangeOutcome, Outcome, Result, StoredDifferently
from faxops.reconcile.plan import Change, Plan
from faxops.report.outcome_document import outcome_document, unstarted_outcome_document
from faxops.report.plan_document import (
    Document,
    PlanContext,
    failed_plan_document,
    plan_document,
)
from tests.report.plan_cases import PLAN_CASES
from tests.report.plans import NOW, application, context, desired, live, planned, stack

RUN_ID = "5f0c6b1e-6d0e-4a54-9d7c-3f6f1c0a7b11"
_REQUEST_ID = "d3a1c0de-0000-4000-8000-000000000042"


def _ended(plan: Plan, end: Callable[[Change], ChangeOutcome], **parts: object) -> Outcome:
    changes = tuple(end(change) for change in plan.changes)
    finished = NOW + timedelta(seconds=2)
    return Outcome(RUN_ID, NOW, finished, plan, changes, **parts)  # pyright: ignore[reportArgumentType] - each case names fields of Outcome


def _applied(change: Change) -> ChangeOutcome:
    return ChangeOutcome(change, Result.APPLIED, after=change.live or live(9, change.key))


def _rejected() -> ApiError:
    return RequestRejected(
        "POST /fax_applications was answered 422: can't be blank (at /application_name)",
        request="POST /fax_applications",
        status=422,
        problems=(ApiProblem("10015", "Bad Request", "can't be blank", "/application_name"),),
        request_id=_REQUEST_ID,
    )


def _lost() -> ApiError:
    return Unreachable(
        "POST /fax_applications got no reply: the connection was reset.",
        request="POST /fax_applications",
        processed="maybe",
    )


def _three_creates() -> Plan:
    return planned(stack(desired("clinic-1"), desired("clinic-2"), desired("clinic-3")))


def applied_document(plan: Plan, how: PlanContext) -> Document:
    """The document of an apply in which everything went well."""
    return outcome_document(_ended(plan, _applied), how)


def _complete() -> Document:
    return applied_document(*PLAN_CASES["one-of-each"]())


def _nothing_to_do() -> Document:
    return applied_document(*PLAN_CASES["empty"]())


def _partly() -> Document:
    """One created, one in part, one refused."""

    def end(change: Change) -> ChangeOutcome:
        if change.key == "clinic-1":
            return _applied(change)
        error = _rejected()
        if change.key == "clinic-2":
            reason = f"Created, partly applied: {error.message} The next apply finishes it."
            created = live(9, "clinic-2")
            return ChangeOutcome(change, Result.APPLIED, reason, error, created, partly=True)
        return ChangeOutcome(change, Result.NOT_APPLIED, error.message, error)

    return outcome_document(_ended(_three_creates(), end), context())


def _unknown() -> Document:
    def end(change: Change) -> ChangeOutcome:
        if change.key != "clinic-1":
            return _applied(change)
        return ChangeOutcome(change, Result.UNKNOWN, "The answer was lost.", _lost())

    return outcome_document(_ended(_three_creates(), end), context())


def _interrupted() -> Document:
    def end(change: Change) -> ChangeOutcome:
        if change.key == "clinic-1":
            return _applied(change)
        reason = "It waits for fax_application.x, which was not applied."
        stopped = "interrupted" if change.key == "clinic-2" else reason
        return ChangeOutcome(change, Result.NOT_ATTEMPTED, stopped)

    ended = _ended(_three_creates(), end, stopped="interrupted", interrupted=True)
    return outcome_document(ended, context())


def _stored_differently() -> Document:
    address, number = "fax_application.clinic-1", live(9, None).id
    found = (
        StoredDifferently(address, number, "webhook_timeout_secs", 25, None),
        StoredDifferently(address, number, "tags", frozenset({"b", "A"}), frozenset({"a", "b"})),
        StoredDifferently(
            address, number, "fax_email_recipient", "a@b.example", "x", sensitive=True
        ),
        StoredDifferently(address, number, "", "update", None),
    )
    ended = _ended(_three_creates(), _applied, stored_differently=found)
    return outcome_document(ended, context())


def _unconfirmed() -> Document:
    why = "GET /fax_applications was answered 503: Service unavailable."
    return outcome_document(_ended(_three_creates(), _applied, unconfirmed=why), context())


def _hostile() -> Document:
    """What the API says, and an id it made up, acting on terminals and CI; a secret in all."""
    secret = "s3cr3t@clinic.example"  # noqa: S105 - what must not be shown
    raw = application(f"\x1b[31m{secret}", note=[{f"for {secret}": f"::error::{secret}"}])
    plan = planned(stack(desired("intake")), [live(1, "intake", {**raw, "id": "1\n::stop"})])
    error = RequestRejected(
        f"PATCH was answered 422:\n::error::{secret} is ##[taken]\u202e",
        request="PATCH /fax_applications/1",
        status=422,
        problems=(ApiProblem("10015", f"\x9b{secret}", f"{secret} is taken", "/\x1b"),),
        request_id="\x07bell",
    )

    def end(change: Change) -> ChangeOutcome:
        return ChangeOutcome(change, Result.NOT_APPLIED, error.message, error)

    return outcome_document(_ended(plan, end, stopped=f"\x1b{secret}"), context(secret))


def _refused() -> Document:
    plan, how = PLAN_CASES["refused"]()
    return unstarted_outcome_document(plan_document(plan, how), RUN_ID, NOW)


def _failed() -> Document:
    failed = failed_plan_document(FaxopsError("The account could not be read."), context())
    return unstarted_outcome_document(failed, RUN_ID, NOW)


OUTCOME_CASES: dict[str, Callable[[], Document]] = {
    "complete": _complete,
    "nothing-to-do": _nothing_to_do,
    "partly": _partly,
    "unknown": _unknown,
    "interrupted": _interrupted,
    "stored-differently": _stored_differently,
    "unconfirmed": _unconfirmed,
    "hostile": _hostile,
    "refused": _refused,
    "failed": _failed,
}
