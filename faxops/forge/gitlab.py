"""The comments of a merge request on GitLab, which its API calls notes.

Source: GitLab docs: Notes API (merge requests), Users API (the current user).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final, cast

import httpx

from faxops.forge.client import ForgeClient, Told
from faxops.forge.comments import PAGE_SIZE, Comment, CommentPage
from faxops.forge.replies import Reply
from faxops.model.clock import Clock

_COMMAND: Final = re.compile(r"^/", re.MULTILINE)
_FORBIDDEN: Final = (
    "GITLAB_TOKEN needs the scope `api` and at least the role Reporter in the project; where the"
    " discussion is locked, Developer."
)


def gitlab_client(
    api_url: str,
    token: str,
    clock: Clock,
    random: Random,
    *,
    told: Told | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> ForgeClient:
    """A client with GitLab's headers; raises as `ForgeClient` does."""
    return ForgeClient(
        api_url=api_url,
        token=token,
        headers={"PRIVATE-TOKEN": token, "Accept": "application/json"},
        forbidden=_FORBIDDEN,
        clock=clock,
        random=random,
        told=told,
        transport=transport,
    )


def without_commands(body: str) -> str:
    """`body` with no line that GitLab would carry out as a quick action, as it does `/close`.

    It looks for them outside of code blocks, and takes some for the end of a block that are not.
    Source: GitLab docs: quick actions.
    """
    return _COMMAND.sub(" /", body)


@dataclass(frozen=True, slots=True)
class MergeRequest:
    """A merge request of `project` (its number), as a `Conversation`."""

    client: ForgeClient
    project: int
    number: int

    async def viewer(self) -> str:
        """The login of the token's user; tokens of projects and groups have one of their own."""
        reply = await self.client.request("GET", "/user")
        username = reply.the_object().get("username")
        if not isinstance(username, str):
            reply.malformed("a user without a username")
        return username

    async def page(self, number: int) -> CommentPage:
        """A page of notes, by the order in which they were written."""
        params = {"sort": "asc", "order_by": "created_at", "per_page": PAGE_SIZE, "page": number}
        reply = await self.client.request("GET", self._notes, params=params)
        items = reply.the_objects()
        comments = tuple(_comment(reply, item) for item in items)
        return CommentPage(comments, reply.has_next or len(items) >= PAGE_SIZE)

    async def create(self, body: str) -> Comment:
        """Write a new note."""
        reply = await self.client.request("POST", self._notes, json={"body": body})
        return _comment(reply, reply.the_object())

    async def update(self, comment: Comment, body: str) -> Comment:
        """Give a note another text."""
        reply = await self.client.request("PUT", f"{self._notes}/{comment.id}", json={"body": body})
        return _comment(reply, reply.the_object())

    async def delete(self, comment: Comment) -> None:
        """Remove a note."""
        await self.client.request("DELETE", f"{self._notes}/{comment.id}")

    @property
    def _notes(self) -> str:
        return f"/projects/{self.project}/merge_requests/{self.number}/notes"


def _comment(reply: Reply, item: Mapping[str, Any]) -> Comment:
    id_, author, body = (item.get(name) for name in ("id", "author", "body"))
    login = cast("dict[str, object]", author).get("username") if isinstance(author, dict) else ""
    if type(id_) is not int:
        reply.malformed("a note without an id")
    return Comment(id_, str(login or ""), str(body or ""))
