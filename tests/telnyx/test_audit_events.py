"""The audit log, read backwards from an API that may be as sloppy as it likes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx
import pytest

from faxops.errors import ApiError, PermissionDenied
from faxops.model.audit_event import AuditEvent, Edit
from faxops.system_clock import SystemClock
from faxops.telnyx.audit_events import audit_events
from faxops.telnyx.client import TelnyxClient

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
EVENT: Mapping[str, Any] = {
    "id": "550e8400-e29b-41d4-a716-446655440000",
    "user_id": "550e8400-e29b-41d4-a716-446655440001",
    "record_type": "fax_application",
    "resource_id": "42",
    "alternate_resource_id": "intake",
    "change_made_by": "organization_member",
    "change_type": "update",
    "changes": [{"field": "active", "from": True, "to": False}],
    "created_at": "2026-11-20T10:00:00Z",
}


def read(pages: list[list[Mapping[str, Any]]]) -> tuple[list[AuditEvent], list[httpx.QueryParams]]:
    """All events of these pages, and the queries that they were asked for with."""
    asked: list[httpx.QueryParams] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.params)
        number = int(request.url.params["page[number]"])
        return httpx.Response(200, json={"data": pages[min(number, len(pages)) - 1], "meta": {}})

    return asyncio.run(_all(answer)), asked


async def _all(answer: Callable[[httpx.Request], httpx.Response]) -> list[AuditEvent]:
    async with TelnyxClient(
        base_url="https://api.telnyx.com/v2",
        api_key="KEY-one",
        clock=SystemClock(),
        random=Random(1),  # noqa: S311 - jitter, not a secret
        transport=httpx.MockTransport(answer),
    ) as client:
        return [event async for event in audit_events(client, SINCE)]


def test_an_event_is_read_with_all_that_it_says() -> None:
    ((event,), (query,)) = read([[EVENT]])
    assert event == AuditEvent(
        at="2026-11-20T10:00:00Z",
        actor="550e8400-e29b-41d4-a716-446655440001",
        actor_kind="organization_member",
        change_type="update",
        ids=frozenset({"42", "intake"}),
        edits=(Edit("active", before=True, after=False),),
    )
    assert dict(query) == {
        "page[number]": "1",
        "page[size]": "100",
        "filter[created_after]": "2026-11-01T00:00:00Z",
        "sort": "desc",
    }


@pytest.mark.parametrize(
    ("changes", "edits"),
    [
        pytest.param(None, (), id="no changes"),
        pytest.param("x", (), id="changes of another type"),
        pytest.param([None, {}, {"field": 7}], (), id="changes without a field"),
        pytest.param([{"field": "active"}], (Edit("active", None, None),), id="without values"),
        pytest.param(
            [{"field": "inbound", "from": {"a": 1, "b": 2}, "to": {"a": 1, "b": 3}}],
            (Edit("inbound.b", 2, 3),),
            id="an object told whole",
        ),
        pytest.param(
            [{"field": "outbound", "from": None, "to": {"a": 1}}],
            (Edit("outbound.a", None, 1),),
            id="an object that was not there",
        ),
    ],
)
def test_changes_come_in_any_shape(changes: object, edits: tuple[Edit, ...]) -> None:
    ((event,), _) = read([[{**EVENT, "changes": changes}]])
    assert event.edits == edits


def test_what_an_event_does_not_say_is_empty() -> None:
    ((event,), _) = read([[{"id": "1", "user_id": 7, "created_at": None}]])
    assert event == AuditEvent("", "", "", "", frozenset(), ())


def test_reading_ends_with_a_page_that_is_not_full() -> None:
    found, asked = read([[EVENT] * 100, [EVENT] * 3])
    assert (len(found), len(asked)) == (103, 2)


def test_reading_ends_where_the_asked_time_began_whatever_the_filter_does() -> None:
    old = {**EVENT, "created_at": "2026-10-31T23:59:59Z"}
    found, asked = read([[EVENT] * 99 + [old], [EVENT] * 100])
    assert (len(found), len(asked)) == (99, 1)


def test_reading_ends_at_last() -> None:
    found, asked = read([[EVENT] * 100])
    assert (len(found), len(asked)) == (5000, 50)


@pytest.mark.parametrize(
    ("status", "kind"),
    [pytest.param(403, PermissionDenied, id="403"), pytest.param(422, ApiError, id="422")],
)
def test_a_log_that_may_not_be_read_is_an_api_error(status: int, kind: type[ApiError]) -> None:
    with pytest.raises(kind):
        asyncio.run(_all(lambda _: httpx.Response(status)))
