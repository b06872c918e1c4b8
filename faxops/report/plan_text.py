"""The plan for people, made from its document."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from faxops.model.field import FieldType
from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS
from faxops.reconcile.plan import PREVENT_DESTROY
from faxops.reconcile.risks import RISKS
from faxops.report.diagnostics import diagnostics_text
from faxops.report.escape import terminal
from faxops.report.style import Style

NO_CHANGES: Final = "No changes. Your fax applications match the configuration."

_GLYPHS: Final = {
    "create": "+ create",
    "update": "~ update in-place",
    "delete": "- destroy",
    "import": "& import",
    "forget": ". forget",
}
_VERBS: Final = {
    "create": "will be created",
    "update": "will be updated in-place",
    "delete": "will be destroyed",
    "import": "will be imported",
    "forget": "will be forgotten (it stays as it is, unmanaged)",
}
_WHY: Final = {
    "not_in_configuration": "it is not in the configuration",
    "removed": "the configuration lists it under removed",
    "duplicate": "the configuration names this duplicate under removed",
}

Document = Mapping[str, Any]


def plan_text(document: Document, style: Style) -> str:
    """The whole report, ending in a line break.

    `document` is that of `plan_document`, fresh or read from a saved plan.
    """
    lines: list[str] = []
    changes = cast("list[Document]", document["resource_changes"])
    if changes:
        lines += _legend(changes, style)
        for change in changes:
            lines += [*_change_lines(change, style), ""]
        lines.append(style.strong(summary_line(document["summary"])))
    elif not document["errored"]:
        lines.append(style.strong(NO_CHANGES))
    lines += _limits(document)
    lines += _unmanaged_lines(document["unmanaged"], style)
    if document["diagnostics"]:
        lines += ["", *diagnostics_text(document["diagnostics"], style)[:-1]]
    if changes and document["errored"]:
        lines += ["", style.error("Refused.") + " Nothing can be applied until this is resolved."]
    return "\n".join(lines).lstrip("\n") + "\n"


def summary_line(summary: Mapping[str, int]) -> str:
    """The line that scripts parse; imports and forgets are named only when there are some."""
    parts = [f"{summary['import']} to import"] if summary["import"] else []
    parts += [
        f"{summary['add']} to add",
        f"{summary['change']} to change",
        f"{summary['destroy']} to destroy",
    ]
    if summary["forget"]:
        parts.append(f"{summary['forget']} to forget")
    return f"Plan: {', '.join(parts)}."


def word_of(change: Document) -> str:
    """The glyph's word for one entry: an import is shown as one whatever else it does."""
    return "import" if "importing" in change["change"] else change["change"]["actions"][0]


def _legend(changes: list[Document], style: Style) -> list[str]:
    present = {word_of(change) for change in changes}
    glyphs = [f"  {_paint(word, text, style)}" for word, text in _GLYPHS.items() if word in present]
    return ["faxops will perform these actions:", *glyphs, ""]


def _change_lines(change: Document, style: Style) -> Iterator[str]:
    word = word_of(change)
    glyph = _paint(word, _GLYPHS[word][0], style)
    yield style.strong(f"  # {change['address']} {_VERBS[word]}") + _origin(change, style)
    if change["previous_address"] and word != "import":
        yield f"    {style.faint('moved from')} {_previous(change)}"
    why = _WHY.get(change["reason"])
    if why:
        yield f"    {style.faint('because ' + why)}"
    for risk in change["risks"]:
        text = f"{risk['name']} ({risk['severity']}): {RISKS[risk['name']][1]}"
        yield f"    {style.warning('risk')} {text}"
    yield f"  {glyph} {change['address']}" + (" {" if _has_fields(word, change) else "")
    if _has_fields(word, change):
        yield from _field_lines(word, change, style)
        yield "    }"


def _has_fields(word: str, change: Document) -> bool:
    return word in {"create", "delete"} or bool(change["change"]["paths"])


def _origin(change: Document, style: Style) -> str:
    parts = [change["id"]] if change["id"] else []
    if change["source"]:
        parts.append(f"{change['source']['file']}:{change['source']['line']}")
    return style.faint(f"  ({terminal(', '.join(parts))})") if parts else ""


def _previous(change: Document) -> str:
    stack = change["previous_stack"]
    return f"{change['previous_address']} of the stack {stack}"


def _field_lines(word: str, change: Document, style: Style) -> Iterator[str]:
    kind = next(kind for kind in KINDS if kind.name == change["type"])
    body = change["change"]
    if word in {"create", "delete"}:
        values = body["after"] if word == "create" else body["before"]
        shown = [
            (path, _value(_at(values, path)))
            for path in _paths(kind)
            if _at(values, path) not in (_default(kind, path), _UNREADABLE)
        ]
        width = max(len(path) for path, _ in shown)
        mark = _paint(word, _GLYPHS[word][0], style)
        yield from (f"      {mark} {path:<{width}} = {value}" for path, value in shown)
        return
    paths = [".".join(path) for path in body["paths"]]
    width = max(map(len, paths))
    for path in paths:
        before = _value(_at(body["before"], path))
        after = _value(_at(body["after"], path))
        yield f"      {style.update('~')} {path:<{width}} = {before} -> {after}"


def _paths(kind: ResourceKind) -> Iterator[str]:
    yield from (field.path for field in kind.fields)
    yield PREVENT_DESTROY


def _default(kind: ResourceKind, path: str) -> object:
    if path == PREVENT_DESTROY:
        return False
    field = kind.by_path[path]
    if field.type is FieldType.TAGS:
        return []
    return None if field.required else field.default


_UNREADABLE: Final = object()


def _at(values: Document, path: str) -> object:
    """The value at a dotted path; one that is not in the document could not be read."""
    top, _, nested = path.partition(".")
    found: object = values.get(top, _UNREADABLE)
    if nested and isinstance(found, Mapping):
        return cast("Document", found).get(nested, _UNREADABLE)
    return found


def _value(value: object) -> str:
    if value is _UNREADABLE:
        return "(not readable)"
    if isinstance(value, list):
        return "[" + ", ".join(_value(item) for item in cast("list[object]", value)) + "]"
    if isinstance(value, str):
        return '"' + terminal(value).replace('"', '\\"') + '"'
    return json.dumps(value)


def _limits(document: Document) -> Iterator[str]:
    if document["target"] or document["exclude"]:
        yield ""
        yield "This plan is limited by --target or --exclude; the rest was not looked at."


def _unmanaged_lines(unmanaged: Document, style: Style) -> Iterator[str]:
    count = unmanaged["count"]
    if not count:
        return
    yield ""
    one = count == 1
    yield style.faint(
        f"{count} live application{'' if one else 's'} {'is' if one else 'are'} not managed by"
        " this stack and will not be touched."
    )
    for each in unmanaged["resources"]:
        owner = f", owned by {terminal(each['owner'])}" if each["owner"] else ""
        yield f"  {each['id']}  {_value(each['name'])}{owner}"


def _paint(word: str, text: str, style: Style) -> str:
    paint = {
        "create": style.create,
        "update": style.update,
        "delete": style.destroy,
    }.get(word, style.adopt)
    return paint(text)
