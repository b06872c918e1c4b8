"""The web page that shows the account live, and the JSON that it reads."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from faxops.emulator.deliveries import DELIVERY, count_waiting
from faxops.emulator.replies import dump
from faxops.emulator.world import FAX, FAX_APPLICATION, World

OVERVIEW_PATH: Final = "/_emulator/overview"
PAGE_PATHS: Final = ("/", "/_emulator/")
_NEWEST: Final = 50
_SECTIONS: Final[Mapping[str, tuple[str, tuple[str, ...]]]] = {
    "fax_applications": (
        FAX_APPLICATION,
        ("id", "application_name", "active", "webhook_event_url", "created_at"),
    ),
    "faxes": (
        FAX,
        ("id", "direction", "from", "to", "status", "failure_reason", "created_at"),
    ),
    "deliveries": (
        DELIVERY,
        ("event_type", "fax_id", "url", "attempt", "status", "error", "accepted", "at"),
    ),
}


def overview(world: World) -> dict[str, Any]:
    """What the page shows: of each kind how many there are and the newest, the newest first."""
    return {
        **{name: _section(world, kind, fields) for name, (kind, fields) in _SECTIONS.items()},
        "events_waiting": count_waiting(world),
    }


def _section(world: World, kind: str, fields: tuple[str, ...]) -> dict[str, Any]:
    rows = world.store.select(kind, order="created_at DESC, seq DESC", limit=_NEWEST)
    items = [json.loads(row.body) for row in rows]
    newest = [{field: item.get(field) for field in fields} for item in items]
    return {"total": world.store.count(kind), "newest": newest}


class OverviewEndpoint:
    """`overview` as JSON. Needs no key."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self._world.store.transaction():
            body = dump(overview(self._world))
        headers = {"cache-control": "no-store", "x-content-type-options": "nosniff"}
        await Response(body, 200, headers, "application/json")(scope, receive, send)


class PageEndpoint:
    """The page, which loads nothing but the overview and runs no script but its own."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        page, policy = _page()
        headers = {
            "cache-control": "no-store",
            "content-security-policy": policy,
            "referrer-policy": "no-referrer",
            "x-content-type-options": "nosniff",
        }
        await Response(page, 200, headers, "text/html")(scope, receive, send)


@cache
def _page() -> tuple[str, str]:
    """The page's text, and its content security policy, which names what it holds by digest."""
    text = files("faxops.emulator").joinpath("page.html").read_text(encoding="utf-8")
    policy = (
        "default-src 'none'; connect-src 'self'; img-src data:;"
        f" script-src {_digest(text, 'script')}; style-src {_digest(text, 'style')};"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text, policy


def _digest(page: str, tag: str) -> str:
    (inline,) = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    return f"'sha256-{b64encode(sha256(inline.encode()).digest()).decode()}'"
