"""How far `drift --who` reads the audit log, and which events it keeps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random
from typing import Any

import httpx

from faxops.cli.drift_who import Who, who_changed
from faxops.reconcile.plan import Plan
from faxops.report.masking import Masker
from faxops.system_clock import SystemClock
from faxops.telnyx.client import TelnyxClient
from tests.report.plans import application, desired, live, planned, stack

SINCE = datetime(2026, 10, 1, tzinfo=UTC)
OTHERS: Mapping[str, Any] = {
    "id": "e",
    "resource_id": "7",
    "change_type": "update",
    "changes": [{"field": "active", "from": True, "to": False}],
    "created_at": "2026-11-20T10:00:00Z",
}


def drifted(*keys: str) -> Plan:
    """A plan in which `active` and `webhook_timeout_secs` of each key differ."""
    changed = application(active=False, webhook_timeout_secs=7)
    resources = [desired(key) for key in keys]
    return planned(stack(*resources), [live(n, key, changed) for n, key in enumerate(keys, 1)])


def asked(plan: Plan, *pages: list[Mapping[str, Any]]) -> tuple[Who, int]:
    """What the log of these pages says of the plan, and how many of them were read."""
    read: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        read.append(int(request.url.params["page[number]"]))
        return httpx.Response(200, json={"data": pages[read[-1] - 1]})

    async def go() -> Who:
        async with TelnyxClient(
            base_url="https://api.telnyx.com/v2",
            api_key="KEY-one",
            clock=SystemClock(),
            random=Random(1),  # noqa: S311 - jitter, not a secret
            transport=httpx.MockTransport(answer),
        ) as client:
            return await who_changed(client, plan, SINCE, Masker())

    return asyncio.run(go()), len(read)


def event(plan: Plan, place: int, *fields: str, **more: object) -> Mapping[str, Any]:
    changes = [{"field": field, "from": 1, "to": 2} for field in fields]
    return {**OTHERS, "resource_id": plan.changes[place].id, "changes": changes, **more}


def told(who: Who, key: str) -> list[str]:
    (found,) = (events for (address, _), events in who.items() if address.endswith(f".{key}"))
    return [each["field"] for each in found]


def test_reading_ends_once_every_field_that_differs_has_an_event() -> None:
    plan = drifted("a", "b")
    first = [event(plan, 0, "active", "webhook_timeout_secs"), *[OTHERS] * 99]
    second = [event(plan, 1, "active"), event(plan, 1, "webhook_timeout_secs"), *[OTHERS] * 98]
    who, pages = asked(plan, first, second, [OTHERS] * 100)
    assert pages == 2
    assert told(who, "a") == told(who, "b") == ["active", "webhook_timeout_secs"]


def test_reading_goes_on_while_a_field_has_none() -> None:
    plan = drifted("a")
    who, pages = asked(plan, [event(plan, 0, "active"), *[OTHERS] * 99], [OTHERS])
    assert pages == 2
    assert told(who, "a") == ["active"]


def test_an_event_is_found_by_either_id() -> None:
    plan = drifted("a")
    known = event(plan, 0, "active", resource_id="uuid", alternate_resource_id=plan.changes[0].id)
    who, _ = asked(plan, [known])
    assert told(who, "a") == ["active"]


def test_at_most_five_events_are_kept_the_newest() -> None:
    plan = drifted("a")
    events = [event(plan, 0, "active", user_id=str(n)) for n in range(9)]
    who, _ = asked(plan, events)
    (found,) = who.values()
    assert [each["actor"] for each in found] == ["0", "1", "2", "3", "4"]


def test_what_has_no_id_is_not_asked_for() -> None:
    plan = planned(stack(desired("new")))
    assert asked(plan) == ({}, 0)
