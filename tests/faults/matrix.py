"""Try every cell of the fault matrix and print it: `make faults`."""

from __future__ import annotations

import sys
from concurrent.futures import ProcessPoolExecutor

import click

from tests.faults.cells import cells
from tests.faults.table import faults_table
from tests.faults.trial import attempt

CELLS = tuple(cells())


def main() -> None:
    """Print the table, then each cell that does not end as it says. Exits with 1 if there is one.

    Takes about a minute on two cores.
    """
    with ProcessPoolExecutor() as workers:
        found = workers.map(_wrong, range(len(CELLS)), chunksize=50)
        wrong = [line for lines in found for line in lines]
    click.echo(faults_table())
    click.echo("\n".join(wrong) or f"All {len(CELLS):,} cells end as the table says.")
    sys.exit(1 if wrong else 0)


def _wrong(number: int) -> list[str]:
    """What the cell of this number shows that it must not; its fault can't be sent to a process."""
    cell = CELLS[number]
    verdict = attempt(cell)
    wrong = [f"{cell}: {each}" for each in verdict.broken]
    if verdict.word != cell.expected.word:
        wrong.append(f"{cell}: ended {verdict.word}, not {cell.expected.word}")
    return wrong


if __name__ == "__main__":
    main()
