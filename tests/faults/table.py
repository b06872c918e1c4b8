"""The fault matrix as Markdown for docs/reliability.md."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from tests.faults.cells import ROWS, Cell, Expected, cells
from tests.faults.fax_table import faxes_table
from tests.faults.operations import OPERATIONS, Operation

REQUEST_WORDS: Final = {
    "LIST": "the listing of the plan",
    "LIST AGAIN": "its second listing, before a create",
    "LIST ALONE": "the listing of a plan without creates",
    "LIST BEFORE": "the listing right before the first create",
    "POST": "POST",
    "POST OF TWO": "POST",
    "COMPLETE": "the PATCH with the write-only field",
    "CONFIRM": "the GET that confirms the first mark",
    "READ": "the GET right before the write",
    "READ DOOMED": "the GET right before the write",
    "PATCH": "PATCH",
    "NUMBERS": "the numbers attached, for the plan",
    "NUMBERS AGAIN": "the numbers attached, right before the write",
    "DELETE": "DELETE",
    "READ BACK": "the listing after the apply",
}
WORDS: Final = {
    "applied": ("applied", "0", "Done as planned, nothing to tell."),
    "named": ("**named**", "8", "Done, and the report names what the account shows instead."),
    "partly": ("partly", "8", "Created, its second request not done; the next run finishes it."),
    "not_applied": ("not applied", "1, 4 or 8", "This change was not done; others may have been."),
    "unknown": ("**unknown**", "9", "This change may have been done; it is not sent again."),
    "failed": ("no plan", "1 or 4", "The account was not read whole; nothing was sent."),
    "refused": ("refused", "5", "The plan is refused; nothing was sent."),
    "not_sent": ("not sent", "1 or 4", "Planned, and nothing was sent."),
    "stopped": ("stopped", "8", "The first change was done; the rest was not attempted."),
    "unconfirmed": ("unconfirmed", "8", "All was done, and could not be read again."),
}


def faults_table() -> str:
    """What is tried, how each trial has to end, and why."""
    tried = tuple(cells())
    once = [cell for cell in tried if not cell.on]
    lasting = [cell for cell in tried if cell.on]
    return "\n".join(
        [
            f"{len(tried):,} cells. The requests of each operation, in the order of the table:",
            "",
            *(f"- {each.name}: {_requests(each)}" for each in OPERATIONS),
            "",
            "| word | exit code | what it means |",
            "| --- | --- | --- |",
            *(f"| {word} | {code} | {meaning} |" for word, code, meaning in WORDS.values()),
            "",
            "One word stands for all requests of an operation. `-` is where a fault can't strike.",
            "",
            "### The fault strikes once",
            "",
            *_grid(once),
            "",
            "### The fault goes on until the run ends",
            "",
            *_grid(lasting),
            "",
            "### Why",
            "",
            *_reasons(tried),
            "",
            *faxes_table(),
        ]
    )


def _requests(operation: Operation) -> str:
    return " · ".join(REQUEST_WORDS[each] for each in operation.requests)


def _grid(tried: list[Cell]) -> Iterator[str]:
    yield f"| fault | {' | '.join(each.name for each in OPERATIONS)} |"
    yield "| --- " * (len(OPERATIONS) + 1) + "|"
    for row in ROWS:
        ends = [_ends([cell for cell in tried if cell.row is row], each) for each in OPERATIONS]
        if any(end != "-" for end in ends):
            yield f"| {row.name} | {' | '.join(ends)} |"


def _ends(tried: list[Cell], operation: Operation) -> str:
    """The ends at each request of the operation; one for all of them if they are alike."""
    ends: list[str] = []
    for request in operation.requests:
        hit = [each for each in tried if each.operation is operation and each.request == request]
        words = _unique(WORDS[each.expected.word][0] for each in hit)
        ends.append(" or ".join(words) or "-")
    return ends[0] if len(set(ends)) == 1 else " · ".join(ends)


def _reasons(tried: Iterable[Cell]) -> Iterator[str]:
    found: dict[Expected, None] = {each.expected: None for each in tried}
    order = list(WORDS)
    for expected in sorted(found, key=lambda each: order.index(each.word)):
        yield f"- {WORDS[expected.word][0]}: {expected.why}"


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))
