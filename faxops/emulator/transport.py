"""The emulator in process, as a transport for httpx; imported only by who has httpx anyway."""

from __future__ import annotations

import httpx
from starlette.types import Receive, Scope, Send

from faxops.emulator.application import PATIENCE, Emulator
from faxops.emulator.faults import ConnectionLost


class EmulatorTransport(httpx.AsyncBaseTransport):
    """Sends requests straight to an emulator; lost connections become httpx's own errors.

    "refused" is `ConnectError`, "timed_out" is `ReadTimeout`. A reset is `ReadError` whether or
    not the request was done, because no client could tell; only the message says which it was.
    """

    def __init__(self, emulator: Emulator) -> None:
        self._emulator = emulator

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request. The client's read timeout is how long a hang may last."""
        patience = request.extensions.get("timeout", {}).get("read")

        async def patient(scope: Scope, receive: Receive, send: Send) -> None:
            extensions = {} if patience is None else {PATIENCE: patience}
            await self._emulator({**scope, "extensions": extensions}, receive, send)

        try:
            return await httpx.ASGITransport(patient).handle_async_request(request)
        except ConnectionLost as lost:
            raise _as_httpx(lost, request) from lost


def _as_httpx(lost: ConnectionLost, request: httpx.Request) -> httpx.TransportError:
    match lost.moment:
        case "refused":
            return httpx.ConnectError("connection refused (emulator)", request=request)
        case "timed_out":
            return httpx.ReadTimeout("timed out (emulator)", request=request)
        case "before":
            return httpx.ReadError("connection reset before the action (emulator)", request=request)
        case "after":
            return httpx.ReadError("connection reset after the action (emulator)", request=request)
