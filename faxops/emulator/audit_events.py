"""The audit log: what was changed of fax applications, field by field, and by whom.

Source: Telnyx docs: audit logs. The API description that the rest is held to does not have them.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from faxops.emulator.replies import Listing, Problem, Rejected, dump
from faxops.emulator.world import FAX_APPLICATION, Call, Handler, World, moment, stamp

USER_ID: Final = "3f1c9a52-7d60-4e0b-9b1e-5a8f0c2d7e64"
"""The user behind every key."""

_DEFAULT_PAGE_SIZE: Final = 20
_UNTOLD: Final = frozenset({"id", "record_type", "created_at", "updated_at"})


def note(
    world: World,
    change_type: str,
    object_id: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """Keep what a fax application has become of what it was; one that is not there is empty."""
    old, new = dict(_flat(before)), dict(_flat(after))
    at = world.stamp()
    event = {
        "user_id": USER_ID,
        "record_type": FAX_APPLICATION,
        "resource_id": object_id,
        "alternate_resource_id": None,
        "change_made_by": "account_owner",
        "change_type": change_type,
        "changes": [
            {"field": field, "from": old.get(field), "to": new.get(field)}
            for field in dict.fromkeys([*old, *new])
            if old.get(field) != new.get(field)
        ],
        "organization_id": world.organization_id,
        "created_at": at,
    }
    world.store.add_audit_event(at, dump(event))


def _flat(application: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in application.items():
        if isinstance(value, dict):
            nested = cast("dict[str, Any]", value)
            yield from ((f"{name}.{key}", each) for key, each in nested.items())
        elif name not in _UNTOLD:
            yield name, value


def _list(world: World, call: Call) -> Listing:
    asked = call.query.get("page", {})
    number, size = asked.get("number", 1), asked.get("size", _DEFAULT_PAGE_SIZE)
    filters = call.query.get("filter", {})
    total, events = world.store.audit_events(
        after=_stamp(filters, "created_after"),
        before=_stamp(filters, "created_before"),
        newest_first=call.query.get("sort", "desc") == "desc",
        limit=size,
        offset=(number - 1) * size,
    )
    return Listing(tuple(_show(*event) for event in events), number, size, total)


def _show(seq: int, body: str) -> str:
    return dump({"id": str(uuid.UUID(int=seq)), **json.loads(body)})


def _stamp(filters: Mapping[str, str], name: str) -> str | None:
    if name not in filters:
        return None
    try:
        return stamp(moment(filters[name]))
    except ValueError as error:
        raise Rejected(400, Problem("10015", str(error), parameter=f"filter[{name}]")) from error


HANDLERS: Final[Mapping[str, Handler]] = {"ListAuditLogs": _list}
