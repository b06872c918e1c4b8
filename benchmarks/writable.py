"""Accounts that can be written to, with a rate limit if asked: what an apply is measured against.

`/new/NAME/DELAY/LIMIT` is the base URL of one, empty at first: each answer comes DELAY ms late, and
of more than LIMIT requests in a second (0: none is too many) the rest are answered 429, with the
headers that the emulator sends. `GET /new/NAME` tells what the account was asked and what it holds.
"""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from fleet import FIRST_ID, PUBLIC_KEY

PAGE_SIZE: Final = 250
_TARGET: Final = re.compile(r"/new/(\w+)(?:/(\d+)/(\d+)/(\w+)(?:/(\d+))?)?")
_NUMBER: Final = re.compile(r"page(?:%5B|\[)number(?:%5D|\])=(\d+)", re.IGNORECASE)
_NOT_FOUND: Final = {"errors": [{"code": "10005", "title": "Not found"}]}
_TOO_MANY: Final = {"errors": [{"code": "10011", "title": "Too many requests"}]}

Headers = tuple[tuple[str, str], ...]


class Answer(NamedTuple):
    """What to send, and after how many seconds."""

    delay: float
    status: int
    document: object
    headers: Headers = ()


@dataclass(slots=True)
class Account:
    """The objects by their ids, how often each method got each status, and the window."""

    objects: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    answers: Counter[str] = field(default_factory=Counter[str])
    _window: float = -math.inf
    _in_window: int = 0

    def limited(self, limit: int, now: float) -> tuple[bool, Headers]:
        """Whether this request is one too many, and the headers that tell about the limit."""
        if not limit:
            return False, ()
        if now - self._window >= 1:
            self._window, self._in_window = now, 0
        refused = self._in_window >= limit
        self._in_window += not refused
        wait = str(math.ceil(self._window + 1 - now))
        left = str(limit - self._in_window)
        headers = (
            ("x-ratelimit-limit", str(limit)),
            ("x-ratelimit-remaining", left),
            ("x-ratelimit-reset", wait),
        )
        return refused, (*headers, ("retry-after", wait)) if refused else headers

    def act(self, method: str, object_id: str | None, query: str, body: bytes) -> tuple[int, Any]:
        """Do what is asked about fax applications; the status and the document."""
        if method == "POST":
            return 201, {"data": self._create(json.loads(body))}
        if object_id is None:
            return 200, self._page(query)
        found = self.objects.get(object_id)
        if found is None:
            return 404, _NOT_FOUND
        if method == "PATCH":
            found |= json.loads(body)
        return 200, {"data": found}

    def _create(self, fields: dict[str, Any]) -> dict[str, Any]:
        number = len(self.objects)
        moment = f"2026-11-25T{number // 3600:02}:{number // 60 % 60:02}:{number % 60:02}.000Z"
        made = {
            "id": str(FIRST_ID + number),
            "record_type": "fax_application",
            **fields,
            "created_at": moment,
            "updated_at": moment,
        }
        self.objects[made["id"]] = made
        return made

    def _page(self, query: str) -> dict[str, Any]:
        found = _NUMBER.search(query)
        number = int(found[1]) if found else 1
        held = list(self.objects.values())
        meta = {
            "page_number": number,
            "page_size": PAGE_SIZE,
            "total_pages": max(1, -(-len(held) // PAGE_SIZE)),
            "total_results": len(held),
        }
        return {"data": held[PAGE_SIZE * (number - 1) : PAGE_SIZE * number], "meta": meta}

    def told(self) -> dict[str, Any]:
        """What it was asked, and the names of what it holds."""
        names = [each["application_name"] for each in self.objects.values()]
        return {"answers": self.answers, "names": names}


class Accounts:
    """Every account by its name; `clock` tells seconds."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._accounts: dict[str, Account] = {}

    def answer(self, method: str, target: str, body: bytes) -> Answer | None:
        """The answer to a request, if it is one for these accounts."""
        path, _, query = target.partition("?")
        found = _TARGET.fullmatch(path)
        if found is None:
            return None
        name, delay, limit, collection, object_id = found.groups()
        account = self._accounts.setdefault(name, Account())
        if collection is None:
            return Answer(0, 200, account.told())
        refused, headers = account.limited(int(limit), self._clock())
        if refused:
            status, document = 429, _TOO_MANY
        elif collection == "fax_applications":
            status, document = account.act(method, object_id, query, body)
        elif collection == "public_key":
            status, document = 200, PUBLIC_KEY
        else:
            status, document = 404, _NOT_FOUND
        account.answers[f"{method} {status}"] += 1
        return Answer(int(delay) / 1000, status, document, headers)
