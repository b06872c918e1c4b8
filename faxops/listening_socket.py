"""A socket that a server of faxops takes its connections from."""

from __future__ import annotations

import socket

from faxops.errors import UsageError


def listening_socket(host: str, port: int, *, who: str, hint: str) -> socket.socket:
    """Listen on an address of this machine; port 0 takes a free one.

    Connections wait until a server takes them. Raises `UsageError`, in which `who` is the subject,
    if the port is taken or not allowed, or the address is not this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio turns Nagle's delay of 40 ms a reply off only where the protocol is named.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except (OSError, OverflowError, UnicodeError) as error:
        listener.close()
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{who} cannot listen on {host}:{port}: {reason}.", hint=hint) from error
    return listener
