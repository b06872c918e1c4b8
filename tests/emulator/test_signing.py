from __future__ import annotations

import subprocess
import sys
from base64 import b64decode
from pathlib import Path

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from faxops.emulator.signing import PUBLIC_KEY, sign
from tests.emulator.account import Account

ROOT = Path(__file__).parents[2]
BODY = '{"data":{"event_type":"fax.queued","payload":{"client_state":"ü"}}}'.encode()


def _verify(signed: bytes, headers: dict[str, str]) -> None:
    signature = b64decode(headers["telnyx-signature-ed25519"], validate=True)
    VerifyKey(b64decode(PUBLIC_KEY)).verify(signed, signature)


def test_the_signature_covers_the_timestamp_a_bar_and_the_raw_body() -> None:
    headers = sign("1795521600", BODY)
    assert headers["telnyx-timestamp"] == "1795521600"
    _verify(b"1795521600|" + BODY, headers)


@pytest.mark.parametrize(
    "signed",
    [
        pytest.param(b"1795521600|" + BODY + b" ", id="another body"),
        pytest.param(b"1795521601|" + BODY, id="another time"),
        pytest.param(BODY, id="the body alone"),
    ],
)
def test_the_signature_fits_nothing_else(signed: bytes) -> None:
    with pytest.raises(BadSignatureError):
        _verify(signed, sign("1795521600", BODY))


def test_the_account_shows_the_key_that_verifies() -> None:
    shown = Account().get("/public_key").json()["data"]["public"]
    assert shown == PUBLIC_KEY


def test_the_emulator_loads_no_cryptography_before_it_signs() -> None:
    code = "import sys, faxops.emulator.application; print('nacl' in sys.modules)"
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert ran.stdout == "False\n"
