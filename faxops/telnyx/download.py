"""The document of a fax, saved to a file.

The link of a document leads to a storage of another company, so it is fetched without the API key
and by a client of its own.

Source: API description: `stored_media_url` and `preview_url` of schema `Fax`, `RefreshFax`; Telnyx
docs: receive a fax via API (links live for ten minutes).
"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from random import Random
from typing import BinaryIO, Final, Self

import httpx
import truststore

from faxops import __version__
from faxops.errors import (
    ApiError,
    MalformedAnswer,
    ObjectNotFound,
    RateLimited,
    RequestRejected,
    ServerFailed,
)
from faxops.model.clock import Clock
from faxops.model.fax import Fax
from faxops.model.this_machine import is_this_machine
from faxops.telnyx import unreachable
from faxops.telnyx.answers import Call
from faxops.telnyx.faxes import Faxes
from faxops.telnyx.new_file import new_file
from faxops.telnyx.retry import TryFailed, backoff, persist

MAX_DOCUMENT_BYTES: Final = 100 * 1024**2
"""More than any fax: Telnyx takes documents of up to 50 MB."""

LINK_LIFE: Final = timedelta(minutes=10)
_WHOLE_SECONDS: Final = 600.0
_MAX_REDIRECTS: Final = 5
_EXPIRED: Final = frozenset({HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True)
class Saved:
    """The fax as it was when its document was saved, and the `size` of that in bytes."""

    fax: Fax
    size: int


async def download(
    faxes: Faxes, storage: Storage, fax_id: str, file: Path, *, clock: Clock, overwrite: bool
) -> Saved:
    """Save the document of a fax to `file`, which gets mode 0600 and is whole or not there.

    An expired link is renewed. Raises `UsageError` if `file` is there and `overwrite` is false,
    `ReportUnwritable` if it can't be written, `ObjectNotFound` if the fax has no document, and the
    `ApiError` of the API or the storage.
    """
    with new_file(file, overwrite=overwrite) as new:
        fax = await faxes.get(fax_id)
        if _is_outlived(fax, clock.now()):
            fax = await faxes.refresh(fax_id)
        try:
            return Saved(fax, await storage.fetch(link_of(fax), new))
        except ApiError as error:
            if error.status not in _EXPIRED:
                raise
        # The API signs the links of outbound faxes anew by itself; those of inbound ones not.
        fax = await (faxes.refresh if fax.direction == "inbound" else faxes.get)(fax_id)
        return Saved(fax, await storage.fetch(link_of(fax), new))


def link_of(fax: Fax) -> str:
    """Where Telnyx keeps the document of a fax: as received, as stored on sending, or its preview.

    The `media_url` of an outbound fax is the sender's own and none of these. Raises
    `ObjectNotFound` when there is none.
    """
    inbound = fax.direction == "inbound"
    link = fax.media_url if inbound else fax.stored_media_url or fax.preview_url
    if link:
        return link
    raise ObjectNotFound(
        f"The fax {fax.id} has no document to download.",
        request=f"GET /faxes/{fax.id}",
        hint=_NO_DOCUMENT_INBOUND if inbound else _NO_DOCUMENT_OUTBOUND,
    )


_NO_DOCUMENT_INBOUND: Final = (
    "It is there once the fax is received; `faxops fax wait` follows it, `faxops fax get` shows it."
)
_NO_DOCUMENT_OUTBOUND: Final = (
    "Telnyx keeps the document of a fax that was sent with `store_media` or `store_preview` alone."
)


def _is_outlived(fax: Fax, now: datetime) -> bool:
    if fax.direction != "inbound" or not fax.media_url:
        return False
    try:
        return now - datetime.fromisoformat(fax.updated_at) > LINK_LIFE
    except (ValueError, TypeError):  # no time, or one without its offset: the storage will tell
        return False


class Storage:
    """The hosts that keep documents. It knows no API key. Use it as an async context manager.

    `timeout` is in seconds, for each wait for the storage. `transport` takes the place of the
    network. `encrypted` permits plain HTTP to this machine alone.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        random: Random,
        timeout: float,
        transport: httpx.AsyncBaseTransport | None = None,
        encrypted: bool = True,
    ) -> None:
        self._clock = clock
        self._random = random
        self._encrypted = encrypted
        self._http = httpx.AsyncClient(
            # So that the length announced is that of the document.
            headers={"User-Agent": f"faxops/{__version__}", "Accept-Encoding": "identity"},
            verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
            transport=transport,
            timeout=timeout,
            follow_redirects=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.aclose()

    async def fetch(self, link: str, into: BinaryIO) -> int:
        """Write what `link` leads to and return its size in bytes; repeated as any GET.

        Raises the `ApiError` that fits, with the `status` of the storage.
        """
        url = self._checked(link)
        call = Call("GET", _bare(url))

        async def attempt(number: int) -> int:
            into.seek(0)
            into.truncate()
            wait = backoff(number, self._random)
            try:
                async with asyncio.timeout(_WHOLE_SECONDS):
                    return await self._try(url, call, into)
            except ApiError as error:
                raise TryFailed(error, wait=wait) from error
            except httpx.RequestError as error:
                lasting = unreachable.is_lasting(error)
                failure = unreachable.from_httpx(error, call, url.query.decode() or link)
                raise TryFailed(failure, wait=wait, lasting=lasting) from error
            except TimeoutError as error:
                raise TryFailed(unreachable.too_slow(call, _WHOLE_SECONDS), wait=wait) from error

        return await persist(attempt, method="GET", clock=self._clock)

    async def _try(self, url: httpx.URL, call: Call, into: BinaryIO) -> int:
        for _ in range(_MAX_REDIRECTS + 1):
            async with self._http.stream("GET", url) as response:
                if response.next_request is None:
                    return await _written(response, call, into)
                url = self._checked(str(response.next_request.url))
        raise _malformed(call, "the storage answers with redirect after redirect")

    def _checked(self, link: str) -> httpx.URL:
        """The link, if nobody on the way can read what it leads to."""
        try:
            url = httpx.URL(link)
        except httpx.InvalidURL:
            raise _malformed(Call("GET", "the document"), "its link is not a URL") from None
        plain = url.scheme == "http" and (not self._encrypted or is_this_machine(url.host))
        if url.host and (url.scheme == "https" or plain):
            return url
        raise _malformed(Call("GET", _bare(url)), "only https:// is followed to a document")


async def _written(response: httpx.Response, call: Call, into: BinaryIO) -> int:
    """Write the body of a success, if it is whole and no larger than a fax can be."""
    _check_status(response.status_code, call)
    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "text/html":
        raise _malformed(call, "the storage answered with a web page instead of a document")
    if response.headers.get("content-encoding", "identity") != "identity":
        raise _malformed(call, "the storage compressed the document, which it was not to")
    size = 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > MAX_DOCUMENT_BYTES:
            limit = f"{MAX_DOCUMENT_BYTES // 1024**2} MiB"
            raise _malformed(call, f"the document is larger than {limit}")
        into.write(part)
    announced = response.headers.get("content-length")
    if announced is not None and announced != str(size):
        raise _malformed(call, f"{size} bytes came of {announced}")
    if size == 0:
        raise _malformed(call, "the document is empty")
    return size


def _check_status(status: int, call: Call) -> None:
    if status == HTTPStatus.OK:
        return
    message = f"{call} was answered {status} by the storage of the document"
    if status in _EXPIRED:
        lost = RequestRejected if status == HTTPStatus.FORBIDDEN else ObjectNotFound
        raise lost(message, request=call.name, status=status, hint=_GONE)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        raise RateLimited(message, request=call.name, status=status, hint="Run again later.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ServerFailed(message, request=call.name, status=status, hint="Run again later.")
    raise RequestRejected(message, request=call.name, status=status, hint=_GONE)


_GONE: Final = "The link was fresh, so the document may be deleted; `faxops fax get` shows the fax."


def _malformed(call: Call, what: str) -> MalformedAnswer:
    return MalformedAnswer(
        f"{call} failed: {what}.",
        request=call.name,
        hint="Something between here and the storage may answer in its place; check the proxy.",
    )


def _bare(url: httpx.URL) -> str:
    """The link without what opens the document: its signature stands in the query."""
    return str(url.copy_with(query=None, fragment=None, username=None, password=None))
