"""The history of applies as documents: what `faxops history --format json` prints."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from faxops.errors import FaxopsError
from faxops.report.diagnostics import diagnostic_document, diagnostics_of
from faxops.report.masking import Masker

if TYPE_CHECKING:
    from faxops.store.runs import KeptReport, KeptRun

FORMAT_VERSION: Final = "1.0"

Document = dict[str, Any]


def history_document(kept: Iterable[KeptRun]) -> Document:
    """The runs in the order given, without their reports."""
    return {
        "format_version": FORMAT_VERSION,
        "runs": [_run(each) for each in kept],
        "diagnostics": [],
    }


def run_document(kept: KeptReport) -> Document:
    """One run whole. Its report was masked when it was kept."""
    run = {**_run(kept.kept), "requests": list(kept.requests), "report": kept.report}
    return {"format_version": FORMAT_VERSION, "runs": [run], "diagnostics": []}


def failed_history_document(error: FaxopsError, masker: Masker) -> Document:
    """The history that could not be read, and why."""
    return {
        "format_version": FORMAT_VERSION,
        "runs": [],
        "diagnostics": [diagnostic_document(each, masker) for each in diagnostics_of(error)],
    }


def _run(kept: KeptRun) -> Document:
    run = kept.run
    return {
        **asdict(run.holder),
        "token": run.token,
        "status": kept.status.value,
        "exit_code": run.exit_code,
        "started_at": _stamp(run.started_at),
        "finished_at": _stamp(run.finished_at),
        **asdict(run.scope),
        "environment": run.environment,
        "git_commit": run.git_commit,
        "summary": kept.summary,
    }


def _stamp(moment: datetime | None) -> str | None:
    return None if moment is None else moment.isoformat(timespec="milliseconds")
