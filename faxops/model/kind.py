"""A resource kind: its table of fields, and what is derived from the table alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from faxops.model.field import Field, FieldType, Value

Values = Mapping[str, Value]
"""A resource in canonical form: dotted field path to canonical value.

A write-only field that the API did not return, or the file never set, has no entry."""

_ABSENT: Final[Any] = object()
_NOTHING: Final[Mapping[str, Any]] = {}


@dataclass(frozen=True, slots=True, eq=False)
class ResourceKind:
    """One kind of Telnyx object that faxops manages; equal only to itself.

    `name` is the API's record type and the first part of an address; `collection` is both the
    API path without its slash and the YAML section. `singular` is the key under which a fleet
    holds the block of its rows, `defaults_key` that of the section whose values stand under every
    one of them; no two kinds share any of these four. `name_field` is the field that people know
    an object by. `patch_requires` are the paths that every PATCH must carry; `tag_paths` are those
    of the fields that hold tags, of which a kind needs one, because ownership is written there.
    """

    name: str
    collection: str
    singular: str
    defaults_key: str
    title: str
    name_field: str
    patch_requires: tuple[str, ...]
    fields: tuple[Field, ...]
    by_path: Mapping[str, Field] = field(init=False, repr=False)
    tag_paths: tuple[str, ...] = field(init=False, repr=False)
    _split: tuple[tuple[Field, str, str | None, type], ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "by_path", {each.path: each for each in self.fields})
        tags = tuple(each.path for each in self.fields if each.type is FieldType.TAGS)
        object.__setattr__(self, "tag_paths", tags)
        split = tuple((each, *_two(each.segments), each.scalar) for each in self.fields)
        object.__setattr__(self, "_split", split)

    def address(self, key: str) -> str:
        """How a resource is named everywhere: `fax_application.intake`."""
        return f"{self.name}.{key}"

    @property
    def example_path(self) -> str:
        """A field that shows how paths are written: a nested one if there is any."""
        return max(self.by_path, key=lambda path: "." in path)

    @property
    def sections(self) -> tuple[str, ...]:
        """The nested objects of the kind in table order, e.g. `inbound`, `outbound`."""
        return tuple(dict.fromkeys(top for _, top, nested, _ in self._split if nested))

    def canonical(self, raw: Mapping[str, Any]) -> dict[str, Value]:
        """`raw`, nested as in the API or YAML, in canonical form with defaults filled in."""
        values: dict[str, Value] = {}
        for each, top, nested, scalar in self._split:
            holder, name = raw, top
            if nested is not None:
                section = raw.get(top)
                holder = cast("dict[str, Any]", section) if isinstance(section, dict) else _NOTHING
                name = nested
            value = holder.get(name, _ABSENT)
            if value is _ABSENT:
                if not each.write_only:
                    values[each.path] = each.default
            elif value and type(value) is scalar:
                # Nearly every value is one of these, and a call costs as much as all the rest.
                values[each.path] = value
            else:
                values[each.path] = each.canonical(value)
        return values

    def nested(self, values: Values, paths: Iterable[str] | None = None) -> dict[str, Any]:
        """The canonical `values` (or only `paths` of them) as the API's nested JSON."""
        result: dict[str, Any] = {}
        for each, top, nested, _ in self._split:
            if each.path not in values or (paths is not None and each.path not in paths):
                continue
            value = values[each.path]
            shown = sorted(value) if isinstance(value, frozenset) else value
            if nested is None:
                result[top] = shown
            else:
                result.setdefault(top, {})[nested] = shown
        return result

    def json_schema(self, *, authored: bool) -> dict[str, Any]:
        """The kind's object as a JSON Schema (2020-12) fragment; see `Field.json_schema`."""
        properties: dict[str, Any] = {}
        for each in self.fields:
            fragment = each.json_schema(authored=authored)
            top, nested = _two(each.segments)
            if nested is None:
                properties[top] = fragment
                continue
            section = properties.setdefault(
                top,
                {
                    "title": f"{top.capitalize()} calls",
                    "type": ["object", "null"],
                    "properties": {},
                    "additionalProperties": False,
                },
            )
            section["properties"][nested] = fragment
        return {"type": "object", "properties": properties, "additionalProperties": False}


def _two(segments: tuple[str, ...]) -> tuple[str, str | None]:
    top, *nested = segments
    return top, (nested[0] if nested else None)
