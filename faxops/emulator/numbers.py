"""Phone numbers: listing them, and attaching one to an application by its `connection_id`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from faxops.emulator.replies import Listing, Problem, Rejected, Shown, dump
from faxops.emulator.store import Condition, Row, holds
from faxops.emulator.world import (
    FAX_APPLICATION,
    PHONE_NUMBER,
    Call,
    Handler,
    World,
    find,
    joined,
    long_enough,
    page,
    refuse,
    sorted_by,
)

_ORDERS: Final = {
    "created_at": "created_at {0}, seq {0}",
    "purchased_at": "json_extract(body, '$.purchased_at') {0}, seq {0}",
    "phone_number": "name {0}, seq {0}",
    "connection_name": (
        "(SELECT a.name FROM objects a WHERE a.kind = 'fax_application'"
        " AND a.id = json_extract(objects.body, '$.connection_id')) {0}, seq {0}"
    ),
    # No reply carries a payment method; every number here has the same one.
    "usage_payment_method": "seq {0}",
}
_CHANGEABLE: Final = (
    "tags",
    "external_pin",
    "customer_reference",
    "connection_id",
    "billing_group_id",
    "hd_voice_enabled",
)


def complete(given: Mapping[str, Any], stamp: str) -> dict[str, Any]:
    """A number, which has an id, with a plain default for every field that the API always sends."""
    return {
        "id": given["id"],
        "record_type": PHONE_NUMBER,
        "country_iso_alpha2": "US",
        "status": "active",
        "tags": [],
        "external_pin": None,
        "connection_id": None,
        "connection_name": None,
        "phone_number_type": "local",
        "created_at": stamp,
        "purchased_at": stamp,
        "updated_at": stamp,
        "t38_fax_gateway_enabled": True,
        "deletion_lock_enabled": False,
        **given,
    }


def _list(world: World, call: Call) -> Listing:
    filters = call.query.get("filter", {})
    conditions: list[Condition] = []
    if "connection_id" in filters:
        conditions.append(holds("connection_id", filters["connection_id"]))
    if "phone_number" in filters:
        digits = long_enough(filters["phone_number"], "filter[phone_number]").removeprefix("+")
        # API description: other characters "will result in no values being returned".
        conditions.append(Condition("instr(name, ?) > 0", (digits,)))
    if "status" in filters:
        conditions.append(holds("status", filters["status"]))
    if "tag" in filters:
        conditions.append(
            Condition("? IN (SELECT value FROM json_each(body, '$.tags'))", (filters["tag"],))
        )
    return page(
        world,
        call,
        PHONE_NUMBER,
        condition=joined(conditions),
        order=sorted_by(call, _ORDERS, "-created_at"),
        show=lambda row: _show(world, row),
    )


def _update(world: World, call: Call) -> Shown:
    row = _find(world, call.object_id)
    body = dict(call.body)
    if world.behaviours.null_connection == "accepted" and body.get("connection_id", "") is None:
        body["connection_id"] = ""
    assert call.operation.body is not None  # noqa: S101 - the description gives PATCH a body
    refuse(call.operation.body.problems(body))
    connection = body.get("connection_id")
    if connection and world.store.get(FAX_APPLICATION, connection) is None:
        raise Rejected(422, Problem("85004", "There is no such connection.", "/connection_id"))
    number = json.loads(row.body)
    number |= {key: body[key] for key in _CHANGEABLE if key in body}
    number["connection_id"] = number["connection_id"] or None
    number["updated_at"] = world.stamp()
    world.store.update(row, name=row.name, body=dump(number), hidden=None)
    return Shown(_show(world, find(world, PHONE_NUMBER, row.id)))


def _find(world: World, object_id: str) -> Row:
    """By id, or by the number itself in E.164, which Telnyx's own examples put in the path."""
    if object_id.startswith("+"):
        for row in world.store.select(PHONE_NUMBER, Condition("name = ?", (object_id,)), limit=1):
            return row
    return find(world, PHONE_NUMBER, object_id)


def _show(world: World, row: Row) -> str:
    number = json.loads(row.body)
    connection = number["connection_id"]
    if connection is None:
        number["connection_name"] = None
    elif application := world.store.get(FAX_APPLICATION, connection):
        number["connection_name"] = application.name
    return dump(number)


HANDLERS: Final[Mapping[str, Handler]] = {
    "ListPhoneNumbers": _list,
    "UpdatePhoneNumber": _update,
}
