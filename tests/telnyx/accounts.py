"""Accounts that answer listings, as they should and otherwise."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx

Page = dict[str, Any]
Spoil = Callable[[int, Page], Page]


def application(number: int) -> dict[str, Any]:
    """The `number`-th application of an account, as the API shows it."""
    return {
        "id": str(1293384261075730000 + number),
        "record_type": "fax_application",
        "application_name": f"Clinic {number}",
        "webhook_event_url": f"https://hooks.clinic.example/{number}",
        "created_at": f"2026-01-01T00:00:{number % 60:02}.{number:06}Z",
        "tags": [],
    }


def unspoilt(_: int, page: Page) -> Page:
    """Every page as it should be."""
    return page


class Account:
    """Answers `GET /…?page[number]=&page[size]=` over `items`.

    `cap` is the largest page it gives. `spoil` may change each page, given how many were asked
    for before it. `asked` are the queries so far.
    """

    def __init__(
        self, items: list[dict[str, Any]], *, cap: int = 250, spoil: Spoil = unspoilt
    ) -> None:
        self.items = items
        self.cap = cap
        self.asked: list[httpx.QueryParams] = []
        self._spoil = spoil

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer one page."""
        params = request.url.params
        number, size = int(params["page[number]"]), min(int(params["page[size]"]), self.cap)
        page = {
            "data": self.items[(number - 1) * size : number * size],
            "meta": {
                "page_number": number,
                "page_size": size,
                "total_pages": -(-len(self.items) // size),
                "total_results": len(self.items),
            },
        }
        spoilt = self._spoil(len(self.asked), page)
        self.asked.append(params)
        return httpx.Response(200, json=spoilt)
