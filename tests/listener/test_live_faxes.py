"""Where each fax stands, told by events in any order."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from faxops.listener.live_faxes import LiveFax, LiveFaxes
from faxops.model.webhook_event import WebhookEvent


def event(second: int, status: str, fax_id: str = "fax-1", **payload: object) -> WebhookEvent:
    payload = {"fax_id": fax_id, "status": status, **payload}
    return WebhookEvent.read(
        {
            "data": {
                "id": f"event-{second}",
                "event_type": f"fax.{status}",
                "occurred_at": f"2026-11-25T12:00:{second:02}Z",
                "payload": payload,
            }
        }
    )


QUEUED = event(1, "queued", direction="outbound", **{"from": "+15550100001", "to": "+15550100002"})
SENDING = event(2, "sending", page_count=3)
FAILED = event(3, "failed", failure_reason="user_busy")
# Stamped later than the end, as clocks of several machines may have it.
LATE = event(4, "media.processed")


@pytest.mark.parametrize(
    "order",
    list(permutations([QUEUED, SENDING, FAILED, LATE])),
    ids=lambda order: "-".join(each.status for each in order),
)
def test_the_order_of_arrival_does_not_matter(order: tuple[WebhookEvent, ...]) -> None:
    faxes = LiveFaxes()
    for each in order:
        faxes.note(each)
    assert faxes.newest(9) == [
        LiveFax(
            fax_id="fax-1",
            direction="outbound",
            from_="+15550100001",
            to="+15550100002",
            status="failed",
            page_count=3,
            failure_reason="user_busy",
            occurred_at="2026-11-25T12:00:03Z",
        )
    ]


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        pytest.param(
            {"id": "e", "event_type": "call.hangup"}, ("e", "call.hangup"), id="no fax at all"
        ),
        pytest.param(
            {"id": "e", "event_type": "fax.email.delivered", "payload": {"fax_id": "f"}},
            ("f", "email.delivered"),
            id="undocumented",
        ),
        pytest.param({}, ("", ""), id="nothing"),
    ],
)
def test_an_unknown_event_is_shown_by_its_type(raw: dict[str, Any], shown: tuple[str, str]) -> None:
    faxes = LiveFaxes()
    faxes.note(WebhookEvent.read(raw))
    assert [(each.fax_id, each.status) for each in faxes.newest(9)] == [shown]


def test_the_faxes_last_heard_of_are_kept() -> None:
    faxes = LiveFaxes(most=2)
    for fax_id in ("a", "b", "a", "c"):
        faxes.note(event(1, "queued", fax_id))
    assert [each.fax_id for each in faxes.newest(9)] == ["c", "a"]
    assert [each.fax_id for each in faxes.newest(1)] == ["c"]
