"""A run of `publish` against the stand-in, on a clock that never really waits."""

from __future__ import annotations

import asyncio

from faxops.forge.comments import Conversation, Published, publish
from faxops.forge.github import PullRequest, github_client
from faxops.forge.gitlab import MergeRequest, gitlab_client
from tests.forge.stand_in import TOKEN, StandIn, transport
from tests.telnyx.virtual import JumpingClock, seeded

MARK = "<!-- faxops stack=clinic environment=prod -->"


def text(stack: str = "clinic", environment: str = "prod", words: str = "a plan") -> str:
    """A report as `markdown_text` begins one."""
    return f"<!-- faxops stack={stack} environment={environment} -->\n### {words}\n"


def published(stand_in: StandIn, body: str, clock: JumpingClock | None = None) -> Published:
    """Publish `body` in the conversation of the stand-in."""

    async def run() -> Published:
        used = clock or JumpingClock()
        opened = github_client if stand_in.forge == "github" else gitlab_client
        path = "" if stand_in.forge == "github" else "/api/v4"
        url = f"https://forge.example{path}"
        async with opened(url, TOKEN, used, seeded(3), transport=transport(stand_in)) as client:
            conversation: Conversation = (
                PullRequest(client, "clinic/fax", 7)
                if stand_in.forge == "github"
                else MergeRequest(client, 42, 7)
            )
            return await publish(conversation, body, used)

    return asyncio.run(run())
