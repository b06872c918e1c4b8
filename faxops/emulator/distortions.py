"""Faults of reading: the reply is well formed, and the account is not (any more) as it says.

They bend GET requests alone, and know fax applications alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from faxops.emulator import applications
from faxops.emulator.asked import Asked
from faxops.emulator.replies import Listing, Shown
from faxops.emulator.world import FAX_APPLICATION, World

Answer = Shown | Listing
SHIFTED_IN = "Made between two pages"


@dataclass(frozen=True, slots=True)
class StaleRead:
    """The read shows the state before the last write: of that object, or for a listing of all."""

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer with that write undone for the moment."""
        with world.store.before_last_write(FAX_APPLICATION, asked.object_id or None):
            return handle()


@dataclass(frozen=True, slots=True)
class ShiftingList:
    """Just before the page is read, the oldest application is deleted and a new one is made.

    So the total stays, every id is seen once, and one application falls between two pages.
    """

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Shift, then answer."""
        del asked  # the whole account shifts
        for oldest in world.store.select(FAX_APPLICATION, order="created_at, seq", limit=1):
            url = json.loads(oldest.body)["webhook_event_url"]
            world.store.delete(oldest)
            body = {"application_name": SHIFTED_IN, "webhook_event_url": url}
            applications.make(world, body, None)
        return handle()


@dataclass(frozen=True, slots=True)
class WrongTotal:
    """`meta.total_results` is off by `by`; `total_pages` follows it."""

    by: int = 1

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer with another total."""
        del world, asked  # the answer alone is changed
        answer = handle()
        if isinstance(answer, Shown):
            return answer
        return replace(answer, total=max(0, answer.total + self.by))


@dataclass(frozen=True, slots=True)
class EmptyList:
    """The listing is empty and says so with totals of zero, whatever the account holds."""

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer with nothing in the list."""
        del world, asked  # the answer alone is changed
        answer = handle()
        if isinstance(answer, Shown):
            return answer
        return replace(answer, items=(), total=0)


@dataclass(frozen=True, slots=True)
class DuplicateInPages:
    """The last item of the page is the first object of the whole listing once more."""

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer with the page's last item replaced."""
        answer = handle()
        if isinstance(answer, Shown) or not answer.items or asked.path != "/fax_applications":
            return answer
        first = self._first(world) if answer.number > 1 else answer.items[0]
        return replace(answer, items=(*answer.items[:-1], first))

    @staticmethod
    def _first(world: World) -> str:
        (oldest,) = world.store.select(FAX_APPLICATION, order="created_at, seq", limit=1)
        return applications.show(oldest, world.behaviours)


@dataclass(frozen=True, slots=True)
class OtherActor:
    """Right after the read, another actor changes the object (`change`, as a PATCH would) or,
    without a change, deletes it. Of a listing it is the first object of the page. With an `id` it
    is that object, whatever was read.
    """

    change: Mapping[str, Any] | None = None
    id: str | None = None

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer, then act; the reply does not show it."""
        del asked  # the answer says which object it is
        answer = handle()
        texts = (answer.data,) if isinstance(answer, Shown) else answer.items[:1]
        read = [json.loads(text).get("id", "") for text in texts]
        for object_id in read if self.id is None else [self.id]:
            row = world.store.get(FAX_APPLICATION, object_id)
            if row is not None and self.change is None:
                world.store.delete(row)
            elif row is not None and self.change is not None:
                applications.change(world, row, self.change)
        return answer


Distortion = StaleRead | ShiftingList | WrongTotal | EmptyList | DuplicateInPages | OtherActor
