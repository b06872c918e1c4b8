"""`--notify URL`: where a notification goes, which is a secret as a whole, and sending it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from faxops.errors import UsageError

Sender = Callable[[str, str], bool]
"""Sends a title and a body in Markdown; false if it did not arrive everywhere."""

_VARIABLE: Final = "FAXOPS_NOTIFY"
_KINDS: Final = "https://github.com/caronc/apprise lists the kinds."


def checked_url(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """The callback of the flag. Raises `UsageError` for a URL that must not be typed."""
    typed = ctx.get_parameter_source(param.name or "") is ParameterSource.COMMANDLINE
    if value and typed and not _may_be_seen(value):
        raise UsageError(
            "--notify holds a secret, and every user of this machine can read command lines.",
            hint=f"Give the URL in {_VARIABLE}.",
        )
    return value


def sender(url: str) -> Sender:
    """What sends to `url`. Raises `UsageError` where nothing can be sent, and never shows it."""
    try:
        from apprise import Apprise, AppriseAsset, NotifyFormat  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise UsageError(
            "--notify needs a library that is not installed.",
            hint="Install it: pip install 'faxops[notify]'",
        ) from error
    # It logs what services answer, which may repeat parts of the URL.
    log = logging.getLogger("apprise")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    services: Any = Apprise(asset=AppriseAsset(app_id="faxops", async_mode=False))
    if not services.add(url):
        raise UsageError(
            "--notify is no URL that apprise can send to.",
            hint=f"Write one such as mailtos://… or slack://… in {_VARIABLE}. {_KINDS}",
        )

    def send(title: str, body: str) -> bool:
        try:
            return bool(services.notify(body, title=title, body_format=NotifyFormat.MARKDOWN))
        except Exception:  # noqa: BLE001 - each of the many services fails in its own way
            return False

    return send


def _may_be_seen(url: str) -> bool:
    """Whether the URL is a scheme and a host alone, and the host is none of a service's tokens."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    rest = (parts.username, parts.password, parts.path.strip("/"), parts.query, parts.fragment)
    return parts.scheme in {"json", "jsons", "xml", "xmls", "form", "forms"} and not any(rest)
