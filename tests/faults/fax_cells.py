"""The matrix of faults for faxes as data: where each strikes, and how the command has to end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from faxops.emulator.scenario import Rule
from tests.faults import cells
from tests.faults.cells import ROWS, Row
from tests.faults.fax_operations import FAX_OPERATIONS, FaxOperation, Strike

DONE: Final = "done"
NOT_DONE: Final = "not_done"
UNKNOWN: Final = "unknown"
NEVER: Final = ""

Ends = tuple[str, str]
"""The end under a fault that strikes once, and under one that goes on; empty is not tried."""

_SURELY_NOT: Final = (NOT_DONE, NOT_DONE)
_UNLESS_IT_LASTS: Final = (DONE, NOT_DONE)
_LOST: Final = (UNKNOWN, UNKNOWN)
_ALL_WELL: Final = (DONE, DONE)
# An API that tells the same lie in every listing can't be found out.
_ONCE_ALONE: Final = (DONE, NEVER)

_READ: Final[Mapping[int, Ends]] = {
    id(cells.JUDGEMENT): _SURELY_NOT,
    id(cells.MISSING): _SURELY_NOT,
    id(cells.LATER): _UNLESS_IT_LASTS,
    id(cells.BROKEN): _UNLESS_IT_LASTS,
    id(cells.LOST_BEFORE): _UNLESS_IT_LASTS,
    id(cells.LOST_AFTER): _UNLESS_IT_LASTS,
    id(cells.GARBLED): _SURELY_NOT,
    id(cells.HARMLESS): _ALL_WELL,
}
_LIST: Final = {
    **_READ,
    id(cells.INCONSISTENT): _UNLESS_IT_LASTS,
    id(cells.DOUBLED): _UNLESS_IT_LASTS,
    id(cells.STALE): _ONCE_ALONE,
    id(cells.EMPTY): _ONCE_ALONE,
}
# One look of several: one that fails is not the last, unless it was the last.
_LOOK: Final = {
    family: _ALL_WELL if ends == _ALL_WELL else (DONE, UNKNOWN if ends[1] else NEVER)
    for family, ends in _LIST.items()
    # Nothing can stand twice in a list of one fax or none.
    if family != id(cells.DOUBLED)
}
_LAST_LOOK: Final = {
    **_LOOK,
    **{family: _LOST for family, ends in _LIST.items() if ends == _SURELY_NOT},
}
_SEND: Final = {
    id(cells.JUDGEMENT): _SURELY_NOT,
    id(cells.MISSING): _SURELY_NOT,
    id(cells.LATER): _UNLESS_IT_LASTS,
    id(cells.BROKEN): _LOST,
    id(cells.LOST_BEFORE): _LOST,
    id(cells.LOST_AFTER): _ALL_WELL,
    id(cells.GARBLED): _ALL_WELL,
    id(cells.HARMLESS): _ALL_WELL,
}
_CANCEL: Final = {**_SEND, id(cells.LOST_AFTER): _LOST, id(cells.GARBLED): _LOST}
_DELETE: Final = {
    id(cells.JUDGEMENT): _SURELY_NOT,
    # 404 for a fax means that it is gone.
    id(cells.MISSING): _ALL_WELL,
    id(cells.LATER): _UNLESS_IT_LASTS,
    id(cells.BROKEN): (DONE, UNKNOWN),
    id(cells.LOST_BEFORE): (DONE, UNKNOWN),
    id(cells.LOST_AFTER): _ALL_WELL,
    id(cells.GARBLED): _ALL_WELL,
    id(cells.HARMLESS): _ALL_WELL,
}
_READ_OF_DELETE: Final = {**_READ, id(cells.DELETED_LAST): _ONCE_ALONE}

_TABLES: Final[Mapping[str, Mapping[int, Ends]]] = {
    "LIST": _LIST,
    "LOOK": _LOOK,
    "LAST LOOK": _LAST_LOOK,
    "SEND": _SEND,
    "CANCEL": _CANCEL,
    "READ": _READ_OF_DELETE,
    "DELETE": _DELETE,
}


@dataclass(frozen=True, slots=True)
class FaxCell:
    """One trial. `on` says that the fault goes on; else it strikes once."""

    row: Row
    operation: FaxOperation
    strike: Strike
    on: bool

    def __str__(self) -> str:
        often = "on and on" if self.on else "once"
        return f"{self.row.name}, {often}, at {self.operation.name}, {self.strike.name}"

    @property
    def expected(self) -> str:
        """How it has to end."""
        return _ends(self.row, self.strike)[self.on]

    @property
    def rule(self) -> Rule:
        """The fault at its request."""
        strike = self.strike
        times = None if self.on else 1
        return Rule(self.row.fault, strike.method, strike.path, strike.after, times)


def fax_cells() -> Iterator[FaxCell]:
    """Every cell that can be."""
    for row in ROWS:
        for operation in FAX_OPERATIONS:
            for strike in operation.strikes:
                for on in (False, True):
                    if _ends(row, strike)[on]:
                        yield FaxCell(row, operation, strike, on)


def _ends(row: Row, strike: Strike) -> Ends:
    return _TABLES[strike.kind].get(id(row.family), (NEVER, NEVER))
