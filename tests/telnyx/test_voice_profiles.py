"""What of a voice profile decides whether a fax may go out."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from faxops.errors import MalformedAnswer
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.voice_profiles import VoiceProfile, voice_profile
from tests.telnyx.virtual import KEY, JumpingClock, seeded

ID = "1293384261075731499"


def read(reply: httpx.Response, profile_id: str = ID) -> VoiceProfile | None:
    """The profile as the client reads it from `reply`."""

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.raw_path.decode() == f"/v2/outbound_voice_profiles/{profile_id}"
        return reply

    async def run() -> VoiceProfile | None:
        client = TelnyxClient(
            base_url="https://api.telnyx.com/v2",
            api_key=KEY,
            clock=JumpingClock(),
            random=seeded(1),
            transport=httpx.MockTransport(answer),
        )
        async with client:
            return await voice_profile(client, profile_id.replace("%2F", "/"))

    return asyncio.run(run())


def answered(**fields: Any) -> VoiceProfile | None:  # noqa: ANN401 - any JSON
    return read(httpx.Response(200, json={"data": {"id": ID, **fields}}))


def test_a_profile_with_all_its_fields() -> None:
    found = answered(name="office", enabled=False, whitelisted_destinations=["us", "BR"])
    assert found == VoiceProfile(ID, "office", enabled=False, destinations=frozenset({"US", "BR"}))


def test_what_the_api_leaves_out_is_no_reason_to_block() -> None:
    assert answered() == VoiceProfile(ID, "", enabled=True, destinations=None)


def test_no_country_at_all_is_not_the_same_as_none_named() -> None:
    found = answered(whitelisted_destinations=[])
    assert found is not None
    assert found.destinations == frozenset()


def test_a_profile_that_is_gone_is_none() -> None:
    assert read(httpx.Response(404, json={"errors": [{"code": "10005", "title": "x"}]})) is None


def test_an_id_never_leads_out_of_the_collection() -> None:
    assert read(httpx.Response(404), "x%2Fy") is None


def test_the_answer_about_another_profile_is_refused() -> None:
    with pytest.raises(MalformedAnswer, match="another object, 2"):
        read(httpx.Response(200, json={"data": {"id": "2"}}))
