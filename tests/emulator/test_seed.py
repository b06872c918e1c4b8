from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from faxops.emulator.seed import load_seed, parse_seed
from faxops.errors import UsageError
from tests.emulator.account import MINIMAL, Account

EXAMPLE = Path(__file__).parents[2] / "examples" / "seed.json"


def test_the_example_seed_fills_an_account() -> None:
    content = json.loads(EXAMPLE.read_text(encoding="utf-8"))
    assert load_seed(EXAMPLE) == parse_seed(content)
    account = Account(seed=content)
    assert account.names() == ["Intake", "Billing", "Old front desk"]
    for given in content["fax_applications"]:
        shown = account.read(given["id"])
        for key in ("application_name", "webhook_event_url", "created_at", "updated_at"):
            assert shown[key] == given[key]
    numbers = account.get("/phone_numbers").json()["data"]
    assert [each["connection_name"] for each in numbers] == ["Billing", "Intake"]
    (profile,) = account.get("/outbound_voice_profiles").json()["data"]
    assert profile["connections_count"] == 2


def test_a_field_left_out_has_its_default_and_an_id_is_given() -> None:
    account = Account(seed={"fax_applications": [MINIMAL, MINIMAL]})
    newer, older = account.get("/fax_applications").json()["data"]
    assert older["id"] < newer["id"]
    expected = Account().made() | {"id": newer["id"]}
    assert newer == expected


def test_nested_objects_are_completed_and_unknown_fields_kept() -> None:
    given = {
        **MINIMAL,
        "id": "1",
        "inbound": {"channel_limit": 2, "codec": "G711"},
        "colour": "red",
    }
    shown = Account(seed={"fax_applications": [given]}).read("1")
    assert shown["colour"] == "red"
    assert shown["inbound"] == {
        "channel_limit": 2,
        "sip_subdomain": None,
        "sip_subdomain_receive_settings": "from_anyone",
        "codec": "G711",
    }


def test_a_new_id_never_is_one_of_the_seed() -> None:
    first = Account().made()["id"]
    second = str(int(first) + 7_919)
    account = Account(seed={"fax_applications": [{**MINIMAL, "id": second}]})
    assert account.made()["id"] not in (first, second)


def test_a_seeded_recipient_is_kept_out_of_sight() -> None:
    given = {**MINIMAL, "id": "1", "fax_email_recipient": "a@b.example"}
    assert "fax_email_recipient" not in Account(seed={"fax_applications": [given]}).read("1")


def test_a_seed_fills_an_empty_account_only(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    seed = {"fax_applications": [{**MINIMAL, "id": "1"}]}
    first = Account(seed=seed, database=database)
    first.delete("/fax_applications/1")
    first.emulator.close()
    assert Account(seed=seed, database=database).names() == []


FAX: Mapping[str, Any] = {"connection_id": "42", "from": "+13125550100", "to": "+13125550101"}


def test_a_fax_is_completed_and_got_through_unless_it_says_otherwise() -> None:
    account = Account(seed={"faxes": [FAX, {**FAX, "direction": "inbound"}]})
    inbound, outbound = account.get("/faxes").json()["data"]
    stamp = "2026-11-24T12:00:00.250Z"
    assert outbound == {
        "id": str(uuid.UUID(outbound["id"])),
        "record_type": "fax",
        "direction": "outbound",
        "quality": "high",
        "store_media": False,
        "status": "delivered",
        "failure_reason": None,
        "internal_failure_reason": None,
        "webhook_url": "",
        "webhook_failover_url": "",
        "created_at": stamp,
        "updated_at": stamp,
        **FAX,
    }
    assert inbound["status"] == "received"
    assert account.request("GET", inbound["media_url"], headers={}).status_code == 200


@pytest.mark.parametrize(
    ("direction", "status", "following"),
    [("outbound", "sending", "delivered"), ("inbound", "media.processing", "received")],
)
def test_a_fax_that_is_not_over_goes_on(direction: str, status: str, following: str) -> None:
    account = Account(seed={"faxes": [{**FAX, "direction": direction, "status": status}]})
    for moved, expected in ((0.9, status), (1.0, following), (9.0, following)):
        account.clock.moved = moved
        (fax,) = account.get("/faxes").json()["data"]
        assert fax["status"] == expected


@pytest.mark.parametrize(
    ("content", "place"),
    [
        pytest.param([], "/: ", id="no object"),
        pytest.param({"applications": []}, "'applications' was unexpected", id="unknown section"),
        pytest.param({"fax_applications": {}}, "/fax_applications: ", id="a section is a list"),
        pytest.param({"faxes": ["x"]}, "/faxes/0: ", id="a fax is an object"),
        pytest.param(
            {"faxes": [{**FAX, "id": "1"}]}, "/faxes/0/id: ", id="a fax whose id is no UUID"
        ),
        pytest.param(
            {"faxes": [{**FAX, "created_at": "0000-01-01T00:00:00Z"}]},
            "/faxes/0/created_at: ",
            id="a moment before all years",
        ),
        pytest.param({"faxes": [{"to": "+1"}]}, "/faxes/0/from: ", id="a fax from nobody"),
        pytest.param(
            {"faxes": [{**FAX, "status": "received"}]},
            "/faxes/0/status: ",
            id="a status of the other direction",
        ),
        pytest.param(
            {"faxes": [{**FAX, "direction": "inbound", "status": "sending"}]},
            "/faxes/0/status: ",
            id="a status of the other direction, inbound",
        ),
        pytest.param(
            {"fax_applications": [MINIMAL, {"application_name": "x"}]},
            "/fax_applications/1/webhook_event_url: can't be blank",
            id="a field without default is missing",
        ),
        pytest.param(
            {"fax_applications": [{**MINIMAL, "active": "yes"}]},
            "/fax_applications/0/active: ",
            id="a wrong type",
        ),
        pytest.param(
            {"fax_applications": [{**MINIMAL, "id": 1293384261075731499}]},
            "/fax_applications/0/id: ",
            id="an id that is a number",
        ),
        pytest.param(
            {"fax_applications": [{**MINIMAL, "id": "intake"}]},
            "/fax_applications/0/id: ",
            id="an id that has letters",
        ),
        pytest.param(
            {"fax_applications": [{**MINIMAL, "fax_email_recipient": 5}]},
            "/fax_applications/0/fax_email_recipient: ",
            id="a recipient that is a number",
        ),
        pytest.param(
            {"fax_applications": [{**MINIMAL, "created_at": "yesterday"}]},
            "/fax_applications/0/created_at: ",
            id="a time that is none",
        ),
        pytest.param(
            {"fax_applications": [{**MINIMAL, "inbound": None}]},
            "/fax_applications/0/inbound: ",
            id="a nested object that is null",
        ),
        pytest.param(
            {"phone_numbers": [{"connection_id": "1"}]},
            "/phone_numbers/0/phone_number: ",
            id="a number without its number",
        ),
        pytest.param(
            {"outbound_voice_profiles": [{"name": "ab"}]},
            "/outbound_voice_profiles/0/name: ",
            id="a name too short",
        ),
        pytest.param(
            {
                "phone_numbers": [
                    {"id": "1", "phone_number": "+1"},
                    {"id": "1", "phone_number": "2"},
                ]
            },
            "/phone_numbers: the id 1 is there twice",
            id="an id twice",
        ),
    ],
)
def test_a_wrong_seed_is_refused_with_file_and_place(content: object, place: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_seed(content, "seed.json")
    assert caught.value.message.startswith("seed.json: ")
    assert place in caught.value.message.replace('"', "'")
    assert caught.value.hint


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"\xff{}", id="no UTF-8"),
        pytest.param(b'{"faxes": [{"id": "\\ud800"}]}', id="half a character"),
    ],
)
def test_a_seed_file_that_is_not_json(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "seed.json"
    path.write_bytes(content)
    with pytest.raises(UsageError, match=r"seed file .*seed\.json is not JSON"):
        load_seed(path)
