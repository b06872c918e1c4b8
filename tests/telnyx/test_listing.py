from __future__ import annotations

import copy
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faxops.errors import IncompleteListing, MalformedAnswer, PermissionDenied
from faxops.telnyx.listing import READINGS, Listing, read_settled, read_whole
from tests.telnyx.accounts import Account, Page, Spoil, application
from tests.telnyx.virtual import Handler, LoopClock, open_client, run_virtual

SORT = {"sort": "created_at"}


def applications(count: int) -> list[dict[str, Any]]:
    return [application(number) for number in range(count)]


def read(account: Handler, clock: LoopClock | None = None) -> Listing:
    async def work() -> Listing:
        async with open_client(account, clock=clock) as client:
            return await read_whole(client, "/fax_applications", SORT)

    return run_virtual(work())


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]


def only(spoilt: range, change: dict[str, Any]) -> Spoil:
    """Change `meta` on the pages that were asked for in the places `spoilt`, from 0."""

    def spoil(place: int, page: Page) -> Page:
        meta = page["meta"] | (change if place in spoilt else {})
        return page | {"meta": meta}

    return spoil


@pytest.mark.parametrize(
    ("count", "cap", "requests"),
    [
        pytest.param(0, 250, 1, id="an-empty-account"),
        pytest.param(1, 250, 1, id="one"),
        pytest.param(250, 250, 1, id="a-full-page"),
        pytest.param(251, 250, 2, id="one-more-than-a-page"),
        pytest.param(2600, 250, 11, id="more-pages-than-requests-in-flight"),
        pytest.param(700, 100, 7, id="a-server-with-smaller-pages"),
    ],
)
def test_an_account_at_rest_is_read_with_one_request_a_page(
    count: int, cap: int, requests: int
) -> None:
    account = Account(applications(count), cap=cap)
    listing = read(account)
    assert ids(list(listing.items)) == ids(account.items)
    assert listing.pages == len(account.asked) == requests


def test_each_page_is_asked_for_with_the_order_and_the_largest_size() -> None:
    account = Account(applications(600))
    read(account)
    queries = sorted(str(query["page[number]"]) for query in account.asked)
    assert queries == ["1", "2", "3"]
    assert {query["page[size]"] for query in account.asked} == {"250"}
    assert {query["sort"] for query in account.asked} == {"created_at"}


def test_the_order_of_the_api_does_not_matter() -> None:
    account = Account(list(reversed(applications(600))))
    assert len(read(account).ids) == 600


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"total_results": 601}, "total_results 601 and page 1 says 600"),
        ({"total_pages": 4}, "total_pages 4 and page 1 says 3"),
        ({"page_size": 100}, "page_size 100 and page 1 says 250"),
        ({"page_number": 9}, "called itself page 9"),
    ],
)
def test_a_page_that_contradicts_the_first_is_not_believed(
    change: dict[str, Any], message: str
) -> None:
    always = only(range(1, 1000), change)

    def spoil(place: int, page: Page) -> Page:
        return page if page["meta"]["page_number"] == 1 else always(place, page)

    with pytest.raises(IncompleteListing) as caught:
        read(Account(applications(600), spoil=spoil))
    assert message in caught.value.message
    assert "GET /fax_applications" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"total_results": 7}, "6 objects came and total_results is 7"),
        ({"total_results": 5}, "6 objects came and total_results is 5"),
        ({"total_pages": 2}, "total_pages is 2"),
        ({"total_results": 500}, "total_pages is 1"),
    ],
)
def test_a_first_page_that_contradicts_itself_is_not_believed(
    change: dict[str, Any], message: str
) -> None:
    account = Account(applications(6), spoil=only(range(1000), change))
    with pytest.raises(IncompleteListing) as caught:
        read(account)
    assert message in caught.value.message
    assert len(account.asked) == READINGS


def test_an_object_on_two_pages_means_that_another_may_be_missing() -> None:
    twice = applications(500)
    twice[250] = twice[249]
    with pytest.raises(IncompleteListing, match="1 objects stood on two pages"):
        read(Account(twice))


def test_an_account_that_moved_while_it_was_read_is_read_again() -> None:
    account = Account(applications(600), spoil=only(range(2, 3), {"total_results": 601}))
    clock = LoopClock()
    assert len(read(account, clock).ids) == 600
    assert len(account.asked) == 6
    assert clock.waited == [1.0]


@pytest.mark.parametrize(
    ("meta", "message"),
    [
        pytest.param(None, "a page without `meta`", id="no-meta"),
        pytest.param([], "a page without `meta`", id="meta-is-a-list"),
        pytest.param({"total_results": "6"}, "`meta.total_results`", id="a-text"),
        pytest.param({"total_results": -1}, "`meta.total_results`", id="negative"),
        pytest.param({"total_results": 6.0}, "`meta.total_results`", id="a-fraction"),
        pytest.param({"total_results": True}, "`meta.total_results`", id="a-boolean"),
        pytest.param({"total_results": None}, "`meta.total_results`", id="null"),
        pytest.param({"total_pages": None}, "`meta.total_pages`", id="no-pages"),
        pytest.param({"page_size": 0}, "`meta.page_size`", id="pages-of-nothing"),
        pytest.param({"page_number": 0}, "`meta.page_number`", id="page-zero"),
        pytest.param(
            {"total_results": 10**12, "total_pages": 4 * 10**9},
            "4000000000 pages",
            id="a-claim-that-would-fill-the-memory",
        ),
    ],
)
def test_a_page_without_sound_totals_is_malformed(meta: object, message: str) -> None:
    def spoil(_: int, page: Page) -> Page:
        return page | {"meta": page["meta"] | meta if isinstance(meta, dict) else meta}

    account = Account(applications(6), spoil=spoil)
    with pytest.raises(MalformedAnswer) as caught:
        read(account)
    assert message in caught.value.message
    assert "page[number]=1" in caught.value.message
    assert len(account.asked) == 1


def test_an_api_that_does_not_number_its_pages_can_be_read() -> None:
    def spoil(_: int, page: Page) -> Page:
        meta = {name: value for name, value in page["meta"].items() if name != "page_number"}
        return page | {"meta": meta}

    assert len(read(Account(applications(300), spoil=spoil)).ids) == 300


def test_the_failure_of_one_page_is_raised_as_it_is() -> None:
    account = Account(applications(600))

    def handle(request: httpx.Request) -> httpx.Response:
        last = request.url.params["page[number]"] == "3"
        return httpx.Response(403) if last else account(request)

    with pytest.raises(PermissionDenied, match=r"page\[number\]=3"):
        read(handle)


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_whatever_the_pages_do_only_a_complete_listing_is_accepted(data: st.DataObject) -> None:
    items = applications(data.draw(st.integers(0, 12)))
    whole = set(ids(items))
    faults = st.sampled_from(["none", "none", "none", "drop", "double", "swap", "total", "size"])

    def spoil(_: int, page: Page) -> Page:
        page = copy.deepcopy(page)
        fault = data.draw(faults)
        if fault == "drop":
            page["data"] = page["data"][1:]
        elif fault == "double":
            page["data"] = page["data"] + page["data"][:1]
        elif fault == "swap" and page["data"]:
            page["data"][0] = items[0]
        elif fault == "total":
            page["meta"]["total_results"] += data.draw(st.integers(-1, 1))
        elif fault == "size":
            page["meta"]["page_size"] += 1
        page["meta"]["total_results"] = max(page["meta"]["total_results"], 0)
        return page

    account = Account(items, cap=4, spoil=spoil)
    try:
        listing = read(account)
    except IncompleteListing:
        return
    assert listing.ids == whole
    assert len(listing.items) == len(whole)


def settle(account: Account, previous: Listing) -> Listing:
    async def work() -> Listing:
        async with open_client(account) as client:
            return await read_settled(client, "/fax_applications", SORT, previous)

    return run_virtual(work())


def test_one_page_is_settled_without_a_request() -> None:
    account = Account(applications(250))
    listing = read(account)
    assert settle(account, listing) is listing
    assert len(account.asked) == 1


def test_more_pages_are_settled_by_a_second_listing_of_the_same_objects() -> None:
    account = Account(applications(600))
    listing = read(account)
    assert settle(account, listing).ids == listing.ids
    assert len(account.asked) == 6


def test_a_listing_that_grew_is_settled_by_a_third() -> None:
    account = Account(applications(600))
    listing = read(account)
    account.items = applications(601)
    assert len(settle(account, listing).ids) == 601
    assert len(account.asked) == 9


def test_an_account_that_never_rests_is_never_settled() -> None:
    listing = read(Account(applications(300)))

    def grow(_: int, page: Page) -> Page:
        if page["meta"]["page_number"] == 2:
            account.items = applications(len(account.items) + 1)
        return page

    account = Account(applications(301), spoil=grow)
    with pytest.raises(IncompleteListing, match="1 objects came or went"):
        settle(account, listing)
    assert len(account.asked) == 2 * READINGS
