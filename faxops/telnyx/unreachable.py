"""From a failure of the connection to a typed error, with a verdict on what the API can know.

httpx raises one class for each phase of a request, and the phase decides whether the request can
have been processed: before it was sent, certainly not.
"""

from __future__ import annotations

import ssl
from typing import Final

import httpx

from faxops.errors import ApiError, MalformedAnswer, Unreachable
from faxops.model.sensitive import MASK
from faxops.telnyx.answers import Call

# Everything else may have happened after the request was sent, a class of a newer httpx included.
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
_WORDS: Final[dict[type[httpx.RequestError], str]] = {
    httpx.ConnectError: "no connection could be made",
    httpx.ConnectTimeout: "no connection could be made in time",
    httpx.PoolTimeout: "no connection became free in time",
    httpx.ProxyError: "the proxy refused to pass it on",
    httpx.UnsupportedProtocol: "the base URL or the proxy has a scheme that can't be spoken",
    httpx.LocalProtocolError: "the request is not valid HTTP",
    httpx.RemoteProtocolError: "the connection ended in the middle of the reply, or before it",
    httpx.ReadError: "the connection broke while the reply was awaited",
    httpx.ReadTimeout: "no reply came in time",
    httpx.WriteError: "the connection broke while the request was sent",
    httpx.WriteTimeout: "the request could not be sent in time",
    httpx.CloseError: "the connection could not be closed",
    httpx.DecodingError: "the reply's compression is broken",
    httpx.TooManyRedirects: "the reply was a chain of redirects",
}


def from_httpx(error: httpx.RequestError, call: Call, secret: str) -> ApiError:
    """The typed error for a request that httpx could not bring to an end.

    `secret` is the API key, which is masked wherever httpx repeats it.
    """
    failure = Unreachable if isinstance(error, httpx.TransportError) else MalformedAnswer
    words = _WORDS.get(type(error), "the connection failed")
    # httpx leaves the text of most timeouts empty.
    detail = f" ({error})".replace(secret, MASK) if str(error) else ""
    return failure(
        f"{call} failed: {words}{detail}",
        request=call.name,
        processed="no" if isinstance(error, _NEVER_SENT) else call.doubt,
        hint=_hint(error),
    )


def too_slow(call: Call, seconds: float) -> Unreachable:
    """The error for a reply that was not complete after `seconds`."""
    return Unreachable(
        f"{call} failed: the reply was not complete after {seconds:g} s",
        request=call.name,
        processed=call.doubt,
        hint="Raise --timeout, or look for what slows the network down.",
    )


def is_lasting(error: httpx.RequestError) -> bool:
    """Whether the same failure is certain to come again: an untrusted certificate, bad HTTP."""
    lasting = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.DecodingError)
    return isinstance(error, lasting) or _is_untrusted(error)


def _hint(error: httpx.RequestError) -> str:
    if _is_untrusted(error):
        return (
            "This machine's trust store does not know the server's certificate; a company's"
            " intercepting proxy needs its certificate authority installed there."
        )
    if isinstance(error, httpx.TimeoutException) and not isinstance(error, httpx.ConnectTimeout):
        return "Raise --timeout, or look for what slows the network down."
    return "Check the network, the base URL and the proxy variables (HTTPS_PROXY, NO_PROXY)."


def _is_untrusted(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False
