"""One change of a plan for people at a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from faxops.report.change_view import ChangeView, FieldView, RiskView
from faxops.report.excerpt import display_width
from faxops.report.style import Style

_ONE_LINE: Final = 88
"""Columns that a value before and one after may take up side by side."""


def glyph_painter(word: str, style: Style) -> Callable[[str], str]:
    """The colour of a kind of change."""
    painters = {"create": style.create, "update": style.update, "delete": style.destroy}
    return painters.get(word, style.adopt)


def change_lines(change: ChangeView, style: Style) -> Iterator[str]:
    """The block of one change."""
    origin = style.faint(f"  ({change.origin})") if change.origin else ""
    yield style.strong(f"  # {change.address} {change.verb}") + origin
    for note in change.notes:
        yield f"    {style.faint(note)}"
    for risk in change.risks:
        yield f"    {_risk(risk, style)}"
    glyph = glyph_painter(change.word, style)(change.glyph)
    yield f"  {glyph} {change.address}" + (" {" if change.fields else "")
    if change.fields:
        width = max(len(field.path) for field in change.fields)
        for field in change.fields:
            yield from _field_lines(field, glyph, width, style)
        yield "    }"


def _risk(risk: RiskView, style: Style) -> str:
    paint = style.error if risk.severity == "high" else style.warning
    return f"{paint(f'{risk.severity} risk:')} {risk.name} ({risk.text})"


def _field_lines(field: FieldView, glyph: str, width: int, style: Style) -> Iterator[str]:
    cause = style.faint(f"  # {field.cause}") if field.cause else ""
    if field.items or field.kept:
        yield f"      {style.update('~')} {field.path:<{width}} = [{cause}"
        for sign, item in field.items:
            paint = style.destroy if sign == "-" else style.create
            yield f"          {paint(sign)} {item}"
        yield style.faint(f"            # {field.kept} unchanged")
        yield "        ]"
        return
    if field.before is None or field.after is None:
        yield f"      {glyph} {field.path:<{width}} = {field.after or field.before}"
        return
    head = f"      {style.update('~')} {field.path:<{width}} ="
    # Two hidden values look alike; that they differ is what the line is about.
    note = style.faint("  # another value, not shown") if field.is_hidden else ""
    if display_width(field.before) + display_width(field.after) <= _ONE_LINE:
        yield f"{head} {field.before} -> {field.after}{note}{cause}"
        return
    yield f"{head} {field.before}"
    yield f"{' ' * (width + 8)}-> {field.after}{note}{cause}"
