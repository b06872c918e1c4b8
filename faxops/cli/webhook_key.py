"""The public key that deliveries are verified with: given, or fetched from the account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from faxops.cli.connection import connect
from faxops.cli.options import ConnectionChoice
from faxops.cli.output import Output
from faxops.telnyx.account import public_key
from faxops.telnyx.webhooks import verify_key

F = TypeVar("F", bound=Callable[..., object])


def public_key_option(command: F) -> F:
    """--public-key; the command takes `public_key: str`, empty if it was not given."""
    option: Callable[[F], F] = click.option(
        "--public-key",
        default="",
        envvar="TELNYX_PUBLIC_KEY",
        show_envvar=True,
        metavar="KEY",
        help="The account's public key, in base64; without it, it is fetched with the API key.",
    )
    return option(command)


async def usable_key(given: str, connection: ConnectionChoice, screen: Output) -> str:
    """`given`, or the account's own key.

    Raises `UsageError` when it is no key, or when it must be fetched and there is no API key, and
    the `ApiError` of fetching it.
    """
    if given:
        verify_key(given)
        return given
    async with connect(connection, screen) as way:
        return await public_key(way.client)
