"""`faxops export`: a whole account as configuration."""

from __future__ import annotations

import asyncio
import os
import re
import secrets
import shlex
from pathlib import Path
from typing import Final

import click

from faxops.cli.connection import connect
from faxops.cli.options import (
    DEFAULT_FILE,
    ConnectionChoice,
    OutputChoice,
    connection_options,
    screen_options,
)
from faxops.cli.output import Output
from faxops.cli.shipped import shipped
from faxops.config.export import Export, export
from faxops.config.fragments import STACK_FORM, STACK_PATTERN
from faxops.errors import ExitCode, ReportUnwritable, UsageError
from faxops.model.live import LiveResource
from faxops.model.marks import RESERVED_STACK_NAMES
from faxops.model.registry import KINDS

_SCHEMA: Final = "faxops.schema.json"
_STACK: Final = re.compile(STACK_PATTERN.strip("^$"))


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    required=True,
    envvar="FAXOPS_OUT",
    show_envvar=True,
    metavar="DIR",
    help=f"The folder to write {DEFAULT_FILE} to; it is made if it is not there.",
)
@click.option(
    "--stack",
    default="main",
    envvar="FAXOPS_STACK",
    show_envvar=True,
    show_default=True,
    metavar="NAME",
    help="The ownership scope that shall adopt the applications.",
)
@connection_options
@screen_options
def command(connection: ConnectionChoice, output: OutputChoice, *, out: Path, stack: str) -> int:
    """Write a whole account as configuration that imports it. Sends only GET."""
    screen = Output(output)
    file = out / DEFAULT_FILE
    with screen.reporting_failures():
        _check_stack(stack)
        _check_absent(file)
        live = asyncio.run(_list(connection, screen))
        exported = export(live, stack)
        _write(file, exported.text)
    screen.print(f"Wrote {file} with {_summary(exported)}.\n")
    shown = shlex.quote(str(file))
    screen.note(
        f"Next: run `faxops plan -f {shown}`, which should change nothing, and then"
        f" `faxops apply -f {shown}`, which marks the applications as owned by {stack}."
    )
    return ExitCode.DONE


async def _list(connection: ConnectionChoice, screen: Output) -> list[LiveResource]:
    async with connect(connection, screen) as way:
        return [live for kind in KINDS for live in await way.provider.list(kind)]


def _check_stack(stack: str) -> None:
    if not _STACK.fullmatch(stack) or stack in RESERVED_STACK_NAMES:
        raise UsageError(
            f"--stack {stack} cannot name a stack.",
            hint=f"Use {STACK_FORM}; not {' or '.join(sorted(RESERVED_STACK_NAMES))}.",
        )


def _check_absent(file: Path) -> None:
    if os.path.lexists(file):
        raise UsageError(
            f"{file} is there already; export never overwrites.",
            hint="Choose another folder with --out.",
        )


def _write(file: Path, text: str) -> None:
    """Write the configuration, whole or not at all, after the schema for editors beside it."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        schema = shipped("schemas", _SCHEMA).read_text(encoding="utf-8")
        (file.parent / _SCHEMA).write_text(schema, encoding="utf-8")
        _write_whole(file, text)
    except OSError as error:
        raise ReportUnwritable(f"{file} cannot be written: {error.strerror}.") from error


def _write_whole(file: Path, text: str) -> None:
    temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        with temporary.open("x", encoding="utf-8") as new:
            new.write(text)
            new.flush()
            os.fsync(new.fileno())
        # Reading a large account takes a while, in which somebody may have made the file.
        _check_absent(file)
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def _summary(exported: Export) -> str:
    total = exported.imported + exported.owned
    parts = [f"{exported.imported} to import"]
    if exported.owned:
        parts.append(f"{exported.owned} owned already")
    if exported.left_out:
        parts.append(f"{exported.left_out} left out, named in the file")
    return f"{total} application{'' if total == 1 else 's'}: {', '.join(parts)}"
