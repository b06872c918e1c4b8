from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.emulator.account import MINIMAL, URL, Account, problem


def test_a_created_application_has_the_defaults_of_the_api() -> None:
    reply = Account().post(MINIMAL)
    assert reply.status_code == 201
    assert reply.json() == {
        "data": {
            "id": "1293384261075739418",
            "record_type": "fax_application",
            "created_at": "2026-11-24T12:00:00.250Z",
            "updated_at": "2026-11-24T12:00:00.250Z",
            "application_name": "Intake",
            "webhook_event_url": URL,
            "webhook_event_failover_url": "",
            "webhook_timeout_secs": None,
            "active": True,
            "anchorsite_override": "Latency",
            "tags": [],
            "inbound": {
                "channel_limit": None,
                "sip_subdomain": None,
                "sip_subdomain_receive_settings": "from_anyone",
            },
            "outbound": {"channel_limit": None},
        }
    }


def test_every_field_that_is_sent_is_stored() -> None:
    account = Account()
    sent = {
        **MINIMAL,
        "webhook_event_failover_url": "https://failover.clinic.example/fax",
        "webhook_timeout_secs": 0,
        "active": False,
        "anchorsite_override": "Toronto, Canada",
        "tags": ["b", "a"],
        "inbound": {
            "channel_limit": 3,
            "sip_subdomain": "intake",
            "sip_subdomain_receive_settings": "only_my_connections",
        },
        "outbound": {"channel_limit": 4, "outbound_voice_profile_id": "1293384261075731500"},
    }
    stored = account.read(account.made(**sent)["id"])
    assert {key: stored[key] for key in sent} == sent


def test_ids_are_nineteen_digits_that_no_float_can_hold_and_never_come_twice() -> None:
    account = Account()
    first = account.made()["id"]
    account.delete(f"/fax_applications/{first}")
    second = account.made()["id"]
    assert len({first, second}) == 2
    for each in (first, second):
        assert len(each) == 19
        assert int(float(each)) != int(each)


def test_a_patch_changes_what_it_names_and_the_time_of_change() -> None:
    account = Account()
    made = account.made(tags=["a"], webhook_timeout_secs=5)
    account.clock.moved = 60
    body = {**MINIMAL, "active": False}
    reply = account.patch(f"/fax_applications/{made['id']}", body)
    assert reply.status_code == 200
    expected = {**made, "active": False, "updated_at": "2026-11-24T12:01:00.250Z"}
    assert reply.json()["data"] == expected
    assert account.read(made["id"]) == expected


def test_null_clears_what_is_nullable() -> None:
    account = Account()
    made = account.made(webhook_timeout_secs=5, webhook_event_failover_url="https://f.example/")
    cleared = {**MINIMAL, "webhook_timeout_secs": None, "webhook_event_failover_url": None}
    shown = account.patch(f"/fax_applications/{made['id']}", cleared).json()["data"]
    assert shown["webhook_timeout_secs"] is None
    assert shown["webhook_event_failover_url"] == ""


@pytest.mark.parametrize("unset", ["", None], ids=["the default in the schema", "null"])
def test_an_unset_failover_url_is_accepted_in_both_spellings(unset: str | None) -> None:
    account = Account()
    assert account.made(webhook_event_failover_url=unset)["webhook_event_failover_url"] == ""


def test_the_empty_text_detaches_the_voice_profile() -> None:
    account = Account()
    made = account.made(outbound={"outbound_voice_profile_id": "12"})
    body = {**MINIMAL, "outbound": {"outbound_voice_profile_id": ""}}
    shown = account.patch(f"/fax_applications/{made['id']}", body).json()["data"]
    assert shown["outbound"] == {"channel_limit": None}


def test_read_only_and_unknown_fields_of_a_request_are_ignored() -> None:
    account = Account()
    made = account.made(id="7", record_type="x", created_at="x", colour="red", inbound={"a": 1})
    assert made["id"] != "7"
    assert "colour" not in made
    assert "a" not in made["inbound"]
    body = {**MINIMAL, "id": "7", "created_at": "x", "colour": "red"}
    shown = account.patch(f"/fax_applications/{made['id']}", body).json()["data"]
    assert shown == made


def test_fields_that_the_description_does_not_know_survive_a_patch() -> None:
    seeded = {**MINIMAL, "id": "42", "codec": "T38", "inbound": {"codec": "G711"}}
    account = Account(seed={"fax_applications": [seeded]}, behaviours={"nested_patch": "merge"})
    account.patch("/fax_applications/42", {**MINIMAL, "inbound": {"channel_limit": 2}})
    shown = account.read("42")
    assert shown["codec"] == "T38"
    assert shown["inbound"]["codec"] == "G711"
    account.patch("/fax_applications/42", {**MINIMAL, "codec": "T30", "inbound": {"codec": "x"}})
    shown = account.read("42")
    assert (shown["codec"], shown["inbound"]["codec"]) == ("T30", "x")


def test_a_delete_answers_the_object_and_then_it_is_gone() -> None:
    account = Account()
    made = account.made()
    path = f"/fax_applications/{made['id']}"
    reply = account.delete(path)
    assert (reply.status_code, reply.json()) == (200, {"data": made})
    assert problem(account.delete(path)) == (404, "10005", "")
    assert problem(account.get(path)) == (404, "10005", "")
    assert problem(account.patch(path, MINIMAL)) == (404, "10005", "")
    assert account.names() == []


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        pytest.param({"application_name": None}, "10015", "/application_name", id="null name"),
        pytest.param({"application_name": " "}, "10015", "/application_name", id="blank name"),
        pytest.param({"application_name": 7}, "10015", "/application_name", id="name is a number"),
        pytest.param(
            {"webhook_event_url": "hooks.clinic.example"},
            "10015",
            "/webhook_event_url",
            id="a URL without scheme",
        ),
        pytest.param(
            {"webhook_event_url": "https://x.example/" + "a" * 2000},
            "10003",
            "/webhook_event_url",
            id="a URL over 2000 characters",
        ),
        pytest.param(
            {"webhook_event_failover_url": "nowhere"},
            "10015",
            "/webhook_event_failover_url",
            id="a failover URL that is none",
        ),
        pytest.param(
            {"webhook_timeout_secs": 31}, "10015", "/webhook_timeout_secs", id="over the maximum"
        ),
        pytest.param(
            {"webhook_timeout_secs": -1}, "10015", "/webhook_timeout_secs", id="under the minimum"
        ),
        pytest.param({"active": None}, "10015", "/active", id="active is not nullable"),
        pytest.param({"active": "yes"}, "10015", "/active", id="active is no text"),
        pytest.param(
            {"anchorsite_override": "latency"},
            "10015",
            "/anchorsite_override",
            id="the enum minds case",
        ),
        pytest.param({"inbound": None}, "10015", "/inbound", id="inbound is an object"),
        pytest.param(
            {"inbound": {"channel_limit": "3"}},
            "10015",
            "/inbound/channel_limit",
            id="a nested type",
        ),
        pytest.param(
            {"outbound": {"outbound_voice_profile_id": 12}},
            "10015",
            "/outbound/outbound_voice_profile_id",
            id="an id is text",
        ),
        pytest.param({"tags": "a"}, "10015", "/tags", id="tags are a list"),
        pytest.param({"tags": ["a", 1]}, "10015", "/tags/1", id="a tag is text"),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_bad_value_is_refused_with_its_place(
    method: str, change: Mapping[str, Any], code: str, pointer: str
) -> None:
    account = Account()
    path = "/fax_applications"
    if method == "PATCH":
        path += "/" + account.made()["id"]
    before = account.get("/fax_applications").text
    reply = account.request(method, path, json={**MINIMAL, **change})
    assert problem(reply) == (422, code, pointer)
    assert account.get("/fax_applications").text == before


def test_every_problem_of_a_request_is_named_at_once() -> None:
    reply = Account().post({"active": 1, "tags": 2})
    pointers = {each["source"]["pointer"] for each in reply.json()["errors"]}
    assert pointers == {"/application_name", "/webhook_event_url", "/active", "/tags"}
    details = {each["detail"] for each in reply.json()["errors"]}
    assert "can't be blank" in details


def test_an_e_mail_recipient_needs_an_at_sign() -> None:
    account = Account()
    path = f"/fax_applications/{account.made()['id']}"
    reply = account.patch(path, {**MINIMAL, "fax_email_recipient": "nobody"})
    assert problem(reply) == (422, "10019", "/fax_email_recipient")


def test_an_application_keeps_its_own_sip_subdomain() -> None:
    account = Account()
    made = account.made(inbound={"sip_subdomain": "intake"})
    body = {**MINIMAL, "inbound": {"sip_subdomain": "intake", "channel_limit": 2}}
    assert account.patch(f"/fax_applications/{made['id']}", body).status_code == 200


@pytest.fixture(scope="module")
def five() -> Account:
    """Five applications made a second apart, two of them inactive."""
    account = Account()
    for name, active in (("delta", 1), ("alpha", 0), ("ALPHABET", 1), ("echo", 0), ("bravo", 1)):
        profile = {"outbound_voice_profile_id": "77"} if active else {}
        account.made(application_name=name, active=bool(active), outbound=profile)
        account.clock.moved += 1
    return account


@pytest.mark.parametrize(
    ("sort", "names"),
    [
        ("created_at", ["delta", "alpha", "ALPHABET", "echo", "bravo"]),
        ("-created_at", ["bravo", "echo", "ALPHABET", "alpha", "delta"]),
        ("application_name", ["ALPHABET", "alpha", "bravo", "delta", "echo"]),
        ("-application_name", ["echo", "delta", "bravo", "alpha", "ALPHABET"]),
        ("active", ["alpha", "echo", "delta", "ALPHABET", "bravo"]),
        ("-active", ["bravo", "ALPHABET", "delta", "echo", "alpha"]),
    ],
)
def test_a_listing_is_sorted(five: Account, sort: str, names: list[str]) -> None:
    assert five.names(sort=sort) == names


def test_a_page_says_where_it_stands(five: Account) -> None:
    reply = five.get("/fax_applications", **{"page[number]": 2, "page[size]": 2, "sort": "active"})
    assert [each["application_name"] for each in reply.json()["data"]] == ["delta", "ALPHABET"]
    assert reply.json()["meta"] == {
        "page_number": 2,
        "page_size": 2,
        "total_pages": 3,
        "total_results": 5,
    }


def test_a_page_has_twenty_unless_asked() -> None:
    account = Account()
    for _ in range(21):
        account.made()
    listing = account.get("/fax_applications").json()
    assert len(listing["data"]) == 20
    assert listing["meta"] == {
        "page_number": 1,
        "page_size": 20,
        "total_pages": 2,
        "total_results": 21,
    }


def test_an_empty_account_has_an_empty_first_page() -> None:
    assert Account().get("/fax_applications").json() == {
        "data": [],
        "meta": {"page_number": 1, "page_size": 20, "total_pages": 0, "total_results": 0},
    }


def test_the_name_filter_finds_parts_in_any_case(five: Account) -> None:
    query = {"filter[application_name][contains]": "aLPHa"}
    assert five.names(**query) == ["alpha", "ALPHABET"]


def test_the_profile_filter_is_exact_and_counted(five: Account) -> None:
    reply = five.get("/fax_applications", **{"filter[outbound_voice_profile_id]": "77"})
    assert reply.json()["meta"]["total_results"] == 3
    reply = five.get("/fax_applications", **{"filter[outbound_voice_profile_id]": "7"})
    assert reply.json()["meta"]["total_results"] == 0


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        pytest.param("page[size]", "251", "10015", id="over the largest page"),
        pytest.param("page[size]", "0", "10015", id="no page at all"),
        pytest.param("page[number]", "0", "10015", id="pages count from one"),
        pytest.param("page[number]", "two", "10015", id="not a number"),
        pytest.param("page", "2", "10015", id="page is an object"),
        pytest.param("sort", "colour", "10015", id="no such field"),
        pytest.param("sort", "--active", "10015", id="two signs"),
        pytest.param("filter[application_name][contains]", "ab", "10031", id="two characters"),
        pytest.param("filter[colour]", "red", "10031", id="no such filter"),
    ],
)
def test_a_bad_query_is_refused_with_its_parameter(
    five: Account, name: str, value: str, code: str
) -> None:
    assert problem(five.get("/fax_applications", **{name: value})) == (400, code, name)


def test_a_parameter_that_does_not_exist_is_ignored(five: Account) -> None:
    assert len(five.names(page_size=1)) == 5
