"""Serves the emulator over HTTP with uvicorn, on this machine only."""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
import threading
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Final, ParamSpec, TypeVar

import uvicorn
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from faxops.emulator.application import Emulator
from faxops.emulator.faults import ConnectionLost
from faxops.emulator.replies import Problem, failure
from faxops.errors import StoreFailed
from faxops.listening_socket import listening_socket

P = ParamSpec("P")
T = TypeVar("T")

HOST: Final = "127.0.0.1"
# Zero seconds of lingering: closing the socket sends a reset at once, not an orderly end.
_RESET: Final = struct.pack("ii", 1, 0)
_GRACE_SECONDS: Final = 1


def open_socket(port: int) -> socket.socket:
    """Listen on 127.0.0.1; port 0 takes a free one. Connections wait until `serve` takes them.

    Raises `UsageError` if the port is taken or not allowed.
    """
    hint = "Choose another port; --port 0 takes a free one."
    return listening_socket(HOST, port, who="The emulator", hint=hint)


def base_url(listener: socket.socket) -> str:
    """The base URL to give to a client, with `/v2`."""
    host, port = listener.getsockname()
    return f"http://{host}:{port}/v2"


def serve(emulator: Emulator, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, then return; requests in flight get a second to end.

    Raises `StoreFailed` if the database fails where no request could be told.
    """
    server(emulator).run(sockets=[listener])


def server(emulator: Emulator) -> uvicorn.Server:
    """A server that is run by its `run(sockets=[...])` and stopped by setting `should_exit`."""
    config = uvicorn.Config(
        emulator,
        http=_DroppingProtocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="error",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return _Server(config, emulator)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, emulator: Emulator) -> None:
        super().__init__(config)
        self._emulator = emulator

    async def main_loop(self) -> None:
        """Serve, and deliver webhooks meanwhile."""
        asyncio.get_running_loop().set_default_executor(_Unawaited())
        delivering = asyncio.create_task(self._emulator.deliver_until_cancelled())
        delivering.add_done_callback(self._stop)
        await super().main_loop()
        delivering.cancel()
        with suppress(asyncio.CancelledError):
            await delivering

    def _stop(self, _: asyncio.Task[None]) -> None:
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Stop on a signal, without raising it again at the end as uvicorn does."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        handled = (signal.SIGINT, signal.SIGTERM)
        previous = {number: signal.signal(number, self.handle_exit) for number in handled}
        try:
            yield
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)


class _Unawaited(ThreadPoolExecutor):
    """Runs each job in a thread of its own, which nobody waits for at the end.

    A loop looks names up in such threads, and one that does not resolve takes seconds.
    """

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Start the job."""
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:  # noqa: BLE001 - it is told to who waits
                future.set_exception(error)

        future.set_running_or_notify_cancel()
        threading.Thread(target=run, daemon=True).start()
        return future


class _DroppingProtocol(H11Protocol):
    """HTTP/1.1 that resets the connection when the emulator loses it, and tells what broke."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as in uvicorn
        super().connection_made(transport)
        emulator = self.app

        async def droppable(scope: Scope, receive: Receive, send: Send) -> None:
            try:
                await emulator(scope, receive, send)
            except ConnectionLost:
                await self._reset()
            except StoreFailed as failed:
                reply = failure(500, (Problem("10007", failed.message),))
                told = Response(reply.body, reply.status, {"content-type": reply.content_type})
                await told(scope, receive, send)

        self.app = droppable

    async def _reset(self) -> None:
        transport = self.transport
        if transport.is_closing():
            return  # the client did not wait for it
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        transport.abort()
        # One turn of the loop, in which uvicorn learns that there is no one left to answer.
        await asyncio.sleep(0)
