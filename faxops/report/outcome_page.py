"""What an apply did, as a page, made from its document: for a job's summary and a browser."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from faxops.report.change_view import change_view
from faxops.report.escape import terminal
from faxops.report.outcome_text import DONE, differently_lines, last_line, trouble_lines
from faxops.report.page import Note, Page, PageChange, dangers_of
from faxops.report.plan_page import findings, meta_of, notes_of, tiles_of
from faxops.report.style import Style

_WORDS: Final = {
    "not_applied": "was not applied",
    "unknown": "is unknown: it may have been done",
    "not_attempted": "was not attempted",
}
_NOT_BEGUN: Final = {"outcome": "not_attempted", "error": None}
_UNKNOWN: Final = "Run `faxops plan` to see what became of it; running apply again is safe."
_INCOMPLETE: Final = "Not everything was done. Running apply again is safe."

Document = Mapping[str, Any]


def outcome_page(document: Document) -> Page:
    """The outcome, fresh or read from a report."""
    plan = document["plan"]
    changes = document["changes"]
    views = [change_view(each, plan["stack"]) for each in plan["resource_changes"]]
    # An apply that sent no write has the plan's changes and no outcome of any.
    ends = changes or [_NOT_BEGUN] * len(views)
    errors, warnings = findings(plan["diagnostics"])
    return Page(
        title="faxops apply",
        stack=plan["stack"] or "",
        environment=plan["environment"] or "",
        meta=(*meta_of(plan), f"run {terminal(document['run_id'])}"),
        sentence=last_line(document),
        causes="",
        alert=_alert(document),
        errors=(*errors, *_troubles(document)),
        tiles=_tiles(document) if changes else tiles_of(plan),
        dangers=tuple(dangers_of(views)),
        warnings=warnings,
        changes=tuple(
            PageChange(view, _words(change), went_wrong=_went_wrong(change))
            for view, change in zip(views, ends, strict=True)
        ),
        notes=tuple(_notes(document)),
    )


def _tiles(document: Document) -> tuple[tuple[str, int], ...]:
    return tuple((name.replace("_", " "), count) for name, count in document["summary"].items())


def _alert(document: Document) -> str:
    if document["summary"]["unknown"]:
        return _UNKNOWN
    return _INCOMPLETE if document["errored"] and document["changes"] else ""


def _went_wrong(change: Document) -> bool:
    return change["outcome"] != "applied" or change["error"] is not None


def _words(change: Document) -> str:
    if change["outcome"] == "applied":
        partly = "partly " if change["error"] else ""
        return f"was {partly}{DONE[change['action']]}"
    return _WORDS[change["outcome"]]


def _troubles(document: Document) -> Iterator[tuple[str, ...]]:
    for change in document["changes"]:
        if change["error"] or change["outcome"] not in {"applied", "not_attempted"}:
            yield tuple(trouble_lines(change, Style()))
    differently = tuple(differently_lines(document["stored_differently"], Style()))
    if differently:
        yield differently


def _notes(document: Document) -> Iterator[Note]:
    if document["stopped"]:
        yield Note("Stopped", "Sending stopped:", (terminal(document["stopped"]),))
    if document["unconfirmed"]:
        yield Note(
            "Not confirmed",
            "The apply could not be confirmed:",
            (terminal(document["unconfirmed"]),),
        )
    yield from notes_of(document["plan"])
