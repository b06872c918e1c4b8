"""The rows of a fleet: a CSV table or a list of mappings, one application each."""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from faxops.config.document import Document
from faxops.config.encoding import Unparsable, control_character
from faxops.config.phrases import shown
from faxops.config.scalars import Scalar
from faxops.config.source import Source, Spot
from faxops.config.template import Scope, Unresolved
from faxops.config.variables import complaint
from faxops.model.diagnostic import Diagnostic
from faxops.model.sensitive import Span

MAX_TABLE_PROBLEMS: Final = 100
"""Findings about one table after which the rest of it is not worth reading."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `row.COLUMN` to its value, the sensitive parts of those, and where it begins."""

    values: Mapping[str, Scalar]
    spans: Mapping[str, tuple[Span, ...]]
    spot: Spot


def table_path(origin: str, rows: str) -> str:
    """Where a table named in the file `origin` lies, relative to the main file's folder."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), rows))


def read_table(source: Source) -> tuple[list[Row], list[Diagnostic]]:
    """The rows of a CSV text with a header, and what is wrong with it.

    Cells are text, just as they stand; lines without any character are skipped. Raises
    `Unparsable` when there is no usable header.
    """
    if (found := control_character(source)) is not None:
        raise Unparsable((found,))
    problems: list[Diagnostic] = []
    records = _records(source, problems)
    line, header = next(records, (1, list[str]()))
    columns = _columns(source, line, header)
    rows: list[Row] = []
    for line, record in records:
        if len(record) == len(columns):
            spot = Spot(source, source.index_of_line(line))
            rows.append(Row(dict(zip(columns, record, strict=True)), {}, spot))
            continue
        problems.append(_ragged(source, line, len(record), len(columns)))
        if len(problems) >= MAX_TABLE_PROBLEMS:
            break
    return rows, problems


def listed_rows(
    document: Document,
    rows: list[dict[str, Scalar]],
    scope: Scope,
    problems: list[Diagnostic],
) -> list[Row]:
    """The rows of a YAML list, references in them filled in."""
    return [
        _listed_row(document, row, document.value_spot(rows, number), scope, problems)
        for number, row in enumerate(rows)
    ]


def _listed_row(
    document: Document,
    row: dict[str, Scalar],
    spot: Spot,
    scope: Scope,
    problems: list[Diagnostic],
) -> Row:
    values: dict[str, Scalar] = {}
    spans: dict[str, tuple[Span, ...]] = {}
    for name, value in row.items():
        if not isinstance(value, str) or "$" not in value:
            values[f"row.{name}"] = value
            continue
        try:
            filled = scope.fill(value)
        except Unresolved as error:
            problems += complaint(error, document.value_spot(row, name))
            continue
        values[f"row.{name}"] = filled.value
        if filled.spans:
            spans[f"row.{name}"] = filled.spans
    return Row(values, spans, spot)


def _records(source: Source, problems: list[Diagnostic]) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank with the number of its first line."""
    reader = csv.reader(io.StringIO(source.text, newline=""), strict=True)
    line = 1
    while True:
        try:
            record = next(reader, None)
        except csv.Error as error:
            problems.append(_malformed(source, line, error))
            return
        if record is None:
            return
        if record:
            yield line, record
        line = reader.line_num + 1


def _columns(source: Source, line: int, header: list[str]) -> list[str]:
    spot = Spot(source, source.index_of_line(line))
    names = [name.strip() for name in header]
    problems: list[Diagnostic] = []
    if not any(names):
        problems.append(
            spot.error(
                "FX404", "The table has no header.", suggestion="Name the columns in line 1."
            )
        )
    elif len(names) == 1 and (";" in names[0] or "\t" in names[0]):
        problems.append(
            spot.error("FX404", "The columns are not separated by commas.",
                       suggestion="Save the table with commas between its columns.")
        )  # fmt: skip
    for number, name in enumerate(names):
        if not name and any(names):
            problems.append(spot.error("FX404", f"Column {number + 1} has no name."))
        elif name and name in names[:number]:
            summary = f"Two columns are called {shown(name)}: {names.index(name) + 1} and"
            problems.append(spot.error("FX404", f"{summary} {number + 1}."))
    if problems:
        raise Unparsable(tuple(problems))
    return [f"row.{name}" for name in names]


def _ragged(source: Source, line: int, cells: int, columns: int) -> Diagnostic:
    return Spot(source, source.index_of_line(line)).error(
        "FX405",
        f"The row has {cells} cells, the header {columns}.",
        suggestion="Put a cell that holds a comma or a quote in double quotes."
        if cells > columns
        else "Add the missing cells; an empty one needs its comma, too.",
    )


def _malformed(source: Source, line: int, error: csv.Error) -> Diagnostic:
    reasons = (
        ("unexpected end", "A quote that opens in this row is never closed."),
        ("expected after", "Text follows the closing quote of a cell."),
        ("field larger", "A cell has more than 131,072 characters."),
        ("new-line", "A line ends in the middle of a cell."),
    )
    said = str(error)
    summary = next((ours for theirs, ours in reasons if theirs in said), f"Not CSV: {said}.")
    return Spot(source, source.index_of_line(line)).error(
        "FX403", summary, suggestion='Inside a quoted cell, write `""` for a quote.'
    )
