"""Reading a collection whole, or failing: a listing counts only when its pages agree.

The API gives no snapshot, so objects may move between pages while they are read. A listing is
accepted when the ids are unique, their number is the `total_results` that every page named, and
every page named the same totals and page size.

Source: API description: `PaginationMeta`; `page[size]` is at most 250.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

from faxops.errors import IncompleteListing
from faxops.telnyx.answers import Answer
from faxops.telnyx.client import TelnyxClient

PAGE_SIZE: Final = 250
READINGS: Final = 4
_FIRST_WAIT_SECONDS: Final = 1.0
# 2.5 million objects: a larger claim is a mistake, and believing it would fill the memory.
_MOST_PAGES: Final = 10_000


@dataclass(frozen=True, slots=True)
class Listing:
    """Every object of a collection, each once, in the order of the `pages` pages they came on."""

    # Out of the repr: asyncio.run makes one of whatever it returns, in megabytes here.
    items: tuple[dict[str, Any], ...] = field(repr=False)
    pages: int

    @property
    def ids(self) -> frozenset[str]:
        """The ids of the objects."""
        return frozenset(item["id"] for item in self.items)


@dataclass(frozen=True, slots=True)
class _Page:
    items: list[dict[str, Any]]
    number: int
    size: int
    total_results: int
    total_pages: int

    @property
    def needed(self) -> int:
        """How many pages there are if this one is right; an empty collection has one."""
        return max(1, -(-self.total_results // self.size))


class _Disagreement(Exception):
    """What two pages of one reading, or two readings, said differently."""


async def read_whole(client: TelnyxClient, path: str, params: Mapping[str, str | int]) -> Listing:
    """Every object at `path`, `params` being the query without the page.

    Costs one request for each page, unless pages disagree: then all are read again, up to four
    times. Raises `IncompleteListing` when they never agreed, or an `ApiError`.
    """
    return await _persistently(client, path, params, previous=None)


async def read_settled(
    client: TelnyxClient, path: str, params: Mapping[str, str | int], previous: Listing
) -> Listing:
    """A listing with the same ids as the one before it, which at first is `previous`.

    For decisions that rest on something *not* being there: pages that agree can still miss an
    object that moved between them, and twice in the same way is very unlikely. One page can't
    miss any, and is not read again. Raises what `read_whole` does.
    """
    if previous.pages == 1:
        return previous
    return await _persistently(client, path, params, previous=previous)


async def _persistently(
    client: TelnyxClient,
    path: str,
    params: Mapping[str, str | int],
    previous: Listing | None,
) -> Listing:
    reason = ""
    for reading in range(READINGS):
        if reading:
            await client.clock.sleep(_FIRST_WAIT_SECONDS * 2 ** (reading - 1))
        try:
            listing = await _read_once(client, path, params)
        except _Disagreement as disagreement:
            reason = str(disagreement)
            continue
        if previous is None or previous.ids == listing.ids:
            return listing
        changed = len(previous.ids ^ listing.ids)
        reason = f"{changed} objects came or went between two readings"
        previous = listing
    raise IncompleteListing(
        f"GET {path} could not be read whole in {READINGS} readings; in the last one, {reason}.",
        hint="Something else is changing the account; run again when it has finished.",
    )


async def _read_once(client: TelnyxClient, path: str, params: Mapping[str, str | int]) -> Listing:
    first = await _page(client, path, params, 1)
    # Before the rest is asked for: a first page that contradicts itself can't be completed.
    _check_total_pages(first)
    pages = [first, *await _pages(client, path, params, range(2, first.needed + 1))]
    for page in pages[1:]:
        _check_same(first, page)
    items = tuple(item for page in pages for item in page.items)
    unique = len({item["id"] for item in items})
    if unique != len(items):
        raise _Disagreement(f"{len(items) - unique} objects stood on two pages")
    if unique != first.total_results:
        raise _Disagreement(f"{unique} objects came and total_results is {first.total_results}")
    return Listing(items, len(pages))


async def _pages(
    client: TelnyxClient, path: str, params: Mapping[str, str | int], numbers: range
) -> list[_Page]:
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(_page(client, path, params, each)) for each in numbers]
    except ExceptionGroup as failures:
        # The first failure cancels the others; a caller wants it as it is.
        raise failures.exceptions[0] from None
    return [task.result() for task in tasks]


async def _page(
    client: TelnyxClient, path: str, params: Mapping[str, str | int], number: int
) -> _Page:
    paging: dict[str, str | int] = {"page[number]": number, "page[size]": PAGE_SIZE}
    answer = await client.request("GET", path, params={**paging, **params})
    items = answer.the_items()
    document = answer.document or {}
    meta = document.get("meta")
    if not isinstance(meta, dict):
        answer.malformed("a page without `meta`")
    counts = cast("dict[str, object]", meta)
    page = _Page(
        items=items,
        # Not needed to be sure, so that an API which stops sending it does not stop faxops.
        number=_count(answer, counts, "page_number", 1) if "page_number" in counts else number,
        size=_count(answer, counts, "page_size", 1),
        total_results=_count(answer, counts, "total_results", 0),
        total_pages=_count(answer, counts, "total_pages", 0),
    )
    if page.needed > _MOST_PAGES:
        answer.malformed(f"{page.needed} pages, more than the {_MOST_PAGES} that are believed")
    if page.number != number:
        raise _Disagreement(f"page {number} called itself page {page.number}")
    return page


def _count(answer: Answer, meta: Mapping[str, object], name: str, least: int) -> int:
    value = meta.get(name)
    if type(value) is not int or value < least:
        answer.malformed(f"`meta.{name}` that is no whole number from {least} up")
    return value


def _check_total_pages(page: _Page) -> None:
    if max(page.total_pages, 1) != page.needed:
        raise _Disagreement(
            f"total_results is {page.total_results} at {page.size} a page and total_pages is"
            f" {page.total_pages}"
        )


def _check_same(first: _Page, page: _Page) -> None:
    for name in ("total_results", "total_pages", "size"):
        expected, found = getattr(first, name), getattr(page, name)
        if expected != found:
            shown = "page_size" if name == "size" else name
            raise _Disagreement(
                f"page {page.number} says {shown} {found} and page 1 says {expected}"
            )
