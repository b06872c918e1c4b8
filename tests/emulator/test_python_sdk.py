"""The official Python SDK, unchanged, against the served emulator."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import telnyx

from faxops.emulator.application import Emulator
from tests.emulator.account import URL

Serve = Callable[..., tuple[str, Emulator]]

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
