"""Every cell of the matrix of faults for faxes (docs/reliability.md, `make faults`)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.cells import ROWS
from tests.faults.fax_cells import FaxCell, fax_cells
from tests.faults.fax_operations import FAX_OPERATIONS
from tests.faults.fax_table import WORDS, faxes_table
from tests.faults.fax_trial import attempt_fax

CELLS = tuple(fax_cells())
# One row of each family is what a developer waits for; `make test` tries all.
QUICK_ROWS = {id(row.family): row for row in reversed(ROWS)}.values()


def is_quick(cell: FaxCell) -> bool:
    return cell.row in QUICK_ROWS and not cell.on


def assert_ends_right(cell: FaxCell, folder: Path) -> None:
    verdict = attempt_fax(cell, folder)
    assert verdict.broken == ()
    assert verdict.word == cell.expected


@pytest.mark.parametrize("cell", [*filter(is_quick, CELLS)], ids=str)
def test_one_of_each_family_of_faults_ends_right(cell: FaxCell, tmp_path: Path) -> None:
    assert_ends_right(cell, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("cell", [each for each in CELLS if not is_quick(each)], ids=str)
def test_every_fault_at_every_request_ends_right(cell: FaxCell, tmp_path: Path) -> None:
    assert_ends_right(cell, tmp_path)


def test_the_table_lists_every_operation_and_every_word() -> None:
    lines = faxes_table()
    heads = [line for line in lines if line.startswith("| fault, ")]
    assert len(heads) == 2
    assert all(f"| {each.name} |" in head for head in heads for each in FAX_OPERATIONS)
    assert {cell.expected for cell in CELLS} == WORDS.keys()


def test_every_request_that_is_named_is_struck() -> None:
    struck = {(cell.operation.name, cell.strike) for cell in CELLS}
    assert struck == {(each.name, strike) for each in FAX_OPERATIONS for strike in each.strikes}
