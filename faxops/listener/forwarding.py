"""Passing deliveries on to another HTTP server, as they came."""

from __future__ import annotations

import ssl
from typing import Final, Self

import httpx
import truststore

from faxops.errors import UsageError
from faxops.listener.delivery import Delivery
from faxops.model.clock import Clock

TRIES: Final = 4
TIMEOUT_SECONDS: Final = 10.0
_FIRST_WAIT_SECONDS: Final = 1.0


class Forwarder:
    """POSTs each delivery to `url`: the same body, the same headers but those of the connection.

    Use it as an async context manager. `transport` takes the place of the network. Raises
    `UsageError` for a URL that can't be used.
    """

    def __init__(
        self, url: str, clock: Clock, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self._url = _checked(url)
        self._clock = clock
        self._http = _client(transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def forward(self, delivery: Delivery) -> bool:
        """POST it until the answer is a 2xx, four times at most, after 1, 2 and 4 s."""
        for number in range(TRIES):
            if number:
                await self._clock.sleep(_FIRST_WAIT_SECONDS * 2 ** (number - 1))
            if await self._is_taken(delivery):
                return True
        return False

    async def _is_taken(self, delivery: Delivery) -> bool:
        headers = list(delivery.message_headers)
        # Not built by the client, which would add headers of its own, and cookies it was given.
        request = httpx.Request("POST", self._url, content=delivery.body, headers=headers)
        try:
            reply = await self._http.send(request, stream=True)
        except httpx.RequestError:
            return False
        await reply.aclose()
        return reply.is_success


def _client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            timeout=TIMEOUT_SECONDS,
            transport=transport,
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise UsageError(
            f"A proxy named in the environment can't be used: {error}",
            hint="HTTP_PROXY, HTTPS_PROXY and ALL_PROXY take http:// and https:// URLs.",
        ) from error


def _checked(url: str) -> httpx.URL:
    try:
        found = httpx.URL(url)
    except httpx.InvalidURL:
        found = None
    if found is None or found.scheme not in {"http", "https"} or not found.host:
        raise UsageError(
            "--forward: this is no http:// or https:// URL with a host.",
            hint="Write it like http://127.0.0.1:8000/fax",
        )
    return found
