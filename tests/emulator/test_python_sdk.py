"""The official Python SDK, unchanged, against the served emulator."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest
import telnyx

from faxops.emulator.application import Emulator
from tests.emulator.account import FAX, INTAKE, URL

Serve = Callable[..., tuple[str, Emulator]]
# Webhooks of a served emulator really leave; nothing listens there, so they end at once.
SENDER = {**INTAKE, "webhook_event_url": "http://127.0.0.1:1/"}

pytestmark = pytest.mark.slow


def _sdk(url: str) -> telnyx.Telnyx:
    return telnyx.Telnyx(api_key="KEY-one", base_url=url, max_retries=2)


def test_an_application_is_created_read_updated_and_deleted(serve: Serve) -> None:
    with _sdk(serve()[0]) as sdk:
        made = sdk.fax_applications.create(
            application_name="Intake",
            webhook_event_url=URL,
            tags=["team-intake"],
            inbound={"channel_limit": 10, "sip_subdomain": "intake"},
        ).data
        assert made is not None
        assert made.id is not None
        read = sdk.fax_applications.retrieve(made.id).data
        assert read is not None
        assert read == made
        assert (read.tags, read.active) == (["team-intake"], True)
        updated = sdk.fax_applications.update(
            made.id, application_name="Front desk", webhook_event_url=URL, active=False
        ).data
        assert updated is not None
        assert (updated.application_name, updated.active) == ("Front desk", False)
        assert updated.inbound == made.inbound
        deleted = sdk.fax_applications.delete(made.id).data
        assert deleted == updated
        with pytest.raises(telnyx.NotFoundError) as caught:
            sdk.fax_applications.retrieve(made.id)
        assert "10005" in str(caught.value)


def test_a_wrong_request_is_the_sdks_own_error(serve: Serve) -> None:
    url, _ = serve()
    with _sdk(url) as sdk:
        with pytest.raises(telnyx.UnprocessableEntityError, match="can't be blank"):
            sdk.fax_applications.create(application_name="", webhook_event_url=URL)
        with pytest.raises(telnyx.BadRequestError, match="page"):
            sdk.fax_applications.list(page_size=251)


def test_auto_paging_walks_seven_hundred_applications(serve: Serve) -> None:
    url, emulator = serve()
    with _sdk(url) as sdk:
        for number in range(700):
            sdk.fax_applications.create(application_name=f"app-{number}", webhook_event_url=URL)
        listed = sdk.fax_applications.list(page_size=250, sort="created_at")
        names = [each.application_name for each in listed]
    assert names == [f"app-{number}" for number in range(700)]
    pages = [each.query for each in emulator.requests() if each.method == "GET"]
    assert len(pages) == 3


def test_the_sdk_retries_what_the_scenario_breaks(serve: Serve) -> None:
    url, emulator = serve(
        {"method": "GET", "times": 1, "fault": "lost_before"},
        {"method": "GET", "times": 1, "fault": {"kind": "status", "status": 503, "body": "html"}},
    )
    with _sdk(url) as sdk:
        assert list(sdk.fax_applications.list()) == []
    assert [each.status for each in emulator.requests()] == [None, 503, 200]


def test_numbers_and_profiles_are_read_by_the_sdk(serve: Serve) -> None:
    with _sdk(serve()[0]) as sdk:
        assert list(sdk.phone_numbers.list(filter={"connection_id": "42"})) == []
        assert list(sdk.outbound_voice_profiles.list(sort="-name")) == []


def _send(sdk: telnyx.Telnyx, to: str = FAX["to"]) -> str:
    """Send a fax; its id."""
    sent = sdk.faxes.create(
        connection_id="42", from_=FAX["from"], to=to, media_url=FAX["media_url"]
    ).data
    assert sent is not None
    assert sent.id is not None
    assert (sent.status, sent.to) == ("queued", to)
    return sent.id


def test_a_fax_is_sent_read_and_deleted(serve: Serve) -> None:
    url, _ = serve(seed={"fax_applications": [SENDER]}, faxes={"step_seconds": 0})
    with _sdk(url) as sdk:
        fax_id = _send(sdk)
        read = sdk.faxes.retrieve(fax_id).data
        assert read is not None
        assert (read.id, read.status, read.failure_reason) == (fax_id, "delivered", None)
        sdk.faxes.delete(fax_id)
        with pytest.raises(telnyx.NotFoundError):
            sdk.faxes.retrieve(fax_id)
        with pytest.raises(telnyx.UnprocessableEntityError, match="85004"):
            sdk.faxes.create(connection_id="1", from_="+12", to="+13", media_url=URL)


def test_a_fax_is_cancelled(serve: Serve) -> None:
    url, _ = serve(seed={"fax_applications": [SENDER]}, faxes={"step_seconds": 600})
    with _sdk(url) as sdk:
        fax_id = _send(sdk)
        canceled = sdk.faxes.actions.cancel(fax_id).data
        assert canceled is not None
        assert canceled.result == "ok"
        read = sdk.faxes.retrieve(fax_id).data
        assert read is not None
        assert (read.status, read.failure_reason) == ("failed", "sender_canceled")
        with pytest.raises(telnyx.UnprocessableEntityError, match="90080"):
            sdk.faxes.actions.cancel(fax_id)


def test_the_link_of_a_received_fax_is_refreshed(serve: Serve) -> None:
    fax = {"connection_id": "42", "from": "+12", "to": "+13", "direction": "inbound"}
    old = {**fax, "created_at": "2026-01-01T00:00:00Z"}
    with _sdk(serve(seed={"faxes": [old]})[0]) as sdk, httpx.Client(trust_env=False) as client:
        (listed,) = sdk.faxes.list()
        assert listed.id is not None
        assert client.get(listed.media_url or "").status_code == 403
        refreshed = sdk.faxes.actions.refresh(listed.id).data
        assert refreshed is not None
        assert refreshed.result == "ok"
        read = sdk.faxes.retrieve(listed.id).data
        assert read is not None
        assert client.get(read.media_url or "").content.startswith(b"%PDF-")


def test_auto_paging_walks_every_fax(serve: Serve) -> None:
    url, emulator = serve(seed={"fax_applications": [SENDER]})
    with _sdk(url) as sdk:
        for number in range(65):
            _send(sdk, f"+131255501{number:02}")
        listed = [each.to for each in sdk.faxes.list(page_size=20)]
        filtered = list(sdk.faxes.list(filter={"to": {"eq": "+13125550107"}}))
    assert listed == [f"+131255501{number:02}" for number in reversed(range(65))]
    assert len(filtered) == 1
    assert len([each for each in emulator.requests() if each.method == "GET"]) == 5
