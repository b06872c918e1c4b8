"""Telnyx's fax API for programs: one object that holds the account."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import Final, Self

import httpx

from faxops.errors import UsageError
from faxops.model.clock import Clock
from faxops.model.fax import Fax
from faxops.model.fax_request import FaxRequest
from faxops.system_clock import SystemClock
from faxops.telnyx.account import public_key
from faxops.telnyx.client import DEFAULT_TIMEOUT_SECONDS, TelnyxClient
from faxops.telnyx.fax_watch import follow
from faxops.telnyx.faxes import Faxes
from faxops.telnyx.sending import carriers, send_once, unique_state
from faxops.telnyx.typed_applications import FaxApplications

BASE_URL: Final = "https://api.telnyx.com/v2"
_LONGEST_FAX_SECONDS: Final = 900.0


class Telnyx:
    """One account, through one API key. Use it as an async context manager.

    `timeout` is in seconds, for one try of one request. Requests are paced and repeated where
    that is safe. `clock`, `random` and `transport` take the place of the system's own.

    Raises `UsageError` for a base URL, proxy or key that can't be used.
    """

    def __init__(
        self,
        *,
        api_key: str,
        base_url: str = BASE_URL,
        timeout: float = DEFAULT_TIMEOUT_SECONDS,
        clock: Clock | None = None,
        random: Random | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._clock = clock or SystemClock()
        self._random = random or Random()  # noqa: S311 - jitter and names, no secret
        self._client = TelnyxClient(
            base_url=base_url,
            api_key=api_key,
            clock=self._clock,
            random=self._random,
            timeout=timeout,
            transport=transport,
        )
        self.faxes = Faxes(self._client)
        self.fax_applications = FaxApplications(self._client)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.__aexit__()

    async def send_fax(self, request: FaxRequest) -> Fax:
        """Send a fax, exactly once; the fax as the API has taken it.

        The API has no idempotency key. So a fax without `client_state` gets one that is like no
        other, and if the answer is lost, the fax is looked for by it for up to 31 s. It is never
        sent a second time. With a `client_state` of yours, the faxes that carry it already are
        listed before.

        Raises `UsageError` for a request or a file that can't be sent, an `ApiError` when the fax
        was certainly not sent, and `OutcomeUnknown` when it may have been.
        """
        _check(request)
        # Loaded by who uploads: it reads PDF and TIFF.
        from faxops.telnyx.media_file import read_media_file  # noqa: PLC0415

        media = read_media_file(Path(request.file)) if request.file else None
        known = frozenset[str]()
        if request.client_state:
            known = await carriers(self.faxes, request)
        else:
            state = unique_state(f"{self._random.getrandbits(128):032x}")
            request = replace(request, client_state=state)
        sent = await send_once(self.faxes, request, media, clock=self._clock, known=known)
        return sent.fax

    def follow(
        self, fax_id: str, *, limit_seconds: float = _LONGEST_FAX_SECONDS
    ) -> AsyncGenerator[Fax]:
        """The fax as it is now, and again each time its status has changed, until its end.

        After `limit_seconds` it is asked for a last time; then the last fax given is not final.
        """
        return follow(self.faxes, fax_id, self._clock, limit_seconds=limit_seconds)

    async def public_key(self) -> str:
        """The key that the account's webhooks are verified with, in base64."""
        return await public_key(self._client)


def _check(request: FaxRequest) -> None:
    problems = list(request.problems())
    if problems:
        says = "; ".join(f"{each.field} {each.says}" for each in problems)
        hints = dict.fromkeys(each.suggestion for each in problems if each.suggestion)
        raise UsageError(f"The fax can't be sent: {says}.", hint=" ".join(hints))
    if not request.connection_id:
        raise UsageError(
            "The fax can't be sent: connection_id is missing.",
            hint="It is the id of the fax application that sends.",
        )
