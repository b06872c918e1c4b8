"""A report as Markdown for a pull request or a job's summary, within a number of characters.

What matters most comes first: the summary, what is wrong, what is destroyed or risky; then every
change, as long as there is room. What is left out is counted and said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Final

from faxops.report.change_view import ChangeView, FieldView
from faxops.report.escape import terminal
from faxops.report.page import DANGERS, Findings, Page, PageChange
from faxops.report.templating import markdown_environment

_LISTED: Final = (100, 20, 5, 0)
"""How many entries of a list, and lines of an entry, are shown: the first number that fits."""

_LONGEST_NAME: Final = 63
"""Of a stack or environment. Only what was mistyped, and so has no plan, is longer."""

_MOST_LINES: Final = 60
"""Lines of one change, so that one with a thousand tags leaves room for others."""

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
    """The report in at most `max_chars` characters (at least 1,000)."""
    page = replace(page, stack=_name(page.stack), environment=_name(page.environment))
    # The text around the changes leaves them half of the room.
    listed = next(
        each for each in _LISTED if len(_around(page, each)) <= max_chars // 2 or not each
    )
    room = max_chars - len(_around(page, listed))
    total = len(page.changes)
    shown: list[str] = []
    for change in page.changes:
        section = str(_parts().change(_section(change, total)))
        room -= len(section)
        if room < 0:
            break
        shown.append(section)
    return _head(page, listed) + "".join(shown) + _tail(page, listed, total - len(shown))


def _name(text: str) -> str:
    return terminal(text)[:_LONGEST_NAME]


def _section(change: PageChange, total: int) -> _Section:
    view = change.view
    lines = _limited(_lines(view), _MOST_LINES, "# and {} more lines")
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
    parts = (_joined(errors, listed), dangers[:listed], _joined(warnings, listed))
    return str(_parts().head(page, DANGERS, *parts, unlisted))


def _tail(page: Page, listed: int, hidden: int) -> str:
    notes = [
        replace(note, lines=_limited(note.lines, listed, "and {} more")) for note in page.notes
    ]
    return str(_parts().tail(page, notes, hidden, len(page.changes), _ADVICE))


def _joined(findings: Findings, listed: int) -> list[str]:
    shown = (_limited(lines, listed, "  and {} more lines") for lines in findings[:listed])
    return [line for lines in shown for line in lines]


def _limited(lines: Sequence[str], most: int, rest: str) -> tuple[str, ...]:
    """`lines`, or the first of them and `rest` with the number of the others."""
    left = len(lines) - most
    return tuple(lines) if left <= 0 else (*lines[:most], rest.format(left))


@cache
def _parts() -> Any:  # noqa: ANN401 - the macros of a template have no types
    return markdown_environment().get_template("page.md.j2").module
