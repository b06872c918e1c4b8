"""The comments of a pull request on GitHub, which to its API is an issue.

Source: GitHub's API description: issues/list-comments, issues/create-comment,
issues/update-comment, issues/delete-comment, users/get-authenticated.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from random import Random
from typing import Any, Final, cast

import httpx

from faxops.errors import CommentFailed, CommentNotPermitted
from faxops.forge.client import ForgeClient, Told
from faxops.forge.comments import PAGE_SIZE, Comment, CommentPage
from faxops.forge.replies import Reply
from faxops.model.clock import Clock

ACTIONS_LOGIN: Final = "github-actions[bot]"
"""Who comments with the token that GitHub Actions gives to a workflow."""

_FORBIDDEN: Final = (
    "Add to the job: `permissions: {pull-requests: write}`. A pull request from a fork or from"
    " Dependabot gets a token that can only read, and a locked conversation takes no comment."
)


def github_client(
    api_url: str,
    token: str,
    clock: Clock,
    random: Random,
    *,
    told: Told | None = None,
    transport: httpx.AsyncBaseTransport | None = None,
) -> ForgeClient:
    """A client with GitHub's headers; raises as `ForgeClient` does."""
    headers = {
        "Authorization": f"Bearer {token}",
        "Accept": "application/vnd.github+json",
        "X-GitHub-Api-Version": "2022-11-28",
    }
    return ForgeClient(
        api_url=api_url,
        token=token,
        headers=headers,
        forbidden=_FORBIDDEN,
        clock=clock,
        random=random,
        told=told,
        transport=transport,
    )


@dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request of `repository` (owner/name), as a `Conversation`."""

    client: ForgeClient
    repository: str
    number: int

    async def viewer(self) -> str:
        """The login of the token's user or app.

        The token of an app, as GitHub Actions gives, may not ask for its user; GraphQL tells its
        login. Only apps have logins with brackets, so nobody can take one of those.
        """
        try:
            reply = await self.client.request("GET", "/user")
        except CommentNotPermitted as error:
            if error.status != HTTPStatus.FORBIDDEN:
                raise
            return await self._app() or ACTIONS_LOGIN
        login = reply.the_object().get("login")
        if not isinstance(login, str):
            reply.malformed("a user without a login")
        return login

    async def page(self, number: int) -> CommentPage:
        """A page of comments; GitHub lists them by ascending id."""
        reply = await self.client.request(
            "GET", self._comments, params={"per_page": PAGE_SIZE, "page": number}
        )
        items = reply.the_objects()
        comments = tuple(_comment(reply, item) for item in items)
        return CommentPage(comments, reply.has_next or len(items) >= PAGE_SIZE)

    async def create(self, body: str) -> Comment:
        """Write a new comment."""
        reply = await self.client.request("POST", self._comments, json={"body": body})
        return _comment(reply, reply.the_object())

    async def update(self, comment: Comment, body: str) -> Comment:
        """Give a comment another text."""
        reply = await self.client.request("PATCH", self._comment(comment), json={"body": body})
        return _comment(reply, reply.the_object())

    async def delete(self, comment: Comment) -> None:
        """Remove a comment."""
        await self.client.request("DELETE", self._comment(comment))

    @property
    def _comments(self) -> str:
        return f"/repos/{self.repository}/issues/{self.number}/comments"

    def _comment(self, comment: Comment) -> str:
        return f"/repos/{self.repository}/issues/comments/{comment.id}"

    async def _app(self) -> str:
        """The login that GraphQL knows the token by, or nothing."""
        # GitHub Enterprise Server has REST at /api/v3 and GraphQL at /api/graphql.
        path = "/../graphql" if self.client.api_path.endswith("/v3/") else "/graphql"
        query = {"query": "query { viewer { login } }"}
        with suppress(CommentFailed, TypeError, KeyError):
            reply = await self.client.request("POST", path, json=query, is_query=True)
            data: Any = reply.the_object()["data"]
            login = data["viewer"]["login"]
            return login if isinstance(login, str) else ""
        return ""


def _comment(reply: Reply, item: Mapping[str, Any]) -> Comment:
    id_, user, body, url = (item.get(name) for name in ("id", "user", "body", "html_url"))
    # The user of a deleted account is null.
    author = cast("dict[str, object]", user).get("login") if isinstance(user, dict) else ""
    if type(id_) is not int:
        reply.malformed("a comment without an id")
    return Comment(id_, str(author or ""), str(body or ""), str(url or ""))
