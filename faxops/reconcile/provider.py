"""What the reconciler asks of the outside world; `faxops.telnyx` answers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource


class Provider(Protocol):
    """The account, as far as the reconciler is concerned.

    Every method raises `faxops.errors.ApiError`. Reads and DELETE are retried inside; `create` is
    sent again only where the API provably did not process it, so an error from it carries
    `processed`: "maybe" means that the object may exist.
    """

    async def list(self, kind: ResourceKind) -> tuple[LiveResource, ...]:
        """Every object of the kind, each once, oldest first.

        Raises `IncompleteListing` when the pages never agreed.
        """
        ...

    async def list_settled(self, kind: ResourceKind) -> tuple[LiveResource, ...]:
        """The last `list` again, until two in a row hold the same ids; for before a create.

        An object may slip from page to page while a listing is read. One that fits on a page
        costs nothing. Raises `IncompleteListing` when no two agreed.
        """
        ...

    async def get(self, kind: ResourceKind, object_id: str) -> LiveResource | None:
        """The object as it stands now, or None if it is gone (404)."""
        ...

    async def create(self, kind: ResourceKind, payload: Mapping[str, Any]) -> LiveResource:
        """POST; the created object as the reply shows it."""
        ...

    async def update(
        self, kind: ResourceKind, object_id: str, payload: Mapping[str, Any]
    ) -> LiveResource:
        """PATCH; the object as the reply shows it. 404 raises `ObjectNotFound`."""
        ...

    async def delete(self, kind: ResourceKind, object_id: str) -> None:
        """DELETE; an object that is already gone counts as deleted."""
        ...

    async def attached_numbers(self, object_id: str) -> tuple[str, ...]:
        """The phone numbers that still point at the object, in E.164, sorted."""
        ...
