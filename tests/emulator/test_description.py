"""The emulator's description beside the official one, both ways."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Mapping
from typing import Any, cast

import httpx
import jsonschema_rs
import pytest

from faxops.emulator.description import METHODS, load_description, resolve, unfold
from tests.emulator.account import FAX, MINIMAL, URL, Account
from tests.real_parts import official_description

VOICE = "the voice settings of a number have no part in fax applications"
NOT_SERVED: Mapping[str, str] = {
    "GET /phone_numbers/voice": VOICE,
    "GET /phone_numbers/{id}/voice": VOICE,
    "PATCH /phone_numbers/{id}/voice": VOICE,
}
# What the official description lacks, although Telnyx documents it: held to the SDK instead, and
# to our own description.
ADDED: Mapping[str, str] = {"GET /audit_events": "its page of the docs has a description apart"}
# Filters of numbers that say nothing about fax; one that is not served is refused, not ignored.
FILTERS_NOT_SERVED = {
    "billing_group_id",
    "country_iso_alpha2",
    "customer_reference",
    "emergency_address_id",
    "number_type",
    "source",
    "voice.connection_name",
    "voice.usage_payment_method",
    "without_tags",
}
# Words about a schema rather than part of what it allows.
NOTES = {"description", "title", "example", "examples", "readOnly"}


def _official() -> Mapping[str, Any] | None:
    path = official_description()
    return json.loads(path.read_text(encoding="utf-8")) if path else None


def _operations(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    return {
        f"{method.upper()} {path}": methods[method]
        for path, methods in document["paths"].items()
        for method in METHODS
        if method in methods
    }


def _plain(document: Mapping[str, Any], node: object) -> object:
    """A schema without references and notes, and with lists whose order means nothing sorted."""
    if isinstance(node, list):
        return [_plain(document, each) for each in cast("list[object]", node)]
    if not isinstance(node, dict):
        return node
    plain: dict[str, object] = {}
    for key, value in resolve(document, cast("Mapping[str, Any]", node)).items():
        if key == "properties":
            plain[key] = {name: _plain(document, each) for name, each in value.items()}
        elif key in ("enum", "required", "type") and isinstance(value, list):
            plain[key] = sorted(cast("list[str]", value))
        elif (key, value) == ("required", False):
            continue  # the same as absent
        elif key not in NOTES and not key.startswith("x-"):
            plain[key] = _plain(document, value)
    return plain


def _contract(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    """Everything about an operation that a client could trip over."""
    parameters = [resolve(document, each) for each in operation.get("parameters", ())]
    body = operation.get("requestBody")
    replies = {status: resolve(document, reply) for status, reply in operation["responses"].items()}
    return {
        "operationId": operation["operationId"],
        "statuses": sorted(operation["responses"]),
        "parameters": {each["name"]: _plain(document, each) for each in parameters},
        "body": body
        and (
            body["required"],
            {kind: _plain(document, each["schema"]) for kind, each in body["content"].items()},
        ),
        "replies": {
            status: _plain(document, _json(reply)) if "content" in reply else None
            for status, reply in replies.items()
            if status.startswith("2")
        },
    }


def _json(content: Mapping[str, Any]) -> Mapping[str, Any]:
    return content["content"]["application/json"]["schema"]


def test_the_official_operations_are_served_or_named_as_not_served() -> None:
    official = _official()
    if official is None:
        return
    ours = _operations(load_description().document)
    assert set(_operations(official)) == (set(ours) | set(NOT_SERVED)) - set(ADDED)
    assert not set(ours) & set(NOT_SERVED)
    assert set(ADDED) <= set(ours)


@pytest.mark.parametrize("name", sorted(set(_operations(load_description().document)) - set(ADDED)))
def test_an_operation_is_described_as_officially(name: str) -> None:
    official = _official()
    if official is None:
        return
    theirs = _contract(official, _operations(official)[name])
    if name == "GET /phone_numbers":
        filters = theirs["parameters"]["filter"]["schema"]["properties"]
        for each in FILTERS_NOT_SERVED:
            del filters[each]
    ours = load_description().document
    assert _contract(ours, _operations(ours)[name]) == theirs


def _reply_schemas(document: Mapping[str, Any]) -> dict[tuple[str, str], Any]:
    """The reply schema of each operation and status; None where it declares no body."""
    schemas: dict[tuple[str, str], Any] = {}
    for name, operation in _operations(document).items():
        for status, reply in operation["responses"].items():
            whole = resolve(document, reply)
            schemas[name, status] = _json(whole) if "content" in whole else None
    return schemas


def _replies() -> Iterator[tuple[str, httpx.Response]]:
    """One real reply for each operation and each way it can be refused."""
    profile = {"id": "77", "name": "Clinic"}
    number = {"id": "9", "phone_number": "+12025550142", "connection_id": "42"}
    full = {**MINIMAL, "id": "42", "tags": ["a"], "outbound": {"outbound_voice_profile_id": "77"}}
    account = Account(
        seed={
            "fax_applications": [full],
            "phone_numbers": [number],
            "outbound_voice_profiles": [profile],
        }
    )
    one, many = "/fax_applications/42", "/fax_applications"
    yield "GET /fax_applications", account.get(many)
    yield "GET /fax_applications", account.get(many, sort="colour")
    yield "GET /fax_applications", account.request("GET", many, headers={})
    yield "POST /fax_applications", account.post(MINIMAL)
    yield "POST /fax_applications", account.post({})
    yield "POST /fax_applications", account.request("POST", many, json=MINIMAL, headers={})
    yield "GET /fax_applications/{id}", account.get(one)
    yield "GET /fax_applications/{id}", account.get(f"{many}/x")
    yield "GET /fax_applications/{id}", account.get(f"{many}/1")
    yield from _fax_replies(account)
    yield "PATCH /fax_applications/{id}", account.patch(one, {**MINIMAL, "active": False})
    yield "PATCH /fax_applications/{id}", account.patch(one, {})
    yield "PATCH /fax_applications/{id}", account.patch(f"{many}/1", MINIMAL)
    yield "GET /phone_numbers", account.get("/phone_numbers")
    yield "GET /phone_numbers", account.get("/phone_numbers", sort="colour")
    yield "PATCH /phone_numbers/{id}", account.patch("/phone_numbers/9", {"connection_id": ""})
    yield "PATCH /phone_numbers/{id}", account.patch("/phone_numbers/9", {"connection_id": "1"})
    yield "PATCH /phone_numbers/{id}", account.patch("/phone_numbers/8", {"connection_id": ""})
    yield "GET /outbound_voice_profiles", account.get("/outbound_voice_profiles")
    yield "GET /outbound_voice_profiles", account.get("/outbound_voice_profiles", sort="colour")
    yield "GET /outbound_voice_profiles/{id}", account.get("/outbound_voice_profiles/77")
    yield "GET /outbound_voice_profiles/{id}", account.get("/outbound_voice_profiles/78")
    yield "GET /audit_events", account.get("/audit_events")
    yield "GET /audit_events", account.get("/audit_events", sort="-created_at")
    yield "GET /audit_events", account.request("GET", "/audit_events", headers={})
    yield "GET /public_key", account.get("/public_key")
    yield "GET /public_key", account.request("GET", "/public_key", headers={})
    yield "DELETE /fax_applications/{id}", account.delete(one)
    yield "DELETE /fax_applications/{id}", account.delete(one)
    yield "DELETE /fax_applications/{id}", account.delete(f"{many}/x")


def _fax_replies(account: Account) -> Iterator[tuple[str, httpx.Response]]:
    asked = {"store_media": True, "store_preview": True, "client_state": "YQ=="}
    sent = account.send(**asked, webhook_url=URL)
    account.clock.moved += 1
    received = account.receive(to="+12025550142")
    account.send(to="+442079460000")
    account.clock.moved += 5
    one, gone = f"/faxes/{sent['id']}", f"/faxes/{uuid.UUID(int=1)}"
    yield "GET /faxes", account.get("/faxes")
    yield "GET /faxes", account.get("/faxes", **{"page[size]": 0})
    yield "GET /faxes", account.get("/faxes", **{"filter[status][eq]": "failed"})
    yield "GET /faxes", account.request("GET", "/faxes", headers={})
    yield "POST /faxes", account.request("POST", "/faxes", json=FAX)
    yield "POST /faxes", account.request("POST", "/faxes", json={})
    yield "POST /faxes", account.request("POST", "/faxes", content=b"x")
    yield "GET /faxes/{id}", account.get(one)
    yield "GET /faxes/{id}", account.get(f"/faxes/{received['id']}")
    yield "GET /faxes/{id}", account.get(gone)
    yield "GET /faxes/{id}", account.get("/faxes/x")
    for action in ("cancel", "refresh"):
        name = f"POST /faxes/{{id}}/actions/{action}"
        for fax in (account.send()["id"], sent["id"], received["id"], "x"):
            yield name, account.request("POST", f"/faxes/{fax}/actions/{action}")
    yield "DELETE /faxes/{id}", account.delete(one)
    yield "DELETE /faxes/{id}", account.delete(one)


def test_every_real_reply_meets_the_official_schema_of_its_status() -> None:
    official = _official()
    if official is None:
        return
    ours = load_description().document
    own = _reply_schemas(ours)
    schemas = _reply_schemas(official) | {key: own[key] for key in own if key[0] in ADDED}
    seen: set[str] = set()
    for name, reply in _replies():
        seen.add(name)
        status = str(reply.status_code)
        schema = schemas[name, status if (name, status) in schemas else "default"]
        if schema is None:
            assert name != "DELETE /faxes/{id}" or reply.content == b""
            continue
        whole = {**schema, "components": (ours if name in ADDED else official)["components"]}
        validator = jsonschema_rs.Draft202012Validator(whole, validate_formats=True)
        problems = [
            (name, reply.status_code, list(error.instance_path), error.message)
            for error in validator.iter_errors(reply.json())
            # Official contradiction: the default of this URI is the empty text.
            if error.instance_path[-1:] != ["webhook_event_failover_url"]
        ]
        assert problems == []
    assert seen == set(_operations(load_description().document))


def test_the_description_is_openapi_whose_references_all_lead_somewhere() -> None:
    document = load_description().document
    jsonschema_rs.meta.validate({**document["components"]["schemas"]["FaxApplication"]})
    assert document["openapi"].startswith("3.1")

    def walk(node: object) -> Iterator[str]:
        if isinstance(node, dict):
            mapping = cast("Mapping[str, Any]", node)
            if "$ref" in mapping:
                yield mapping["$ref"]
            for each in mapping.values():
                yield from walk(each)
        elif isinstance(node, list):
            for each in cast("list[object]", node):
                yield from walk(each)

    references = set(walk(document))
    assert references
    for reference in references:
        assert resolve(document, {"$ref": reference})


@pytest.mark.parametrize(
    ("pairs", "query"),
    [
        pytest.param([("page[size]", "5")], {"page": {"size": 5}}, id="a number by its schema"),
        pytest.param([("page[x]", "5")], {"page": {"x": "5"}}, id="else a text"),
        pytest.param([("page[size]", "5x")], {"page": {"size": "5x"}}, id="a number that is none"),
        pytest.param([("a", "1"), ("a", "2")], {"a": "2"}, id="the last one counts"),
        pytest.param([("a", "1"), ("a[b]", "2")], {"a": {"b": "2"}}, id="text, then object"),
        pytest.param([("a[b]", "2"), ("a", "1")], {"a": "1"}, id="object, then text"),
        pytest.param([("a[", "1"), ("[b]", "2"), ("a[]", "3")], {}, id="not a name"),
    ],
)
def test_query_parameters_unfold(pairs: list[tuple[str, str]], query: object) -> None:
    schema = {"properties": {"page": {"properties": {"size": {"type": "integer"}}}}}
    assert unfold(pairs, schema) == query
