"""`faxops fax list`: the faxes of the account."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from contextlib import aclosing
from functools import partial
from typing import Final, Literal, cast

import click

from faxops.cli.connection import connect
from faxops.cli.fax_output import failed_renderers, fax_renderers, redacted
from faxops.cli.moments import iso, moment
from faxops.cli.options import (
    ConnectionChoice,
    OutputChoice,
    WholeNumber,
    connection_options,
    output_options,
)
from faxops.cli.output import Output
from faxops.errors import ExitCode, UsageError
from faxops.model.fax import Fax
from faxops.report.fax_document import fax_document, faxes_document
from faxops.report.fax_lines import csv_head, csv_line, ndjson_line
from faxops.report.fax_text import fax_list_text
from faxops.system_clock import SystemClock
from faxops.telnyx.faxes import Faxes, FaxFilter

_DIALLED: Final = re.compile(r"\+?[0-9 ().-]*")
_E164: Final = re.compile(r"\+[1-9][0-9]{0,14}")


@click.command()
@click.option(
    "--direction",
    type=click.Choice(["inbound", "outbound"]),
    envvar="FAXOPS_DIRECTION",
    show_envvar=True,
    help="Only faxes received, or only faxes sent.",
)
@click.option(
    "--from",
    "from_",
    envvar="FAXOPS_FROM",
    show_envvar=True,
    metavar="NUMBER",
    help="Only faxes from this number, in E.164.",
)
@click.option(
    "--to",
    envvar="FAXOPS_TO",
    show_envvar=True,
    metavar="NUMBER",
    help="Only faxes to this number, in E.164.",
)
@click.option(
    "--since",
    envvar="FAXOPS_SINCE",
    show_envvar=True,
    metavar="TIME",
    help="Only faxes from this moment on: ISO 8601 (UTC unless it says otherwise), or how long"
    " ago, as 24h or 7d.",
)
@click.option(
    "--until",
    envvar="FAXOPS_UNTIL",
    show_envvar=True,
    metavar="TIME",
    help="Only faxes before this moment.",
)
@click.option(
    "--limit",
    type=WholeNumber(min=1),
    envvar="FAXOPS_LIMIT",
    show_envvar=True,
    metavar="N",
    help="At most so many.  [default: all]",
)
@connection_options
@output_options("text", "json", "ndjson", "csv")
def command(
    connection: ConnectionChoice,
    output: OutputChoice,
    *,
    direction: str | None,
    from_: str | None,
    to: str | None,
    since: str | None,
    until: str | None,
    limit: int | None,
) -> ExitCode:
    """List the faxes of the account, in the order of the API. Sends only GET.

    As ndjson and csv, each fax is written as soon as it is read.
    """
    screen = Output(output)
    with screen.reporting_failures(lambda error: failed_renderers(error, screen)):
        which = FaxFilter(
            cast("Literal['inbound', 'outbound'] | None", direction),
            _number("--from", from_),
            _number("--to", to),
            *_between(since, until),
        )
        faxes = asyncio.run(_list(connection, screen, which, limit))
    text = partial(fax_list_text, filtered=which != FaxFilter())
    screen.result(fax_renderers(faxes_document(faxes), text, screen))
    return screen.delivered(ExitCode.DONE)


async def _list(
    connection: ConnectionChoice, screen: Output, which: FaxFilter, limit: int | None
) -> list[Fax]:
    """The faxes that a document is to be made of; the others are printed as they come."""
    streamed = screen.choice.format in {"ndjson", "csv"}
    kept: list[Fax] = []
    count = 0
    async with connect(connection, screen) as way, aclosing(Faxes(way.client).list(which)) as faxes:
        async for fax in faxes:
            count += 1
            if streamed:
                screen.print("".join(_lines(fax, screen, first=count == 1)))
            if not streamed or screen.choice.reports:
                kept.append(fax)
            if count == limit or screen.lost:
                break
    if count == 0 and screen.choice.format == "csv":
        screen.print(csv_head())
    return kept


def _lines(fax: Fax, screen: Output, *, first: bool) -> Iterator[str]:
    document = redacted(fax_document(fax), screen)
    if screen.choice.format == "ndjson":
        yield ndjson_line(document)
        return
    if first:
        yield csv_head()
    yield csv_line(document)


def _number(flag: str, text: str | None) -> str | None:
    """The number as the API compares it. Raises `UsageError` for one that would fit no fax."""
    if text is None or not _DIALLED.fullmatch(text) or _E164.fullmatch(text):
        return text
    raise UsageError(
        f"{flag} {text} is not written in E.164.",
        hint="Write a plus, the country code and the number, digits only, as in +13127367276.",
    )


def _between(since: str | None, until: str | None) -> tuple[str | None, str | None]:
    now = SystemClock().now()
    begin, end = moment("--since", since, now), moment("--until", until, now)
    if begin is not None and end is not None and begin >= end:
        raise UsageError(
            f"Nothing lies between --since {since} and --until {until}.",
            hint=f"They mean {iso(begin)} and {iso(end)}; --until must be the later one.",
        )
    return iso(begin), iso(end)
