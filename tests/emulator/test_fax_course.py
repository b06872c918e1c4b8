from __future__ import annotations

import pytest

from faxops.emulator.fax_course import EVENTS, FAILED, Direction, call_seconds, course


def _statuses(direction: Direction, reason: str | None) -> list[str]:
    steps = course(direction, failure_reason=reason, pages=1, step_seconds=1)
    return [step.status for step in steps]


@pytest.mark.parametrize(
    ("direction", "statuses"),
    [
        ("outbound", ["queued", "media.processed", "originated", "sending", "delivered"]),
        ("inbound", ["initiated", "receiving", "media.processing", "received"]),
    ],
)
def test_a_fax_that_gets_through(direction: Direction, statuses: list[str]) -> None:
    assert _statuses(direction, None) == statuses


@pytest.mark.parametrize(
    ("direction", "reason", "last"),
    [
        pytest.param("outbound", "file_format_invalid", "queued", id="the file is bad"),
        pytest.param("outbound", "no_outbound_profile", "media.processed", id="no call is made"),
        pytest.param("outbound", "user_busy", "originated", id="the call is not taken"),
        pytest.param("outbound", "a_new_reason", "originated", id="a reason nobody knows"),
        pytest.param("outbound", "receiver_call_dropped", "sending", id="the call breaks"),
        pytest.param("inbound", "media_processing_exception", "media.processing", id="the pages"),
        pytest.param("inbound", "sender_call_dropped", "receiving", id="an inbound call breaks"),
    ],
)
def test_a_fax_fails_where_its_reason_shows(direction: Direction, reason: str, last: str) -> None:
    assert _statuses(direction, reason)[-2:] == [last, FAILED]


def test_each_step_takes_its_time_and_each_page_as_long() -> None:
    outbound = course("outbound", failure_reason=None, pages=3, step_seconds=0.5)
    assert [step.after_seconds for step in outbound] == [0, 0.5, 1, 1.5, 3]
    assert call_seconds(outbound) == 2
    inbound = course("inbound", failure_reason=None, pages=10, step_seconds=2)
    assert [step.after_seconds for step in inbound] == [0, 2, 22, 24]
    assert call_seconds(inbound) == 24


def test_a_call_is_never_of_no_time() -> None:
    assert call_seconds(course("outbound", failure_reason=None, pages=1, step_seconds=0)) == 1


def test_the_events_are_the_eight_documented_ones() -> None:
    assert set(EVENTS.values()) == {
        "fax.queued",
        "fax.media.processed",
        "fax.sending.started",
        "fax.delivered",
        "fax.failed",
        "fax.receiving.started",
        "fax.media.processing.started",
        "fax.received",
    }
    assert not {"originated", "initiated"} & set(EVENTS)
