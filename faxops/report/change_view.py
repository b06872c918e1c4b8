"""One change of a plan as every format shows it: what happens, why, how risky, field by field.

The texts in it are escaped for a terminal, so that nothing in them acts or hides; a format that has
more to escape does so on top.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, cast

from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS
from faxops.reconcile.plan import PREVENT_DESTROY
from faxops.report.escape import terminal
from faxops.report.literal import literal

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
_CAUSES: Final = {
    "config": "caused by this branch",
    "drift": "caused by drift: the account was changed, this branch asks for nothing new",
    "both": "caused by this branch and by drift",
}
_FIELD_CAUSES: Final = {
    "config": "this branch",
    "drift": "drift",
    "both": "this branch and drift",
}
_NOT_READABLE: Final = "(not readable)"
_NOBODY: Final = "the account's audit events say nothing of it"
_NO_ID: Final = "nobody is named: audit events are found by id, and nothing with one is there"
_LONGEST_VALUE: Final = 200

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class RiskView:
    """One named danger. `text` is its sentence, with the field if it is about one."""

    severity: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class FieldView:
    """One field. `before` is None in a create and `after` in a destroy.

    `items` is given instead of the two for a set that keeps some of its members: what it loses
    and gains, and `kept` counts the rest. `is_hidden` says that both values look alike, because
    they are hidden, and differ. `cause` is told only where those of one change differ.
    """

    path: str
    before: str | None = None
    after: str | None = None
    items: tuple[tuple[Literal["-", "+"], str], ...] = ()
    kept: int = 0
    is_hidden: bool = False
    cause: str = ""


@dataclass(frozen=True, slots=True)
class ChangeView:
    """One entry of `resource_changes`. `words` are what the summary counts it as, glyph first."""

    words: tuple[str, ...]
    address: str
    verb: str
    origin: str
    notes: tuple[str, ...]
    risks: tuple[RiskView, ...]
    fields: tuple[FieldView, ...]

    @property
    def word(self) -> str:
        """The word of its glyph: an import is shown as one whatever else it does."""
        return self.words[0]

    @property
    def glyph(self) -> str:
        """The character that opens it."""
        return GLYPHS[self.word][0]


def change_view(change: Document, stack: str) -> ChangeView:
    """The view of one entry of `resource_changes` in a plan of `stack`."""
    words = words_of(change)
    return ChangeView(
        words=words,
        address=terminal(change["address"]),
        verb=_VERBS[words[0]] + (" and updated in-place" if words == ("import", "update") else ""),
        origin=_origin(change),
        notes=tuple(_notes(change, stack)),
        risks=tuple(_risk(risk) for risk in change["risks"]),
        fields=tuple(_fields(words[0], change)),
    )


def words_of(change: Document) -> tuple[str, ...]:
    """All that the summary counts the change as: an import may be an update as well."""
    action = change["change"]["actions"][0]
    # Nothing is done to what is adopted as it is.
    word = "import" if "importing" in change["change"] or action == "no-op" else action
    return (word, action) if action in GLYPHS and action != word else (word,)


def _origin(change: Document) -> str:
    parts = [change["id"]] if change["id"] else []
    if change["source"]:
        parts.append(f"{change['source']['file']}:{change['source']['line']}")
    return terminal(", ".join(parts))


def _notes(change: Document, stack: str) -> Iterator[str]:
    if change["previous_address"]:
        whose = change["previous_stack"]
        of = "" if whose == stack else f" of the stack {terminal(whose)}"
        rest = "" if change["change"]["paths"] else "; nothing else changes"
        yield f"moved from {terminal(change['previous_address'])}{of}{rest}"
    why = _WHY.get(change["reason"])
    if why:
        yield f"because {why}"
    if change["cause"] in _CAUSES:
        yield _CAUSES[change["cause"]]
    if "first_seen" in change:
        yield f"first seen {terminal(change['first_seen'])}"
    if "who" in change:
        yield from map(_event, change["who"])
        if not change["who"]:
            yield _NOBODY if change["id"] else _NO_ID


def _event(event: Document) -> str:
    actor = terminal(event["actor"] or "an unnamed user")
    kind = f" ({terminal(event['actor_kind'])})" if event["actor_kind"] else ""
    what = terminal(event["field"])
    if event["from"] is not None or event["to"] is not None:
        what += f" {_compact(event['from'])} -> {_compact(event['to'])}"
    return f"changed {terminal(event['at'])} by {actor}{kind}: {what}"


def _compact(value: object) -> str:
    """A value of the audit log, which may be any JSON, on one line of bounded length."""
    scalar = value is None or isinstance(value, str | int | float)
    text = literal(value) if scalar else terminal(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def _risk(risk: Document) -> RiskView:
    where = f"{terminal(risk['path'])}: " if risk["path"] else ""
    text = f"{where}{terminal(risk['detail'])}"
    return RiskView(terminal(risk["severity"]), terminal(risk["name"]), text)


def _fields(word: str, change: Document) -> Iterator[FieldView]:
    body = change["change"]
    if word == "create":
        for path, value in _worth_showing(change["type"], body["after"]):
            yield FieldView(path, after=literal(value))
        return
    if word == "delete":
        for path, value in _worth_showing(change["type"], body["before"]):
            yield FieldView(path, before=literal(value))
        return
    causes: Document = change["field_causes"] if change["cause"] == "both" else {}
    for path in (".".join(path) for path in body["paths"]):
        view = _updated(terminal(path), _at(body["before"], path), _at(body["after"], path))
        yield replace(view, cause=_FIELD_CAUSES.get(causes.get(path, ""), ""))


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


class _NotThere:
    """In place of a value that the document does not hold, since the API does not show it."""


_NOT_THERE: Final = _NotThere()


def _at(values: Document, path: str) -> object:
    top, _, nested = path.partition(".")
    found: object = values.get(top, _NOT_THERE)
    if nested and isinstance(found, Mapping):
        return cast("Document", found).get(nested, _NOT_THERE)
    return found


def _updated(path: str, before: object, after: object) -> FieldView:
    old, new = _as_list(before), _as_list(after)
    if any(item in new for item in old):
        lost = [("-", literal(item)) for item in old if item not in new]
        gained = [("+", literal(item)) for item in new if item not in old]
        items = cast("list[tuple[Literal['-', '+'], str]]", [*lost, *gained])
        return FieldView(path, items=tuple(items), kept=sum(item in new for item in old))
    old_text, new_text = _written(before), _written(after)
    return FieldView(path, old_text, new_text, is_hidden=old_text == new_text)


def _as_list(value: object) -> list[object]:
    return cast("list[object]", value) if isinstance(value, list) else []


def _written(value: object) -> str:
    return _NOT_READABLE if value is _NOT_THERE else literal(value)
