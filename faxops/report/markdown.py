"""A report as Markdown for a pull request or a job's summary, within a number of characters.

What matters most comes first: the summary, what is wrong, what is destroyed or risky; then every
change, as long as there is room. What is left out is counted and said.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from faxops.report.change_view import ChangeView, FieldView
from faxops.report.page import DANGERS, Page, PageChange
from faxops.report.templating import markdown_environment

DEFAULT_CHARACTERS: Final = 65_000
"""A little less than GitHub takes for a comment (65,536)."""

LEAST_CHARACTERS: Final = 1_000
"""Room for the summary, and for the number of what is left out."""

_LISTED: Final = (100, 20, 5, 0)
"""How many entries of a list are shown: the first number that fits."""

_LONG: Final = 12
"""Lines from which a change is folded."""

_MANY: Final = 10
"""Changes from which every one without a risk is folded."""

_ADVICE: Final = "The job's log and the JSON report have them all."


@dataclass(frozen=True, slots=True)
class _Section:
    """One change: its name, what becomes of it in our words, and its lines as a diff."""

    name: str
    words: str
    lines: tuple[str, ...]
    is_folded: bool


def markdown_text(page: Page, max_chars: int) -> str:
    """The report in at most `max_chars` characters (at least `LEAST_CHARACTERS`)."""
    # One list at a time gives way, and the text around the changes leaves them half of the room.
    listed = next(
        each for each in _LISTED if len(_around(page, each)) <= max_chars // 2 or not each
    )
    total = len(page.changes)
    shown = [str(_parts().change(_section(change, total))) for change in page.changes]
    room = max_chars - len(_around(page, listed))
    kept = 0
    for section in shown:
        room -= len(section)
        if room < 0:
            break
        kept += 1
    hidden = len(shown) - kept
    return _head(page, listed) + "".join(shown[:kept]) + _tail(page, listed, hidden)


def _section(change: PageChange, total: int) -> _Section:
    view = change.view
    lines = tuple(_lines(view))
    is_folded = len(lines) >= _LONG or (total >= _MANY and not view.risks)
    return _Section(f"{view.glyph} {view.address}", change.words, lines, is_folded)


def _lines(view: ChangeView) -> list[str]:
    lines = [f"# {view.origin}"] if view.origin else []
    lines += [f"# {note}" for note in view.notes]
    lines += [f"! {risk.severity} risk: {risk.name} ({risk.text})" for risk in view.risks]
    for field in view.fields:
        lines += _field(field)
    return lines or ["# nothing but its ownership changes"]


def _field(field: FieldView) -> list[str]:
    if field.cause:
        return [f"# {field.path}: {field.cause}", *_field(replace(field, cause=""))]
    if field.items:
        changed = [f"{sign} {field.path}: {item}" for sign, item in field.items]
        return [*changed, f"  {field.path}: {field.kept} unchanged"]
    if field.is_hidden:
        return [f"! {field.path} = {field.after}, another value, not shown"]
    lost = [] if field.before is None else [f"- {field.path} = {field.before}"]
    return lost if field.after is None else [*lost, f"+ {field.path} = {field.after}"]


def _around(page: Page, listed: int) -> str:
    """All but the changes, as long as it can get."""
    return _head(page, listed) + _tail(page, listed, len(page.changes))


def _head(page: Page, listed: int) -> str:
    errors, dangers, warnings = page.errors, page.dangers, page.warnings
    unlisted = sum(max(0, len(each) - listed) for each in (errors, dangers, warnings))
    parts = (_joined(errors[:listed]), dangers[:listed], _joined(warnings[:listed]))
    return str(_parts().head(page, DANGERS, *parts, unlisted))


def _tail(page: Page, listed: int, hidden: int) -> str:
    notes = [replace(note, lines=_limited(note.lines, listed)) for note in page.notes]
    return str(_parts().tail(page, notes, hidden, len(page.changes), _ADVICE))


def _joined(findings: tuple[tuple[str, ...], ...]) -> list[str]:
    return [line for finding in findings for line in finding]


def _limited(lines: tuple[str, ...], listed: int) -> tuple[str, ...]:
    left = len(lines) - listed
    return lines if left <= 0 else (*lines[:listed], f"and {left} more")


@cache
def _parts() -> Any:  # noqa: ANN401 - the macros of a template have no types
    return markdown_environment().get_template("page.md.j2").module
