"""From what a webhook URL did to what that means for its owner (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Final
from urllib.parse import urlsplit

from faxops.report.checkup import Check, Health
from faxops.telnyx.webhook_probe import DELIVERY_SECONDS, Probe, Trouble

SHORT_LIFE: Final = timedelta(days=14)
"""A certificate that lives shorter was not renewed in time: most are a month before their end."""

_TAKES_NO_EVENT: Final = frozenset(
    {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.UNSUPPORTED_MEDIA_TYPE}
)
_NOTHING_THERE: Final = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.GONE})


@dataclass(frozen=True, slots=True)
class _Finding:
    health: Health
    message: str
    advice: str = ""


def webhook_check(
    name: str, url: str, probe: Probe, *, limit_seconds: float, now: datetime
) -> Check:
    """The check called `name` of `url`, which did what `probe` says within `limit_seconds`.

    Only scheme, host and port of the URL are named: its path may hold a secret.
    """
    findings = [
        *_encryption(url, probe, now),
        _trouble(probe, limit_seconds) if probe.trouble else _answer(probe),
        *_slowness(probe, limit_seconds),
        *_address(probe),
    ]
    bad_first = sorted(findings, key=lambda each: _BADNESS.index(each.health))
    return Check(
        name,
        bad_first[0].health,
        f"{_origin(url)} {'; '.join(each.message for each in findings)}",
        " ".join(each.advice for each in bad_first if each.advice),
    )


_BADNESS: Final = (Health.BAD, Health.DOUBTFUL, Health.GOOD)


def _encryption(url: str, probe: Probe, now: datetime) -> Iterator[_Finding]:
    if not url.lower().startswith("https:"):
        yield _Finding(
            Health.DOUBTFUL,
            "is not encrypted",
            "Use https://, because the links to received faxes stand in the events.",
        )
        return
    if probe.certificate_ends is None:
        return
    left = probe.certificate_ends - now
    told = f"has a valid certificate ({left.days} {'day' if left.days == 1 else 'days'} left)"
    if left < SHORT_LIFE:
        yield _Finding(Health.DOUBTFUL, told, "Renew the certificate, and see why nothing did.")
    else:
        yield _Finding(Health.GOOD, told)


def _answer(probe: Probe) -> _Finding:
    status = probe.status or 0
    in_time = f"({status} in {probe.seconds:.2f} s)"
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return _Finding(
            Health.BAD,
            f"fails on a body that is no event {in_time}",
            "See its log; a receiver refuses what it can't use with a 4xx.",
        )
    if status in _TAKES_NO_EVENT:
        return _Finding(
            Health.BAD,
            f"takes no POST of JSON {in_time}",
            "Check the path: events are sent like this.",
        )
    if status in _NOTHING_THERE:
        return _Finding(
            Health.DOUBTFUL,
            f"has nothing at this path, or says so to what is not signed {in_time}",
            "Check the path.",
        )
    if status == HTTPStatus.UNAUTHORIZED and probe.asks_password:
        return _Finding(
            Health.DOUBTFUL,
            f"asks for a password {in_time}, and Telnyx has none",
            "Let events through without one, and check their signature.",
        )
    if status < HTTPStatus.MULTIPLE_CHOICES:
        return _Finding(
            Health.DOUBTFUL,
            f"accepts what is not signed {in_time}",
            "Refuse events without Telnyx's signature: anyone can send them.",
        )
    if status < HTTPStatus.BAD_REQUEST:
        return _Finding(
            Health.BAD,
            f"redirects {in_time}, which Telnyx takes for a failure",
            "Configure the URL that it leads to.",
        )
    return _Finding(Health.GOOD, f"refuses what is not signed {in_time}")


def _slowness(probe: Probe, limit_seconds: float) -> Iterator[_Finding]:
    if probe.trouble is None and DELIVERY_SECONDS < probe.seconds <= limit_seconds:
        yield _Finding(
            Health.DOUBTFUL,
            "is slow",
            f"Answer within {DELIVERY_SECONDS:g} s, or Telnyx may send the event again.",
        )


def _address(probe: Probe) -> Iterator[_Finding]:
    if probe.is_private:
        yield _Finding(
            Health.GOOD,
            f"{probe.address} is a private address, so Telnyx must reach it by another one",
        )


def _trouble(probe: Probe, limit_seconds: float) -> _Finding:
    detail = f" ({probe.detail})" if probe.detail else ""
    if probe.trouble is Trouble.SLOW:
        return _Finding(
            Health.BAD,
            f"gave no answer within {limit_seconds:g} s",
            "Answer first and work later.",
        )
    message, advice = _TROUBLES[probe.trouble or Trouble.NO_ANSWER]
    return _Finding(Health.BAD, f"{message}{detail}", advice)


_CONNECT: Final = "See that the receiver runs and that the firewall lets the internet through."
_TROUBLES: Final = {
    Trouble.NO_ADDRESS: (
        "has a name without an address",
        "Check the name, and its record in the DNS.",
    ),
    Trouble.NO_CONNECTION: ("takes no connection", _CONNECT),
    Trouble.EXPIRED: ("has a certificate that has expired or is not valid yet", "Renew it."),
    Trouble.OTHER_HOST: (
        "has a certificate for another name",
        "Get one for this name, or configure the name that it is for.",
    ),
    Trouble.UNTRUSTED: (
        "has a certificate that nobody known vouches for",
        "Use one of a public authority, and serve the whole chain.",
    ),
    Trouble.NO_TLS: ("does not speak TLS there", "Check the port, or what stands before it."),
    Trouble.NO_ANSWER: ("closed the connection without an answer", "See its log."),
}


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        host = ""
    else:
        if parts.scheme and host:
            return f"{parts.scheme}://{host}"
    return "the URL"
