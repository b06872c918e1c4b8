"""`faxops fax delete ID…`: delete faxes from the account."""

from __future__ import annotations

import asyncio

import click

from faxops.cli.connection import connect
from faxops.cli.fax_output import carried_out, failed_renderers, fax_renderers, writing
from faxops.cli.options import (
    ConnectionChoice,
    OutputChoice,
    connection_options,
    output_options,
)
from faxops.cli.output import Output
from faxops.errors import (
    AuthenticationFailed,
    ExitCode,
    FaxopsError,
    Interrupted,
    ObjectNotFound,
    OutcomeUnknown,
    Unreachable,
)
from faxops.report.fax_document import Deletion, DeletionOutcome, deletions_document
from faxops.report.fax_text import deletions_text
from faxops.telnyx.faxes import Faxes


@click.command()
@click.argument("fax_ids", metavar="ID...", nargs=-1, required=True)
@connection_options
@output_options("text", "json")
def command(
    connection: ConnectionChoice, output: OutputChoice, *, fax_ids: tuple[str, ...]
) -> ExitCode:
    """Delete each fax ID from the account, with its document, for good.

    Exits with 8 when some were deleted and some not.
    """
    screen = Output(output)
    with screen.reporting_failures(lambda error: failed_renderers(error, screen)):
        deletions = asyncio.run(_delete(connection, screen, tuple(dict.fromkeys(fax_ids))))
    document = deletions_document(deletions, screen.masker)
    screen.result(fax_renderers(document, deletions_text, screen))
    code = _code_of(deletions)
    return ExitCode.PARTLY_APPLIED if screen.lost and code is ExitCode.DONE else code


async def _delete(
    connection: ConnectionChoice, screen: Output, fax_ids: tuple[str, ...]
) -> list[Deletion]:
    """Delete one after the other, until a signal comes or one fails as all others would."""
    ended: list[Deletion] = []
    async with connect(connection, screen) as way:
        faxes = Faxes(way.client)
        with writing(way.client) as stop:
            for fax_id in fax_ids:
                ended.append(await deletion(faxes, fax_id, stop))
                if stop.is_set() or _hits_all(ended[-1].error):
                    break
    left = fax_ids[len(ended) :]
    return [*ended, *(Deletion(each, DeletionOutcome.NOT_ATTEMPTED) for each in left)]


async def deletion(faxes: Faxes, fax_id: str, stop: asyncio.Event) -> Deletion:
    """Delete one fax; every failure ends in the result."""
    doubt = "Run it again; one that is gone is told as not found."
    try:
        await carried_out(faxes.delete(fax_id), stop, fax_id=fax_id, doubt=doubt)
    except OutcomeUnknown as error:
        gone = await _is_gone(faxes, fax_id)
        outcome = DeletionOutcome.APPLIED if gone else DeletionOutcome.UNKNOWN
        return Deletion(fax_id, outcome, None if gone else error)
    except Interrupted:
        return Deletion(fax_id, DeletionOutcome.NOT_ATTEMPTED)
    except FaxopsError as error:
        return Deletion(fax_id, DeletionOutcome.NOT_APPLIED, error)
    return Deletion(fax_id, DeletionOutcome.APPLIED)


async def _is_gone(faxes: Faxes, fax_id: str) -> bool:
    """Whether the account certainly holds no such fax."""
    try:
        await faxes.get(fax_id)
    except ObjectNotFound:
        return True
    except FaxopsError:
        return False
    return False


def _hits_all(error: FaxopsError | None) -> bool:
    """Whether the next request would fail in the same way: a dead key, a dead connection."""
    return isinstance(error, AuthenticationFailed | Unreachable) or (
        isinstance(error, OutcomeUnknown) and isinstance(error.__cause__, Unreachable)
    )


def _code_of(deletions: list[Deletion]) -> ExitCode:
    """0 when all were deleted, 9 when it is unknown of one, 8 when some were, else the cause's."""
    outcomes = {each.outcome for each in deletions}
    codes = {each.error.exit_code for each in deletions if each.error}
    if outcomes == {DeletionOutcome.APPLIED}:
        return ExitCode.DONE
    if DeletionOutcome.UNKNOWN in outcomes:
        return ExitCode.UNKNOWN_OUTCOME
    if DeletionOutcome.APPLIED in outcomes:
        return ExitCode.PARTLY_APPLIED
    if ExitCode.NOT_PERMITTED in codes:
        return ExitCode.NOT_PERMITTED
    return ExitCode.FAILED if codes else ExitCode.INTERRUPTED
