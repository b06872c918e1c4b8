"""When a request is tried again, and after how long.

GET, PATCH and DELETE are repeated on 408, 429, 5xx and broken connections. POST is not
idempotent and the API has no idempotency key, so it is repeated only where it certainly was not
processed: the connection was never made, or the answer was 429.

Source: Telnyx docs: API reliability and retries (exponential backoff from one second, 3 to 5
attempts); API description: no idempotency parameter on `/fax_applications`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from http import HTTPStatus
from random import Random
from typing import Final, TypeVar

from tenacity import AsyncRetrying, RetryCallState, retry_if_exception

from faxops.errors import ApiError, RateLimited, ServerFailed, Unreachable, Withheld
from faxops.model.clock import Clock
from faxops.telnyx.stoppable_clock import WaitEnded

TRIES: Final = 5
TOTAL_SECONDS: Final = 120.0

Result = TypeVar("Result")


class TryFailed(Exception):
    """One try of a request ended in `error`.

    `wait` is how many seconds later the next may start. `lasting` means that the same failure
    would come again.
    """

    def __init__(self, error: ApiError, *, wait: float, lasting: bool = False) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait
        self.lasting = lasting


def backoff(tries: int, random: Random) -> float:
    """Seconds to wait after `tries` failed tries: up to 1, 2, 4, 8 s, with full jitter."""
    return random.uniform(0, 2 ** (tries - 1))


def is_worth_repeating(method: str, failed: TryFailed) -> bool:
    """Whether the request may succeed, and can't be done twice, when it is sent again."""
    error = failed.error
    passing = isinstance(error, RateLimited | ServerFailed | Unreachable)
    if failed.lasting or not (passing or error.status == HTTPStatus.REQUEST_TIMEOUT):
        return False
    return method != "POST" or error.processed == "no"


async def persist(send: Callable[[int], Awaitable[Result]], *, method: str, clock: Clock) -> Result:
    """The result of the first of up to 5 tries, begun within 120 s, that succeeds.

    `send` makes one try, is given its number from 1 and raises `TryFailed`. Raises the error of
    the last try; it says `processed="maybe"` if any of the tries was ambiguous. A wait that `clock`
    cuts short with `WaitEnded` is followed by no more tries.
    """
    deadline = clock.monotonic() + TOTAL_SECONDS
    tries = 0
    doubt = False
    last: TryFailed | None = None

    def is_over(state: RetryCallState) -> bool:
        return tries == TRIES or clock.monotonic() + _failed(state).wait > deadline

    async def counted() -> Result:
        nonlocal tries, doubt, last
        tries += 1
        try:
            return await send(tries)
        except TryFailed as failed:
            doubt = doubt or failed.error.processed == "maybe"
            last = failed
            raise

    async def pause(seconds: float) -> None:
        try:
            await clock.sleep(seconds)
        except WaitEnded:
            assert last is not None  # noqa: S101 - only a failed try is waited after
            raise last from None

    retrying = AsyncRetrying(
        sleep=pause,
        wait=lambda state: _failed(state).wait,
        stop=is_over,
        retry=retry_if_exception(
            lambda error: isinstance(error, TryFailed) and is_worth_repeating(method, error)
        ),
        reraise=True,
    )
    try:
        return await retrying(counted)
    except TryFailed as failed:
        if doubt:
            failed.error.processed = "maybe"
        if isinstance(failed.error, Withheld):
            failed.error.tried = tries > 1
        raise failed.error from failed.__cause__


def _failed(state: RetryCallState) -> TryFailed:
    error = state.outcome.exception() if state.outcome else None
    if not isinstance(error, TryFailed):
        raise TypeError(f"tenacity asked about {error!r}")  # unreachable while `retry` filters
    return error
