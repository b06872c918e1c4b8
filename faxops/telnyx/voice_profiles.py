"""Outbound voice profiles, as far as they decide whether a fax may go out.

Source: API description: `GetOutboundVoiceProfile`. `enabled`: a disabled profile blocks the calls
of its connections; `whitelisted_destinations`: the countries that may be called, in alpha-2.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, cast
from urllib.parse import quote

from faxops.errors import ObjectNotFound
from faxops.telnyx.client import TelnyxClient

_PATH: Final = "/outbound_voice_profiles"


@dataclass(frozen=True, slots=True)
class VoiceProfile:
    """One profile. `destinations` are country codes in capitals, or None if the API named none."""

    id: str
    name: str
    enabled: bool
    destinations: frozenset[str] | None


async def voice_profile(client: TelnyxClient, profile_id: str) -> VoiceProfile | None:
    """The profile, or None if there is none of that id. Raises an `ApiError`."""
    path = f"{_PATH}/{quote(profile_id, safe='').replace('.', '%2E')}"
    try:
        answer = await client.request("GET", path)
    except ObjectNotFound:
        return None
    raw = answer.the_object()
    if raw["id"] != profile_id:
        answer.malformed(f"another object, {raw['id']}")
    name = raw.get("name")
    return VoiceProfile(
        id=raw["id"],
        name=name if isinstance(name, str) else "",
        # The API's default: only a plain false blocks calls.
        enabled=raw.get("enabled") is not False,
        destinations=_countries(raw.get("whitelisted_destinations")),
    )


def _countries(value: Any) -> frozenset[str] | None:  # noqa: ANN401 - whatever the API sent
    if not isinstance(value, list):
        return None
    return frozenset(each.upper() for each in cast("list[object]", value) if isinstance(each, str))
