from __future__ import annotations

import json
import uuid
from pathlib import Path

import pytest

from faxops.emulator.seed import load_seed, parse_seed
from faxops.emulator.store import Store
from faxops.emulator.world import FAX
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


def test_faxes_are_stored_untouched(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    faxes = [{"direction": "inbound", "pages": [1, None]}, {"id": "0ccc7b54"}]
    account = Account(seed={"faxes": faxes}, database=database)
    assert account.names() == []
    account.emulator.close()
    store = Store(database)
    with store.transaction():
        first, second = (json.loads(row.body) for row in store.select(FAX))
    assert first == {"id": str(uuid.UUID(first["id"])), **faxes[0]}
    assert second == faxes[1]


@pytest.mark.parametrize(
    ("content", "place"),
    [
        pytest.param([], "/: ", id="no object"),
        pytest.param({"applications": []}, "'applications' was unexpected", id="unknown section"),
        pytest.param({"fax_applications": {}}, "/fax_applications: ", id="a section is a list"),
        pytest.param({"faxes": ["x"]}, "/faxes/0: ", id="a fax is an object"),
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
