"""Texts with `${…}`: taken apart once, filled in for every application.

There are no expressions and no shell: a reference is `var.X`, `env.X`, `row.X`, `key`, `stack` or
`environment`. `$${` is a literal `${`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from faxops.config.phrases import cut, did_you_mean, nearest
from faxops.config.scalars import Scalar, plain
from faxops.model.field import FieldType
from faxops.model.sensitive import Span

_TOKEN: Final = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_REFERENCE: Final = re.compile(r"(?:var|env)\.[A-Za-z_][A-Za-z0-9_]*|row\.[^{}]+|[a-z]+")
_BARE: Final = ("environment", "key", "stack")
_SPACES: Final = ("env", "row", "var")
_SYNTAX: Final = (
    "Use `${var.X}`, `${env.X}`, `${row.X}`, `${key}`, `${stack}` or `${environment}`; write `$${`"
    " for a literal `${`."
)

NO_SPANS: Final[tuple[Span, ...]] = ()


class Unresolved(Exception):
    """A `${…}` that stands for nothing. Without a code the cause was reported elsewhere."""

    def __init__(self, code: str, summary: str, suggestion: str = "") -> None:
        super().__init__(summary)
        self.code = code
        self.summary = summary
        self.suggestion = suggestion


@dataclass(frozen=True, slots=True)
class Filled:
    """A text filled in. `value` has a type of its own only if the text was one reference.

    `spans` are the parts of the value, as text, that came from the environment.
    """

    value: Scalar
    spans: tuple[Span, ...] = NO_SPANS


@dataclass(frozen=True, slots=True)
class Fault:
    """Why a name that is known has no value; see `Unresolved`."""

    code: str
    summary: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """What `${…}` may refer to, by the whole text between the braces.

    `spans` holds the sensitive parts of the values that have any. `faults` holds the names that
    exist and have no value. `absent` says, for the first part of a name, why none of its kind
    can be used here.
    """

    values: Mapping[str, Scalar]
    spans: Mapping[str, tuple[Span, ...]]
    faults: Mapping[str, Fault] = field(default_factory=dict[str, Fault])
    absent: Mapping[str, str] = field(default_factory=dict[str, str])

    def fill(self, text: str) -> Filled:
        """The text with each reference replaced. Raises `Unresolved`."""
        parts = template(text)
        if len(parts) == 3 and not parts[0] and not parts[2]:  # noqa: PLR2004 (text, name, text)
            name = parts[1]
            return Filled(self._value(name), self.spans.get(name, NO_SPANS))
        if len(parts) == 1:
            return Filled(parts[0])
        filled: list[str] = []
        spans: list[Span] = []
        position = 0
        for number, part in enumerate(parts):
            piece = as_text(self._value(part)) if number % 2 else part
            if number % 2 and part in self.spans:
                spans += [(position + start, position + end) for start, end in self.spans[part]]
            filled.append(piece)
            position += len(piece)
        return Filled("".join(filled), tuple(spans))

    def _value(self, name: str) -> Scalar:
        try:
            return self.values[name]
        except KeyError:
            raise self._unresolved(name) from None

    def _unresolved(self, name: str) -> Unresolved:
        fault = self.faults.get(name)
        if fault is not None:
            return Unresolved(fault.code, fault.summary, fault.suggestion)
        kind, _, rest = name.partition(".")
        if kind in self.absent:
            return Unresolved("FX307", f"`${{{name}}}` cannot be used here: {self.absent[kind]}.")
        if kind == "env":
            return Unresolved(
                "FX303",
                f"The environment variable {rest} is not among those that may be read.",
                f"Add it to the list at the top of the main file: `env: [{rest}]`",
            )
        known = [each for each in (*self.values, *self.faults) if each.startswith(f"{kind}.")]
        near = did_you_mean(name, known)
        if kind == "row":
            names = ", ".join(each.removeprefix("row.") for each in known)
            return Unresolved(
                "FX302", f"The table has no column `{rest}`.", near or f"Its columns are {names}."
            )
        return Unresolved(
            "FX302",
            f"The variable `{rest}` is not declared.",
            near or f"Declare it: `variables: {{{rest}: …}}`",
        )


@lru_cache(maxsize=65_536)
def template(text: str) -> tuple[str, ...]:
    """The text as literal, name, literal, name, …, literal. Raises `Unresolved`."""
    parts: list[str] = []
    literal: list[str] = []
    position = 0
    for match in _TOKEN.finditer(text):
        literal.append(text[position : match.start()])
        position = match.end()
        if match[0] == "$${":
            literal.append("${")
            continue
        parts += ["".join(literal), _reference(match)]
        literal = []
    return (*parts, "".join([*literal, text[position:]]))


def _reference(match: re.Match[str]) -> str:
    name = match[1]
    if name is None:
        raise Unresolved(
            "FX301", "A `${` is never closed.", "Close it with `}`; write `$${` for a literal `${`."
        )
    kind = name.partition(".")[0]
    bare = "." not in name
    if _REFERENCE.fullmatch(name) and (name in _BARE if bare else kind in _SPACES):
        return name
    raise Unresolved("FX301", f"`${{{cut(name)}}}` is not a reference.", _meant(name) or _SYNTAX)


def _meant(name: str) -> str:
    kind, dot, rest = name.partition(".")
    if kind in _SPACES:
        return ""
    if dot:
        near = nearest(kind, _SPACES)
        return f"Did you mean `${{{near}.{rest}}}`?" if near else ""
    near = nearest(name, _BARE) or (f"var.{name}" if name.isidentifier() else None)
    return f"Did you mean `${{{near}}}`?" if near else ""


def as_text(value: Scalar) -> str:
    """A value in the middle of a text."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_field(value: Scalar, field_type: FieldType) -> Scalar:
    """The value of a lone reference in the type of its field, as far as it has that form."""
    if field_type not in (FieldType.INTEGER, FieldType.BOOLEAN):
        return value if value is None else as_text(value)
    if not isinstance(value, str):
        return value
    read = plain(value.lower() if field_type is FieldType.BOOLEAN else value)
    wanted = bool if field_type is FieldType.BOOLEAN else int
    return read if read is None or type(read) is wanted else value
