from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from faxops.errors import (
    ApiError,
    AuthenticationFailed,
    MalformedAnswer,
    ObjectNotFound,
    ServerFailed,
)
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.marks import Mark
from faxops.model.registry import KINDS
from faxops.reconcile.provider import Provider
from faxops.telnyx.account import organization_id
from faxops.telnyx.provider import ENDPOINTS, TelnyxProvider
from tests.telnyx.accounts import Account, application
from tests.telnyx.virtual import Handler, Result, open_client, run_virtual

ID = application(0)["id"]


def provided(handler: Handler, work: Callable[[Provider], Awaitable[Result]]) -> Result:
    """What `work` gets from a provider, which must fit the reconciler's Protocol."""

    async def run() -> Result:
        async with open_client(handler) as client:
            return await work(TelnyxProvider(client))

    return run_virtual(run())


class Recorder:
    """Answers every request with `response` and keeps the requests."""

    def __init__(self, status: int, document: object = None) -> None:
        self.requests: list[httpx.Request] = []
        self._status = status
        self._content = b"" if document is None else json.dumps(document).encode()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self._status, content=self._content)

    @property
    def only(self) -> httpx.Request:
        (request,) = self.requests
        return request


def test_every_kind_has_an_endpoint() -> None:
    assert set(ENDPOINTS) == {kind.name for kind in KINDS}


def test_a_listing_is_oldest_first_in_whatever_order_it_came() -> None:
    items = [application(number) for number in range(40)]
    items[3]["created_at"] = "2020-01-01T00:00:00Z"
    account = Account(list(reversed(items)))
    live = provided(account, lambda provider: provider.list(FAX_APPLICATION))
    assert live[0].id == items[3]["id"]
    assert [each.created_at for each in live] == sorted(item["created_at"] for item in items)


def test_a_listing_reads_marks_and_values() -> None:
    item = application(1) | {"tags": ["faxops.clinic.intake", "red"]}
    (live,) = provided(Account([item]), lambda provider: provider.list(FAX_APPLICATION))
    assert live.marks.owners == frozenset({Mark("clinic", "intake")})
    assert live.values["tags"] == frozenset({"red"})
    assert live.raw == item


def test_before_a_create_the_last_listing_is_confirmed_by_one_more() -> None:
    account = Account([application(number) for number in range(300)])

    async def work(provider: Provider) -> int:
        await provider.list(FAX_APPLICATION)
        return len(await provider.list_settled(FAX_APPLICATION))

    assert provided(account, work) == 300
    assert len(account.asked) == 4


def test_a_settled_listing_without_one_before_it_reads_twice() -> None:
    account = Account([application(number) for number in range(300)])
    provided(account, lambda provider: provider.list_settled(FAX_APPLICATION))
    assert len(account.asked) == 4


def test_get_returns_the_object() -> None:
    api = Recorder(200, {"data": application(0)})
    live = provided(api, lambda provider: provider.get(FAX_APPLICATION, ID))
    assert live is not None
    assert live.id == ID
    assert api.only.url.path == f"/v2/fax_applications/{ID}"


def test_get_of_what_is_gone_is_none() -> None:
    assert provided(Recorder(404), lambda provider: provider.get(FAX_APPLICATION, ID)) is None


@pytest.mark.parametrize("status", [400, 422])
def test_only_404_counts_as_gone(status: int) -> None:
    with pytest.raises(ApiError):
        provided(Recorder(status), lambda provider: provider.get(FAX_APPLICATION, ID))


def test_another_object_than_the_one_asked_for_is_not_believed() -> None:
    api = Recorder(200, {"data": application(1)})
    with pytest.raises(MalformedAnswer, match="another object"):
        provided(api, lambda provider: provider.get(FAX_APPLICATION, ID))
    with pytest.raises(MalformedAnswer, match="another object") as caught:
        provided(api, lambda provider: provider.update(FAX_APPLICATION, ID, {}))
    assert caught.value.processed == "maybe"


def test_create_posts_the_payload_and_returns_what_was_stored() -> None:
    api = Recorder(201, {"data": application(0)})
    payload = {"application_name": "Zürich \ud800", "tags": ["faxops.s.k"]}
    live = provided(api, lambda provider: provider.create(FAX_APPLICATION, payload))
    assert live.id == ID
    assert (api.only.method, api.only.url.path) == ("POST", "/v2/fax_applications")
    assert api.only.headers["content-type"] == "application/json"
    assert json.loads(api.only.content) == payload


def test_a_created_object_without_an_id_may_exist() -> None:
    with pytest.raises(MalformedAnswer) as caught:
        provided(Recorder(201, {"data": {}}), lambda provider: provider.create(FAX_APPLICATION, {}))
    assert caught.value.processed == "maybe"


def test_update_patches_the_object() -> None:
    api = Recorder(200, {"data": application(0)})
    provided(api, lambda provider: provider.update(FAX_APPLICATION, ID, {"active": False}))
    assert (api.only.method, api.only.url.path) == ("PATCH", f"/v2/fax_applications/{ID}")
    assert json.loads(api.only.content) == {"active": False}


def test_update_of_what_is_gone_is_an_error() -> None:
    with pytest.raises(ObjectNotFound):
        provided(Recorder(404), lambda provider: provider.update(FAX_APPLICATION, ID, {}))


@pytest.mark.parametrize(
    ("status", "document"),
    [
        pytest.param(200, {"data": application(0)}, id="the-deleted-object-is-returned"),
        pytest.param(204, None, id="nothing-is-returned"),
        pytest.param(404, {"errors": [{"code": "10005", "title": "x"}]}, id="already-gone"),
    ],
)
def test_delete_is_done_when_the_object_is_gone(status: int, document: object) -> None:
    api = Recorder(status, document)
    provided(api, lambda provider: provider.delete(FAX_APPLICATION, ID))
    assert (api.only.method, api.only.url.path) == ("DELETE", f"/v2/fax_applications/{ID}")


def test_delete_that_fails_is_an_error() -> None:
    with pytest.raises(ServerFailed) as caught:
        provided(Recorder(500), lambda provider: provider.delete(FAX_APPLICATION, ID))
    assert caught.value.processed == "maybe"


@pytest.mark.parametrize("odd", ["..", ".", "../../public_key", "a/b", "1?x=1", "1#x", "é", "%2e"])
def test_no_id_leads_out_of_its_collection(odd: str) -> None:
    api = Recorder(204)
    provided(api, lambda provider: provider.delete(FAX_APPLICATION, odd))
    raw = api.only.url.raw_path.decode()
    assert raw.startswith("/v2/fax_applications/")
    assert raw.count("/") == 3
    assert "?" not in raw
    assert ".." not in raw


def numbers_of(items: list[dict[str, Any]]) -> tuple[str, ...]:
    return provided(Account(items), lambda provider: provider.attached_numbers(ID))


def test_attached_numbers_are_asked_for_by_application_and_sorted() -> None:
    numbers = ["+13125550002", "+13125550001", "+13125550001"]
    items = [
        {"id": str(place), "phone_number": number, "connection_id": ID}
        for place, number in enumerate(numbers)
    ]
    account = Account(items)
    found = provided(account, lambda provider: provider.attached_numbers(ID))
    assert found == ("+13125550001", "+13125550002")
    assert account.asked[0]["filter[connection_id]"] == ID


@pytest.mark.parametrize(
    ("connection", "attached"),
    [
        pytest.param({"connection_id": ID}, True, id="this-application"),
        pytest.param({"connection_id": int(ID)}, True, id="this-application-as-a-number"),
        pytest.param({"connection_id": "1"}, False, id="another-the-filter-was-ignored"),
        pytest.param({"connection_id": None}, False, id="none"),
        pytest.param({}, True, id="untold-so-the-filter-is-believed"),
    ],
)
def test_the_answer_to_the_filter_is_checked(connection: dict[str, Any], *, attached: bool) -> None:
    found = numbers_of([{"id": "1", "phone_number": "+13125550001"} | connection])
    assert found == (("+13125550001",) if attached else ())


def test_a_number_without_its_number_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match="no `phone_number`"):
        numbers_of([{"id": "1", "connection_id": ID}])


def organization(status: int, document: object = None) -> str | None:
    async def run() -> str | None:
        async with open_client(Recorder(status, document)) as client:
            return await organization_id(client)

    return run_virtual(run())


@pytest.mark.parametrize(
    ("status", "document", "expected"),
    [
        pytest.param(200, {"data": {"organization_id": "7a1c", "public": "x"}}, "7a1c", id="told"),
        pytest.param(200, {"data": {"public": "x"}}, None, id="an-answer-without-it"),
        pytest.param(200, {"data": {"organization_id": 7}}, None, id="a-number"),
        pytest.param(200, {"data": []}, None, id="no-object"),
        pytest.param(200, None, None, id="no-body"),
        pytest.param(404, None, None, id="the-path-is-not-in-the-api-description"),
        pytest.param(403, None, None, id="not-for-this-key"),
    ],
)
def test_the_organization_is_known_or_none(
    status: int, document: object, expected: str | None
) -> None:
    assert organization(status, document) == expected


def test_a_wrong_key_is_no_unknown_organization() -> None:
    with pytest.raises(AuthenticationFailed):
        organization(401)
