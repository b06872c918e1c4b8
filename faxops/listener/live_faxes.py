"""Where each fax stands, as its events tell it in whatever order they come."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from itertools import islice
from typing import Final

from faxops.model.fax import FINAL_STATUSES
from faxops.model.webhook_event import WebhookEvent

MOST_FAXES: Final = 1_000


@dataclass(frozen=True, slots=True)
class LiveFax:
    """One fax. Texts are empty and `page_count` is None while no event told them."""

    fax_id: str
    direction: str
    from_: str
    to: str
    status: str
    page_count: int | None
    failure_reason: str
    occurred_at: str

    @property
    def _order(self) -> tuple[bool, str]:
        """Later events are greater; nothing comes after an end."""
        return self.status in FINAL_STATUSES, self.occurred_at

    def after(self, earlier: LiveFax) -> LiveFax:
        """This fax, with what only the `earlier` view of it knew."""
        newer, older = (self, earlier) if self._order >= earlier._order else (earlier, self)
        pages = older.page_count if newer.page_count is None else newer.page_count
        return LiveFax(
            newer.fax_id,
            newer.direction or older.direction,
            newer.from_ or older.from_,
            newer.to or older.to,
            newer.status or older.status,
            pages,
            newer.failure_reason or older.failure_reason,
            newer.occurred_at,
        )


class LiveFaxes:
    """The faxes that events came for, the 1,000 last heard of at most."""

    def __init__(self, *, most: int = MOST_FAXES) -> None:
        self._most = most
        self._by_id: OrderedDict[str, LiveFax] = OrderedDict()

    def note(self, event: WebhookEvent) -> None:
        """Take an event in. One that names no fax is a line of its own."""
        key = event.fax_id or event.id
        # An event that isn't a fax's has no status; its type says what happened.
        status = event.status or event.event_type.removeprefix("fax.")
        found = LiveFax(
            key,
            event.direction,
            event.from_,
            event.to,
            status,
            event.page_count,
            event.failure_reason,
            event.occurred_at,
        )
        earlier = self._by_id.get(key)
        self._by_id[key] = found.after(earlier) if earlier else found
        self._by_id.move_to_end(key)
        if len(self._by_id) > self._most:
            self._by_id.popitem(last=False)

    def newest(self, count: int) -> list[LiveFax]:
        """Those last heard of first, at most `count`."""
        return list(islice(reversed(self._by_id.values()), count))
