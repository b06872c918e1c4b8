from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import httpx
import pytest

from faxops.emulator.behaviours import Behaviours, switches
from tests.emulator.account import FAX, MINIMAL, URL, Account, problem

ROOT = Path(__file__).parents[2]
NUMBER = {"id": "9", "phone_number": "+12025550142", "connection_id": "42"}
INTAKE = {**MINIMAL, "id": "42"}


def _patch(
    behaviours: Mapping[str, str], seeded: Mapping[str, Any], body: object
) -> httpx.Response:
    """The reply to a PATCH of one seeded application."""
    account = Account(behaviours=behaviours, seed={"fax_applications": [{**INTAKE, **seeded}]})
    return account.request("PATCH", "/fax_applications/42", json=body)


def _patched(
    behaviours: Mapping[str, str], seeded: Mapping[str, Any], body: object
) -> dict[str, Any]:
    reply = _patch(behaviours, seeded, body)
    assert reply.status_code == 200, reply.text
    return reply.json()["data"]


def test_the_first_value_of_every_switch_is_its_default_and_its_docstring_names_it() -> None:
    defaults = {name: values[0] for name, values in switches().items()}
    assert asdict(Behaviours()) == defaults
    for name in defaults:
        assert f"    {name}: " in (Behaviours.__doc__ or "")


def test_the_page_on_the_api_names_every_switch_once() -> None:
    page = (ROOT / "docs" / "api-differences.md").read_text(encoding="utf-8")
    cells = re.findall(r"; switch(?:es)? ((?:`\w+`(?:, )?)+) \|$", page, re.MULTILINE)
    named = [name for cell in cells for name in re.findall(r"\w+", cell)]
    assert sorted(named) == sorted(switches())


def test_patch_fields() -> None:
    body = {"webhook_event_url": URL, "webhook_timeout_secs": 9}
    assert problem(_patch({}, {}, body)) == (422, "10015", "/application_name")
    partial = _patched({"patch_fields": "partial"}, {}, body)
    assert (partial["application_name"], partial["webhook_timeout_secs"]) == ("Intake", 9)


def test_a_partial_patch_may_not_blank_what_it_names() -> None:
    reply = _patch({"patch_fields": "partial"}, {}, {"application_name": ""})
    assert problem(reply) == (422, "10015", "/application_name")


@pytest.mark.parametrize(("value", "subdomain"), [("replace", None), ("merge", "intake")])
def test_nested_patch(value: str, subdomain: str | None) -> None:
    body = {**MINIMAL, "inbound": {"channel_limit": 3}}
    found = _patched({"nested_patch": value}, {"inbound": {"sip_subdomain": "intake"}}, body)
    assert found["inbound"] == {
        "channel_limit": 3,
        "sip_subdomain": subdomain,
        "sip_subdomain_receive_settings": "from_anyone",
    }


def test_recipient_in_replies() -> None:
    body = {**MINIMAL, "fax_email_recipient": "intake@clinic.example"}
    assert "fax_email_recipient" not in _patched({}, {}, body)
    present = {"recipient_in_replies": "present"}
    assert _patched(present, {}, body)["fax_email_recipient"] == "intake@clinic.example"
    cleared = {**MINIMAL, "fax_email_recipient": ""}
    seeded = {"fax_email_recipient": "old@clinic.example"}
    assert _patched(present, seeded, MINIMAL)["fax_email_recipient"] == "old@clinic.example"
    assert _patched(present, seeded, cleared)["fax_email_recipient"] is None


@pytest.mark.parametrize(("value", "recipient"), [("ignored", None), ("accepted", "a@b.example")])
def test_recipient_on_create(value: str, recipient: str | None) -> None:
    account = Account(behaviours={"recipient_on_create": value, "recipient_in_replies": "present"})
    made = account.made(fax_email_recipient="a@b.example")
    assert made["fax_email_recipient"] == recipient


def test_recipient_on_create_rejected() -> None:
    account = Account(behaviours={"recipient_on_create": "rejected"})
    reply = account.post({**MINIMAL, "fax_email_recipient": None})
    assert problem(reply) == (422, "10015", "/fax_email_recipient")


def test_duplicate_name() -> None:
    account = Account()
    assert account.made()["id"] != account.made()["id"]
    strict = Account(behaviours={"duplicate_name": "rejected"})
    first = strict.made()
    assert problem(strict.post(MINIMAL)) == (422, "10012", "/application_name")
    assert strict.patch(f"/fax_applications/{first['id']}", MINIMAL).status_code == 200


def test_duplicate_sip_subdomain() -> None:
    body = {**MINIMAL, "inbound": {"sip_subdomain": "intake"}}
    strict = Account()
    first = strict.post(body).json()["data"]
    assert problem(strict.post(body)) == (422, "10012", "/inbound/sip_subdomain")
    strict.patch(f"/fax_applications/{first['id']}", {**MINIMAL, "inbound": {}})
    assert strict.post(body).status_code == 201
    lax = Account(behaviours={"duplicate_sip_subdomain": "allowed"})
    assert [lax.post(body).status_code, lax.post(body).status_code] == [201, 201]


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        ("kept", ["Beta", "alpha"]),
        ("dropped", []),
        ("lower_cased", ["beta", "alpha"]),
        ("reordered", ["alpha", "Beta"]),
        ("colons_rejected", ["Beta", "alpha"]),
    ],
)
def test_tags(value: str, stored: list[str]) -> None:
    account = Account(behaviours={"tags": value})
    made = account.made(tags=["Beta", "alpha"])
    assert account.read(made["id"])["tags"] == stored
    body = {**MINIMAL, "tags": ["Beta", "alpha"]}
    shown = account.patch(f"/fax_applications/{made['id']}", body).json()["data"]
    assert shown["tags"] == stored


def test_a_colon_in_a_tag() -> None:
    assert Account().made(tags=["a", "b:c"])["tags"] == ["a", "b:c"]
    strict = Account(behaviours={"tags": "colons_rejected"})
    assert problem(strict.post({**MINIMAL, "tags": ["a", "b:c"]})) == (422, "10015", "/tags/1")


def test_unset_tags() -> None:
    assert Account().made()["tags"] == []
    old = Account(behaviours={"unset_tags": "absent"})
    assert "tags" not in old.made()
    assert old.made(tags=["a"])["tags"] == ["a"]


@pytest.mark.parametrize(("value", "shown"), [("empty_text", ""), ("null", None)])
def test_unset_failover_url(value: str, shown: str | None) -> None:
    account = Account(behaviours={"unset_failover_url": value})
    made = account.made()
    assert made["webhook_event_failover_url"] == shown
    listed = account.get("/fax_applications").json()["data"]
    assert listed == [made]


def test_unset_voice_profile() -> None:
    assert Account().made()["outbound"] == {"channel_limit": None}
    account = Account(behaviours={"unset_voice_profile": "null"})
    shown = {"channel_limit": None, "outbound_voice_profile_id": None}
    assert account.made()["outbound"] == shown


def test_null_voice_profile() -> None:
    body = {**MINIMAL, "outbound": {"outbound_voice_profile_id": None}}
    pointer = "/outbound/outbound_voice_profile_id"
    seeded = {"outbound": {"outbound_voice_profile_id": "77"}}
    assert problem(_patch({}, seeded, body)) == (422, "10015", pointer)
    accepted = _patched({"null_voice_profile": "accepted"}, seeded, body)
    assert accepted["outbound"] == {"channel_limit": None}


def test_unknown_voice_profile() -> None:
    outbound = {"outbound_voice_profile_id": "77"}
    assert Account().made(outbound=outbound)["outbound"]["outbound_voice_profile_id"] == "77"
    profiles = [{"id": "78", "name": "Clinic"}]
    strict = Account(
        behaviours={"unknown_voice_profile": "rejected"},
        seed={"outbound_voice_profiles": profiles},
    )
    reply = strict.post({**MINIMAL, "outbound": outbound})
    assert problem(reply) == (422, "10017", "/outbound/outbound_voice_profile_id")
    assert strict.made(outbound={"outbound_voice_profile_id": "78"})


def test_null_connection() -> None:
    seed = {"fax_applications": [INTAKE], "phone_numbers": [NUMBER]}
    strict = Account(seed=seed)
    refused = strict.patch("/phone_numbers/9", {"connection_id": None})
    assert problem(refused) == (422, "10015", "/connection_id")
    detached = strict.patch("/phone_numbers/9", {"connection_id": ""})
    assert detached.json()["data"]["connection_id"] is None
    lax = Account(seed=seed, behaviours={"null_connection": "accepted"})
    detached = lax.patch("/phone_numbers/9", {"connection_id": None})
    assert detached.json()["data"]["connection_id"] is None


@pytest.mark.parametrize(
    ("value", "status"), [("unprocessable", 422), ("conflict", 409), ("bad_request", 400)]
)
def test_attached_delete_refused(value: str, status: int) -> None:
    seed = {"fax_applications": [INTAKE], "phone_numbers": [NUMBER]}
    account = Account(seed=seed, behaviours={"attached_delete": value})
    assert problem(account.delete("/fax_applications/42")) == (status, "10021", "")
    account.patch("/phone_numbers/9", {"connection_id": ""})
    assert account.delete("/fax_applications/42").status_code == 200


def test_attached_delete_allowed() -> None:
    seed = {"fax_applications": [INTAKE], "phone_numbers": [NUMBER]}
    account = Account(seed=seed, behaviours={"attached_delete": "allowed"})
    assert account.delete("/fax_applications/42").status_code == 200
    (number,) = account.get("/phone_numbers").json()["data"]
    assert (number["connection_id"], number["connection_name"]) == (None, None)


def test_page_past_end() -> None:
    query = {"page[number]": 2, "page[size]": 1}
    empty = Account()
    empty.made()
    assert empty.names(**query) == []
    strict = Account(behaviours={"page_past_end": "bad_request"})
    reply = strict.get("/fax_applications", **{"page[number]": 1})
    assert reply.status_code == 200
    assert problem(strict.get("/fax_applications", **query)) == (400, "10015", "page[number]")


@pytest.mark.parametrize(
    ("value", "method", "expected"),
    [
        ("bad_request", "GET", (400, "10006", "")),
        ("bad_request", "DELETE", (400, "10006", "")),
        ("bad_request", "PATCH", (404, "10005", "")),
        ("not_found", "GET", (404, "10005", "")),
        ("not_found", "DELETE", (404, "10005", "")),
    ],
)
@pytest.mark.parametrize("malformed", ["intake", "1" * 20, "-1", "1.0"])
def test_malformed_id(
    value: str, method: str, expected: tuple[int, str, str], malformed: str
) -> None:
    account = Account(behaviours={"malformed_id": value})
    reply = account.request(method, f"/fax_applications/{malformed}", json=MINIMAL)
    assert problem(reply) == expected


@pytest.mark.parametrize(
    ("value", "names"), [("newest_first", ["b", "a"]), ("oldest_first", ["a", "b"])]
)
def test_default_order(value: str, names: list[str]) -> None:
    account = Account(behaviours={"default_order": value})
    for name in ("a", "b"):
        account.made(application_name=name)
    listed = account.get("/fax_applications").json()["data"]
    assert [each["application_name"] for each in listed] == names


def test_descending_sort() -> None:
    assert Account().names(sort="-created_at") == []
    strict = Account(behaviours={"descending_sort": "rejected"})
    assert problem(strict.get("/fax_applications", sort="-created_at")) == (400, "10015", "sort")
    profiles = strict.get("/outbound_voice_profiles", sort="-created_at")
    assert profiles.status_code == 200


SENDER: Mapping[str, Any] = {**INTAKE, "outbound": {"outbound_voice_profile_id": "77"}}


def _faxing(**behaviours: str) -> Account:
    return Account(behaviours=behaviours, seed={"fax_applications": [SENDER]})


@pytest.mark.parametrize(("value", "reason"), [("fails", "no_outbound_profile"), ("sends", None)])
def test_missing_voice_profile(value: str, reason: str | None) -> None:
    account = Account(
        behaviours={"missing_voice_profile": value}, seed={"fax_applications": [INTAKE]}
    )
    sent = account.send()
    account.clock.moved = 60
    assert account.fax(sent["id"])["failure_reason"] == reason


@pytest.mark.parametrize(
    ("value", "state", "quality"), [("documented", None, "normal"), ("all", "YQ==", "normal")]
)
def test_form_fields(value: str, state: str | None, quality: str) -> None:
    form = {key: FAX[key] for key in ("connection_id", "from", "to")}
    form |= {"client_state": "YQ==", "quality": "normal", "black_threshold": "7"}
    reply = _faxing(form_fields=value).upload(form, b"Hello")
    assert reply.status_code == 202
    sent = reply.json()["data"]
    assert (sent.get("client_state"), sent["quality"]) == (state, quality)


def test_form_fields_that_count_are_judged() -> None:
    form = {key: FAX[key] for key in ("connection_id", "from", "to")} | {"black_threshold": "0"}
    reply = _faxing(form_fields="all").upload(form, b"Hello")
    assert problem(reply) == (422, "10015", "/black_threshold")
    assert _faxing().upload(form, b"Hello").status_code == 202


def test_client_state_in_faxes() -> None:
    account = _faxing(client_state_in_faxes="absent")
    sent = account.send(client_state="YQ==")
    listed = account.get("/faxes").json()["data"]
    assert [sent, account.fax(sent["id"]), *listed] == [sent] * 3
    assert "client_state" not in sent
    assert account.events()[0]["event"]["payload"]["client_state"] == "YQ=="
    assert _faxing().send(client_state="YQ==")["client_state"] == "YQ=="


@pytest.mark.parametrize(
    ("value", "numbers"),
    [("newest_first", ["+11", "+10"]), ("oldest_first", ["+10", "+11"])],
)
def test_fax_order(value: str, numbers: list[str]) -> None:
    account = _faxing(fax_order=value)
    for number in ("+10", "+11"):
        account.send(to=number)
    assert [each["to"] for each in account.get("/faxes").json()["data"]] == numbers


@pytest.mark.parametrize(
    ("value", "now", "later"),
    [
        ("failed", "failed", "failed"),
        ("failed_later", "queued", "failed"),
        ("deleted", None, None),
    ],
)
def test_canceled_fax(value: str, now: str | None, later: str | None) -> None:
    account = _faxing(canceled_fax=value)
    path = f"/faxes/{account.send()['id']}"
    assert account.request("POST", f"{path}/actions/cancel").status_code == 202
    expected = {"failed": 422, "failed_later": 422, "deleted": 404}
    assert account.request("POST", f"{path}/actions/cancel").status_code == expected[value]
    found: list[str | None] = []
    for _ in range(2):
        found.append(account.get(path).json().get("data", {}).get("status"))
        account.clock.moved += 1
    assert found == [now, later]
    types = [each["event"]["event_type"] for each in account.events()]
    assert types == ["fax.queued", *(["fax.failed"] if later else [])]


@pytest.mark.parametrize(("value", "status"), [("accepted", 202), ("rejected", 422)])
def test_cancel_originated(value: str, status: int) -> None:
    account = _faxing(cancel_originated=value)
    path = f"/faxes/{account.send()['id']}/actions/cancel"
    account.clock.moved = 2
    assert account.request("POST", path).status_code == status
