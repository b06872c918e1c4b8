"""Whatever is created, changed and deleted, the account is what a dict would be."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.account import Account

TEXT = st.text(min_size=1, max_size=8).filter(lambda text: text.strip() != "")
LIMIT = st.none() | st.integers(-(10**6), 10**6)
INBOUND = st.fixed_dictionaries(
    {"channel_limit": LIMIT}, optional={"sip_subdomain_receive_settings": st.just("from_anyone")}
)
BODY = st.fixed_dictionaries(
    {
        "application_name": TEXT,
        "webhook_event_url": st.sampled_from(["https://a.example/x", "http://b.example"]),
    },
    optional={
        "webhook_timeout_secs": st.none() | st.integers(0, 30),
        "active": st.booleans(),
        "tags": st.lists(TEXT, max_size=3),
        "webhook_event_failover_url": st.sampled_from([None, "", "https://c.example"]),
        "inbound": INBOUND,
    },
)
STEP = st.one_of(
    st.tuples(st.just("create"), st.integers(0, 9), BODY),
    st.tuples(st.just("patch"), st.integers(0, 9), BODY),
    st.tuples(st.just("delete"), st.integers(0, 9), BODY),
)
DEFAULTS: Mapping[str, Any] = {
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
READ_ONLY = ("id", "record_type", "created_at", "updated_at")


def _overlaid(state: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """The model of a write: fields replace, and nested objects start from their defaults."""
    after = {**state, **body}
    if "inbound" in body:
        after["inbound"] = {**DEFAULTS["inbound"], **body["inbound"]}
    after["webhook_event_failover_url"] = after["webhook_event_failover_url"] or ""
    return after


@settings(max_examples=40, deadline=None)
@given(st.lists(STEP, max_size=12))
def test_any_sequence_of_writes_equals_a_dict(steps: list[tuple[str, int, Any]]) -> None:
    account = Account()
    model: dict[str, dict[str, Any]] = {}
    for action, place, body in steps:
        target = sorted(model)[place] if place < len(model) else None
        if action == "create":
            model[account.made(**body)["id"]] = _overlaid(DEFAULTS, body)
        elif target is None:
            path = "/fax_applications/1"
            method = "PATCH" if action == "patch" else "DELETE"
            assert account.request(method, path, json=body).status_code == 404
        elif action == "patch":
            reply = account.patch(f"/fax_applications/{target}", body)
            assert reply.status_code == 200
            model[target] = _overlaid(model[target], body)
        else:
            assert account.delete(f"/fax_applications/{target}").status_code == 200
            del model[target]
    listed = account.get("/fax_applications", sort="created_at").json()["data"]
    found = {
        each["id"]: {key: value for key, value in each.items() if key not in READ_ONLY}
        for each in listed
    }
    assert found == model
    assert [each["id"] for each in listed] == sorted(model)
    assert all(account.read(each["id"]) == each for each in listed)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
FIELDS = st.sampled_from([*DEFAULTS, "application_name", "webhook_event_url", "id", "other"])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(FIELDS, JSON, max_size=5))
def test_no_body_makes_the_emulator_stumble(body: dict[str, Any]) -> None:
    account = Account(
        seed={
            "fax_applications": [
                {"id": "1", "application_name": "a", "webhook_event_url": "https://a.example"}
            ]
        }
    )
    before = account.get("/fax_applications").text
    statuses = {
        account.post(body).status_code,
        account.patch("/fax_applications/1", body).status_code,
        account.patch("/phone_numbers/1", body).status_code,
    }
    assert statuses <= {200, 201, 404, 422}
    if statuses == {404, 422}:
        assert account.get("/fax_applications").text == before
