from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxops.telnyx.waits import RateLimit, limit_reset, rate_limit, reply_date, retry_after

NOW = datetime(2026, 11, 24, 12, 0, 0, tzinfo=UTC)
NOISE = st.one_of(
    st.text(max_size=30),
    st.integers().map(str),
    st.floats().map(str),
    st.datetimes().map(lambda moment: format_datetime(moment.replace(tzinfo=UTC), usegmt=True)),
    st.sampled_from(["1" * 400, "9" * 15, "-0", "+5", "1e400", "nan", "٣", "Wed, 99 Foo", "0x10"]),
)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param("7", 7.0, id="seconds"),
        pytest.param(" 7 ", 7.0, id="seconds-with-space-around"),
        pytest.param("0.5", 0.5, id="a-fraction-is-no-standard-but-clear"),
        pytest.param("0", 0.0, id="zero"),
        pytest.param("3600", 60.0, id="an-hour-is-clamped"),
        pytest.param("-3", None, id="negative-is-nonsense"),
        pytest.param("soon", None, id="a-word"),
        pytest.param("", None, id="empty"),
        pytest.param("1_0", None, id="python-would-read-it-http-does-not"),
        pytest.param("٣", None, id="a-digit-of-another-script"),
        pytest.param("Tue, 24 Nov 2026 12:00:09 GMT", 9.0, id="a-date"),
        pytest.param("Tue, 24 Nov 2026 11:00:00 GMT", 0.0, id="a-date-in-the-past"),
        pytest.param("Wed, 25 Nov 2026 12:00:00 GMT", 60.0, id="a-date-tomorrow-is-clamped"),
        pytest.param("Tue, 24 Nov 2026 12:00:09 -0000", 9.0, id="a-date-without-zone-is-utc"),
    ],
)
def test_retry_after_is_read_in_each_form(header: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": header}, NOW) == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        pytest.param("12", 12.0, id="seconds-from-now"),
        pytest.param("61", 60.0, id="clamped"),
        pytest.param("999999999", 60.0, id="still-too-small-for-an-epoch"),
        pytest.param(str(int(NOW.timestamp()) + 20), 20.0, id="an-epoch"),
        pytest.param("1640995200", 0.0, id="an-epoch-of-the-past"),
        pytest.param(str(int(NOW.timestamp()) * 1000), 60.0, id="an-epoch-in-milliseconds"),
        pytest.param("later", None, id="a-word"),
    ],
)
def test_the_reset_is_read_as_a_delta_or_as_an_epoch(header: str, seconds: float | None) -> None:
    assert limit_reset({"x-ratelimit-reset": header}, NOW) == seconds


def test_a_rate_limit_needs_all_three_headers() -> None:
    headers = {"x-ratelimit-limit": "100", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}
    assert rate_limit(headers, NOW) == RateLimit(limit=100, remaining=0, reset_seconds=2.0)
    for missing in headers:
        rest = {name: value for name, value in headers.items() if name != missing}
        assert rate_limit(rest, NOW) is None


def test_a_limit_of_nothing_is_no_limit_to_pace_by() -> None:
    headers = {"x-ratelimit-limit": "0", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "2"}
    assert rate_limit(headers, NOW) is None


@given(value=NOISE)
def test_whatever_the_headers_hold_a_wait_is_none_or_from_0_to_60_seconds(value: str) -> None:
    headers = {"retry-after": value, "x-ratelimit-reset": value}
    for wait in (retry_after(headers, NOW), limit_reset(headers, NOW)):
        assert wait is None or 0 <= wait <= 60


@given(limit=NOISE, remaining=NOISE, reset=NOISE)
def test_whatever_the_headers_hold_a_rate_limit_is_none_or_makes_sense(
    limit: str, remaining: str, reset: str
) -> None:
    told = rate_limit(
        {
            "x-ratelimit-limit": limit,
            "x-ratelimit-remaining": remaining,
            "x-ratelimit-reset": reset,
        },
        NOW,
    )
    assert told is None or (
        told.limit >= 1 and told.remaining >= 0 and 0 <= told.reset_seconds <= 60
    )


@given(date=NOISE)
def test_a_date_is_none_or_aware(date: str) -> None:
    moment = reply_date({"date": date})
    assert moment is None or moment.utcoffset() == timedelta(0)
