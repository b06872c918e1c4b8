"""Moments as people type them on the command line."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Final

from faxops.errors import UsageError

_DURATION: Final = re.compile(r"([0-9]{1,9})([smhdw])")
_UNITS: Final = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def moment(flag: str, text: str | None, now: datetime) -> datetime | None:
    """The moment that `text` names: in ISO 8601, or as a duration before `now`.

    A date is its first moment, and without an offset a time is UTC. Raises `UsageError`, which
    names the `flag`.
    """
    if text is None:
        return None
    try:
        if duration := _DURATION.fullmatch(text):
            return now - timedelta(**{_UNITS[duration[2]]: int(duration[1])})
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{flag} {text} is no moment.",
            hint=f"Write a date or time, such as {now:%Y-%m-%d} or {now:%Y-%m-%dT%H:%MZ}, or how"
            " long ago: 45m, 24h, 7d.",
        ) from error


def iso(when: datetime | None) -> str | None:
    """A moment in UTC as the API's filters take it."""
    return when and when.isoformat().replace("+00:00", "Z")
