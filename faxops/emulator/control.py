"""The emulator's own path on which a fax comes in. No key."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from faxops.emulator import faxes
from faxops.emulator.description import Schema
from faxops.emulator.fax_course import MOST_PAGES
from faxops.emulator.fax_progress import advance
from faxops.emulator.json_body import json_object
from faxops.emulator.replies import Problem, Rejected, Reply, Shown, failure, success
from faxops.emulator.store import Condition, holds
from faxops.emulator.world import PHONE_NUMBER, World, refuse

RECEIVE_PATH: Final = "/_emulator/faxes"
# Who sends a fax that does not say so, and the number it calls at an application without one.
_FROM: Final = "+13125550100"
_TO: Final = "+13125550199"
_RECEIVE: Final = {
    "type": "object",
    "additionalProperties": False,
    "anyOf": [{"required": ["to"]}, {"required": ["connection_id"]}],
    "properties": {
        "to": {"type": "string", "minLength": 1},
        "connection_id": {"type": "string"},
        "from": {"type": "string", "minLength": 1},
        "pages": {"type": "integer", "minimum": 1, "maximum": MOST_PAGES},
        "failure_reason": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
    },
}


def fax_route(world: World, wake: Callable[[], None]) -> Route:
    """The route of this module. `wake` is told when an event may have happened."""

    async def receive(request: Request) -> Response:
        reply = _received(world, await request.body(), base_url(request))
        wake()
        return Response(reply.body, reply.status, {"content-type": reply.content_type})

    return Route(RECEIVE_PATH, receive, methods=["POST"])


def base_url(request: Request) -> str:
    """Where the emulator was reached: scheme, host and port."""
    return f"{request.url.scheme}://{request.url.netloc}"


def _received(world: World, body: bytes, base_url: str) -> Reply:
    try:
        given = json_object(body)
        refuse(Schema(_RECEIVE).problems(given))
        with world.store.transaction():
            advance(world)
            fax = faxes.receive(world, _addressed(world, given), base_url)
    except Rejected as rejected:
        return failure(rejected.status, rejected.problems)
    return success(Shown(fax, 201))


def _addressed(world: World, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fax with its number, its application and its sender."""
    if "connection_id" in given:
        attached = holds("connection_id", given["connection_id"])
        numbers = world.store.select(PHONE_NUMBER, attached, limit=1)
        to = numbers[0].name if numbers else _TO
        return {"from": _FROM, "to": to, **given}
    for row in world.store.select(PHONE_NUMBER, Condition("name = ?", (given["to"],)), limit=1):
        connection = json.loads(row.body)["connection_id"]
        if connection is not None:
            return {"from": _FROM, "connection_id": connection, **given}
    detail = "This number is attached to no application; give a connection_id."
    raise Rejected(422, Problem("10017", detail, "/to"))
