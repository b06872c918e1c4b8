from __future__ import annotations

import base64

from tests.emulator.account import Account


def test_the_public_key_is_thirty_two_bytes_and_names_the_organization() -> None:
    data = Account().get("/public_key").json()["data"]
    assert data["record_type"] == "public_key"
    assert data["organization_id"] == "6a09cdc3-8948-47f0-aa62-74ac943d6c58"
    assert len(base64.b64decode(data["public"], validate=True)) == 32
