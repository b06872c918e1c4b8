"""Requests to a forge: sent to its own host alone, repeated where that is safe, and ended in a
reply or a typed error.

GET, PUT, PATCH and DELETE are repeated on 408, 409, 429, 5xx and broken connections. A POST is
repeated only where it certainly was not processed: no connection was made, or the forge refused
it for coming too often.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable, Mapping
from http import HTTPStatus
from random import Random
from typing import Any, Final, Self, cast

import httpx
import truststore
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from faxops import __version__
from faxops.errors import UsageError
from faxops.forge.replies import Call, Reply, TryFailed, failure_of, unreachable
from faxops.model.clock import Clock
from faxops.model.this_machine import is_this_machine

TRIES: Final = 5
TOTAL_SECONDS: Final = 120.0
TRY_SECONDS: Final = 30.0

Told = Callable[[str, str, int | None, float], None]
"""Is told of each try: method, path, status (None without a reply) and seconds."""


class ForgeClient:
    """One forge, through one token. Use it as an async context manager.

    `headers` are sent with every request, and the token is one of them. `forbidden` is what to do
    about a 403. `transport` takes the place of the network.

    Raises `UsageError` for an API URL, proxy or token that can't be used.
    """

    def __init__(
        self,
        *,
        api_url: str,
        token: str,
        headers: Mapping[str, str],
        forbidden: str,
        clock: Clock,
        random: Random,
        told: Told | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self.clock = clock
        self._forbidden = forbidden
        self._token = _checked_token(token)
        self._random = random
        self._told = told
        self._http = _opened(_checked_url(api_url), headers, transport)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    @property
    def api_path(self) -> str:
        """The path of the API URL, with a slash at its end."""
        return self._http.base_url.path

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Mapping[str, Any] | None = None,
        is_query: bool = False,
    ) -> Reply:
        """The success of one request; a POST that only asks is told by `is_query`.

        Raises `CommentFailed`, whose `processed` says whether the forge may have acted on it.
        """
        call = Call(method, path, changes=method != "GET" and not is_query)
        request = self._http.build_request(method, path.lstrip("/"), params=params, json=json)
        deadline = self.clock.monotonic() + TOTAL_SECONDS
        tries = 0

        async def attempt() -> Reply:
            nonlocal tries
            tries += 1
            return await self._try(call, request)

        def wait(state: RetryCallState) -> float:
            asked = _failed(state).wait
            return self._random.uniform(0, 2 ** (tries - 1)) if asked is None else asked

        def is_over(state: RetryCallState) -> bool:
            asked = _failed(state).wait or 0.0
            return tries == TRIES or self.clock.monotonic() + asked > deadline

        retrying = AsyncRetrying(
            sleep=self.clock.sleep,
            wait=wait,
            stop=is_over,
            retry=retry_if_exception(lambda error: _is_worth_repeating(call, error)),
            reraise=True,
        )
        try:
            return await retrying(attempt)
        except TryFailed as failed:
            if failed.error.status == HTTPStatus.FORBIDDEN and failed.is_lasting:
                failed.error.hint = self._forbidden
            raise failed.error from failed.__cause__

    async def _try(self, call: Call, request: httpx.Request) -> Reply:
        started = self.clock.monotonic()
        status: int | None = None
        try:
            # httpx limits each read; this limits them together, against a reply that drips.
            async with asyncio.timeout(TRY_SECONDS):
                response = await self._http.send(request)
            status = response.status_code
        except (httpx.RequestError, TimeoutError) as error:
            raise unreachable(call, error, self._token) from error
        finally:
            if self._told is not None:
                self._told(call.method, call.path, status, self.clock.monotonic() - started)
        if not response.is_success:
            raise failure_of(call, response, self._token, self.clock.now())
        return Reply(call, response)


def _failed(state: RetryCallState) -> TryFailed:
    return cast("TryFailed", state.outcome.exception() if state.outcome else None)


def _is_worth_repeating(call: Call, error: BaseException) -> bool:
    if not isinstance(error, TryFailed) or error.is_lasting:
        return False
    return call.method != "POST" or error.error.processed == "no"


def _opened(
    url: httpx.URL, headers: Mapping[str, str], transport: httpx.AsyncBaseTransport | None
) -> httpx.AsyncClient:
    try:
        return httpx.AsyncClient(
            base_url=url,
            headers={"User-Agent": f"faxops/{__version__}", **headers},
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            transport=transport,
            # The token would go along.
            follow_redirects=False,
            timeout=httpx.Timeout(TRY_SECONDS, connect=TRY_SECONDS / 2),
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        raise UsageError(
            f"A proxy named in the environment can't be used: {error}",
            hint="HTTP_PROXY, HTTPS_PROXY and ALL_PROXY take http:// and https:// URLs.",
        ) from error


def _checked_url(api_url: str) -> httpx.URL:
    hint = "Write it as https://HOST/PATH. Only this machine (localhost) may be reached by http://."
    try:
        url = httpx.URL(api_url.rstrip("/") + "/")
    except httpx.InvalidURL as error:
        raise UsageError("The forge's API URL is not a URL.", hint=hint) from error
    # The URL itself is not shown: what makes it unusable may be a password in it.
    if url.scheme not in {"http", "https"} or not url.host or url.query or url.fragment:
        raise UsageError("The forge's API URL is not an http:// or https:// URL.", hint=hint)
    if url.userinfo:
        raise UsageError("The forge's API URL holds a user name or password.", hint=hint)
    if url.scheme == "http" and not is_this_machine(url.host):
        raise UsageError(
            f"The forge's API URL would send the token unencrypted to {url.host}.", hint=hint
        )
    return url


def _checked_token(token: str) -> str:
    # Refused here, because httpx would name the whole header, token included, in its own error.
    if not (token and token.isascii() and token.isprintable() and " " not in token):
        raise UsageError(
            "The forge's token is empty, or holds a space, a line end or another character that no"
            " token has.",
            hint="Set it anew in the secrets of the pipeline.",
        )
    return token
