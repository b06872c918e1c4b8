"""One row of a resource kind's table: everything faxops knows about one API field."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Literal, cast

Value = str | int | bool | frozenset[str] | None
"""A canonical value. Tags are a frozenset; everything else is a JSON scalar."""

INTERPOLATED = r"\$\{"
"""Pattern (JSON Schema) of a text whose value is known only after interpolation."""

PRINTABLE = r"^[^\u0000-\u001f\u007f]*$"
"""Pattern (JSON Schema) of a text without control characters."""


class FieldType(StrEnum):
    """How a field is written, judged and shown."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    URL = "url"
    ID = "id"
    EMAIL = "email"
    TAGS = "tags"


_JSON_TYPE = {
    FieldType.INTEGER: "integer",
    FieldType.BOOLEAN: "boolean",
    FieldType.TAGS: "array",
}

_SCALAR = {FieldType.INTEGER: int, FieldType.BOOLEAN: bool, FieldType.TAGS: frozenset}


@dataclass(frozen=True, slots=True)
class Field:
    """A managed field of a resource kind.

    `path` is the dotted path in the API's object, at most two deep: `inbound.channel_limit`.
    `default` is what the API stores when a create leaves the field out, in canonical form.
    `unset_text` marks fields for which the API treats "" as null (API description: FaxApplication).
    `cleared_by` is what a PATCH sends to clear the field: null, unless the API description does
    not allow it.
    `write_only` marks fields that the API takes by PATCH alone and need not return; absent from
    a reply means unknown, never null.
    `maximum` and `minimum` are inclusive; `max_length` counts characters.
    """

    path: str
    type: FieldType
    title: str
    description: str
    examples: tuple[str | int | bool, ...]
    default: Value = None
    nullable: bool = False
    required: bool = False
    unset_text: bool = False
    cleared_by: Literal[""] | None = None
    write_only: bool = False
    minimum: int | None = None
    maximum: int | None = None
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    choices: tuple[str, ...] = ()

    @property
    def segments(self) -> tuple[str, ...]:
        """The path as a tuple of one or two names."""
        return tuple(self.path.split("."))

    @property
    def scalar(self) -> type:
        """The Python type of the field's JSON values; no JSON value is a frozenset, as tags are."""
        return _SCALAR.get(self.type, str)

    def canonical(self, raw: object) -> Value:
        """The one form in which `raw`, as the API or YAML shows it, is compared.

        A value of an unexpected type is kept as it is: it then differs visibly instead of
        stopping a plan (a live enum may hold a value newer than this table). Only 1 and true,
        which are equal to Python, become text where the other is expected.
        """
        if self.type is FieldType.TAGS:
            tags = cast("list[object]", raw) if isinstance(raw, list) else []
            return frozenset(map(str, tags))
        if raw is None or (raw == "" and self.unset_text):
            return self.default if not self.nullable else None
        if isinstance(raw, float) and raw.is_integer():
            raw = int(raw)  # 10.0 is an integer to JSON Schema, and 10 to the API
        if self.scalar in (int, bool) and isinstance(raw, int) and type(raw) is not self.scalar:
            return str(raw).lower()
        return raw if isinstance(raw, str | int | bool) else str(raw)

    def json_schema(self, *, authored: bool) -> dict[str, Any]:
        """The field as a JSON Schema (2020-12) fragment.

        `authored` is the form that people write, where a text may hold `${…}` in place of a
        value of any type; otherwise it is the form after interpolation, judged strictly.
        """
        schema: dict[str, Any] = {"title": self.title, "description": self.description}
        schema |= self._authored() if authored else self._strict()
        bounds = {"minimum": self.minimum, "maximum": self.maximum}
        schema |= {name: bound for name, bound in bounds.items() if bound is not None}
        if not self.required:
            schema["default"] = (
                sorted(self.default) if isinstance(self.default, frozenset) else self.default
            )
        schema["examples"] = (
            [list(self.examples)] if self.type is FieldType.TAGS else list(self.examples)
        )
        return schema

    def _authored(self) -> dict[str, Any]:
        if self.type is FieldType.TAGS:
            return {"type": "array", "items": {"type": "string", "minLength": 1}}
        if self.choices:
            return {"anyOf": [{"enum": self._choices()}, _INTERPOLATED_TEXT]}
        types = self._types()
        if "string" not in types:
            return {"type": [*types, "string"], "pattern": INTERPOLATED}
        if self.pattern is not None:
            return {"type": _one_or_more(types), "pattern": f"{self._form()}|{INTERPOLATED}"}
        return {"type": _one_or_more(types)}

    def _strict(self) -> dict[str, Any]:
        if self.choices:
            return {"enum": self._choices()}
        text = {"minLength": 1, "maxLength": self.max_length, "pattern": PRINTABLE}
        if self.type is FieldType.TAGS:
            items = {name: limit for name, limit in text.items() if limit is not None}
            return {"type": "array", "items": {"type": "string", **items}}
        formats = {FieldType.URL: "uri", FieldType.EMAIL: "email"}
        limits = {
            "format": formats.get(self.type),
            "minLength": 1 if self.type in formats and not self.unset_text else self.min_length,
            "maxLength": self.max_length,
            "pattern": self._form(),
        }
        return {"type": _one_or_more(self._types())} | {
            name: limit for name, limit in limits.items() if limit is not None
        }

    def _form(self) -> str | None:
        if self.pattern is None:
            return PRINTABLE if "string" in self._types() else None
        return f"{self.pattern}|^$" if self.unset_text else self.pattern

    def _types(self) -> list[str]:
        return [_JSON_TYPE.get(self.type, "string"), *(["null"] if self.nullable else [])]

    def _choices(self) -> list[str | None]:
        return [*self.choices, *([None] if self.nullable else [])]


_INTERPOLATED_TEXT = {"type": "string", "pattern": INTERPOLATED}


def _one_or_more(types: list[str]) -> str | list[str]:
    return types if len(types) > 1 else types[0]
