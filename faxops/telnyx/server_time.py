"""What time it is at the API, from replies whose `Date` has whole seconds only.

A deadline that the API names as a moment is measured by its own clock, so that ours may be wrong.
A single `Date` is up to a second old; the one that came soonest after a tick tells best.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

_TICK: Final = timedelta(seconds=1)


class ServerTime:
    """The API's clock as far as it is known; `ahead` is None before the first `Date`."""

    def __init__(self) -> None:
        self.ahead: timedelta | None = None

    def when(self, date: datetime | None, now: datetime) -> datetime:
        """The API's present moment, given the `Date` of a reply that came at our `now`.

        Without any `Date` yet it is `now`.
        """
        if date is not None:
            ahead = date - now
            # Kept while it fits what this reply says; else either clock was set.
            if self.ahead is None or not ahead <= self.ahead < ahead + _TICK:
                self.ahead = ahead
        return now + (self.ahead or timedelta())
