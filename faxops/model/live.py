"""A live object as the account holds it, read once and never changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self, cast

from faxops.model.field import Value
from faxops.model.kind import ResourceKind
from faxops.model.marks import Marks, is_reserved


@dataclass(frozen=True, slots=True)
class LiveResource:
    """One object of the account.

    `raw` is the API's object whole, unknown fields included. `values` is its canonical form
    without reserved tags; `marks` is what the reserved tags say. `created_at` and `updated_at`
    are the API's texts (ISO 8601), empty when it sent none.
    """

    kind: ResourceKind
    id: str
    raw: Mapping[str, Any]
    values: Mapping[str, Value]
    marks: Marks
    created_at: str
    updated_at: str

    @classmethod
    def read(cls, kind: ResourceKind, raw: Mapping[str, Any]) -> Self:
        """Read one object of a reply, whose `id` the caller has checked to be a text."""
        values = kind.canonical(raw)
        marks = Marks()
        for path in kind.tag_paths:
            tags = cast("frozenset[str]", values[path])
            reserved = [tag for tag in tags if is_reserved(tag)]
            if reserved:
                marks = Marks.read(reserved)
                values[path] = tags.difference(reserved)
        return cls(
            kind=kind,
            id=raw["id"],
            raw=raw,
            values=values,
            marks=marks,
            created_at=str(raw.get("created_at") or ""),
            updated_at=str(raw.get("updated_at") or ""),
        )
