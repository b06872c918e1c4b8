"""Outbound voice profiles, which can be read only."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from faxops.emulator.replies import Listing, Shown, dump
from faxops.emulator.store import Condition, Row, holds, name_contains
from faxops.emulator.world import (
    FAX_APPLICATION,
    OUTBOUND_VOICE_PROFILE,
    Call,
    Handler,
    World,
    find,
    joined,
    page,
    sorted_by,
)

_ORDERS: Final = {
    "created_at": "created_at {0}, seq {0}",
    "name": "name {0}, seq {0}",
    "enabled": "json_extract(body, '$.enabled') {0}, seq {0}",
    # Each of these has one documented value.
    "service_plan": "seq {0}",
    "traffic_type": "seq {0}",
    "usage_payment_method": "seq {0}",
}


def complete(given: Mapping[str, Any], stamp: str) -> dict[str, Any]:
    """A profile, which has an id, with the API's default for every field not given."""
    return {
        "id": given["id"],
        "record_type": OUTBOUND_VOICE_PROFILE,
        "traffic_type": "conversational",
        "service_plan": "global",
        "concurrent_call_limit": None,
        "enabled": True,
        "tags": [],
        "usage_payment_method": "rate-deck",
        "whitelisted_destinations": ["US", "CA"],
        "daily_spend_limit_enabled": False,
        "billing_group_id": None,
        "created_at": stamp,
        "updated_at": stamp,
        **given,
    }


def _list(world: World, call: Call) -> Listing:
    conditions: list[Condition] = []
    name = call.query.get("filter", {}).get("name", {}).get("contains")
    if name is not None:
        conditions.append(name_contains(name))
    return page(
        world,
        call,
        OUTBOUND_VOICE_PROFILE,
        condition=joined(conditions),
        order=sorted_by(call, _ORDERS, "-created_at"),
        show=lambda row: _show(world, row),
    )


def _get(world: World, call: Call) -> Shown:
    return Shown(_show(world, find(world, OUTBOUND_VOICE_PROFILE, call.object_id)))


def _show(world: World, row: Row) -> str:
    users = holds("outbound.outbound_voice_profile_id", row.id)
    count = world.store.count(FAX_APPLICATION, users)
    return dump({**json.loads(row.body), "connections_count": count})


HANDLERS: Final[Mapping[str, Handler]] = {
    "ListOutboundVoiceProfiles": _list,
    "GetOutboundVoiceProfile": _get,
}
