"""Faxes: the six operations, and the ones that come in."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from faxops.emulator import fax_progress, fax_send
from faxops.emulator.behaviours import Behaviours
from faxops.emulator.fax_course import CANCELLABLE, Direction
from faxops.emulator.fax_files import drop_file, keep_file, link
from faxops.emulator.fax_progress import Progress
from faxops.emulator.replies import Listing, NoContent, Problem, Rejected, Shown, dump
from faxops.emulator.store import Condition, Row, holds
from faxops.emulator.world import (
    FAX,
    Call,
    Handler,
    World,
    find,
    joined,
    moment,
    page,
    stamp,
)

_RESULT: Final = '{"result":"ok"}'
_LARGEST_PAGE: Final = 250
_OPERATORS: Final = {"gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
_MILLISECOND: Final = timedelta(milliseconds=1)
# What a request to send says that the fax shows.
_SHOWN: Final = ("from_display_name", "media_url", "media_name", "client_state")


def complete(given: Mapping[str, Any], now: str) -> dict[str, Any]:
    """A fax, which has an id, with a plain default for every field that the API always sends.

    One that does not say how far it is has got through.
    """
    direction: Direction = given.get("direction", "outbound")
    return {
        "id": given["id"],
        "record_type": FAX,
        "direction": direction,
        "quality": "high",
        "store_media": False,
        "status": "delivered" if direction == "outbound" else "received",
        "failure_reason": None,
        "internal_failure_reason": None,
        "webhook_url": "",
        "webhook_failover_url": "",
        "created_at": now,
        "updated_at": given.get("created_at", now),
        **given,
    }


def show(world: World, row: Row, base_url: str) -> str:
    """The fax as replies show it, with its links."""
    links = Progress.of(row).links
    if not links and world.behaviours.client_state_in_faxes == "present":
        return row.body
    fax = json.loads(row.body)
    fax |= {name: link(world, base_url, row.id, name, links[name]) for name in links}
    if world.behaviours.client_state_in_faxes == "absent":
        fax.pop("client_state", None)
    return dump(fax)


def _list(world: World, call: Call) -> Listing:
    _check_page(call.query.get("page", {}))
    return page(
        world,
        call,
        FAX,
        condition=joined(_conditions(call.query.get("filter", {}))),
        order=order(world.behaviours),
        show=lambda row: show(world, row, call.base_url),
    )


def order(behaviours: Behaviours) -> str:
    """The order of a listing, as SQL terms."""
    sense = "DESC" if behaviours.fax_order == "newest_first" else "ASC"
    return f"created_at {sense}, seq {sense}"


def _check_page(asked: Mapping[str, Any]) -> None:
    for name, most in (("number", None), ("size", _LARGEST_PAGE)):
        value = asked.get(name, 1)
        if value < 1 or (most is not None and value > most):
            detail = f"is not between 1 and {most}" if most else "is less than 1"
            raise Rejected(400, Problem("10015", detail, parameter=f"page[{name}]"))


def _conditions(filters: Mapping[str, Any]) -> list[Condition]:
    conditions = [
        holds(name, filters[name]["eq"])
        for name in ("direction", "from", "to")
        if "eq" in filters.get(name, {})
    ]
    for name, text in filters.get("created_at", {}).items():
        if name in _OPERATORS:
            bound = _bound(text, name)
            conditions.append(Condition(f"created_at {_OPERATORS[name]} ?", (bound,)))
    return conditions


def _bound(text: str, operator: str) -> str:
    """The moment to compare stamps with, which have milliseconds and no more."""
    try:
        asked = moment(text)
    except ValueError as error:
        problem = Problem("10015", str(error), parameter=f"filter[created_at][{operator}]")
        raise Rejected(400, problem) from error
    floor = asked - timedelta(microseconds=asked.microsecond % 1000)
    rounds_up = operator in ("gte", "lt") and floor != asked
    return stamp(floor + _MILLISECOND if rounds_up else floor)


def _send(world: World, call: Call) -> Shown:
    body = fax_send.wanted(world, call)
    sender = fax_send.application(world, body["connection_id"])
    progress = fax_send.progress(world, call, body, sender)
    fax = _new(world, "outbound", body, sender, progress) | {
        "quality": body.get("quality", "high"),
        "store_media": body.get("store_media", False),
        **{key: body[key] for key in _SHOWN if key in body},
    }
    if call.contents is not None and fax["store_media"]:
        keep_file(world, fax["id"], call.contents)
    return Shown(show(world, fax_progress.begin(world, fax, progress), call.base_url), 202)


def receive(world: World, given: Mapping[str, Any], base_url: str) -> str:
    """Start an inbound fax to an active application; returns it as replies show it.

    `given` has `connection_id`, `from`, `to` and may have `pages` and `failure_reason`.
    """
    receiver = fax_send.application(world, given["connection_id"])
    progress = Progress(
        started=world.stamp(),
        step_seconds=world.faxes.step_seconds,
        pages=given.get("pages", world.faxes.pages),
        failure_reason=given.get("failure_reason"),
        base_url=base_url,
    )
    fax = _new(world, "inbound", given, receiver, progress)
    return show(world, fax_progress.begin(world, fax, progress), base_url)


def _new(
    world: World,
    direction: Direction,
    given: Mapping[str, Any],
    application: Mapping[str, Any],
    progress: Progress,
) -> dict[str, Any]:
    """A fax that begins now, with what both directions show."""
    stamped = world.stamp()
    fax = {
        "id": fax_progress.new_id(world),
        "connection_id": application["id"],
        "direction": direction,
        "from": given["from"],
        "to": given["to"],
        "status": "queued" if direction == "outbound" else "initiated",
        "webhook_url": progress.webhook_url or application["webhook_event_url"],
        "webhook_failover_url": application["webhook_event_failover_url"],
    }
    return complete(fax, stamped)


def _get(world: World, call: Call) -> Shown:
    return Shown(show(world, find(world, FAX, call.object_id), call.base_url))


def _delete(world: World, call: Call) -> NoContent:
    remove(world, find(world, FAX, call.object_id))
    return NoContent()


def remove(world: World, row: Row) -> None:
    """Delete a fax with its file; it has no further events."""
    drop_file(world, row.id)
    world.store.delete(row)


def _cancel(world: World, call: Call) -> Shown:
    row = find(world, FAX, call.object_id)
    fax = json.loads(row.body)
    if fax["direction"] == "inbound":
        raise Rejected(422, Problem("90081", "Only an outbound fax can be cancelled."))
    if fax["status"] not in _cancellable(world.behaviours) or Progress.of(row).canceled:
        detail = "Only a fax that is queued, media.processed or sending can be cancelled."
        raise Rejected(422, Problem("90080", detail))
    match world.behaviours.canceled_fax:
        case "failed":
            fax_progress.cancel(world, row)
        case "failed_later":
            fax_progress.cancel_later(world, row)
        case "deleted":
            remove(world, row)
    return Shown(_RESULT, 202)


def _cancellable(behaviours: Behaviours) -> frozenset[str]:
    refuses = behaviours.cancel_originated == "rejected"
    return CANCELLABLE - {"originated"} if refuses else CANCELLABLE


def _refresh(world: World, call: Call) -> Shown:
    row = find(world, FAX, call.object_id)
    fax, progress = json.loads(row.body), Progress.of(row)
    if fax["status"] != "received":
        detail = "Only the media_url of a received fax can be refreshed."
        raise Rejected(422, Problem("10027", detail))
    fax_progress.refresh(world, row, fax, progress)
    return Shown(_RESULT)


HANDLERS: Final[Mapping[str, Handler]] = {
    "ListFaxes": _list,
    "SendFax": _send,
    "ViewFax": _get,
    "DeleteFax": _delete,
    "CancelFax": _cancel,
    "RefreshFax": _refresh,
}
