"""Faxes over the API: listed, read, sent, deleted, cancelled, refreshed.

Source: API description: `ListFaxes`, `SendFax`, `ViewFax`, `DeleteFax`, `CancelFax`, `RefreshFax`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, cast
from urllib.parse import quote

from faxops.errors import ObjectNotFound, UsageError
from faxops.model.fax import Fax
from faxops.telnyx.answers import Answer
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.listing import read_whole
from faxops.telnyx.multipart import Multipart

PATH: Final = "/faxes"
_PAGE_SIZE: Final = 250
_NOT_FOUND_HINT: Final = "`faxops fax list` names those that are there; an id is a UUID."


@dataclass(frozen=True, slots=True)
class FaxFilter:
    """Which faxes to list. `since` and `until` are ISO 8601 texts; `until` is not included."""

    direction: Literal["inbound", "outbound"] | None = None
    from_: str | None = None
    to: str | None = None
    since: str | None = None
    until: str | None = None

    @property
    def params(self) -> Mapping[str, str]:
        """The query parameters of `GET /faxes`."""
        given = {
            "filter[direction][eq]": self.direction,
            "filter[from][eq]": self.from_,
            "filter[to][eq]": self.to,
            "filter[created_at][gte]": self.since,
            "filter[created_at][lt]": self.until,
        }
        return {name: value for name, value in given.items() if value is not None}


class Faxes:
    """The faxes of the account that `client` is connected to."""

    def __init__(self, client: TelnyxClient) -> None:
        self._client = client

    async def list(
        self,
        which: FaxFilter = FaxFilter(),
    ) -> AsyncGenerator[Fax]:
        """Every fax that fits, in the API's order, page by page, each id once.

        Faxes that come while it runs may be missed: this is for reading, not for deciding.
        """
        seen: set[str] = set()
        number, last = 1, 1
        while number <= last:
            paging: dict[str, str | int] = {"page[number]": number, "page[size]": _PAGE_SIZE}
            answer = await self._client.request("GET", PATH, params={**paging, **which.params})
            items = answer.the_items()
            for item in items:
                if item["id"] not in seen:
                    seen.add(item["id"])
                    yield Fax.read(item)
            last = _total_pages(answer, number) if items else number
            number += 1

    async def list_whole(self, which: FaxFilter) -> tuple[Fax, ...]:
        """Every fax that fits, read so that none can be missed (see `listing`).

        Raises `IncompleteListing` when the pages never agreed, or an `ApiError`.
        """
        listing = await read_whole(self._client, PATH, which.params)
        return tuple(Fax.read(item) for item in listing.items)

    async def get(self, fax_id: str) -> Fax:
        """The fax as it stands. Raises `ObjectNotFound` if there is none of that id."""
        return self._same(await self._one("GET", fax_id), fax_id)

    async def send(self, body: Mapping[str, Any] | Multipart) -> Fax:
        """POST a fax once; the fax as the reply shows it.

        It is not repeated unless it was certainly not processed. Raises an `ApiError`, whose
        `processed` "maybe" means that the fax may be on its way; `sending.send_once` settles that.
        """
        if isinstance(body, Multipart):
            answer = await self._client.request("POST", PATH, multipart=body)
        else:
            answer = await self._client.request("POST", PATH, json=body)
        return Fax.read(answer.the_object())

    async def delete(self, fax_id: str) -> None:
        """Delete the fax from the account. Raises `ObjectNotFound` if there is none of that id.

        One that is gone only when the DELETE is repeated counts as deleted: the first try did it.
        """
        await self._one("GET", fax_id)
        try:
            await self._one("DELETE", fax_id)
        except ObjectNotFound:
            return

    async def cancel(self, fax_id: str) -> None:
        """Ask to stop an outbound fax that is not yet through.

        Raises `RequestRejected` with the codes 90080 (too late) and 90081 (inbound).
        """
        await self._one("POST", fax_id, "/actions/cancel")

    async def refresh(self, fax_id: str) -> Fax:
        """Have the link of an inbound fax renewed; the fax with the fresh `media_url`."""
        await self._one("POST", fax_id, "/actions/refresh")
        return await self.get(fax_id)

    async def _one(self, method: str, fax_id: str, action: str = "") -> Answer:
        if not fax_id:
            raise UsageError("The id of a fax can't be empty.", hint=_NOT_FOUND_HINT)
        path = f"{PATH}/{quote(fax_id, safe='').replace('.', '%2E')}{action}"
        try:
            return await self._client.request(method, path)
        except ObjectNotFound as error:
            error.hint = _NOT_FOUND_HINT
            raise

    def _same(self, answer: Answer, fax_id: str) -> Fax:
        found = Fax.read(answer.the_object())
        if found.id.lower() != fax_id.lower():
            answer.malformed(f"another fax, {found.id}")
        return found


def _total_pages(answer: Answer, number: int) -> int:
    meta = (answer.document or {}).get("meta")
    pages = cast("dict[str, object]", meta).get("total_pages") if isinstance(meta, dict) else None
    return pages if type(pages) is int else number
