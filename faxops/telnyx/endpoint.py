"""How a resource kind is reached: what an endpoint module states, and the requests from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from faxops.errors import ObjectNotFound
from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.telnyx.answers import Answer
from faxops.telnyx.client import TelnyxClient


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The collection of one resource kind. `sort` is the order that a listing asks for."""

    kind: ResourceKind
    sort: str

    @property
    def path(self) -> str:
        """The collection's path below the base URL."""
        return f"/{self.kind.collection}"

    def path_of(self, object_id: str) -> str:
        """One object's path; nothing in an id can lead out of the collection."""
        return f"{self.path}/{quote(object_id, safe='').replace('.', '%2E')}"

    async def get(self, client: TelnyxClient, object_id: str) -> LiveResource | None:
        """The object as it stands, or None if it is gone (404)."""
        try:
            answer = await client.request("GET", self.path_of(object_id))
        except ObjectNotFound:
            return None
        return self._same(answer, object_id)

    async def create(self, client: TelnyxClient, payload: Mapping[str, Any]) -> LiveResource:
        """POST; the created object as the reply shows it."""
        answer = await client.request("POST", self.path, json=payload)
        return LiveResource.read(self.kind, answer.the_object())

    async def update(
        self, client: TelnyxClient, object_id: str, payload: Mapping[str, Any]
    ) -> LiveResource:
        """PATCH; the object as the reply shows it. 404 raises `ObjectNotFound`."""
        answer = await client.request("PATCH", self.path_of(object_id), json=payload)
        return self._same(answer, object_id)

    async def delete(self, client: TelnyxClient, object_id: str) -> None:
        """DELETE; 404 means that it is already done."""
        try:
            await client.request("DELETE", self.path_of(object_id))
        except ObjectNotFound:
            return

    def _same(self, answer: Answer, object_id: str) -> LiveResource:
        found = LiveResource.read(self.kind, answer.the_object())
        if found.id != object_id:
            answer.malformed(f"another object, {found.id}")
        return found
