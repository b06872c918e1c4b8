"""Moments as people type them: ISO 8601 in its usual forms, and how long ago."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from faxops.cli.moments import duration, iso, moment
from faxops.errors import UsageError

NOW = datetime(2026, 11, 24, 12, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        pytest.param("2026-11-24", "2026-11-24T00:00:00Z", id="a date is its first moment"),
        pytest.param("2026-11-24T18:00", "2026-11-24T18:00:00Z", id="no offset is UTC"),
        pytest.param("2026-11-24 18:00:05", "2026-11-24T18:00:05Z", id="a space"),
        pytest.param("2026-11-24T18:00Z", "2026-11-24T18:00:00Z", id="Z"),
        pytest.param("2026-11-24T18:00+01:00", "2026-11-24T17:00:00Z", id="an offset"),
        pytest.param("2026-11-24T18:00:00.5Z", "2026-11-24T18:00:00.500000Z", id="a fraction"),
        pytest.param("0s", "2026-11-24T12:30:00Z", id="now"),
        pytest.param("45m", "2026-11-24T11:45:00Z", id="minutes"),
        pytest.param("24h", "2026-11-23T12:30:00Z", id="hours"),
        pytest.param("7d", "2026-11-17T12:30:00Z", id="days"),
        pytest.param("2w", "2026-11-10T12:30:00Z", id="weeks"),
    ],
)
def test_a_moment_is_understood(text: str, meant: str) -> None:
    assert iso(moment("--since", text, NOW)) == meant


def test_no_moment_stays_none() -> None:
    assert iso(moment("--since", None, NOW)) is None


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("yesterday", id="a word"),
        pytest.param("24", id="no unit"),
        pytest.param("-24h", id="a minus"),
        pytest.param("24 h", id="a space"),
        pytest.param("24H", id="a capital"),
        pytest.param("1.5h", id="a fraction"),
        pytest.param("2026-02-30", id="no such day"),
        pytest.param("2026-11-24T25:00", id="no such hour"),
        pytest.param("999999999w", id="before all time"),
        pytest.param("9999999999s", id="too many digits"),
        pytest.param("0001-01-01T00:00+23:00", id="before all time in UTC"),
        pytest.param("٢d", id="foreign digits"),
    ],
)
def test_what_is_none_is_refused_with_the_flag_and_the_way_out(text: str) -> None:
    with pytest.raises(UsageError) as failed:
        moment("--since", text, NOW)
    assert failed.value.message.startswith("--since ")
    assert "2026-11-24T12:30Z" in failed.value.hint
    assert "24h" in failed.value.hint


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("45m", timedelta(minutes=45)),
        ("24h", timedelta(days=1)),
        ("7d", timedelta(days=7)),
        ("0s", timedelta(0)),
    ],
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, length: timedelta) -> None:
    assert duration("--remind", text) == length


@pytest.mark.parametrize("text", ["", "soon", "-1h", "24", "1.5h", "999999999w"])
def test_anything_else_is_no_length_of_time(text: str) -> None:
    with pytest.raises(UsageError, match="--remind"):
        duration("--remind", text)
