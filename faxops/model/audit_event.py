"""An entry of the account's audit log, as far as it tells who changed what.

Source: Telnyx docs: audit logs (`GET /audit_events`); no field is promised, so each may be missing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self, cast


@dataclass(frozen=True, slots=True)
class Edit:
    """One field that an event changed, by its dotted path; the values may be any JSON."""

    path: str
    before: object
    after: object


@dataclass(frozen=True, slots=True)
class AuditEvent:
    """One event; what it does not say is empty.

    `at` is the API's text, ISO 8601. `actor` is the id of a user, `actor_kind` on whose behalf:
    `telnyx`, `account_manager`, `account_owner` or `organization_member`. `ids` are those that the
    changed object is known by.
    """

    at: str
    actor: str
    actor_kind: str
    change_type: str
    ids: frozenset[str]
    edits: tuple[Edit, ...]

    @classmethod
    def read(cls, item: Mapping[str, Any]) -> Self:
        """The event in an item of the listing. What has another type counts as not said."""
        changes = item.get("changes")
        found = cast("list[object]", changes) if isinstance(changes, list) else []
        ids = {_text(item, name) for name in ("resource_id", "alternate_resource_id")}
        return cls(
            at=_text(item, "created_at"),
            actor=_text(item, "user_id"),
            actor_kind=_text(item, "change_made_by"),
            change_type=_text(item, "change_type"),
            ids=frozenset(ids - {""}),
            edits=tuple(edit for each in found for edit in _edits(each)),
        )


def _text(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""


def _edits(change: object) -> Iterator[Edit]:
    """The edits of one entry: of an object, which may be told whole, one for each name in it."""
    if not isinstance(change, dict):
        return
    entry = cast("dict[str, Any]", change)
    path, before, after = _text(entry, "field"), entry.get("from"), entry.get("to")
    if not path:
        return
    if not isinstance(before, dict) and not isinstance(after, dict):
        yield Edit(path, before, after)
        return
    old = cast("dict[str, Any]", before) if isinstance(before, dict) else {}
    new = cast("dict[str, Any]", after) if isinstance(after, dict) else {}
    for name in dict.fromkeys([*old, *new]):
        if old.get(name) != new.get(name):
            yield Edit(f"{path}.{name}", old.get(name), new.get(name))
