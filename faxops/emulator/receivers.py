"""Which hosts webhooks are delivered to: this machine, and those that its user named.

A configuration made for production, tried here, names the hosts that handle real patients' faxes.
"""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Final

from faxops.errors import UsageError

LOCALHOST: Final = "localhost"
_NAME: Final = re.compile(r"(\*\.)?[\w.-]+|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")


def check_permitted(hosts: tuple[str, ...]) -> None:
    """Raise `UsageError` for a host to deliver to that is no host, such as a URL."""
    for host in hosts:
        if not _NAME.fullmatch(host):
            raise UsageError(
                f"{host!r} is no host to deliver webhooks to.",
                hint="Write a host alone, such as hooks.example.org, or *.example.org for every"
                " host below it.",
            )


def is_localhost(host: str) -> bool:
    """Whether a host is `localhost` or a name below it (RFC 6761, section 6.3)."""
    name = _plain(host)
    return name == LOCALHOST or name.endswith(f".{LOCALHOST}")


def may_receive(host: str, permitted: tuple[str, ...]) -> bool:
    """Whether webhooks may be sent to a host as it stands in a URL.

    No name is looked up to tell: what it leads to could change until it is sent to. `permitted`
    holds hosts, and `*.x` for every host below x.
    """
    return is_localhost(host) or _is_loopback(host) or any(_fits(host, each) for each in permitted)


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _fits(host: str, pattern: str) -> bool:
    name, wanted = _plain(host), _plain(pattern)
    return name.endswith(wanted[1:]) if wanted.startswith("*.") else name == wanted


def _plain(host: str) -> str:
    return host.lower().removesuffix(".")
