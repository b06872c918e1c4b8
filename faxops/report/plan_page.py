"""The plan as a page, made from its document: `plan`, `show PLAN`, `drift` and `comment`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from faxops.model.diagnostic import Severity
from faxops.report.change_view import change_view
from faxops.report.diagnostics import diagnostics_text
from faxops.report.escape import terminal
from faxops.report.page import Findings, Note, Page, PageChange, dangers_of
from faxops.report.plan_text import (
    NO_CHANGES,
    cause_line,
    limits_text,
    summary_line,
    unmanaged_lines,
)
from faxops.report.style import Style

_REFUSED: Final = "Refused. Nothing can be applied until this is resolved."
_FAILED: Final = "The run failed, so there is no plan."
_TILES: Final = ("import", "add", "change", "destroy", "forget")

Document = Mapping[str, Any]


def plan_page(document: Document) -> Page:
    """The plan, fresh or saved."""
    return _page(document, "faxops plan")


def drift_page(document: Document) -> Page:
    """The same for `drift`, which performs nothing."""
    return _page(document, "faxops drift")


def _page(document: Document, title: str) -> Page:
    views = [change_view(each, document["stack"]) for each in document["resource_changes"]]
    errors, warnings = findings(document["diagnostics"])
    sentence, alert = _verdict(document)
    return Page(
        title=title,
        stack=document["stack"] or "",
        environment=document["environment"] or "",
        meta=meta_of(document),
        sentence=sentence,
        causes=cause_line(document),
        alert=alert,
        errors=errors,
        tiles=tiles_of(document),
        dangers=tuple(dangers_of(views)),
        warnings=warnings,
        changes=tuple(PageChange(view, view.verb) for view in views),
        notes=tuple(notes_of(document)),
    )


def _verdict(document: Document) -> tuple[str, str]:
    """The first sentence, and what is wrong with the whole if anything is."""
    if document["config_digest"] is None:
        return _FAILED, ""
    if not document["resource_changes"]:
        return (_REFUSED, "") if document["errored"] else (NO_CHANGES, "")
    return summary_line(document["summary"]), _REFUSED if document["errored"] else ""


def findings(documents: Iterable[Document]) -> tuple[Findings, Findings]:
    """The lines of each error, and of each warning."""
    told: dict[bool, list[tuple[str, ...]]] = {True: [], False: []}
    for each in documents:
        lines = tuple(diagnostics_text([each], Style())[:-1])
        told[each["severity"] == Severity.ERROR].append(lines)
    return tuple(told[True]), tuple(told[False])


def meta_of(document: Document) -> tuple[str, ...]:
    """The circumstances of the plan that are known."""
    stated = {
        "account": document["account"],
        "API": document["base_url"],
        "made": document["generated_at"],
        "by faxops": document["faxops_version"],
    }
    return tuple(f"{name} {terminal(value)}" for name, value in stated.items() if value)


def tiles_of(document: Document) -> tuple[tuple[str, int], ...]:
    """The counts: what the plan does, and what there is besides."""
    done = [(f"to {name}", document["summary"][name]) for name in _TILES]
    return (
        *done,
        ("owned by the stack", document["fleet"]["owned"]),
        ("not managed by it", document["unmanaged"]["count"]),
    )


def notes_of(document: Document) -> Iterator[Note]:
    """What limits the plan, and what it leaves alone."""
    limits = limits_text(document)
    if limits:
        yield Note("Limits", "This plan is limited; the rest was not looked at.", (limits,))
    unmanaged = unmanaged_lines(document["unmanaged"])
    if unmanaged:
        yield Note("Unmanaged", unmanaged[0], tuple(line.strip() for line in unmanaged[1:]))
