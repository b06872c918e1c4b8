"""The account's signature of its webhooks: Ed25519 over `timestamp|body` (Telnyx docs: webhooks).

The key pair is RFC 8032, section 7.1, TEST 1. It is the same for every emulator, so that a test
may name the public key, and its private key is public, so it can never protect anything real.
"""

from __future__ import annotations

from base64 import b64encode
from typing import Final

PUBLIC_KEY: Final = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
_PRIVATE_KEY: Final = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"


def sign(timestamp: str, body: bytes) -> dict[str, str]:
    """The two headers of a delivery. `timestamp` is Unix time in whole seconds, in decimal."""
    from nacl.signing import SigningKey  # noqa: PLC0415 - only who signs pays for loading it

    signed = SigningKey(bytes.fromhex(_PRIVATE_KEY)).sign(timestamp.encode() + b"|" + body)
    return {
        "telnyx-signature-ed25519": b64encode(signed.signature).decode(),
        "telnyx-timestamp": timestamp,
    }
