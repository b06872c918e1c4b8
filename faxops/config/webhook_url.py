"""Webhook URLs: their form, their host, and which hosts a policy lets pass."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

# RFC 3986 without what no webhook needs. A backslash, a space or a `%` in the host is what
# parsers disagree about, so it is not let through at all.
_URL: Final = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
    r"(?:(?P<user>[A-Za-z0-9._~!$&'()*+,;=:%-]*)@)?"
    r"(?P<host>[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<rest>(?:[/?#](?:[A-Za-z0-9._~:/?#\[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*)?)"
)
_AUTHORITY: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#\\]*[/?#]")
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*")
_MAX_PORT: Final = 65535
_EMAIL: Final = re.compile(
    r"[^@\s\x00-\x1f\x7f\"<>(),;:\\]+@[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?"
)


@dataclass(frozen=True, slots=True)
class WebhookUrl:
    """The parts of a URL that policies and risks ask about.

    `scheme` and `host` are in small letters, the host without a trailing dot. `user_info` says
    if a name or password stands before the host.
    """

    scheme: str
    host: str
    user_info: bool


def read_url(text: str) -> WebhookUrl | None:
    """The parts of `text`, or None if it is not an absolute http or https URL."""
    match = _URL.fullmatch(text)
    if match is None or int(match["port"] or 0) > _MAX_PORT or ".." in match["host"]:
        return None
    host = match["host"].lower().rstrip(".")
    return WebhookUrl(match["scheme"].lower(), host, user_info=match["user"] is not None)


def is_url(text: object) -> bool:
    """The format `uri` as faxops asserts it; "" is no URL given."""
    return not isinstance(text, str) or text == "" or read_url(text) is not None


def is_email(text: object) -> bool:
    """The format `email` as faxops asserts it; "" is no address given."""
    return not isinstance(text, str) or text == "" or _EMAIL.fullmatch(text) is not None


def ends_authority(prefix: str) -> bool:
    """Whether `prefix` of a URL already holds its whole scheme and host."""
    return _AUTHORITY.match(prefix) is not None


def host_pattern(text: str) -> str | None:
    """A policy's `host` or `*.host` in the form that hosts are compared in, or None."""
    wildcard = text.startswith("*.")
    host = ascii_host(text.removeprefix("*."))
    if host is None:
        return None
    return f"*.{host}" if wildcard else host


def ascii_host(text: str) -> str | None:
    """A host name in small ASCII letters (IDNA 2008, UTS 46), or None if it is none."""
    host = text.lower().removesuffix(".")
    if not host.isascii():
        import idna  # noqa: PLC0415 (its tables take 10 ms to load, and few hosts need them)

        try:
            host = idna.encode(host, uts46=True).decode()
        except idna.IDNAError:
            return None
    return host if _HOST.fullmatch(host) else None


def host_matches(host: str, pattern: str) -> bool:
    """Whether a host is let through by a pattern, both in the form compared in."""
    if pattern.startswith("*."):
        return host.endswith(pattern[1:]) and len(host) > len(pattern) - 1
    return host == pattern
