"""Try every cell of the fault matrix and print it: `make faults`."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.faults.cells import cells
from tests.faults.fax_cells import fax_cells
from tests.faults.fax_trial import attempt_fax
from tests.faults.table import faults_table
from tests.faults.trial import Verdict, attempt

CELLS = tuple(cells())
FAX_CELLS = tuple(fax_cells())


def main() -> None:
    """Print the table, then each cell that does not end as it says. Exits with 1 if there is one.

    Takes about two minutes on two cores.
    """
    with ProcessPoolExecutor() as workers:
        found = [
            *workers.map(_wrong, range(len(CELLS)), chunksize=50),
            *workers.map(_wrong_for_faxes, range(len(FAX_CELLS)), chunksize=50),
        ]
    wrong = [line for lines in found for line in lines]
    click.echo(faults_table())
    count = len(CELLS) + len(FAX_CELLS)
    click.echo("\n".join(wrong) or f"All {count:,} cells end as the tables say.")
    sys.exit(1 if wrong else 0)


def _wrong(number: int) -> list[str]:
    """What the cell of this number shows that it must not; its fault can't be sent to a process."""
    cell = CELLS[number]
    return _differences(str(cell), attempt(cell), cell.expected.word)


def _wrong_for_faxes(number: int) -> list[str]:
    cell = FAX_CELLS[number]
    with TemporaryDirectory() as folder:
        return _differences(str(cell), attempt_fax(cell, Path(folder)), cell.expected)


def _differences(cell: str, verdict: Verdict, expected: str) -> list[str]:
    wrong = [f"{cell}: {each}" for each in verdict.broken]
    if verdict.word != expected:
        wrong.append(f"{cell}: ended {verdict.word}, not {expected}")
    return wrong


if __name__ == "__main__":
    main()
