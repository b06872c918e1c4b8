"""Faxes for people, made from their documents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from faxops.report.escape import terminal
from faxops.report.excerpt import display_width
from faxops.report.style import Style

Document = Mapping[str, Any]

_HEAD: Final = ("ID", "TIME", "DIRECTION", "FROM", "TO", "STATUS", "PAGES", "REASON")


def fax_list_text(document: Document, style: Style, *, filtered: bool = False) -> str:
    """A table with a line for each fax; times are UTC. `filtered` is a list that left some out."""
    rows = [_row(each) for each in document["faxes"]]
    if not rows and filtered:
        return "There is no such fax in this account.\n"
    if not rows:
        return "There are no faxes in this account.\n"
    widths = [max(map(display_width, column)) for column in zip(_HEAD, *rows, strict=True)]
    lines = [style.strong(_line(_HEAD, widths)), *(_line(row, widths) for row in rows)]
    return "\n".join(lines) + "\n"


def fax_text(document: Document, style: Style) -> str:
    """The first fax: every field on a line; a failed one with its reason in words."""
    fax = document["faxes"][0]
    fields = {terminal(name): value for name, value in fax.items() if name != "failure"}
    width = max(map(display_width, fields))
    lines = [
        f"{style.faint(name + ' ' * (width - display_width(name)))} = {_shown(value)}"
        for name, value in fields.items()
    ]
    if fax["failure"] is not None:
        lines += ["", *failure_lines(fax, style)]
    return "\n".join(lines) + "\n"


def fax_end_text(document: Document, style: Style) -> str:
    """How the first fax stands, in a sentence; a failed one with its reason in words."""
    fax = document["faxes"][0]
    return "\n".join([f"{state_line(fax)}.", *failure_lines(fax, style)]) + "\n"


def state_line(fax: Document) -> str:
    """How a fax stands: id, from, to, status, pages."""
    pages = fax["page_count"]
    counted = "" if pages is None else f", {pages} page{'' if pages == 1 else 's'}"
    numbers = f"from {_cell(fax['from'])} to {_cell(fax['to'])}"
    return f"Fax {terminal(fax['id'])} {numbers}: {_cell(fax['status'])}{counted}"


def progress_text(fax: Document) -> str:
    """How a fax stands, for a line that must be short."""
    return f"{_cell(fax['status'])}, from {_cell(fax['from'])} to {_cell(fax['to'])}"


def failure_lines(fax: Document, style: Style) -> list[str]:
    """Why a fax failed and what to do, or nothing for one that did not."""
    failure = fax["failure"]
    if failure is None:
        return []
    named = f" ({terminal(failure['reason'])})" if failure["reason"] else ""
    return [
        f"{style.error('It failed')}{named}: {terminal(failure['happened'])}",
        f"  {style.faint('->')} {terminal(failure['advice'])}",
    ]


def media_text(document: Document, style: Style) -> str:
    """The link of the first fax, alone on its line."""
    del style
    return f"{_cell(document['faxes'][0]['media_url'])}\n"


def saved_text(document: Document, style: Style) -> str:
    """Where the document of a fax was saved."""
    del style
    saved, fax = document["saved"], document["faxes"][0]
    return (
        f"Saved fax {terminal(fax['id'])} as {terminal(saved['file'])}, {saved['bytes']} bytes.\n"
    )


def deletions_text(document: Document, style: Style) -> str:
    """A line for each fax that was to be deleted, its reason below one that was not."""
    lines: list[str] = []
    for each in document["deletions"]:
        lines.append(f"{_DELETION_WORDS[each['outcome']]}: {terminal(each['id'])}")
        if each["error"] is not None:
            lines.append(f"  {terminal(each['error']['summary'])}")
            if each["error"]["suggestion"]:
                lines.append(f"  {style.faint('->')} {terminal(each['error']['suggestion'])}")
    return "\n".join(lines) + "\n"


_DELETION_WORDS: Final = {
    "applied": "Deleted",
    "not_applied": "Not deleted",
    "unknown": "Perhaps deleted",
    "not_attempted": "Not tried",
}


def _row(fax: Document) -> tuple[str, ...]:
    return (
        terminal(fax["id"]),
        terminal(_time(fax["created_at"])),
        *(_cell(fax[name]) for name in ("direction", "from", "to", "status", "page_count")),
        _cell(fax["failure"] and fax["failure"]["reason"]),
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = zip(row, widths, strict=True)
    return "  ".join(text + " " * (width - display_width(text)) for text, width in cells).rstrip()


def _cell(value: object) -> str:
    return "-" if value in {None, ""} else terminal(value)


def _shown(value: object) -> str:
    return terminal(json.dumps(value, ensure_ascii=False))


def _time(text: str | None) -> str:
    """The moment in UTC to the second; a text that is none stays as it is."""
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return text or "-"
    if moment.tzinfo is None:
        return text or "-"
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%SZ")
