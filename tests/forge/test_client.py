"""Failures of a forge: what is repeated, after how long, what is said, and what is never told."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import TypeVar

import httpx
import pytest

from faxops.errors import CommentFailed, CommentNotPermitted, ExitCode, UsageError
from faxops.forge.comments import Deed
from faxops.forge.github import PullRequest, github_client
from tests.forge.conversations import published, text
from tests.forge.stand_in import APP, TOKEN, Fault, Forge, StandIn
from tests.telnyx.virtual import START, JumpingClock, seeded

Result = TypeVar("Result")

BOTH = pytest.mark.parametrize("forge", ["github", "gitlab"])
_POST = r"POST .*/(comments|notes)"
_LIST = r"GET .*/(comments|notes)"
_CHANGE = r"(PATCH|PUT) .*"
_RESET = str(int(START.timestamp()) + 30)


@BOTH
@pytest.mark.parametrize("request_", [_LIST, _CHANGE], ids=["a listing", "an update"])
@pytest.mark.parametrize(
    "status", [None, 408, 409, 500, 502, 503, 504], ids=lambda status: f"{status}"
)
def test_a_passing_failure_is_repeated(forge: Forge, request_: str, status: int | None) -> None:
    stand_in = StandIn(forge, faults=[Fault(request_, status, times=4)])
    stand_in.write(APP, text())
    clock = JumpingClock()
    assert published(stand_in, text(words="new"), clock).deed is Deed.UPDATED
    assert len(clock.waited) == 4


@BOTH
@pytest.mark.parametrize(
    ("status", "headers", "waits"),
    [
        pytest.param(429, {"retry-after": "7"}, 7, id="429 says how long"),
        pytest.param(403, {"retry-after": "7"}, 7, id="a secondary limit says how long"),
        pytest.param(
            403, {"x-ratelimit-remaining": "0", "x-ratelimit-reset": _RESET}, 30, id="the hour's"
        ),
        pytest.param(
            429, {"ratelimit-remaining": "0", "ratelimit-reset": _RESET}, 30, id="GitLab's minute's"
        ),
        pytest.param(
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1", "x-ratelimit-used": "9"},
            0,
            id="a reset that is past",
        ),
        pytest.param(429, {"retry-after": "soon"}, 60, id="a minute where nothing is readable"),
        pytest.param(503, {"retry-after": "9"}, 9, id="a pause for maintenance"),
    ],
)
def test_it_waits_as_long_as_the_forge_asks_and_also_repeats_a_creation_that_was_refused(
    forge: Forge, status: int, headers: dict[str, str], waits: int
) -> None:
    request = _LIST if status == 503 else _POST
    stand_in = StandIn(forge, faults=[Fault(request, status, headers=headers)])
    clock = JumpingClock()
    assert published(stand_in, text(), clock).deed is Deed.CREATED
    assert clock.waited == [waits]
    assert stand_in.bodies() == [text()]


def test_a_secondary_limit_without_headers_is_known_by_its_words() -> None:
    message = "You have exceeded a secondary rate limit. Please wait a few minutes."
    clock = JumpingClock()
    published(StandIn(faults=[Fault(_POST, 403, message)]), text(), clock)
    assert clock.waited == [60.0]


def test_the_reset_is_measured_from_the_clock_of_the_forge() -> None:
    headers = {
        "date": "Tue, 24 Nov 2026 12:00:20 GMT",
        "x-ratelimit-remaining": "0",
        "x-ratelimit-reset": _RESET,
    }
    clock = JumpingClock()
    published(StandIn(faults=[Fault(_POST, 403, headers=headers)]), text(), clock)
    assert clock.waited == [10.0]


@BOTH
def test_a_limit_that_lasts_an_hour_is_not_waited_for(forge: Forge) -> None:
    stand_in = StandIn(forge, faults=[Fault(_LIST, 429, headers={"retry-after": "3600"})])
    clock = JumpingClock()
    with pytest.raises(CommentFailed) as caught:
        published(stand_in, text(), clock)
    assert clock.waited == []
    assert (caught.value.exit_code, "later" in caught.value.hint) == (ExitCode.FAILED, True)


@BOTH
@pytest.mark.parametrize(
    ("request_", "status", "failure", "hint"),
    [
        pytest.param(_LIST, 401, CommentNotPermitted, "wrong, revoked or expired", id="401"),
        pytest.param(_POST, 403, CommentNotPermitted, "", id="403"),
        pytest.param(_LIST, 404, CommentFailed, "Check repository and number", id="404"),
        pytest.param(_LIST, 410, CommentFailed, "deleted", id="410"),
        pytest.param(_POST, 422, CommentFailed, "--max-chars", id="422"),
        pytest.param(_POST, 400, CommentFailed, "", id="400"),
        pytest.param(_LIST, 301, CommentFailed, "renamed", id="301"),
    ],
)
def test_a_lasting_failure_is_told_at_once(
    forge: Forge, request_: str, status: int, failure: type[CommentFailed], hint: str
) -> None:
    headers = {"location": "https://elsewhere.example/"} if status == 301 else {}
    stand_in = StandIn(
        forge, faults=[Fault(request_, status, f"because {TOKEN}", headers, times=9)]
    )
    clock = JumpingClock()
    with pytest.raises(CommentFailed) as caught:
        published(stand_in, text(), clock)
    assert type(caught.value) is failure
    assert caught.value.status == status
    assert hint in caught.value.hint
    assert clock.waited == []
    assert TOKEN not in caught.value.message


def test_a_fork_is_told_of_its_read_only_token() -> None:
    message = "Resource not accessible by integration"
    with pytest.raises(CommentNotPermitted, match=message) as caught:
        published(StandIn(faults=[Fault(_POST, 403, message)]), text())
    assert "permissions: {pull-requests: write}" in caught.value.hint
    assert "fork" in caught.value.hint


def test_a_token_of_too_small_a_scope_is_told_which_it_needs() -> None:
    with pytest.raises(CommentNotPermitted) as caught:
        published(StandIn("gitlab", faults=[Fault("GET .*/user", 403)]), text())
    assert "scope `api`" in caught.value.hint


def test_a_forge_that_stays_broken_is_given_up_after_five_tries() -> None:
    stand_in = StandIn(faults=[Fault(_LIST, 502, times=99)])
    with pytest.raises(CommentFailed, match="502"):
        published(stand_in, text())
    assert len([each for each in stand_in.requests if "comments" in each]) == 5


def test_a_lost_connection_is_told_without_the_token() -> None:
    with pytest.raises(CommentFailed) as caught:
        published(StandIn(faults=[Fault("GET .*", times=99)]), text())
    assert "reset" in caught.value.message
    assert TOKEN not in caught.value.message


@pytest.mark.parametrize(
    ("stand_in", "author"),
    [
        pytest.param(StandIn(login="ann", is_app=False), "ann", id="a person's token"),
        pytest.param(StandIn(), APP, id="the token of GitHub Actions"),
        pytest.param(StandIn(login="my[bot]"), "my[bot]", id="another app's token"),
        pytest.param(StandIn(knows_viewer=False), APP, id="GraphQL does not tell"),
        pytest.param(
            StandIn(faults=[Fault("POST .*graphql", 403)]), APP, id="GraphQL is not permitted"
        ),
    ],
)
def test_github_tells_whose_the_token_is(stand_in: StandIn, author: str) -> None:
    for login in ("ann", APP, "my[bot]", "stranger"):
        stand_in.write(login, text())
    published(stand_in, text(words="new"))
    changed = [note.login for note in stand_in.notes.values() if "new" in note.body]
    assert changed == [author]


def test_github_enterprise_server_has_graphql_beside_its_rest_api() -> None:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        if request.url.path.endswith("/user"):
            return httpx.Response(403, json={"message": "not accessible by integration"})
        return httpx.Response(200, json={"data": {"viewer": {"login": "my[bot]"}}})

    login = asyncio.run(_with(answer, lambda it: it.viewer(), "https://ghe.example/api/v3"))
    assert login == "my[bot]"
    assert asked == ["https://ghe.example/api/v3/user", "https://ghe.example/api/graphql"]


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"<html>", id="HTML"),
        pytest.param(b"", id="nothing"),
        pytest.param(b"{}", id="no list"),
        pytest.param(b'["text"]', id="a list of texts"),
        pytest.param(b'[{"body": "x"}]', id="a comment without an id"),
        pytest.param(b'[{"id": "7"}]', id="an id that is a text"),
        pytest.param(b"[" * 100_000, id="endless nesting"),
    ],
)
def test_a_listing_that_makes_no_sense_ends_in_a_failure(content: bytes) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=content)

    with pytest.raises(CommentFailed, match="was answered 200 with"):
        asyncio.run(_with(answer, lambda it: it.page(1)))


@pytest.mark.parametrize(
    "item",
    [
        pytest.param({"id": 1, "user": None, "body": None}, id="null"),
        pytest.param({"id": 1}, id="missing"),
        pytest.param({"id": 1, "user": "ann", "body": 7, "html_url": []}, id="of other types"),
    ],
)
def test_a_comment_without_author_and_text_is_nobodys(item: dict[str, object]) -> None:
    def answer(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=json.dumps([item]))

    page = asyncio.run(_with(answer, lambda it: it.page(1)))
    assert (page.comments[0].author, page.comments[0].mark) == ("", None)


@pytest.mark.parametrize(
    ("url", "token", "said"),
    [
        pytest.param("http://forge.example", TOKEN, "unencrypted", id="not encrypted"),
        pytest.param("ftp://forge.example", TOKEN, "not an http", id="another scheme"),
        pytest.param("forge.example", TOKEN, "not an http", id="no scheme"),
        pytest.param("https://a:pass@forge.example", TOKEN, "password", id="a password"),
        pytest.param("https://forge.example?x=1", TOKEN, "not an http", id="a query"),
        pytest.param("https://forge.example:port", TOKEN, "not a URL", id="no URL"),
        pytest.param("https://forge.example", "a b", "token", id="a token with a space"),
        pytest.param("https://forge.example", "a\nb", "token", id="a token with a line end"),
        pytest.param("https://forge.example", "", "token", id="no token"),
    ],
)
def test_what_would_give_the_token_away_is_refused(url: str, token: str, said: str) -> None:
    with pytest.raises(UsageError, match=said) as caught:
        github_client(url, token, JumpingClock(), seeded(1))
    assert "pass@" not in caught.value.message


def test_the_token_goes_to_that_host_alone() -> None:
    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(307, headers={"location": "https://elsewhere.example/"})

    with pytest.raises(CommentFailed, match="elsewhere"):
        asyncio.run(_with(answer, lambda it: it.page(1)))
    assert hosts == ["forge.example"]


async def _with(
    answer: Callable[[httpx.Request], httpx.Response],
    ask: Callable[[PullRequest], Awaitable[Result]],
    url: str = "https://forge.example",
) -> Result:
    """What `ask` gets from a GitHub that gives `answer`."""
    mock = httpx.MockTransport(answer)
    async with github_client(url, TOKEN, JumpingClock(), seeded(1), transport=mock) as client:
        return await ask(PullRequest(client, "clinic/fax", 7))
