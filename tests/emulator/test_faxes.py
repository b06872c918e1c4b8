from __future__ import annotations

import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from faxops.emulator.fax_course import OUTBOUND
from tests.emulator.account import FAX, INTAKE, URL, Account, problem

SEED: Mapping[str, Any] = {"fax_applications": [INTAKE]}
TWO_MINUTES = {"step_seconds": 120}


def _account(
    *,
    seed: Mapping[str, Any] = SEED,
    faxes: Mapping[str, Any] | None = None,
    database: Path | None = None,
) -> Account:
    return Account(seed=seed, faxes=faxes, database=database)


def _statuses(account: Account, fax_id: str, seconds: int = 6) -> list[str]:
    """The statuses of a fax in each of so many seconds."""
    statuses: list[str] = []
    for _ in range(seconds):
        statuses.append(account.fax(fax_id)["status"])
        account.clock.moved += 1
    return statuses


def _event_types(account: Account) -> list[str]:
    return [each["event"]["event_type"] for each in account.events()]


def test_a_sent_fax_is_accepted_as_queued_with_the_defaults_of_the_api() -> None:
    sent = _account().send()
    assert sent == {
        "id": str(uuid.UUID(sent["id"])),
        "record_type": "fax",
        "connection_id": "42",
        "direction": "outbound",
        "from": FAX["from"],
        "to": FAX["to"],
        "media_url": FAX["media_url"],
        "quality": "high",
        "store_media": False,
        "status": "queued",
        "failure_reason": None,
        "internal_failure_reason": None,
        "webhook_url": URL,
        "webhook_failover_url": "",
        "created_at": "2026-11-24T12:00:00.250Z",
        "updated_at": "2026-11-24T12:00:00.250Z",
    }


def test_what_is_sent_with_a_fax_is_shown() -> None:
    given = {
        "from_display_name": "Clinic ~ 1.0",
        "quality": "ultra_dark",
        "client_state": "aGF2ZSBhIG5pY2UgZGF5ID1d",
        "webhook_url": "https://other.clinic.example/hook",
    }
    account = _account()
    sent = account.send(**given)
    assert {key: sent[key] for key in given} == given
    assert account.fax(sent["id"]) == sent


def test_a_fax_is_delivered_step_by_step() -> None:
    account = _account()
    sent = account.send()
    assert _statuses(account, sent["id"]) == [*OUTBOUND, "delivered"]
    delivered = account.fax(sent["id"])
    assert (delivered["created_at"], delivered["updated_at"]) == (
        "2026-11-24T12:00:00.250Z",
        "2026-11-24T12:00:04.250Z",
    )


def test_the_past_is_the_same_however_seldom_somebody_looks() -> None:
    watched, forgotten = _account(), _account()
    for account in (watched, forgotten):
        for _ in range(3):
            account.send()
            account.clock.moved += 0.3
    for _ in range(20):
        watched.get("/faxes")
        watched.clock.moved += 0.4
    forgotten.clock.moved = watched.clock.moved
    assert watched.get("/faxes").json() == forgotten.get("/faxes").json()
    assert watched.events() == forgotten.events()
    times = [each["event"]["occurred_at"] for each in watched.events()]
    assert times == sorted(times)
    assert len(times) == 12


def test_an_outbound_fax_leaves_four_events() -> None:
    account = _account(seed={"fax_applications": [{**INTAKE, "webhook_timeout_secs": 5}]})
    sent = account.send(client_state="YQ==")
    account.clock.moved = 60
    account.get("/faxes")
    expected = ["fax.queued", "fax.media.processed", "fax.sending.started", "fax.delivered"]
    assert _event_types(account) == expected
    events = account.events()
    assert len({each["event"]["id"] for each in events}) == 4
    assert events[-1] == {
        "event": {
            "event_type": "fax.delivered",
            "id": str(uuid.UUID(events[-1]["event"]["id"])),
            "occurred_at": "2026-11-24T12:00:04.250Z",
            "record_type": "event",
            "payload": {
                "connection_id": "42",
                "direction": "outbound",
                "fax_id": sent["id"],
                "from": FAX["from"],
                "status": "delivered",
                "to": FAX["to"],
                "user_id": "6a09cdc3-8948-47f0-aa62-74ac943d6c58",
                "client_state": "YQ==",
                "original_media_url": FAX["media_url"],
                "page_count": 1,
                "call_duration_secs": 2,
            },
        },
        "urls": [URL],
        "timeout_secs": 5,
    }


def test_events_go_to_the_url_of_the_fax_before_that_of_its_application() -> None:
    application = {**INTAKE, "webhook_event_failover_url": "https://failover.clinic.example/"}
    account = _account(seed={"fax_applications": [application]})
    account.send()
    account.send(webhook_url="https://own.clinic.example/")
    urls = [each["urls"] for each in account.events()]
    failover = "https://failover.clinic.example/"
    assert urls == [[URL, failover], ["https://own.clinic.example/", failover]]


def test_an_application_that_is_gone_or_inactive_tells_nothing_more() -> None:
    account = _account()
    sent = account.send()
    account.patch("/fax_applications/42", {**INTAKE, "active": False})
    account.clock.moved = 2
    account.delete("/fax_applications/42")
    account.clock.moved = 60
    assert account.fax(sent["id"])["status"] == "delivered"
    assert _event_types(account) == ["fax.queued"]


@pytest.mark.parametrize("reason", ["user_busy", "receiver_call_dropped", "a_new_reason"])
def test_a_scenario_lets_faxes_to_a_number_fail(reason: str) -> None:
    account = _account(faxes={"outcomes": {FAX["to"]: reason}})
    sent, other = account.send(), account.send(to="+13125550102")
    account.clock.moved = 60
    failed = account.fax(sent["id"])
    assert failed["status"] == "failed"
    assert (failed["failure_reason"], failed["internal_failure_reason"]) == (reason, reason)
    assert account.fax(other["id"])["status"] == "delivered"
    payload = account.events()[-1]["event"]["payload"]
    failures = [each for each in account.events() if each["event"]["event_type"] == "fax.failed"]
    assert [each["event"]["payload"]["failure_reason"] for each in failures] == [reason]
    assert payload["status"] == "delivered"


def test_a_scenario_sets_pace_and_pages() -> None:
    account = _account(faxes={"step_seconds": 10, "pages": 3})
    sent = account.send()
    account.clock.moved = 59.9
    assert account.fax(sent["id"])["status"] == "sending"
    account.clock.moved = 60
    assert account.fax(sent["id"])["status"] == "delivered"
    payload = account.events()[-1]["event"]["payload"]
    assert (payload["page_count"], payload["call_duration_secs"]) == (3, 40)


@pytest.mark.parametrize("place", range(4), ids=OUTBOUND[:-1])
def test_a_fax_that_is_on_its_way_is_cancelled(place: int) -> None:
    account = _account()
    sent = account.send()
    account.clock.moved = place
    reply = account.request("POST", f"/faxes/{sent['id']}/actions/cancel")
    assert (reply.status_code, reply.json()) == (202, {"data": {"result": "ok"}})
    canceled = account.fax(sent["id"])
    assert (canceled["status"], canceled["failure_reason"]) == ("failed", "sender_canceled")
    account.clock.moved = 60
    assert account.fax(sent["id"]) == canceled
    assert _event_types(account)[-1] == "fax.failed"
    assert _event_types(account).count("fax.failed") == 1


def test_a_fax_that_is_over_or_inbound_is_not_cancelled() -> None:
    account = _account()
    sent, received = account.send(), account.receive(connection_id="42")
    path = f"/faxes/{received['id']}/actions/cancel"
    assert problem(account.request("POST", path)) == (422, "90081", "")
    account.clock.moved = 60
    path = f"/faxes/{sent['id']}/actions/cancel"
    assert problem(account.request("POST", path)) == (422, "90080", "")
    assert account.fax(sent["id"])["status"] == "delivered"


def test_a_deleted_fax_is_gone_with_its_future() -> None:
    account = _account()
    sent = account.send()
    path = f"/faxes/{sent['id']}"
    reply = account.delete(path)
    assert (reply.status_code, reply.content) == (204, b"")
    assert "content-type" not in reply.headers
    assert problem(account.delete(path)) == (404, "10005", "")
    account.clock.moved = 60
    assert problem(account.get(path)) == (404, "10005", "")
    assert _event_types(account) == ["fax.queued"]


@pytest.mark.parametrize("fax_id", ["x", "1293384261075731499", str(uuid.UUID(int=1))])
@pytest.mark.parametrize(
    ("method", "action"),
    [("GET", ""), ("DELETE", ""), ("POST", "/actions/cancel"), ("POST", "/actions/refresh")],
)
def test_a_fax_that_does_not_exist(method: str, action: str, fax_id: str) -> None:
    reply = _account().request(method, f"/faxes/{fax_id}{action}")
    assert problem(reply) == (404, "10005", "")


def _listed(account: Account, **query: str | int) -> list[str]:
    """The last digits of the numbers that a listing's faxes were sent to."""
    reply = account.get("/faxes", **query)
    assert reply.status_code == 200, reply.text
    return [each["to"][-2:] for each in reply.json()["data"]]


def test_a_listing_is_paged_newest_first() -> None:
    account = _account()
    for number in range(10, 15):
        account.send(to=f"+131255501{number}")
    pages = [_listed(account, **{"page[number]": each, "page[size]": 2}) for each in (1, 2, 3, 4)]
    assert pages == [["14", "13"], ["12", "11"], ["10"], []]
    meta = account.get("/faxes", **{"page[size]": 2}).json()["meta"]
    assert meta == {"page_number": 1, "page_size": 2, "total_pages": 3, "total_results": 5}


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ({"page[size]": 0}, "page[size]"),
        ({"page[size]": 251}, "page[size]"),
        ({"page[number]": 0}, "page[number]"),
        ({"page[number]": "x"}, "page[number]"),
        ({"filter[created_at][gte]": "yesterday"}, "filter[created_at][gte]"),
        ({"filter[created_at][lt]": "0000-01-01T00:00:00Z"}, "filter[created_at][lt]"),
    ],
)
def test_a_wrong_query_is_refused(query: Mapping[str, str | int], parameter: str) -> None:
    assert problem(_account().get("/faxes", **query)) == (400, "10015", parameter)


def test_a_filter_that_does_not_exist_is_refused_not_ignored() -> None:
    reply = _account().get("/faxes", **{"filter[status][eq]": "failed"})
    assert problem(reply) == (400, "10031", "filter[status]")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"filter[direction][eq]": "outbound"}, ["12", "11", "10"]),
        ({"filter[direction][eq]": "inbound"}, ["99"]),
        ({"filter[direction][eq]": "sideways"}, []),
        ({"filter[to][eq]": "+13125550111"}, ["11"]),
        ({"filter[from][eq]": FAX["from"], "filter[to][eq]": "+13125550112"}, ["12"]),
        ({"filter[from][eq]": "+1"}, []),
        ({"filter[created_at][gte]": "2026-11-24T12:00:01.250Z"}, ["99", "12", "11"]),
        ({"filter[created_at][gt]": "2026-11-24T12:00:01.250Z"}, ["99", "12"]),
        ({"filter[created_at][gte]": "2026-11-24T12:00:01.2501Z"}, ["99", "12"]),
        ({"filter[created_at][gt]": "2026-11-24T12:00:01.2499Z"}, ["99", "12", "11"]),
        ({"filter[created_at][lt]": "2026-11-24T12:00:01.250Z"}, ["10"]),
        ({"filter[created_at][lt]": "2026-11-24T12:00:01.2501Z"}, ["11", "10"]),
        ({"filter[created_at][lte]": "2026-11-24T14:00:01.250+02:00"}, ["11", "10"]),
        (
            {
                "filter[created_at][gte]": "2026-11-24T12:00:01Z",
                "filter[created_at][lt]": "2026-11-24t12:00:03z",
            },
            ["12", "11"],
        ),
    ],
)
def test_a_listing_is_filtered(query: Mapping[str, str], found: list[str]) -> None:
    account = _account()
    for number in range(10, 13):
        account.send(to=f"+131255501{number}")
        account.clock.moved += 1
    account.receive(connection_id="42")
    assert _listed(account, **query) == found


def test_an_inbound_fax_arrives_at_the_application_of_its_number() -> None:
    number = {"phone_number": "+12025550142", "connection_id": "42"}
    account = _account(seed={**SEED, "phone_numbers": [number]})
    received = account.receive(to="+12025550142", **{"from": "+14155550100", "pages": 2})
    assert received == {
        **received,
        "connection_id": "42",
        "direction": "inbound",
        "from": "+14155550100",
        "to": "+12025550142",
        "status": "initiated",
        "webhook_url": URL,
    }
    expected = ["initiated", "receiving", "receiving", "media.processing", "received"]
    assert _statuses(account, received["id"], 5) == expected
    assert _event_types(account) == [
        "fax.receiving.started",
        "fax.media.processing.started",
        "fax.received",
    ]
    payload = account.events()[-1]["event"]["payload"]
    assert payload == {
        **payload,
        "caller_id": "+14155550100",
        "status": "received",
        "page_count": 2,
        "partial_content": False,
        "call_duration_secs": 4,
    }
    assert account.request("GET", payload["media_url"], headers={}).status_code == 200


def test_an_inbound_fax_may_fail() -> None:
    account = _account()
    received = account.receive(connection_id="42", failure_reason="sender_call_dropped")
    account.clock.moved = 60
    failed = account.fax(received["id"])
    assert (failed["status"], failed["failure_reason"]) == ("failed", "sender_call_dropped")
    assert "media_url" not in failed
    assert _event_types(account) == ["fax.receiving.started", "fax.failed"]


def test_an_inbound_fax_to_an_application_calls_its_number() -> None:
    number = {"phone_number": "+12025550142", "connection_id": "42"}
    account = _account(seed={**SEED, "phone_numbers": [number]})
    assert account.receive(connection_id="42")["to"] == "+12025550142"
    assert account.receive(connection_id="42", to="+12025550143")["to"] == "+12025550143"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        pytest.param(b"{", (400, "10023", ""), id="no JSON"),
        pytest.param(rb'{"to": "\ud800"}', (400, "10023", ""), id="half a character"),
        pytest.param(b"[]", (422, "10015", "/"), id="no object"),
        pytest.param(b"{}", (422, "10015", "/"), id="to nobody"),
        pytest.param(b'{"to": "+12025550142"}', (422, "10017", "/to"), id="a free number"),
        pytest.param(b'{"to": "+1"}', (422, "10017", "/to"), id="an unknown number"),
        pytest.param(b'{"connection_id": "43"}', (422, "85004", "/connection_id"), id="unknown"),
        pytest.param(b'{"connection_id": "44"}', (422, "10027", "/connection_id"), id="inactive"),
        pytest.param(b'{"connection_id": "42", "pages": 0}', (422, "10015", "/pages"), id="empty"),
        pytest.param(b'{"connection_id": "42", "page": 1}', (422, "10015", "/"), id="a slip"),
    ],
)
def test_a_wrong_inbound_fax_is_refused(content: bytes, expected: tuple[int, str, str]) -> None:
    number = {"phone_number": "+12025550142"}
    applications = [INTAKE, {**INTAKE, "id": "44", "active": False}]
    account = _account(seed={"fax_applications": applications, "phone_numbers": [number]})
    path = "http://emulator/_emulator/faxes"
    reply = account.request("POST", path, content=content, headers={})
    assert problem(reply) == expected
    assert _listed(account) == []


def test_faxes_outlive_a_restart_on_another_pace(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    first = _account(database=database, faxes=TWO_MINUTES)
    sent = first.send()
    first.emulator.close()
    second = _account(database=database)
    second.clock.moved = 120
    assert second.fax(sent["id"])["status"] == "media.processed"
    assert second.send()["id"] != sent["id"]
