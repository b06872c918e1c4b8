"""Which hosts are this machine, to which a secret may go unencrypted."""

from __future__ import annotations

from ipaddress import ip_address


def is_this_machine(host: str) -> bool:
    """Whether the host of a URL is `localhost` or a loopback address.

    Names below `localhost` are not: some systems ask the DNS for them, against RFC 6761.
    """
    if host.lower().removesuffix(".") == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
