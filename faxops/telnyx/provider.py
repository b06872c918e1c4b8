"""The account as the reconciler asks for it: `faxops.reconcile.provider.Provider` over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.telnyx import phone_numbers
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.endpoint import Endpoint
from faxops.telnyx.fax_applications import FAX_APPLICATIONS
from faxops.telnyx.listing import Listing, read_settled, read_whole

ENDPOINTS: Final[Mapping[str, Endpoint]] = {
    endpoint.kind.name: endpoint for endpoint in (FAX_APPLICATIONS,)
}
"""The endpoint of each resource kind by its name; a new kind is one more in the tuple."""


class TelnyxProvider:
    """Every resource kind of one account. It remembers the last listing of each kind."""

    def __init__(self, client: TelnyxClient) -> None:
        self._client = client
        self._listings: dict[str, Listing] = {}

    async def list(self, kind: ResourceKind) -> tuple[LiveResource, ...]:
        """Every object of the kind, each once, oldest first.

        Raises `IncompleteListing` when the pages never agreed, or an `ApiError`.
        """
        endpoint = ENDPOINTS[kind.name]
        return self._keep(
            kind, await read_whole(self._client, endpoint.path, {"sort": endpoint.sort})
        )

    async def list_settled(self, kind: ResourceKind) -> tuple[LiveResource, ...]:
        """`list` again, until two listings in a row hold the same ids; needed before a create.

        The last `list` of the kind is the first of the two. One that fits on a page is sure of
        itself: it is returned as it is, at no cost. Raises what `list` does.
        """
        endpoint = ENDPOINTS[kind.name]
        params = {"sort": endpoint.sort}
        previous = self._listings.get(kind.name)
        if previous is None:
            previous = await read_whole(self._client, endpoint.path, params)
        return self._keep(kind, await read_settled(self._client, endpoint.path, params, previous))

    async def get(self, kind: ResourceKind, object_id: str) -> LiveResource | None:
        """The object as it stands now, or None if it is gone (404)."""
        return await ENDPOINTS[kind.name].get(self._client, object_id)

    async def create(self, kind: ResourceKind, payload: Mapping[str, Any]) -> LiveResource:
        """POST; the created object as the reply shows it."""
        return await ENDPOINTS[kind.name].create(self._client, payload)

    async def update(
        self, kind: ResourceKind, object_id: str, payload: Mapping[str, Any]
    ) -> LiveResource:
        """PATCH; the object as the reply shows it. 404 raises `ObjectNotFound`."""
        return await ENDPOINTS[kind.name].update(self._client, object_id, payload)

    async def delete(self, kind: ResourceKind, object_id: str) -> None:
        """DELETE; an object that is already gone counts as deleted."""
        await ENDPOINTS[kind.name].delete(self._client, object_id)

    async def attached_numbers(self, object_id: str) -> tuple[str, ...]:
        """The phone numbers that still point at the object, in E.164, sorted."""
        return await phone_numbers.attached_numbers(self._client, object_id)

    def _keep(self, kind: ResourceKind, listing: Listing) -> tuple[LiveResource, ...]:
        self._listings[kind.name] = listing
        found = (LiveResource.read(kind, item) for item in listing.items)
        # By itself, because the API is not known to honour `sort` in every listing.
        return tuple(sorted(found, key=lambda live: (live.created_at, len(live.id), live.id)))
