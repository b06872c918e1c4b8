"""The httpx clients: one for each request that may be in flight, made when first needed.

A single httpx pool grows quadratically with the requests in flight: 50 at once over one client
cost ten times the processor time of 50 clients with one connection each.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import httpx
import truststore

from faxops.errors import UsageError

# Shorter than the 5 s after which common servers close an idle connection: a request sent into
# a connection that is just being closed is ambiguous, and a POST then has an unknown outcome.
_KEEPALIVE_SECONDS = 3.0


class Lanes:
    """Lends out httpx clients, at most `count` at once; the one used last is lent first."""

    def __init__(self, open_client: Callable[[], httpx.AsyncClient], count: int) -> None:
        self._open = open_client
        self._free = asyncio.Semaphore(count)
        self._idle: list[httpx.AsyncClient] = []

    @asynccontextmanager
    async def lane(self) -> AsyncGenerator[httpx.AsyncClient]:
        """A client for one request at a time; waits until one is free."""
        async with self._free:
            http = self._idle.pop() if self._idle else self._open()
            try:
                yield http
            finally:
                self._idle.append(http)

    async def aclose(self) -> None:
        """Close every client; none may be lent out."""
        while self._idle:
            await self._idle.pop().aclose()


def opener(
    base_url: str,
    *,
    headers: dict[str, str],
    timeout: float,
    transport: httpx.AsyncBaseTransport | None,
) -> Callable[[], httpx.AsyncClient]:
    """How to make one client for `base_url`; `timeout` is in seconds and per request.

    Certificates are judged by the system's trust store. Proxies come from the environment as
    httpx reads them, and a `transport` goes past both. Raises `UsageError` for a base URL that is
    no plain `http` or `https` URL; the returned function does for an unusable proxy.
    """
    url = _checked(base_url)
    context = _tls(url, transport)

    def open_client() -> httpx.AsyncClient:
        try:
            return httpx.AsyncClient(
                base_url=url,
                headers=headers,
                verify=context,
                transport=transport,
                follow_redirects=False,
                # Half for connecting, so that a request given up at `timeout` was being sent.
                timeout=httpx.Timeout(timeout, connect=timeout / 2),
                limits=httpx.Limits(max_connections=1, keepalive_expiry=_KEEPALIVE_SECONDS),
            )
        except (ImportError, ValueError, httpx.InvalidURL) as error:
            raise UsageError(
                f"A proxy named in the environment can't be used: {error}",
                hint="HTTP_PROXY, HTTPS_PROXY and ALL_PROXY take http:// and https:// URLs.",
            ) from error

    return open_client


def _checked(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url)
    except httpx.InvalidURL as error:
        raise _unusable("is not a URL") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise _unusable("is not an http:// or https:// URL with a host")
    if url.userinfo:
        # It would replace the API key in the Authorization header.
        raise _unusable("holds a user name or password")
    if url.query or url.fragment:
        raise _unusable("holds a query or a fragment")
    return url


def _unusable(what: str) -> UsageError:
    # The URL itself is not shown: what makes it unusable may be a password in it.
    return UsageError(
        f"The base URL {what}.", hint="Write it like Telnyx's own: https://api.telnyx.com/v2"
    )


def _tls(url: httpx.URL, transport: httpx.AsyncBaseTransport | None) -> ssl.SSLContext:
    if url.scheme == "https" and transport is None:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    # Trusts nobody. httpx wants a context even where none is used, and its own costs 15 ms.
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
