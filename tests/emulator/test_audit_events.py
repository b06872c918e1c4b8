"""The audit log of fax applications."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import telnyx

from faxops.emulator.application import Emulator
from tests.emulator.account import MINIMAL, URL, Account, problem


def test_an_update_is_noted_field_by_field() -> None:
    account = Account()
    live = account.made(inbound={"channel_limit": 4})
    account.patch(
        f"/fax_applications/{live['id']}",
        {**MINIMAL, "webhook_event_url": "https://elsewhere.example/", "inbound": {}},
    )
    updated, created = account.get("/audit_events").json()["data"]
    assert (created["change_type"], updated["change_type"]) == ("create", "update")
    assert updated["resource_id"] == live["id"]
    assert updated["change_made_by"] == "account_owner"
    assert updated["changes"] == [
        {"field": "webhook_event_url", "from": URL, "to": "https://elsewhere.example/"},
        {"field": "inbound.channel_limit", "from": 4, "to": None},
    ]


def test_the_recipient_is_noted_although_no_reply_shows_it() -> None:
    account = Account()
    live = account.made()
    recipient = {"fax_email_recipient": "intake@clinic.example"}
    account.patch(f"/fax_applications/{live['id']}", {**MINIMAL, **recipient})
    (change,) = account.get("/audit_events").json()["data"][0]["changes"]
    assert (change["field"], change["to"]) == ("fax_email_recipient", "intake@clinic.example")


def test_a_deleted_application_is_noted_with_all_that_it_was() -> None:
    account = Account()
    live = account.made()
    account.delete(f"/fax_applications/{live['id']}")
    event = account.get("/audit_events").json()["data"][0]
    assert (event["change_type"], event["resource_id"]) == ("delete", live["id"])
    assert {"field": "webhook_event_url", "from": URL, "to": None} in event["changes"]


def test_a_refused_request_leaves_no_event() -> None:
    account = Account()
    assert account.post({}).status_code == 422
    assert account.get("/audit_events").json()["data"] == []


def test_events_are_filtered_sorted_and_paged() -> None:
    account = Account()
    moments: list[str] = []
    for _ in range(5):
        moments.append(account.made()["created_at"])
        account.clock.moved += 60
    newest = account.get("/audit_events", **{"page[size]": 2})
    assert newest.json()["meta"]["total_results"] == 5
    assert [each["created_at"] for each in newest.json()["data"]] == [moments[4], moments[3]]
    after = {"filter[created_after]": moments[1], "filter[created_before]": moments[4]}
    between = account.get("/audit_events", sort="asc", **after).json()["data"]
    assert [each["created_at"] for each in between] == [moments[2], moments[3]]
    past = account.get("/audit_events", **{"page[number]": 9})
    assert (past.status_code, past.json()["data"]) == (200, [])


@pytest.mark.parametrize(
    "when",
    [
        pytest.param("yesterday", id="no moment"),
        pytest.param("0001-01-01T00:00:00+23:59", id="one that cannot be held"),
    ],
)
def test_a_filter_that_is_no_moment_is_refused(when: str) -> None:
    refused = Account().get("/audit_events", **{"filter[created_after]": when})
    assert problem(refused) == (400, "10015", "filter[created_after]")


def test_a_file_keeps_its_events(tmp_path: Path) -> None:
    first = Account(database=tmp_path / "account.db")
    first.made()
    first.emulator.close()
    again = Account(database=tmp_path / "account.db")
    assert len(again.get("/audit_events").json()["data"]) == 1


@pytest.mark.slow
def test_the_official_sdk_reads_them(serve: Callable[..., tuple[str, Emulator]]) -> None:
    with telnyx.Telnyx(api_key="KEY-one", base_url=serve()[0]) as sdk:
        made = sdk.fax_applications.create(application_name="Intake", webhook_event_url=URL).data
        assert made is not None
        filtered = {"created_after": "2020-01-01T00:00:00Z"}
        (event,) = sdk.audit_events.list(filter=filtered, sort="desc").data or []  # pyright: ignore[reportArgumentType] - a TypedDict
        assert (event.resource_id, event.change_type) == (made.id, "create")
        assert event.changes is not None
        assert {each.field: each.to for each in event.changes}["webhook_event_url"] == URL
