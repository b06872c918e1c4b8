"""What a machine is told when a run ends before its command could report by itself.

Whoever asked for JSON gets one document on standard output, also for a mistyped flag.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from faxops.errors import FaxopsError
from faxops.report.application_check import Step, Subject, application_check_document
from faxops.report.checkup import Check, Health, checkup_document
from faxops.report.diagnostics import diagnostics_of
from faxops.report.fax_document import failed_faxes_document
from faxops.report.history_document import failed_history_document
from faxops.report.json_text import json_text
from faxops.report.live_document import failed_live_document
from faxops.report.masking import Masker
from faxops.report.outcome_document import unstarted_outcome_document
from faxops.report.plan_document import PlanContext, failed_plan_document
from faxops.report.validate_document import validate_document
from faxops.report.webhook_document import failed_webhook_document
from faxops.system_clock import SystemClock

_FAILED: Final[Mapping[str, Callable[[FaxopsError, Masker], dict[str, Any]]]] = {
    "app": failed_live_document,
    "fax": failed_faxes_document,
    "history": failed_history_document,
    "webhook": failed_webhook_document,
}


def refusal_text(
    command: str,
    arguments: Sequence[str],
    environ: Mapping[str, str],
    error: FaxopsError,
    masker: Masker,
) -> str:
    """The document of the failed `command`, or nothing if no JSON was asked for.

    The arguments are looked at as text: what is wrong may be that they can't be parsed.
    """
    if _format(arguments, environ) != "json":
        return ""
    document = _document(command, error, masker)
    return "" if document is None else json_text(document)


def failed_check(error: FaxopsError) -> Check:
    """The one check of a `doctor` or `test` that could not check."""
    return Check("faxops", Health.BAD, error.message, error.hint)


def _format(arguments: Sequence[str], environ: Mapping[str, str]) -> str:
    found = environ.get("FAXOPS_FORMAT", "")
    for argument, following in zip(arguments, [*arguments[1:], ""], strict=True):
        if argument == "--format":
            found = following
        elif argument.startswith("--format="):
            found = argument.removeprefix("--format=")
    return found


def _document(command: str, error: FaxopsError, masker: Masker) -> dict[str, Any] | None:
    if command in _FAILED:
        return _FAILED[command](error, masker)
    now = SystemClock().now()
    match command:
        case "plan" | "show" | "drift":
            return failed_plan_document(error, PlanContext(now, masker))
        case "apply":
            plan = failed_plan_document(error, PlanContext(now, masker))
            return unstarted_outcome_document(plan, str(uuid.uuid4()), now)
        case "validate":
            return validate_document(diagnostics_of(error), masker)
        case "doctor" | "test":
            check = failed_check(error)
            if command == "doctor":
                document = checkup_document([check], masker)
            else:
                document = application_check_document(Subject(), [Step(check, 0.0)], masker)
            return document
        case _:
            return None
