"""Faults of reading: the reply is well formed, and the account is not (any more) as it says.

They bend GET requests alone, and know fax applications and faxes alone.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from faxops.emulator import applications, fax_progress, faxes
from faxops.emulator.asked import Asked
from faxops.emulator.fax_progress import Progress
from faxops.emulator.replies import Answer, Listing, Shown
from faxops.emulator.store import Row
from faxops.emulator.world import FAX, FAX_APPLICATION, World

SHIFTED_IN = "Made between two pages"
_BY_AGE = "created_at, seq"


def _kind(asked: Asked) -> str:
    """What a request reads; where that is neither faxes nor applications, no matter which."""
    return FAX if asked.path.startswith("/faxes") else FAX_APPLICATION


@dataclass(frozen=True, slots=True)
class StaleRead:
    """The read shows the state before the last write: of that object, or for a listing of all."""

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer with that write undone for the moment."""
        with world.store.before_last_write(_kind(asked), asked.object_id or None):
            return handle()


@dataclass(frozen=True, slots=True)
class ShiftingList:
    """Just before the page is read, the oldest object is deleted and a new one is made.

    So the total stays. In a listing of the oldest first every id is seen once, and one object falls
    between two pages; in one of the newest first a page begins with the last of the page before.
    """

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Shift, then answer."""
        for oldest in world.store.select(_kind(asked), order=_BY_AGE, limit=1):
            if oldest.kind == FAX:
                _shift_fax(world, oldest)
            else:
                _shift_application(world, oldest)
        return handle()


def _shift_application(world: World, oldest: Row) -> None:
    url = json.loads(oldest.body)["webhook_event_url"]
    world.store.delete(oldest)
    applications.make(world, {"application_name": SHIFTED_IN, "webhook_event_url": url}, None)


def _shift_fax(world: World, oldest: Row) -> None:
    new = {"id": fax_progress.new_id(world), "created_at": world.stamp()}
    faxes.remove(world, oldest)
    fax_progress.add(world, json.loads(oldest.body) | new, Progress.of(oldest))


@dataclass(frozen=True, slots=True)
class WrongTotal:
    """`meta.total_results` is off by `by`; `total_pages` follows it."""

    by: int = 1

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer with another total."""
        del world, asked  # the answer alone is changed
        answer = handle()
        if not isinstance(answer, Listing):
            return answer
        return replace(answer, total=max(0, answer.total + self.by))


@dataclass(frozen=True, slots=True)
class EmptyList:
    """The listing is empty and says so with totals of zero, whatever the account holds."""

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer with nothing in the list."""
        del world, asked  # the answer alone is changed
        answer = handle()
        if not isinstance(answer, Listing):
            return answer
        return replace(answer, items=(), total=0)


@dataclass(frozen=True, slots=True)
class DuplicateInPages:
    """The last item of the page is the first object of the whole listing once more."""

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer with the page's last item replaced."""
        answer = handle()
        if not isinstance(answer, Listing) or not answer.items:
            return answer
        if asked.path not in ("/fax_applications", "/faxes"):
            return answer
        first = self._first(world, asked) if answer.number > 1 else answer.items[0]
        return replace(answer, items=(*answer.items[:-1], first))

    @staticmethod
    def _first(world: World, asked: Asked) -> str:
        if _kind(asked) == FAX:
            (first,) = world.store.select(FAX, order=faxes.order(world.behaviours), limit=1)
            return faxes.show(world, first, asked.base_url)
        (oldest,) = world.store.select(FAX_APPLICATION, order=_BY_AGE, limit=1)
        return applications.show(oldest, world.behaviours)


@dataclass(frozen=True, slots=True)
class OtherActor:
    """Right after the read, another actor changes the object (`change`, as a PATCH would) or,
    without a change, deletes it. Of a listing it is the first object of the page. With an `id` it
    is that object, whatever was read. A fax can be deleted only.
    """

    change: Mapping[str, Any] | None = None
    id: str | None = None

    def perform(self, world: World, asked: Asked, handle: Callable[[], Answer]) -> Answer:
        """Answer, then act; the reply does not show it."""
        answer = handle()
        for object_id in _read(answer) if self.id is None else [self.id]:
            row = world.store.get(_kind(asked), object_id)
            if row is not None:
                self._act(world, row)
        return answer

    def _act(self, world: World, row: Row) -> None:
        if self.change is None and row.kind == FAX:
            faxes.remove(world, row)
        elif self.change is None:
            world.store.delete(row)
        elif row.kind == FAX_APPLICATION:
            applications.change(world, row, self.change)


def _read(answer: Answer) -> list[str]:
    """The id of the object that the answer shows, or shows first."""
    texts = (answer.data,) if isinstance(answer, Shown) else ()
    if isinstance(answer, Listing):
        texts = answer.items[:1]
    return [json.loads(text).get("id", "") for text in texts]


Distortion = StaleRead | ShiftingList | WrongTotal | EmptyList | DuplicateInPages | OtherActor
