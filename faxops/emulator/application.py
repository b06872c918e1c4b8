"""The emulator as an ASGI application: paths, headers, and the record over HTTP."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict, dataclass
from email.utils import format_datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from faxops.emulator.asked import Asked
from faxops.emulator.control import base_url, fax_route
from faxops.emulator.deliveries import DELIVERY
from faxops.emulator.description import Operation, load_description
from faxops.emulator.dispatcher import Dispatcher
from faxops.emulator.faults import Course, Faults
from faxops.emulator.fax_files import FILES_PATH
from faxops.emulator.page import OVERVIEW_PATH, PAGE_PATHS, OverviewEndpoint, PageEndpoint
from faxops.emulator.receivers import check_permitted
from faxops.emulator.replies import Reply
from faxops.emulator.scenario import Scenario
from faxops.emulator.seed import Seed, plant
from faxops.emulator.service import Service
from faxops.emulator.store import Record, Row, Store
from faxops.emulator.world import World
from faxops.model.clock import Clock

if TYPE_CHECKING:  # loaded only where there is something to deliver
    import httpx

# Where an in-process transport says how many seconds its client waits for a reply.
PATIENCE: Final = "faxops.patience"
RECORD_PATH: Final = "/_emulator/requests"
DELIVERIES_PATH: Final = "/_emulator/deliveries"
_PREFIXES: Final = ("", "/v2")
_PIECES: Final = 10
_REQUEST_IDS: Final = uuid.UUID("0d3c7a52-5d0e-4b6f-8f51-1f2c1e6f4b90")


@dataclass(frozen=True, slots=True)
class EmulatorSettings:
    """What an emulator is made from.

    `clock` gives stamps and does every wait. `database` None keeps the account in memory. `seed`
    fills an account that never held an object. `key` is the one API key accepted; None takes any.
    `organization_id` is the account that `/public_key` names. `deliver_to` names the hosts that
    get webhooks beside this machine: `hooks.example.org`, or `*.example.org` for all below it.
    """

    clock: Clock
    database: Path | None = None
    seed: Seed = Seed()  # noqa: RUF009 - frozen
    scenario: Scenario = Scenario()  # noqa: RUF009 - frozen
    key: str | None = None
    organization_id: str = "6a09cdc3-8948-47f0-aa62-74ac943d6c58"
    deliver_to: tuple[str, ...] = ()


class Emulator(Starlette):
    """The application. Make one with `create_emulator`; `close` it when done."""

    def __init__(
        self, store: Store, faults: Faults, dispatcher: Dispatcher, routes: list[Route]
    ) -> None:
        super().__init__(routes=routes)
        self._store = store
        self._faults = faults
        self._dispatcher = dispatcher

    def build_middleware_stack(self) -> ASGIApp:
        """Routes alone: Starlette's error page would reply where a connection is to be lost."""
        return self.router

    def requests(self) -> tuple[Record, ...]:
        """Every request to the API so far, the first first."""
        with self._store.transaction():
            return self._store.records()

    def content(self, kind: str) -> tuple[Row, ...]:
        """Every object of the kind as it is kept, the first made first."""
        with self._store.transaction():
            return tuple(self._store.select(kind))

    async def deliver(self, transport: httpx.AsyncBaseTransport | None = None) -> int:
        """Make every POST of a webhook that is due now; how many it was.

        In process nothing is delivered by itself: move the clock, then call this. `transport`
        takes the place of the network.
        """
        return await self._dispatcher.deliver(transport)

    async def deliver_until_cancelled(self) -> None:
        """Deliver webhooks as they become due. A served emulator runs this by itself."""
        await self._dispatcher.run()

    def end_faults(self) -> None:
        """From now on no rule of the scenario applies; the account stays as it is."""
        self._faults.end()

    def close(self) -> None:
        """Close the database; a file keeps its content."""
        self._store.close()


def create_emulator(settings: EmulatorSettings) -> Emulator:
    """Open the account and put the API before it.

    Raises `UsageError` for a database that cannot be used, and for a wrong `deliver_to`.
    """
    check_permitted(settings.deliver_to)
    store = Store(settings.database)
    scenario = settings.scenario
    world = World(
        store, scenario.behaviours, settings.organization_id, settings.clock.now, scenario.faxes
    )
    plant(world, settings.seed)
    service = Service(world, settings.key)
    faults = Faults(scenario.rules, service, settings.clock)
    dispatcher = Dispatcher(world, scenario.webhooks, settings.clock, settings.deliver_to)
    routes = [
        *(Route(path, PageEndpoint(), methods=["GET"]) for path in PAGE_PATHS),
        Route(OVERVIEW_PATH, OverviewEndpoint(world)),
        fax_route(world, dispatcher.wake),
        *_routes(store, faults, settings.clock, dispatcher.wake),
    ]
    return Emulator(store, faults, dispatcher, routes)


def _routes(
    store: Store, faults: Faults, clock: Clock, wake: Callable[[], None]
) -> Iterator[Route]:
    yield Route(RECORD_PATH, _RecordEndpoint(store))
    yield Route(DELIVERIES_PATH, _DeliveriesEndpoint(store))
    yield Route(FILES_PATH, _ApiEndpoint("", {}, faults, clock, wake))
    by_path: dict[str, dict[str, Operation]] = {}
    for operation in load_description().operations:
        by_path.setdefault(operation.path, {})[operation.method] = operation
    for prefix in _PREFIXES:
        for path, operations in by_path.items():
            yield Route(prefix + path, _ApiEndpoint(prefix, operations, faults, clock, wake))
    yield Route("/{path:path}", _ApiEndpoint("", {}, faults, clock, wake))


class _RecordEndpoint:
    """The record of requests as JSON, for tests in other processes. Needs no key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._store.transaction():
            records = self._store.records()
        body = json.dumps({"data": [asdict(record) for record in records]})
        await Response(body, media_type="application/json")(scope, receive, send)


class _DeliveriesEndpoint:
    """Every attempt to deliver a webhook as JSON, the first first. Needs no key."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._store.transaction():
            rows = self._store.select(DELIVERY)
        body = f'{{"data": [{", ".join(row.body for row in rows)}]}}'
        await Response(body, media_type="application/json")(scope, receive, send)


class _ApiEndpoint:
    """One path of the API with its operations by method; none for a path that is not one.

    The files behind links are read through one too, so that the faults of a scenario meet them.
    """

    def __init__(
        self,
        prefix: str,
        operations: dict[str, Operation],
        faults: Faults,
        clock: Clock,
        wake: Callable[[], None],
    ) -> None:
        self._prefix = prefix
        self._operations = operations
        self._faults = faults
        self._clock = clock
        self._wake = wake

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        asked = Asked(
            method=request.method,
            path=request.url.path.removeprefix(self._prefix),
            query_text=request.url.query,
            query=tuple(request.query_params.multi_items()),
            body=await request.body(),
            authorization=request.headers.get("authorization", ""),
            content_type=request.headers.get("content-type", ""),
            operation=self._operations.get(request.method),
            allowed=tuple(self._operations),
            object_id=request.path_params.get("id", ""),
            base_url=base_url(request),
        )
        patience = scope.get("extensions", {}).get(PATIENCE, math.inf)
        try:
            course = await self._faults.answer(asked, patience)
        finally:
            if asked.method != "GET":
                self._wake()
        await self._response(course)(scope, receive, send)

    def _response(self, course: Course) -> Response:
        reply = course.done.reply
        headers = {
            "date": format_datetime(self._clock.now(), usegmt=True),
            "x-request-id": str(uuid.uuid5(_REQUEST_IDS, str(course.done.record))),
            **({"content-type": reply.content_type} if reply.content_type else {}),
            **dict(reply.headers),
        }
        if not course.drip_seconds:
            return Response(reply.body, reply.status, headers)
        pieces = _drip(reply, course.drip_seconds, self._clock)
        return StreamingResponse(pieces, reply.status, headers)


async def _drip(reply: Reply, seconds: float, clock: Clock) -> AsyncIterator[bytes]:
    step = -(-len(reply.body) // _PIECES) or 1
    for start in range(0, len(reply.body), step):
        await clock.sleep(seconds / _PIECES)
        yield reply.body[start : start + step]
