"""One change of a plan for people: what happens, why, how risky it is, and field by field."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS
from faxops.reconcile.plan import PREVENT_DESTROY
from faxops.report.escape import terminal
from faxops.report.excerpt import display_width
from faxops.report.literal import literal
from faxops.report.style import Style

GLYPHS: Final = {
    "create": "+ create",
    "update": "~ update in-place",
    "delete": "- destroy",
    "import": "& import",
    "forget": ". forget",
}
"""What opens a change, and what it means, in the order of the legend."""

_VERBS: Final = {
    "create": "will be created",
    "update": "will be updated in-place",
    "delete": "will be destroyed",
    "import": "will be imported",
    "forget": "will be forgotten: it stays as it is, unmanaged",
}
_WHY: Final = {
    "not_in_configuration": "it is not in the configuration",
    "removed": "the configuration lists it under removed",
    "duplicate": "the configuration names this duplicate under removed",
}
_ONE_LINE: Final = 88
"""Columns that a value before and one after may take up side by side."""

Document = Mapping[str, Any]


class _NotThere:
    """In place of a value that the document does not hold, since the API does not show it."""


_NOT_THERE: Final = _NotThere()


def word_of(change: Document) -> str:
    """The word of the change's glyph: an import is shown as one whatever else it does."""
    return "import" if "importing" in change["change"] else change["change"]["actions"][0]


def words_of(change: Document) -> tuple[str, ...]:
    """All that the summary counts the change as: an import may be an update as well."""
    word, action = word_of(change), change["change"]["actions"][0]
    return (word, action) if action in GLYPHS and action != word else (word,)


def glyph_painter(word: str, style: Style) -> Callable[[str], str]:
    """The colour of a kind of change."""
    painters = {"create": style.create, "update": style.update, "delete": style.destroy}
    return painters.get(word, style.adopt)


def change_lines(change: Document, stack: str, style: Style) -> Iterator[str]:
    """The block of one entry of `resource_changes` in a plan of `stack`."""
    words = words_of(change)
    word, address = words[0], terminal(change["address"])
    verb = _VERBS[word] + (" and updated in-place" if words == ("import", "update") else "")
    yield style.strong(f"  # {address} {verb}") + _origin(change, style)
    for note in _notes(change, stack):
        yield f"    {style.faint(note)}"
    for risk in change["risks"]:
        yield f"    {_risk(risk, style)}"
    fields = list(_field_lines(word, change, style))
    glyph = glyph_painter(word, style)(GLYPHS[word][0])
    yield f"  {glyph} {address}" + (" {" if fields else "")
    if fields:
        yield from fields
        yield "    }"


def _origin(change: Document, style: Style) -> str:
    parts = [change["id"]] if change["id"] else []
    if change["source"]:
        parts.append(f"{change['source']['file']}:{change['source']['line']}")
    return style.faint(f"  ({terminal(', '.join(parts))})") if parts else ""


def _notes(change: Document, stack: str) -> Iterator[str]:
    if change["previous_address"]:
        whose = change["previous_stack"]
        of = "" if whose == stack else f" of the stack {terminal(whose)}"
        rest = "" if change["change"]["paths"] else "; nothing else changes"
        yield f"moved from {terminal(change['previous_address'])}{of}{rest}"
    why = _WHY.get(change["reason"])
    if why:
        yield f"because {why}"


def _risk(risk: Document, style: Style) -> str:
    paint = style.error if risk["severity"] == "high" else style.warning
    where = f"{terminal(risk['path'])}: " if risk["path"] else ""
    label = paint(f"{terminal(risk['severity'])} risk:")
    return f"{label} {terminal(risk['name'])} ({where}{terminal(risk['detail'])})"


def _field_lines(word: str, change: Document, style: Style) -> Iterator[str]:
    body = change["change"]
    if word in {"create", "delete"}:
        values = body["after"] if word == "create" else body["before"]
        shown = list(_worth_showing(change["type"], values))
        width = max((len(path) for path, _ in shown), default=0)
        glyph = glyph_painter(word, style)(GLYPHS[word][0])
        for path, value in shown:
            yield f"      {glyph} {path:<{width}} = {literal(value)}"
        return
    paths = [".".join(path) for path in body["paths"]]
    width = max(map(len, paths), default=0)
    for path in paths:
        yield from _updated(path, _at(body["before"], path), _at(body["after"], path), width, style)


def _worth_showing(kind_name: str, values: Document) -> Iterator[tuple[str, object]]:
    """The values other than the API's defaults, by path, in the order of the document."""
    defaults = _DEFAULTS.get(kind_name, {})
    for path, value in _flat(values):
        if path not in defaults or defaults[path] != value:
            yield path, value


def _flat(values: Document) -> Iterator[tuple[str, object]]:
    for top, value in values.items():
        if isinstance(value, Mapping):
            nested = cast("Document", value)
            yield from ((f"{top}.{name}", each) for name, each in nested.items())
        else:
            yield top, value


def _defaults_of(kind: ResourceKind) -> dict[str, object]:
    optional = {field.path: field.default for field in kind.fields if not field.required}
    return {**dict(_flat(kind.nested(optional))), PREVENT_DESTROY: False}


_DEFAULTS: Final = {kind.name: _defaults_of(kind) for kind in KINDS}


def _updated(path: str, before: object, after: object, width: int, style: Style) -> Iterator[str]:
    head = f"      {style.update('~')} {terminal(path):<{width}} ="
    old, new = _as_list(before), _as_list(after)
    if any(item in new for item in old):
        yield from (f"{head} [", *_items(old, new, style), "        ]")
        return
    old_text, new_text = _written(before), _written(after)
    # Two hidden values look alike; that they differ is what the line is about.
    note = style.faint("  # another value, not shown") if old_text == new_text else ""
    if display_width(old_text) + display_width(new_text) <= _ONE_LINE:
        yield f"{head} {old_text} -> {new_text}{note}"
        return
    yield f"{head} {old_text}"
    yield f"{' ' * (width + 8)}-> {new_text}{note}"


def _as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _written(value: object) -> str:
    return "(not readable)" if value is _NOT_THERE else literal(value)


def _items(old: list[object], new: list[object], style: Style) -> Iterator[str]:
    """What a set loses and gains; what it keeps is only counted."""
    for item in old:
        if item not in new:
            yield f"          {style.destroy('-')} {literal(item)}"
    for item in new:
        if item not in old:
            yield f"          {style.create('+')} {literal(item)}"
    kept = sum(item in new for item in old)
    yield style.faint(f"            # {kept} unchanged")


def _at(values: Document, path: str) -> object:
    top, _, nested = path.partition(".")
    found: object = values.get(top, _NOT_THERE)
    if nested and isinstance(found, Mapping):
        return cast("Document", found).get(nested, _NOT_THERE)
    return found
