from __future__ import annotations

import ssl
from collections.abc import Iterator

import httpx
import pytest

from faxops.errors import MalformedAnswer, Unreachable
from faxops.telnyx.answers import Call
from faxops.telnyx.unreachable import from_httpx, is_lasting, too_slow

KEY = "KEY0123456789_secret"
CREATE = Call("POST", "/fax_applications")


def family(of: type[httpx.RequestError]) -> Iterator[type[httpx.RequestError]]:
    yield of
    for each in of.__subclasses__():
        yield from family(each)


CLASSES = sorted(set(family(httpx.RequestError)), key=lambda each: each.__name__)
CERTAINLY_UNSENT = {
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
}
ABSTRACT = {
    httpx.RequestError,
    httpx.TransportError,
    httpx.TimeoutException,
    httpx.NetworkError,
    httpx.ProtocolError,
}


@pytest.mark.parametrize("failure", CLASSES)
def test_every_failure_that_httpx_knows_has_a_typed_error(
    failure: type[httpx.RequestError],
) -> None:
    error = from_httpx(failure("what happened"), CREATE, KEY)
    expected = Unreachable if issubclass(failure, httpx.TransportError) else MalformedAnswer
    assert type(error) is expected
    assert error.message.startswith("POST /fax_applications failed: ")
    assert error.message.endswith("(what happened)")
    assert error.processed == ("no" if failure in CERTAINLY_UNSENT else "maybe")
    assert error.hint


@pytest.mark.parametrize("failure", [each for each in CLASSES if each not in ABSTRACT])
def test_every_failure_that_httpx_raises_is_told_in_words(
    failure: type[httpx.RequestError],
) -> None:
    message = from_httpx(failure(""), CREATE, KEY).message
    assert "the connection failed" not in message
    assert not message.endswith("()")


def test_a_failure_of_a_newer_httpx_counts_as_ambiguous() -> None:
    newer = type("Newer", (httpx.TransportError,), {})
    assert from_httpx(newer("x"), CREATE, KEY).processed == "maybe"


def test_the_key_is_masked_where_httpx_repeats_a_header() -> None:
    error = from_httpx(httpx.LocalProtocolError(f"Illegal header b'Bearer {KEY}'"), CREATE, KEY)
    assert KEY not in f"{error} {error.message}"


def test_an_untrusted_certificate_is_lasting_and_its_hint_names_the_trust_store() -> None:
    error = httpx.ConnectError("certificate verify failed")
    error.__cause__ = ssl.SSLCertVerificationError("self-signed")
    assert is_lasting(error)
    assert "trust store" in from_httpx(error, CREATE, KEY).hint
    assert not is_lasting(httpx.ConnectError("refused"))


def test_a_reply_that_takes_too_long_names_the_flag_that_raises_the_limit() -> None:
    error = too_slow(CREATE, 30)
    assert error.message == "POST /fax_applications failed: the reply was not complete after 30 s"
    assert "--timeout" in error.hint
    assert error.processed == "maybe"
