"""Requests to the Telnyx API: sent, paced, repeated, and ended in an answer or a typed error."""

from __future__ import annotations

import asyncio
import json as encoding
from collections import Counter
from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final, Self

import httpx

from faxops import __version__
from faxops.errors import ApiError, MalformedAnswer, RateLimited, UsageError, Withheld
from faxops.model.clock import Clock
from faxops.model.sensitive import MASK
from faxops.telnyx import unreachable, waits
from faxops.telnyx.answers import Answer, Call, Reply, read
from faxops.telnyx.lanes import Lanes, opener
from faxops.telnyx.multipart import Multipart
from faxops.telnyx.observer import Exchange, Observer, SilentObserver
from faxops.telnyx.pacing import Pace
from faxops.telnyx.retry import TryFailed, backoff, persist
from faxops.telnyx.server_time import ServerTime
from faxops.telnyx.stoppable_clock import StoppableClock, WaitEnded

DEFAULT_TIMEOUT_SECONDS: Final = 30.0
DEFAULT_PARALLELISM: Final = 8
# A page of 250 applications is some 200 kB; nothing that Telnyx documents comes near.
MAX_REPLY_BYTES: Final = 64 * 1024 * 1024
_INTERRUPTED: Final = "the run was interrupted"


class TelnyxClient:
    """One account, through one API key. Use it as an async context manager.

    `timeout` is in seconds, for one try of one request from connecting to the last byte.
    At most `parallelism` requests are in flight, however many are asked for. `transport` takes
    the place of the network.

    `requests` counts the tries by method and status, None where no whole reply came.

    Raises `UsageError` for a base URL, proxy or key that can't be used.
    """

    def __init__(
        self,
        *,
        base_url: str,
        api_key: str,
        clock: Clock,
        random: Random,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        parallelism: int = DEFAULT_PARALLELISM,
        transport: httpx.AsyncBaseTransport | None = None,
        observer: Observer | None = None,
    ) -> None:
        self.parallelism = parallelism
        self.clock = clock
        self.requests: Counter[tuple[str, int | None]] = Counter()
        self._withheld: Callable[[], str] = str
        self._server_time = ServerTime()
        self._key = _checked_key(api_key)
        self._random = random
        self._timeout = timeout
        self._observer = observer or SilentObserver()
        self._stoppable = StoppableClock(clock)
        self._pace = Pace(self._stoppable)
        headers = {
            "Authorization": f"Bearer {self._key}",
            "Accept": "application/json",
            "User-Agent": f"faxops/{__version__}",
        }
        self._lanes = Lanes(
            opener(base_url, headers=headers, timeout=timeout, transport=transport), parallelism
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._lanes.aclose()

    @property
    def clock_offset(self) -> float | None:
        """Seconds that the API's clock is ahead of ours, good to about one; None if unknown."""
        ahead = self._server_time.ahead
        return None if ahead is None else ahead.total_seconds()

    def ask_before_writes(self, withheld: Callable[[], str]) -> None:
        """From now on, send a try of a write only if `withheld` gives no reason against it.

        It is asked last of all, because a try may have waited long for its turn. A write that is
        withheld raises `Withheld`, whose message gives the reason.
        """
        self._withheld = withheld

    def stop_with(self, stop: asyncio.Event) -> None:
        """Once `stop` is set, send no write, send nothing a second time, and wait for no turn.

        A request that was waiting raises what its last try did, or `Withheld` if it had none. A
        read that need not wait is still sent: it may settle what became of a write under way.
        """
        self._stoppable.stop_with(stop)

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str | int] | None = None,
        json: Mapping[str, Any] | None = None,
        multipart: Multipart | None = None,
    ) -> Answer:
        """The answer to one request, repeated where that is safe (see `retry`).

        `path` is below the base URL and begins with a slash. The body is `json`, `multipart` or
        neither. Raises the `ApiError` that fits, whose `processed` says whether the API may have
        acted on it.
        """
        call = Call(method, path, params or {})
        # ASCII, so that half a surrogate pair in a live object can be sent back as it came.
        text = None if json is None else encoding.dumps(json, separators=(",", ":")).encode()
        body = multipart or text

        async def send(attempt: int) -> Answer:
            try:
                return await self._try(call, body, attempt)
            except httpx.RequestError as error:
                raise TryFailed(
                    unreachable.from_httpx(error, call, self._key),
                    wait=backoff(attempt, self._random),
                    lasting=unreachable.is_lasting(error),
                ) from error
            except TimeoutError as error:
                failure = unreachable.too_slow(call, self._timeout)
                raise TryFailed(failure, wait=backoff(attempt, self._random)) from error

        return await persist(send, method=method, clock=self._stoppable)

    async def _try(self, call: Call, body: bytes | Multipart | None, attempt: int) -> Answer:
        async with self._lanes.lane() as http:
            try:
                started = await self._pace.turn()
            except WaitEnded:
                raise TryFailed(_withheld(call, _INTERRUPTED), wait=0) from None
            if call.method != "GET" and (reason := self._reason_against_writes()):
                self._pace.lost()
                raise TryFailed(_withheld(call, reason), wait=0)
            try:
                reply = await self._exchange(http, call, body)
            except BaseException:
                self._pace.lost()
                self._note(call, None, started, attempt)
                raise
            self._note(call, reply, started, attempt)
        return self._judge(reply, started, attempt)

    def _reason_against_writes(self) -> str:
        return _INTERRUPTED if self._stoppable.is_stopped else self._withheld()

    async def _exchange(
        self, http: httpx.AsyncClient, call: Call, body: bytes | Multipart | None
    ) -> Reply:
        request = http.build_request(
            call.method, call.path, params=call.params or None, **_encoded(body)
        )
        # httpx limits each read; this limits them together, against a reply that drips.
        async with asyncio.timeout(self._timeout):
            response = await http.send(request, stream=True)
            try:
                content = await _whole_body(response, call)
            finally:
                await response.aclose()
        return Reply(call, response.status_code, response.headers, content)

    def _judge(self, reply: Reply, started: float, attempt: int) -> Answer:
        now = self._server_time.when(waits.reply_date(reply.headers), self.clock.now())
        limit = waits.rate_limit(reply.headers, now)
        try:
            answer = read(reply, self._key)
        except RateLimited as error:
            asked = waits.retry_after(reply.headers, now) or waits.limit_reset(reply.headers, now)
            # "Wait 0 seconds" after a 429 would only be refused again.
            wait = asked or backoff(attempt, self._random)
            self._pace.refused(started, limit, wait)
            raise TryFailed(error, wait=wait) from None
        except ApiError as error:
            self._pace.answered(started, limit)
            asked = waits.retry_after(reply.headers, now)
            wait = backoff(attempt, self._random) if asked is None else asked
            raise TryFailed(error, wait=wait) from None
        self._pace.answered(started, limit)
        return answer

    def _note(self, call: Call, reply: Reply | None, started: float, attempt: int) -> None:
        status = None if reply is None else reply.status
        self.requests[call.method, status] += 1
        self._observer.exchanged(
            Exchange(
                method=call.method,
                path=call.path,
                status=status,
                seconds=self.clock.monotonic() - started,
                request_id="" if reply is None else reply.request_id.replace(self._key, MASK),
                attempt=attempt,
            )
        )


def _encoded(body: bytes | Multipart | None) -> dict[str, Any]:
    """The body as httpx takes it."""
    if body is None:
        return {}
    if isinstance(body, bytes):
        return {"content": body, "headers": {"Content-Type": "application/json"}}
    file = (body.filename, body.content, body.media_type)
    return {"data": dict(body.fields), "files": {body.file_field: file}}


async def _whole_body(response: httpx.Response, call: Call) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for part in response.aiter_bytes():
        parts.append(part)
        size += len(part)
        if size > MAX_REPLY_BYTES:
            too_large = MalformedAnswer(
                f"{call} was answered {response.status_code} with more than"
                f" {MAX_REPLY_BYTES // 1024**2} MiB",
                request=call.name,
                status=response.status_code,
                processed=call.doubt,
                hint="Check the base URL: no answer of Telnyx is that large.",
            )
            raise TryFailed(too_large, wait=0)
    return b"".join(parts)


def _withheld(call: Call, reason: str) -> Withheld:
    return Withheld(f"{call} was not sent: {reason}.", request=call.name)


def _checked_key(api_key: str) -> str:
    if not api_key:
        raise UsageError("The API key is empty.", hint="Set TELNYX_API_KEY.")
    # Refused here, because httpx would name the whole header, key included, in its own error.
    if not (api_key.isascii() and api_key.isprintable() and " " not in api_key):
        raise UsageError(
            "The API key holds a space, a line end or another character that no key has.",
            hint="Copy it again from the Telnyx portal.",
        )
    return api_key
