"""The matrix of faults for faxes as Markdown for docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tests.faults.cells import ROWS
from tests.faults.fax_cells import FaxCell, fax_cells
from tests.faults.fax_operations import FAX_OPERATIONS, FaxOperation

WORDS: Final = {
    "done": ("done", "0", "Sent once, cancelled or deleted; a lost answer was made up for."),
    "not_done": ("not done", "1, 4 or 8", "This run did not do it; with a batch, others may be."),
    "unknown": ("**unknown**", "9", "It may have been done; nothing was sent a second time."),
}
_ABOUT: Final = (
    "the same faults, at the requests of the commands that send, cancel and delete. After each, the"
    " account's own record is searched: no fax is there twice, and none is told as sent that is"
    " not. Then the command is run again without the fault: what was left is sent, once."
)


def faxes_table() -> list[str]:
    """What is tried and how each trial has to end, in lines."""
    tried = tuple(fax_cells())
    return [
        "### Faxes",
        "",
        f"{len(tried):,} cells: {_ABOUT}",
        "",
        *(f"- {each.name}: {_strikes(each)}" for each in FAX_OPERATIONS),
        "",
        "| word | exit code | what it means |",
        "| --- | --- | --- |",
        *(f"| {word} | {code} | {meaning} |" for word, code, meaning in WORDS.values()),
        "",
        *_grid("once", [cell for cell in tried if not cell.on]),
        "",
        *_grid("on and on", [cell for cell in tried if cell.on]),
        "",
    ]


def _strikes(operation: FaxOperation) -> str:
    return " · ".join(strike.name for strike in operation.strikes)


def _grid(often: str, tried: list[FaxCell]) -> Iterator[str]:
    yield f"| fault, {often} | {' | '.join(each.name for each in FAX_OPERATIONS)} |"
    yield "| --- " * (len(FAX_OPERATIONS) + 1) + "|"
    for row in ROWS:
        hit = [cell for cell in tried if cell.row is row]
        if hit:
            yield f"| {row.name} | {' | '.join(_ends(hit, each) for each in FAX_OPERATIONS)} |"


def _ends(tried: Iterable[FaxCell], operation: FaxOperation) -> str:
    """The ends at each request that can be struck; one for all of them if they are alike."""
    words = {cell.strike: WORDS[cell.expected][0] for cell in tried if cell.operation is operation}
    ends = [words.get(strike, "-") for strike in operation.strikes]
    return ends[0] if len(set(ends)) == 1 else " · ".join(ends)
