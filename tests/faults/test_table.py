"""The table in docs/reliability.md is about every fault and every operation."""

from __future__ import annotations

import re
from pathlib import Path

from tests.faults.cells import ROWS, cells
from tests.faults.operations import OPERATIONS
from tests.faults.table import WORDS, faults_table

ROOT = Path(__file__).parents[2]


def test_every_test_that_the_page_names_is_there() -> None:
    page = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[^`]+)`", page)
    assert len(named) > 5
    assert [each for each in named if not (ROOT / each).exists()] == []


def test_the_table_lists_every_fault_and_every_operation() -> None:
    lines = faults_table().splitlines()
    heads = [line for line in lines if line.startswith("| fault |")]
    assert heads == [f"| fault | {' | '.join(each.name for each in OPERATIONS)} |"] * 2
    for row in ROWS:
        assert any(line.startswith(f"| {row.name} |") for line in lines), row.name


def test_every_operation_is_struck_at_each_of_its_requests() -> None:
    struck = {(cell.operation.name, cell.request) for cell in cells()}
    assert struck == {(each.name, request) for each in OPERATIONS for request in each.requests}


def test_every_request_that_is_sent_often_is_struck_first_in_the_middle_and_last() -> None:
    positions = {cell.position for cell in cells() if cell.request != "CONFIRM"}
    assert positions == {"first", "middle", "last"}


def test_every_word_is_one_that_a_cell_expects() -> None:
    assert {cell.expected.word for cell in cells()} == WORDS.keys()
