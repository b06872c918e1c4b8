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
        if _DURATION.fullmatch(text):
            return now - _length(text)
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{flag} {text} is no moment.",
            hint=f"Write a date or time, such as {now:%Y-%m-%d} or {now:%Y-%m-%dT%H:%MZ}, or how"
            " long ago: 45m, 24h, 7d.",
        ) from error


def duration(flag: str, text: str) -> timedelta:
    """The length of time that `text` names, such as 24h. Raises `UsageError` naming the `flag`."""
    try:
        return _length(text)
    except (ValueError, OverflowError) as error:
        raise UsageError(
            f"{flag} {text} is no length of time.", hint="Write a number and a unit: 45m, 24h, 7d."
        ) from error


def _length(text: str) -> timedelta:
    found = _DURATION.fullmatch(text)
    if found is None:
        raise ValueError(text)
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def iso(when: datetime | None) -> str | None:
    """A moment in UTC as the API's filters take it."""
    return when and when.isoformat().replace("+00:00", "Z")
