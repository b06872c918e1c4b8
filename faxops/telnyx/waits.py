"""How long a reply asks to wait: `Retry-After` and `x-ratelimit-*`, read without trust.

Whatever a header holds, the result is None or a number of seconds from 0 to 60.

Source: RFC 9110 section 10.2.3; Telnyx docs: rate limiting. One page of them shows
`x-ratelimit-reset` as seconds from now, another as an epoch, so both are read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

MAX_WAIT_SECONDS: Final = 60.0
# A delta of 31 years is no wait, so a larger number can only be a moment in time.
_EPOCH_FROM: Final = 1e9
_NUMBER = re.compile(r"[0-9]{1,15}(\.[0-9]{1,15})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """What a reply says about the account's limit: `remaining` of `limit` requests are left for
    the next `reset_seconds`. All are at least 0.
    """

    limit: int
    remaining: int
    reset_seconds: float


def reply_date(headers: Mapping[str, str]) -> datetime | None:
    """The `Date` of a reply, in UTC, or None if it is missing or unreadable."""
    return _http_date(headers.get("date", ""))


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that `Retry-After` asks for; a date in it is measured from the API's `now`."""
    text = headers.get("retry-after", "").strip()
    seconds = _number(text)
    if seconds is not None:
        return _clamped(seconds)
    moment = _http_date(text)
    if moment is None:
        return None
    return _clamped((moment - now).total_seconds())


def limit_reset(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds until the rate limit resets, by `x-ratelimit-reset`; `now` is the API's."""
    seconds = _number(headers.get("x-ratelimit-reset", "").strip())
    if seconds is None:
        return None
    if seconds > _EPOCH_FROM:
        seconds -= now.timestamp()
    return _clamped(seconds)


def rate_limit(headers: Mapping[str, str], now: datetime) -> RateLimit | None:
    """What the three `x-ratelimit-*` headers say, or None unless all are there and readable."""
    limit = _number(headers.get("x-ratelimit-limit", "").strip())
    remaining = _number(headers.get("x-ratelimit-remaining", "").strip())
    reset = limit_reset(headers, now)
    if limit is None or remaining is None or reset is None or limit < 1:
        return None
    return RateLimit(int(limit), int(remaining), reset)


def _number(text: str) -> float | None:
    return float(text) if _NUMBER.fullmatch(text) else None


def _http_date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _clamped(seconds: float) -> float:
    return min(max(seconds, 0.0), MAX_WAIT_SECONDS)
