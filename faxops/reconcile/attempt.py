"""One change through the provider, from the read before it to a settled result.

A write whose answer was lost is never repeated blindly. A create is looked for by its mark; an
update or a destroy is settled by reading the object again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from faxops.errors import ApiError, FaxopsError, ObjectNotFound, Withheld
from faxops.model.clock import Clock
from faxops.model.field import FieldType
from faxops.model.live import LiveResource
from faxops.model.marks import Mark
from faxops.reconcile.outcome import ChangeOutcome, Result
from faxops.reconcile.payload import (
    completion_digests,
    completion_payload,
    create_payload,
    expected_after,
    update_payload,
)
from faxops.reconcile.plan import Action, Change
from faxops.reconcile.provider import Provider

SEARCH_WAITS: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each look for an object that may have been created unnoticed."""


class SendingStoppedError(Exception):
    """Raised by the gate before a write that must not be sent any more; never reaches a user."""


@dataclass(slots=True)
class Attempt:
    """A single change and what carries it out.

    `gate` is called right before each write; it notes that one is on its way, or raises
    `SendingStoppedError`. `created` is what a create has made, as soon as that is known.
    """

    change: Change
    provider: Provider
    clock: Clock
    gate: Callable[[], None]
    created: LiveResource | None = None

    async def run(self) -> ChangeOutcome:
        """Carry the change out; every `ApiError` ends in the result instead of being raised."""
        try:
            if self.change.action is Action.CREATE:
                return await self._create()
            return await self._change_existing()
        except SendingStoppedError as stopped:
            return self._end(Result.NOT_ATTEMPTED, str(stopped))

    async def _create(self) -> ChangeOutcome:
        self.gate()
        try:
            created = await self.provider.create(self.change.kind, create_payload(self.change))
        except ApiError as error:
            if error.processed == "no":
                return self._failed(error)
            return await self._settle_create(error)
        return await self._complete(created)

    async def _settle_create(self, lost: ApiError) -> ChangeOutcome:
        """Look for the mark until it is found or the waits are used up; never create again."""
        for seconds in SEARCH_WAITS:
            await self.clock.sleep(seconds)
            try:
                live = await self.provider.list(self.change.kind)
            except FaxopsError:
                continue  # the listing is only a search; the lost create stays what it was
            found = [each for each in live if self._mark() in each.marks.owners]
            if len(found) == 1:
                return await self._complete(found[0])
        reason = (
            f"{lost.message.rstrip('.')}. It was looked for {len(SEARCH_WAITS)} times and not"
            " found, and was not sent again; run apply again."
        )
        return self._end(Result.UNKNOWN, reason, lost)

    async def _complete(self, created: LiveResource) -> ChangeOutcome:
        """Send what the API takes by PATCH alone (API description: Update a Fax Application)."""
        self.created = created
        payload = completion_payload(self.change, created)
        if not payload:
            return self._end(Result.APPLIED, after=created)
        try:
            self.gate()
            updated = await self.provider.update(self.change.kind, created.id, payload)
        except SendingStoppedError as stopped:
            return self._partly(created, f"sending stopped ({stopped}).")
        except ApiError as error:
            return await self._settle_completion(created, error)
        return self._end(Result.APPLIED, after=updated)

    async def _settle_completion(self, created: LiveResource, lost: ApiError) -> ChangeOutcome:
        if lost.processed == "no":
            return self._partly(created, lost.message, lost)
        try:
            live = await self.provider.get(self.change.kind, created.id)
        except ApiError:
            return self._partly(created, lost.message, lost)
        if live is not None and completion_digests(self.change, live) <= live.marks.written:
            return self._end(Result.APPLIED, after=live)
        return self._partly(created, lost.message, lost)

    def _partly(
        self, created: LiveResource, why: str, error: ApiError | None = None
    ) -> ChangeOutcome:
        reason = f"Created, partly applied: {why} The next apply finishes it."
        return ChangeOutcome(self.change, Result.APPLIED, reason, error, created, partly=True)

    async def _change_existing(self) -> ChangeOutcome:
        try:
            live = await self._read_again()
        except ApiError as error:
            return self._failed(error)
        deleting = self.change.action is Action.DELETE
        if live is None:
            if deleting:
                return self._end(Result.APPLIED, "It was already gone.")
            return self._end(Result.NOT_APPLIED, "It was deleted since the plan.")
        if not self._is_untouched(live):
            return self._end(Result.NOT_APPLIED, "It was changed by someone else since the plan.")
        return await (self._delete() if deleting else self._update(live))

    async def _update(self, live: LiveResource) -> ChangeOutcome:
        self.gate()
        payload = update_payload(self.change, live)
        try:
            updated = await self.provider.update(self.change.kind, live.id, payload)
        except ObjectNotFound:
            return self._end(Result.NOT_APPLIED, "It was deleted since the plan.")
        except ApiError as error:
            if error.processed == "no":
                return self._failed(error)
            return await self._settle_update(error)
        return self._end(Result.APPLIED, after=updated)

    async def _settle_update(self, lost: ApiError) -> ChangeOutcome:
        try:
            live = await self._read_again()
        except ApiError:
            return self._end(Result.UNKNOWN, lost.message, lost)
        if live is not None and self._is_done(live):
            return self._end(Result.APPLIED, after=live)
        # Without any reply the request may still be on its way, however the object looks now.
        if live is not None and self._is_untouched(live) and lost.status is not None:
            return self._end(Result.NOT_APPLIED, lost.message, lost)
        return self._end(Result.UNKNOWN, lost.message, lost)

    async def _delete(self) -> ChangeOutcome:
        object_id = self._known_id()
        try:
            numbers = await self.provider.attached_numbers(object_id)
        except ApiError as error:
            return self._failed(error)
        except FaxopsError as error:
            return self._end(Result.NOT_APPLIED, error.message)
        if numbers:
            reason = f"Phone numbers point to it now: {', '.join(numbers)}."
            return self._end(Result.NOT_APPLIED, reason)
        self.gate()
        try:
            await self.provider.delete(self.change.kind, object_id)
        except ApiError as error:
            if error.processed == "no":
                return self._failed(error)
            return await self._settle_delete(error)
        return self._end(Result.APPLIED)

    async def _settle_delete(self, lost: ApiError) -> ChangeOutcome:
        try:
            live = await self._read_again()
        except ApiError:
            return self._end(Result.UNKNOWN, lost.message, lost)
        if live is None:
            return self._end(Result.APPLIED)
        result = Result.UNKNOWN if lost.status is None else Result.NOT_APPLIED
        return self._end(result, lost.message, lost)

    async def _read_again(self) -> LiveResource | None:
        return await self.provider.get(self.change.kind, self._known_id())

    def _is_untouched(self, live: LiveResource) -> bool:
        """Whether the object is as the plan read it; in what order tags come is not documented."""
        planned = self.change.live
        tops = {field.path for field in self.change.kind.fields if field.type is FieldType.TAGS}
        return (
            planned is not None
            and (live.values, live.marks) == (planned.values, planned.marks)
            and _without(live.raw, tops) == _without(planned.raw, tops)
        )

    def _is_done(self, live: LiveResource) -> bool:
        shown = {
            path: value
            for path, value in expected_after(self.change).items()
            if path in live.values
        }
        return shown == dict(live.values) and live.marks == self.change.marks

    def _mark(self) -> Mark:
        return own_mark(self.change)

    def _known_id(self) -> str:
        assert self.change.live is not None  # noqa: S101 - only a create has no live object
        return self.change.live.id

    def _failed(self, error: ApiError) -> ChangeOutcome:
        """The end by a request that did nothing, or that was not even sent."""
        if isinstance(error, Withheld) and not error.tried:
            return self._end(Result.NOT_ATTEMPTED, error.message.rstrip("."))
        return self._end(Result.NOT_APPLIED, error.message, error)

    def _end(
        self,
        result: Result,
        reason: str = "",
        error: ApiError | None = None,
        after: LiveResource | None = None,
    ) -> ChangeOutcome:
        return ChangeOutcome(self.change, result, reason, error, after)


def _without(raw: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in raw.items() if name not in names}


def own_mark(change: Change) -> Mark:
    """The mark that the change puts on its object for this stack."""
    return next(owner for owner in change.marks.owners if owner.key == change.key)
