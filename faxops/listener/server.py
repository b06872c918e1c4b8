"""Serves the receiver over HTTP with uvicorn, with a limit for whatever a client may stretch."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from faxops.listening_socket import listening_socket

REQUEST_SECONDS: Final = 10.0
MAX_HEADER_BYTES: Final = 16 * 1024
MOST_CONNECTIONS: Final = 256
GRACE_SECONDS: Final = 5
_TOO_SLOW: Final = b"HTTP/1.1 408 Request Timeout\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


def open_socket(host: str, port: int) -> socket.socket:
    """Listen; port 0 takes a free one. Connections wait until they are served.

    Raises `UsageError` if the address is not this machine's, or the port taken or not allowed.
    """
    hint = "Choose another port (--port 0 takes a free one), or an address of this machine."
    return listening_socket(host, port, who="The listener", hint=hint)


def address(listener: socket.socket) -> str:
    """The URL to POST to."""
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}/"


def server(app: ASGIApp) -> uvicorn.Server:
    """A server that is run by its `serve(sockets=[...])` and stopped by setting `should_exit`.

    Then it answers what is in flight, for five seconds at most.
    """
    return _Server(
        uvicorn.Config(
            app,
            http=_TimedProtocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            date_header=False,
            h11_max_incomplete_event_size=MAX_HEADER_BYTES,
            limit_concurrency=MOST_CONNECTIONS,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals to whoever runs it."""
        yield


class _TimedProtocol(H11Protocol):
    """HTTP/1.1 whose client has ten seconds from the beginning of a request to its end."""

    _deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride] - as in uvicorn
        super().connection_made(transport)
        self._start()

    def data_received(self, data: bytes) -> None:
        if self._deadline is None:
            self._start()
        super().data_received(data)

    def on_response_complete(self) -> None:
        self._stop()
        super().on_response_complete()
        if not self.cycle.response_complete:
            self._start()  # the next request was there already

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        super().connection_lost(exc)

    def _start(self) -> None:
        self._deadline = self.loop.call_later(REQUEST_SECONDS, self._end)

    def _stop(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self) -> None:
        if self.transport.is_closing():
            return
        if self.cycle is None or not self.cycle.response_started:  # pyright: ignore[reportUnnecessaryComparison] - None before the first request
            self.transport.write(_TOO_SLOW)
        self.transport.close()
