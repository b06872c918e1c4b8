"""Faxes over the API: the pages of a list, and what an id can do to a path."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

import httpx
import pytest

from faxops.errors import MalformedAnswer, ObjectNotFound, ServerFailed, UsageError
from faxops.model.fax import Fax
from faxops.telnyx.faxes import Faxes, FaxFilter
from tests.telnyx.virtual import open_client, run_virtual

FAX = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0"
EVERY = FaxFilter()
Result = TypeVar("Result")
Handler = Callable[[httpx.Request], httpx.Response]


def with_faxes(handler: Handler, work: Callable[[Faxes], Coroutine[Any, Any, Result]]) -> Result:
    async def run() -> Result:
        async with open_client(handler) as client:
            return await work(Faxes(client))

    return run_virtual(run())


def listed(handler: Handler, which: FaxFilter = EVERY) -> list[str]:
    async def work(faxes: Faxes) -> list[str]:
        return [fax.id async for fax in faxes.list(which)]

    return with_faxes(handler, work)


def pages(*contents: list[str], **meta: object) -> tuple[Handler, list[dict[str, str]]]:
    """An account whose listing has these pages, and the queries that it was asked."""
    asked: list[dict[str, str]] = []

    def answer(request: httpx.Request) -> httpx.Response:
        query = dict(request.url.params)
        asked.append(query)
        number = int(query["page[number]"])
        items = contents[number - 1] if number <= len(contents) else []
        told = {"page_number": number, "total_pages": len(contents), **meta}
        return httpx.Response(200, json={"data": [{"id": each} for each in items], "meta": told})

    return answer, asked


def test_every_page_is_read_and_each_id_told_once() -> None:
    handler, asked = pages(["a", "b"], ["b", "c"], ["d"])
    assert listed(handler) == ["a", "b", "c", "d"]
    assert [each["page[number]"] for each in asked] == ["1", "2", "3"]


def test_an_empty_page_ends_it_whatever_the_total_says() -> None:
    handler, asked = pages(["a"], [], total_pages=1000)
    assert listed(handler) == ["a"]
    assert len(asked) == 2


@pytest.mark.parametrize("total", ["2", None, True], ids=repr)
def test_a_total_that_is_no_number_means_one_page(total: object) -> None:
    handler, asked = pages(["a"], ["b"], total_pages=total)
    assert listed(handler) == ["a"]
    assert len(asked) == 1


def test_the_next_page_is_read_only_when_it_is_needed() -> None:
    handler, asked = pages(["a", "b"], ["c"])

    async def first(faxes: Faxes) -> str:
        async for fax in faxes.list():
            return fax.id
        return ""

    assert with_faxes(handler, first) == "a"
    assert len(asked) == 1


def test_a_filter_is_sent_with_every_page_and_what_is_not_asked_for_is_not() -> None:
    handler, asked = pages(["a"], ["b"])
    listed(
        handler, FaxFilter("inbound", "+1", "+2", "2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z")
    )
    filters = [{k: v for k, v in each.items() if k.startswith("filter")} for each in asked]
    assert filters == 2 * [
        {
            "filter[direction][eq]": "inbound",
            "filter[from][eq]": "+1",
            "filter[to][eq]": "+2",
            "filter[created_at][gte]": "2026-11-01T00:00:00Z",
            "filter[created_at][lt]": "2026-11-02T00:00:00Z",
        }
    ]
    assert EVERY.params == {}


@pytest.mark.parametrize(
    ("fax_id", "path"),
    [
        ("a/../../fax_applications/1", "/v2/faxes/a%2F%2E%2E%2F%2E%2E%2Ffax_applications%2F1"),
        ("..", "/v2/faxes/%2E%2E"),
        ("x?page=1#y", "/v2/faxes/x%3Fpage%3D1%23y"),
    ],
)
def test_no_id_leads_out_of_the_faxes(fax_id: str, path: str) -> None:
    seen: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.url.raw_path.decode())
        return httpx.Response(404, json={"errors": []})

    with pytest.raises(ObjectNotFound):
        with_faxes(answer, lambda faxes: faxes.get(fax_id))
    assert seen == [path]


@pytest.mark.parametrize("operation", ["get", "delete", "cancel", "refresh"])
def test_an_empty_id_is_refused_before_it_means_all_faxes(operation: str) -> None:
    def never(request: httpx.Request) -> httpx.Response:
        raise AssertionError(request.url)

    with pytest.raises(UsageError, match="can't be empty"):
        with_faxes(never, lambda faxes: getattr(faxes, operation)(""))


def test_another_fax_than_asked_for_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match="another fax"):
        with_faxes(
            lambda _: httpx.Response(200, json={"data": {"id": "other"}}),
            lambda faxes: faxes.get(FAX),
        )


def test_a_refresh_gives_the_fax_with_its_fresh_link() -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.method)
        data = {"result": "ok"} if request.method == "POST" else {"id": FAX, "media_url": "fresh"}
        return httpx.Response(200, json={"data": data})

    found: Fax = with_faxes(answer, lambda faxes: faxes.refresh(FAX))
    assert (found.media_url, calls) == ("fresh", ["POST", "GET"])


def test_an_ambiguous_cancel_is_not_repeated() -> None:
    calls: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        calls.append(request.url.path)
        return httpx.Response(502)

    with pytest.raises(ServerFailed) as failed:
        with_faxes(answer, lambda faxes: faxes.cancel(FAX))
    assert (calls, failed.value.processed) == ([f"/v2/faxes/{FAX}/actions/cancel"], "maybe")


def test_a_delete_whose_first_answer_was_lost_is_done() -> None:
    replies = [httpx.Response(200, json={"data": {"id": FAX}}), httpx.Response(502)]
    gone = httpx.Response(404, json={"errors": []})
    with_faxes(lambda _: replies.pop(0) if replies else gone, lambda faxes: faxes.delete(FAX))
    with pytest.raises(ObjectNotFound):
        with_faxes(lambda _: gone, lambda faxes: faxes.delete(FAX))
