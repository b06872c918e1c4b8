"""Every cell of the fault matrix (docs/reliability.md, `make faults`), and that it is whole."""

from __future__ import annotations

import pytest

from tests.faults.cells import ROWS, Cell, cells
from tests.faults.trial import attempt

CELLS = tuple(cells())
# One row of each family, in the middle, is what a developer waits for; `make test` tries all.
QUICK_ROWS = {id(row.family): row for row in reversed(ROWS)}.values()


def is_quick(cell: Cell) -> bool:
    return cell.row in QUICK_ROWS and not cell.on and cell.position == "middle"


def assert_ends_right(cell: Cell) -> None:
    verdict = attempt(cell)
    assert verdict.broken == ()
    assert verdict.word == cell.expected.word, cell.expected.why


@pytest.mark.parametrize("cell", [*filter(is_quick, CELLS)], ids=str)
def test_one_of_each_family_of_faults_ends_right(cell: Cell) -> None:
    assert_ends_right(cell)


@pytest.mark.slow
@pytest.mark.parametrize("cell", [each for each in CELLS if not is_quick(each)], ids=str)
def test_every_fault_at_every_request_ends_right(cell: Cell) -> None:
    assert_ends_right(cell)
