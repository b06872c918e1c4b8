"""Whose account an API key opens.

Source: Telnyx's code examples use `GET /public_key`, and it is not in the API description; that
its answer names the organization is known from captures alone. So it may be unknown.
"""

from __future__ import annotations

from typing import Any, cast

from faxops.errors import ObjectNotFound, PermissionDenied
from faxops.telnyx.client import TelnyxClient


async def organization_id(client: TelnyxClient) -> str | None:
    """The organization that the key belongs to, or None if the API doesn't tell.

    Raises an `ApiError`, among them `AuthenticationFailed` for a wrong key.
    """
    try:
        answer = await client.request("GET", "/public_key")
    except (ObjectNotFound, PermissionDenied):
        return None
    data = (answer.document or {}).get("data")
    found = cast("dict[str, Any]", data).get("organization_id") if isinstance(data, dict) else None
    return found if isinstance(found, str) and found else None


async def public_key(client: TelnyxClient) -> str:
    """The key that the account's webhooks are verified with, in base64.

    Raises an `ApiError`, among them `MalformedAnswer` if the answer has none.
    """
    answer = await client.request("GET", "/public_key")
    data = (answer.document or {}).get("data")
    found = cast("dict[str, Any]", data).get("public") if isinstance(data, dict) else None
    if not isinstance(found, str) or not found:
        answer.malformed("no public key")
    return found
