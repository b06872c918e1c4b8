"""A fax followed on the command line: how far it is, and the exit code of its end."""

from __future__ import annotations

from faxops.cli.output import Output
from faxops.errors import ExitCode, OutcomeUnknown
from faxops.model.clock import Clock
from faxops.model.fax import GOOD_ENDS, Fax
from faxops.report.escape import terminal
from faxops.report.fax_document import fax_document
from faxops.report.fax_text import progress_text, state_line
from faxops.telnyx.fax_watch import follow
from faxops.telnyx.faxes import Faxes


async def followed(
    faxes: Faxes, fax_id: str, screen: Output, clock: Clock, *, limit_seconds: float
) -> Fax:
    """The fax as it is at its end, or after `limit_seconds`.

    Meanwhile a terminal shows a line that changes; elsewhere each change gets its own.
    """
    last = None
    line = None
    try:
        async for fax in follow(faxes, fax_id, clock, limit_seconds=limit_seconds):
            last = fax
            document = fax_document(fax)
            if not screen.shows_progress:
                screen.note(f"{state_line(document)}.")
            elif line is None:
                from faxops.cli.progress_line import ProgressLine  # noqa: PLC0415 - rich is slow

                line = ProgressLine(progress_text(document), color=screen.notes_style.color)
            else:
                line.tell(progress_text(document))
    finally:
        if line is not None:
            line.close()
    assert last is not None  # noqa: S101 - `follow` gives one fax at least
    return last


def code_of(fax: Fax) -> ExitCode:
    """0 for a fax that arrived, 8 for one that failed; raises `OutcomeUnknown` before its end."""
    if fax.is_final:
        return ExitCode.DONE if fax.status in GOOD_ENDS else ExitCode.PARTLY_APPLIED
    raise OutcomeUnknown(
        f"Fax {fax.id} has not come to its end; it is {terminal(fax.status) or 'in no status'}.",
        hint=f"`faxops fax wait {fax.id}` follows it on; `faxops fax cancel {fax.id}` stops it.",
    )
