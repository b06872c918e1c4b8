from __future__ import annotations

import pytest

from tests.emulator.account import MINIMAL, Account, problem

SEED = {
    "fax_applications": [
        {**MINIMAL, "id": "41", "application_name": "Zeta"},
        {**MINIMAL, "id": "42", "application_name": "Alpha"},
    ],
    "phone_numbers": [
        {"id": "1", "phone_number": "+12025550101", "connection_id": "41", "tags": ["fax"]},
        {"id": "2", "phone_number": "+12025550102", "connection_id": "42"},
        {"id": "3", "phone_number": "+13125550103", "status": "port-pending"},
    ],
}


def _ids(account: Account, **query: str | int) -> list[str]:
    reply = account.get("/phone_numbers", **query)
    assert reply.status_code == 200, reply.text
    return [each["id"] for each in reply.json()["data"]]


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        pytest.param({}, ["3", "2", "1"], id="newest first"),
        pytest.param({"sort": "phone_number"}, ["1", "2", "3"], id="by number"),
        pytest.param({"sort": "-phone_number"}, ["3", "2", "1"], id="by number, descending"),
        pytest.param({"sort": "connection_name"}, ["3", "2", "1"], id="by name of the application"),
        pytest.param({"sort": "purchased_at"}, ["1", "2", "3"], id="by age"),
        pytest.param({"filter[connection_id]": "41"}, ["1"], id="of one application"),
        pytest.param({"filter[connection_id]": "4"}, [], id="an id is matched whole"),
        pytest.param({"filter[phone_number]": "+12025550102"}, ["2"], id="one number"),
        pytest.param({"filter[phone_number]": "202555"}, ["2", "1"], id="part of a number"),
        pytest.param({"filter[phone_number]": "(202)"}, [], id="other characters match nothing"),
        pytest.param({"filter[status]": "port-pending"}, ["3"], id="by status"),
        pytest.param({"filter[tag]": "fax"}, ["1"], id="by tag"),
        pytest.param({"page[size]": 2, "page[number]": 2}, ["1"], id="the second page"),
    ],
)
def test_numbers_are_listed(query: dict[str, str | int], ids: list[str]) -> None:
    assert _ids(Account(seed=SEED), **query) == ids


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("filter[phone_number]", "12", "10031"),
        ("filter[source]", "ported", "10031"),
        ("filter[status]", "lost", "10015"),
        ("page[size]", "251", "10015"),
    ],
)
def test_a_bad_query_is_refused(name: str, value: str, code: str) -> None:
    assert problem(Account().get("/phone_numbers", **{name: value})) == (400, code, name)


def test_a_number_shows_the_name_that_its_application_has_now() -> None:
    account = Account(seed=SEED)
    account.patch("/fax_applications/41", {**MINIMAL, "application_name": "Renamed"})
    (number,) = account.get("/phone_numbers", **{"filter[connection_id]": "41"}).json()["data"]
    assert number["connection_name"] == "Renamed"


@pytest.mark.parametrize("place", ["3", "+13125550103", "%2B13125550103"])
def test_a_number_is_attached_by_its_id_or_by_itself(place: str) -> None:
    account = Account(seed=SEED)
    account.clock.moved = 5
    reply = account.patch(f"/phone_numbers/{place}", {"connection_id": "41"})
    assert reply.status_code == 200
    number = reply.json()["data"]
    assert (number["connection_id"], number["connection_name"]) == ("41", "Zeta")
    assert number["updated_at"] == "2026-11-24T12:00:05.250Z"
    assert _ids(account, **{"filter[connection_id]": "41"}) == ["3", "1"]


def test_the_other_settings_of_a_number_are_stored() -> None:
    account = Account(seed=SEED)
    body = {"tags": ["a"], "customer_reference": "front", "hd_voice_enabled": True, "status": "x"}
    number = account.patch("/phone_numbers/1", body).json()["data"]
    assert (number["tags"], number["customer_reference"]) == (["a"], "front")
    assert (number["hd_voice_enabled"], number["status"]) == (True, "active")
    assert number["connection_id"] == "41"


def test_a_number_cannot_be_attached_to_nothing() -> None:
    reply = Account(seed=SEED).patch("/phone_numbers/1", {"connection_id": "43"})
    assert problem(reply) == (422, "85004", "/connection_id")


@pytest.mark.parametrize("place", ["4", "+19995550100"])
def test_a_number_that_is_not_there(place: str) -> None:
    reply = Account(seed=SEED).patch(f"/phone_numbers/{place}", {"connection_id": "41"})
    assert problem(reply) == (404, "10005", "")


def test_a_number_of_an_unknown_connection_keeps_its_own_words() -> None:
    number = {"phone_number": "+12025550101", "connection_id": "7", "connection_name": "A trunk"}
    account = Account(seed={"phone_numbers": [number]})
    (shown,) = account.get("/phone_numbers").json()["data"]
    assert (shown["connection_id"], shown["connection_name"]) == ("7", "A trunk")
