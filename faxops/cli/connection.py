"""The way to the account: the Telnyx API, or the emulator in this process."""

from __future__ import annotations

import os
import random
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from faxops.cli.environment import api_key
from faxops.cli.options import DEFAULT_BASE_URL, ConnectionChoice
from faxops.cli.output import Output
from faxops.errors import UsageError
from faxops.model.this_machine import is_this_machine
from faxops.reconcile.reading import Account
from faxops.report.escape import terminal
from faxops.system_clock import SystemClock
from faxops.telnyx.account import organization_id
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.observer import Exchange, Observer
from faxops.telnyx.provider import TelnyxProvider

if TYPE_CHECKING:
    from faxops.emulator.transport import EmulatorTransport

EMULATOR: Final = "emulator:"
_ANY_KEY: Final = "emulator"


@dataclass(frozen=True, slots=True)
class Connection:
    """An open way to one account. `transport` takes the place of the network, for any host."""

    client: TelnyxClient
    provider: TelnyxProvider
    account: Account
    transport: EmulatorTransport | None


@asynccontextmanager
async def connect(
    choice: ConnectionChoice,
    output: Output,
    *,
    parallelism: int = 8,
    observer: Observer | None = None,
) -> AsyncGenerator[Connection]:
    """Open the way to the account and ask whose it is. `observer` is told of every exchange.

    Raises `UsageError` without a key and for a base URL that the key must not be sent to, and the
    `ApiError` of the first request.
    """
    clock = SystemClock()
    embedded = choice.base_url.startswith(EMULATOR)
    if not embedded:
        _check_encrypted(choice.base_url)
    transport = _emulator(choice.base_url.removeprefix(EMULATOR), clock) if embedded else None
    key = (os.environ.get("TELNYX_API_KEY") or _ANY_KEY) if embedded else api_key(os.environ)
    async with TelnyxClient(
        base_url="http://emulator/v2" if embedded else choice.base_url,
        api_key=key,
        clock=clock,
        random=random.Random(),  # noqa: S311 - jitter, not a secret
        timeout=choice.timeout,
        parallelism=parallelism,
        transport=transport,
        observer=_Observers(output, observer),
    ) as client:
        organization = await organization_id(client) or ""
        account = Account(organization, choice.base_url)
        yield Connection(client, TelnyxProvider(client), account, transport)


def api_name(choice: ConnectionChoice) -> str:
    """The base URL in the one form by which two runs know that they mean the same API."""
    if not choice.base_url.startswith(EMULATOR):
        return choice.base_url.rstrip("/")
    file = Path(choice.base_url.removeprefix(EMULATOR))
    return f"{EMULATOR}{file.resolve()}"


def _check_encrypted(base_url: str) -> None:
    """Refuse to send the key in plain text to another machine, where anyone between reads it."""
    try:
        url = urlsplit(base_url)
        host = (url.hostname or "").rstrip(".")
    except ValueError as error:
        raise UsageError(
            "The base URL is not a URL.", hint=f"Write it like Telnyx's own: {DEFAULT_BASE_URL}"
        ) from error
    if url.scheme != "http" or is_this_machine(host):
        return
    raise UsageError(
        f"The base URL would send the API key unencrypted to {host}.",
        hint="Write it with https://. Only this machine (localhost) may be reached by http://.",
    )


def _emulator(file: str, clock: SystemClock) -> EmulatorTransport:
    # Only who asks for the emulator pays for loading it.
    from faxops.emulator.application import EmulatorSettings, create_emulator  # noqa: PLC0415
    from faxops.emulator.transport import EmulatorTransport  # noqa: PLC0415

    settings = EmulatorSettings(clock=clock, database=Path(file) if file else None)
    return EmulatorTransport(create_emulator(settings))


@dataclass(frozen=True, slots=True)
class _Observers:
    """Passes each exchange on, and prints a line of it at -v, with nothing secret in it."""

    output: Output
    other: Observer | None

    def exchanged(self, exchange: Exchange) -> None:
        """Pass it on."""
        # A header of the reply, in which a proxy may repeat whatever it was sent.
        request_id = self.output.masker.redacted(exchange.request_id)
        if self.other is not None:
            self.other.exchanged(replace(exchange, request_id=request_id))
        if not self.output.choice.verbose:
            return
        status = exchange.status or "no reply"
        again = f" (try {exchange.attempt})" if exchange.attempt > 1 else ""
        shown = f" {terminal(request_id)}" if request_id else ""
        self.output.note(
            f"{exchange.method} {exchange.path} {status} {exchange.seconds * 1000:.0f} ms"
            f"{shown}{again}"
        )
