"""A listener from its first delivery to its orderly end."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from faxops.listener.backlog import Backlog
from faxops.listener.counts import Counts
from faxops.listener.delivery import Delivery
from faxops.listener.execution import Executor
from faxops.listener.forwarding import Forwarder
from faxops.listener.journal import Journal
from faxops.listener.receiver import create_receiver
from faxops.listener.reception import Reception
from faxops.listener.server import server
from faxops.model.clock import Clock

Follower = Callable[[Delivery], None]


@dataclass(frozen=True, slots=True)
class Aims:
    """What becomes of each event beside being shown; None is nothing."""

    journal: Journal | None = None
    forwarder: Forwarder | None = None
    executor: Executor | None = None


async def listen(
    sockets: list[socket.socket],
    public_key: str,
    aims: Aims,
    *,
    clock: Clock,
    counts: Counts,
    tell: Follower,
    stop: asyncio.Event,
) -> None:
    """Take deliveries at `sockets` until `stop` is set; then answer what is in flight.

    Each event is saved, then told, forwarded and executed, which the answer does not wait for.
    `counts` is kept up to date.
    """
    async with AsyncExitStack() as stack:
        if aims.journal is not None:
            await stack.enter_async_context(aims.journal)
        if aims.forwarder is not None:
            await stack.enter_async_context(aims.forwarder)
        backlogs = [await stack.enter_async_context(each) for each in _backlogs(aims, counts)]
        reception = Reception(
            public_key,
            clock,
            counts=counts,
            journal=aims.journal,
            followers=(tell, *(each.add for each in backlogs)),
        )
        serving = server(create_receiver(reception))
        stopping = asyncio.create_task(stop.wait())
        stopping.add_done_callback(lambda _: setattr(serving, "should_exit", True))
        try:
            await serving.serve(sockets=sockets)
        finally:
            stopping.cancel()


def _backlogs(aims: Aims, counts: Counts) -> list[Backlog]:
    backlogs: list[Backlog] = []
    if aims.forwarder is not None:
        backlogs.append(Backlog(aims.forwarder.forward, counts.count_forward))
    if aims.executor is not None:
        backlogs.append(Backlog(aims.executor.run, counts.count_execution))
    return backlogs
