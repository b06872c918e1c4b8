"""`faxops webhook verify`: whether Telnyx signed a delivery, and what it says."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import click

from faxops.cli.options import (
    ConnectionChoice,
    OutputChoice,
    connection_options,
    output_options,
)
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.cli.webhook_key import public_key_option, usable_key
from faxops.errors import ExitCode, FaxopsError, UsageError
from faxops.report.webhook_document import failed_webhook_document, verified_document
from faxops.report.webhook_text import verified_text
from faxops.telnyx.webhooks import SIGNATURE_HEADER, TIMESTAMP_HEADER, verify_webhook

_STANDARD_INPUT: Final = "-"


@click.command()
@click.option(
    "--payload",
    required=True,
    envvar="FAXOPS_PAYLOAD",
    show_envvar=True,
    metavar="FILE|-",
    help="The body of the delivery, byte for byte; - is standard input.",
)
@click.option(
    "--timestamp",
    required=True,
    envvar="FAXOPS_TIMESTAMP",
    show_envvar=True,
    metavar="T",
    help=f"The header {TIMESTAMP_HEADER}.",
)
@click.option(
    "--signature",
    required=True,
    envvar="FAXOPS_SIGNATURE",
    show_envvar=True,
    metavar="S",
    help=f"The header {SIGNATURE_HEADER}.",
)
@public_key_option
@connection_options
@output_options("text", "json")
def command(
    connection: ConnectionChoice,
    output: OutputChoice,
    *,
    payload: str,
    timestamp: str,
    signature: str,
    public_key: str,
) -> ExitCode:
    """Tell whether Telnyx signed a delivery for this account within 5 minutes from now.

    Exit 0 if it did, 1 if not. Nothing is sent, but for fetching the key when it isn't given.
    """
    screen = Output(output)
    with screen.reporting_failures(lambda error: _failed(error, screen)):
        body = _read(payload)
        key = asyncio.run(usable_key(public_key, connection, screen))
        headers = {TIMESTAMP_HEADER: timestamp, SIGNATURE_HEADER: signature}
        event = verify_webhook(body, headers, key)
    screen.result(document_renderers(verified_document(event, screen.masker), verified_text))
    return screen.delivered(ExitCode.DONE)


def _failed(error: FaxopsError, screen: Output) -> Mapping[str, Renderer]:
    return document_renderers(failed_webhook_document(error, screen.masker), verified_text)


def _read(payload: str) -> bytes:
    if payload == _STANDARD_INPUT:
        return sys.stdin.buffer.read()
    try:
        return Path(payload).read_bytes()
    except OSError as error:
        raise UsageError(
            f"The payload could not be read from {payload}: {error.strerror}.",
            hint="Name the file that holds the body as it came, or - for standard input.",
        ) from error
