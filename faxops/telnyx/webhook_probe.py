"""Whether a webhook URL could be delivered to: its name, its certificate and its answer.

The probe is one POST of `{}` as JSON without a signature. No receiver can take it for an event: it
has no type, no id and no payload. And only a POST without a signature shows the two things that
matter: that the path takes what Telnyx sends, and that it refuses what Telnyx did not send.
"""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Any, Final, cast

import httpx
import truststore

from faxops import __version__
from faxops.model.clock import Clock

DELIVERY_SECONDS: Final = 2.0
"""How long Telnyx waits for an answer by default (Telnyx docs: webhook fundamentals)."""

_CONNECT_SECONDS: Final = 10.0
_BODY: Final = b"{}"
_HEADERS: Final = {
    "Content-Type": "application/json",
    "User-Agent": f"faxops-test/{__version__}",
}
# X509_V_ERR_… of OpenSSL.
_EXPIRED: Final = frozenset({9, 10})  # not valid yet, and no more
_OTHER_HOST: Final = frozenset({62, 64})


class Trouble(StrEnum):
    """Why there was no answer."""

    NO_ADDRESS = "no address"
    NO_CONNECTION = "no connection"
    EXPIRED = "expired"
    OTHER_HOST = "other host"
    UNTRUSTED = "untrusted"
    NO_TLS = "no TLS"
    NO_ANSWER = "no answer"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Probe:
    """What came of one URL. Exactly one of `status` and `trouble` is set.

    `address` is the one that was connected to, empty without a connection and through a proxy.
    `certificate_ends` is when the certificate runs out, None without TLS and where the system's
    trust store keeps it to itself. `seconds` is the time from sending to the head of the answer.
    `asks_password` says that the answer wants a name and a password, which Telnyx does not have.
    `detail` is the system's own word for the trouble.
    """

    address: str = ""
    certificate_ends: datetime | None = None
    status: int | None = None
    seconds: float = 0.0
    asks_password: bool = False
    trouble: Trouble | None = None
    detail: str = ""

    @property
    def is_private(self) -> bool:
        """Whether the address means another machine, or none, outside this network."""
        return bool(self.address) and not ip_address(self.address).is_global


async def probe(
    url: str, *, limit_seconds: float, clock: Clock, trust: ssl.SSLContext | None = None
) -> Probe:
    """Send the probe to `url`, once; the head of its answer may take `limit_seconds`.

    `trust` takes the place of the system's trust store. Proxies come from the environment as httpx
    reads them. Redirects are not followed. No key is at hand here that could be sent. Raises
    nothing for what the other side does, nor for a URL that is none.
    """
    course = _Course(clock)
    try:
        course.host = httpx.URL(url).raw_host.decode()
        async with (
            _client(trust or truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)) as http,
            asyncio.timeout(_CONNECT_SECONDS) as deadline,
        ):
            course.on_sending = lambda: deadline.reschedule(
                asyncio.get_running_loop().time() + limit_seconds
            )
            request = http.build_request("POST", url, content=_BODY, headers=_HEADERS)
            request.extensions["trace"] = course.trace
            response = await http.send(request, stream=True)
            answer = course.answered(response.status_code, response.headers)
            await response.aclose()
            return answer
    except TimeoutError:
        return course.failed(course.is_late_in, "it took too long")
    except (httpx.RequestError, httpx.InvalidURL, ImportError, ValueError) as error:
        return course.failed(*_trouble(error, is_sending=course.is_sending))


class _Course:
    """How far the probe got, as httpcore tells of it."""

    def __init__(self, clock: Clock) -> None:
        self.host = ""
        self.is_sending = False
        self.on_sending = lambda: None
        self._clock = clock
        self._since = clock.monotonic()
        self._is_direct = self._is_connected = False
        self._address = ""
        self._certificate_ends: datetime | None = None

    @property
    def is_late_in(self) -> Trouble:
        """What it was waiting for when the time was up."""
        if self.is_sending:
            return Trouble.SLOW
        return Trouble.NO_TLS if self._is_connected else Trouble.NO_CONNECTION

    async def trace(self, event: str, about: Mapping[str, Any]) -> None:
        """Take in one event (httpcore: the request extension `trace`)."""
        if event == "connection.connect_tcp.started":
            self._is_direct = about["host"] == self.host  # else it is a proxy's
        elif event == "connection.connect_tcp.complete":
            self._is_connected = True
            if self._is_direct:
                self._address = about["return_value"].get_extra_info("server_addr")[0]
        elif event.endswith(".start_tls.complete"):
            tls = about["return_value"].get_extra_info("ssl_object")
            self._certificate_ends = _end_of(tls.getpeercert() or {})
        elif event == "http11.send_request_headers.started":
            # Twice through a proxy: first to it, for the tunnel.
            self._since = self._clock.monotonic()
            self.is_sending = True
            self.on_sending()

    def answered(self, status: int, headers: httpx.Headers) -> Probe:
        """The probe that got an answer."""
        challenge = headers.get("www-authenticate", "").lower()
        return Probe(
            self._address,
            self._certificate_ends,
            status=status,
            seconds=self._clock.monotonic() - self._since,
            asks_password=challenge.startswith(("basic", "digest", "negotiate", "ntlm")),
        )

    def failed(self, trouble: Trouble, detail: str) -> Probe:
        """The probe that got none."""
        return Probe(self._address, self._certificate_ends, trouble=trouble, detail=detail)


def _client(trust: ssl.SSLContext) -> httpx.AsyncClient:
    # `_Course` and the deadline watch the time, because httpx limits each read and not the whole.
    return httpx.AsyncClient(verify=trust, follow_redirects=False, timeout=None)  # noqa: S113


def _trouble(error: Exception, *, is_sending: bool) -> tuple[Trouble, str]:
    for cause in _causes(error):
        if isinstance(cause, socket.gaierror):
            return Trouble.NO_ADDRESS, cause.strerror or ""
        if isinstance(cause, ssl.SSLCertVerificationError):
            return _distrust(cause), cause.verify_message
        if isinstance(cause, ssl.SSLError):
            return Trouble.NO_TLS, (cause.reason or "").lower().replace("_", " ")
    numbers = (each.errno for each in _causes(error) if isinstance(each, OSError))
    detail = next((os.strerror(each) for each in numbers if each), str(error))
    if is_sending and not isinstance(error, httpx.ProxyError):
        return Trouble.NO_ANSWER, detail
    return Trouble.NO_CONNECTION, detail


def _distrust(error: ssl.SSLCertVerificationError) -> Trouble:
    if error.verify_code in _EXPIRED:
        return Trouble.EXPIRED
    return Trouble.OTHER_HOST if error.verify_code in _OTHER_HOST else Trouble.UNTRUSTED


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        if isinstance(error, BaseExceptionGroup):  # one for each address of the name
            error = cast("BaseExceptionGroup[BaseException]", error).exceptions[0]
        else:
            error = error.__cause__ or error.__context__


def _end_of(certificate: Mapping[str, Any]) -> datetime | None:
    end = certificate.get("notAfter")
    return None if end is None else datetime.fromtimestamp(ssl.cert_time_to_seconds(end), UTC)
