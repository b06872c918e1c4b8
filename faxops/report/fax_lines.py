"""Faxes for programs that read line by line: CSV and ndjson, each line by itself.

Both can be written while the faxes still come.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from faxops.report.escape import terminal
from faxops.report.json_text import json_line

Document = Mapping[str, Any]

COLUMNS: Final = (
    "id",
    "created_at",
    "direction",
    "from",
    "to",
    "status",
    "page_count",
    "failure_reason",
    "internal_failure_reason",
    "connection_id",
    "client_state",
    "media_name",
    "updated_at",
)
"""The columns. Links are left out: they end after ten minutes, and until then they open the
document for whoever gets the file."""

# A sender chooses what stands in `from`, and a spreadsheet runs a cell that begins like this as a
# formula. A number in E.164 begins so too, but is harmless and must stay what it is.
_FORMULA: Final = re.compile(r"[=@+\-]")
_NUMBER: Final = re.compile(r"\+[0-9]*")


def csv_head() -> str:
    """The first line: the names of the columns, which are the API's."""
    return _csv_line(COLUMNS)


def csv_line(fax: Document) -> str:
    """One fax (RFC 4180). What a spreadsheet would run as a formula gets an apostrophe before it.

    Controls are shown as escapes, so that a fax is always one line.
    """
    return _csv_line(_cell(fax[name]) for name in COLUMNS)


def ndjson_line(fax: Document) -> str:
    """One fax as JSON, with the fields of the JSON document."""
    return json_line(fax)


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue()


def _cell(value: object) -> str:
    text = "" if value is None else terminal(value)
    harmless = _FORMULA.match(text) is None or _NUMBER.fullmatch(text)
    return text if harmless else f"'{text}"
