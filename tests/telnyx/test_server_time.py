from __future__ import annotations

from datetime import UTC, datetime, timedelta

from faxops.telnyx.server_time import ServerTime

NOON = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def test_without_any_date_it_is_our_time() -> None:
    time = ServerTime()
    assert time.when(None, NOON) == NOON
    assert time.ahead is None


def test_the_date_counts_even_when_our_clock_is_an_hour_off() -> None:
    assert ServerTime().when(after(3600), NOON) == after(3600)


def test_the_date_that_came_soonest_after_a_tick_tells_best() -> None:
    time = ServerTime()
    time.when(after(0), after(0.9))
    assert time.when(after(1), after(1.1)) == after(1)
    assert time.when(after(1), after(1.8)) == after(1.7)
    assert time.when(None, after(2.6)) == after(2.5)


def test_a_clock_that_was_set_is_noticed() -> None:
    time = ServerTime()
    time.when(after(600), NOON)
    assert time.when(after(5), after(5)) == after(5)
