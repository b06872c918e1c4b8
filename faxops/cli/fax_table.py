"""The table of a batch: a CSV file with a fax on each line, checked whole before any is sent."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from faxops.config.encoding import Unparsable, decode
from faxops.config.fleets import Row, read_table
from faxops.config.phrases import choices, did_you_mean, shown
from faxops.config.reader import Unreadable, read_file
from faxops.config.source import Source, Spot
from faxops.errors import ConfigurationInvalid, UsageError
from faxops.model.diagnostic import Diagnostic
from faxops.model.fax_request import MEDIA_SOURCES, FaxRequest
from faxops.telnyx.media_file import MediaFile, read_media_file

ROW_CODE: Final = "FX906"
_SWITCHES: Final = {"true": True, "false": False}
_WHOLE_NUMBER: Final = re.compile("[0-9]{1,9}")
_SENDERS: Final = ("app", "connection_id")
_SWITCH_FIELDS: Final = {
    field.name for field in fields(FaxRequest) if isinstance(field.default, bool)
}
_FIELDS: Final = tuple(field.name.rstrip("_") for field in fields(FaxRequest))
COLUMNS: Final = ("app", *(name for name in _FIELDS if name != "client_state"))
"""What a column may be called: the API's fields, `file`, and `app` for a key of the configuration.
"""


@dataclass(frozen=True, slots=True)
class BatchRow:
    """One fax of a batch. `number` counts rows and `line` the lines of the file, both from 1.

    `app` is a key of the configuration, or empty. `media_digest` is that of the file when it was
    checked, or empty.
    """

    number: int
    line: int
    request: FaxRequest
    app: str
    media_digest: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Every row of a table, each fit for sending. `name` is the file's."""

    name: str
    rows: tuple[BatchRow, ...]

    @property
    def keys(self) -> frozenset[str]:
        """The keys of the configuration that rows send through."""
        return frozenset(row.app for row in self.rows if row.app)

    def digest(self, stack: str) -> str:
        """sha256 (hex) over all that is sent, and the stack that the keys belong to."""
        said = [[row.app, row.request.body(), row.media_digest] for row in self.rows]
        return sha256(json.dumps([stack, said], sort_keys=True).encode()).hexdigest()


def read_batch(
    path: Path,
    given: Mapping[str, Any],
    *,
    check_app: Callable[[str], None],
    hide: Callable[[frozenset[str]], None],
) -> Batch:
    """The table at `path`. `given` are the values of the flags, for cells that are empty.

    `check_app` raises `UsageError` for a key that is not in the configuration. `hide` is told of
    texts that no output may show. A `file` is looked for beside the table. Raises
    `ConfigurationInvalid` with everything that is wrong.
    """
    source = _source(path)
    try:
        table, problems = read_table(source)
        _check_columns(source, table)
    except Unparsable as error:
        raise ConfigurationInvalid(error.diagnostics) from error
    reading = _Reading(path, given, check_app)
    rows = [reading.row(number, row, problems) for number, row in enumerate(table, start=1)]
    hide(frozenset(reading.secrets))
    if not table and not problems:
        problems.append(
            Spot(source, 0).error(
                ROW_CODE, "The table has no rows.", suggestion="Write a line for each fax."
            )
        )
    if problems:
        raise ConfigurationInvalid(tuple(problems))
    return Batch(path.name, tuple(row for row in rows if row is not None))


def read_checked_media(row: BatchRow) -> MediaFile | None:
    """The file of a row, which must be what was checked before. Raises `UsageError`."""
    if not row.request.file:
        return None
    media = read_media_file(Path(row.request.file))
    if media.digest != row.media_digest:
        raise UsageError(
            f"The file {row.request.file} was changed after it was checked.",
            hint="Run again once it stays as it is.",
        )
    return media


def _source(path: Path) -> Source:
    try:
        return decode(str(path), read_file(path))
    except Unreadable as error:
        raise UsageError(f"The table {path} {error.reason}", hint=error.suggestion) from error
    except Unparsable as error:
        raise ConfigurationInvalid(error.diagnostics) from error


def _check_columns(source: Source, table: list[Row]) -> None:
    """Raise `Unparsable` for a column that means nothing."""
    names = [name.removeprefix("row.") for name in table[0].values] if table else []
    head = Spot(source, 0)
    problems: list[Diagnostic] = []
    for name in names:
        if name == "client_state":
            problems.append(
                head.error(
                    ROW_CODE,
                    "A batch has no column client_state: faxops writes its own there, by which it"
                    " knows each row's fax.",
                    suggestion="Take the column out.",
                )
            )
        elif name not in COLUMNS:
            problems.append(
                head.error(
                    ROW_CODE,
                    f"There is no column {shown(name)}.",
                    suggestion=did_you_mean(name, COLUMNS) or f"There are {choices(COLUMNS)}.",
                )
            )
    if problems:
        raise Unparsable(tuple(problems))


class _Reading:
    """Rows turned into requests; a file that many rows name is looked at once."""

    def __init__(
        self, path: Path, given: Mapping[str, Any], check_app: Callable[[str], None]
    ) -> None:
        self._folder = path.parent
        self._given = given
        self._check_app = check_app
        self._media: dict[str, str | UsageError] = {}
        self._apps: dict[str, UsageError | None] = {}
        self.secrets: set[str] = set()

    def row(self, number: int, row: Row, problems: list[Diagnostic]) -> BatchRow | None:
        """The row, or None with what is wrong with it added to `problems`."""
        cells = {
            name.removeprefix("row."): str(value).strip()
            for name, value in row.values.items()
            if str(value).strip()
        }
        values, found = self._values(cells)
        app = str(values.pop("app", "") or "")
        request = FaxRequest(**values)
        self.secrets |= request.secrets
        found += [(f"`{each.field}` {each.says}.", each.suggestion) for each in request.problems()]
        found += self._sender_problems(request, app)
        digest = self._digest(request.file, found)
        problems += [row.spot.error(ROW_CODE, summary, suggestion=hint) for summary, hint in found]
        if found:
            return None
        return BatchRow(number, row.spot.place.line, request, app, digest)

    def _values(self, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        found: list[tuple[str, str]] = []
        own: dict[str, Any] = {}
        for name, cell in cells.items():
            value = _converted(name, cell)
            if value is None:
                needed = "true or false" if name in _SWITCH_FIELDS else "a whole number"
                found.append((f"`{name}` is {shown(cell)}.", f"Write {needed}."))
            else:
                own["from_" if name == "from" else name] = value
        if "file" in own:
            own["file"] = str(self._folder / own["file"])
        values = {name: value for name, value in self._given.items() if value is not None}
        # A row that names its own sender or document needs no other.
        for group in (_SENDERS, MEDIA_SOURCES):
            if any(name in own for name in group):
                values = {name: value for name, value in values.items() if name not in group}
        return {**values, **own}, found

    def _sender_problems(self, request: FaxRequest, app: str) -> Iterator[tuple[str, str]]:
        if bool(app) == bool(request.connection_id):
            yield (
                "The row needs exactly one of `app` and `connection_id`.",
                "Write a column for it, or give --app or --connection-id for all rows.",
            )
        if not app:
            return
        if app not in self._apps:
            self._apps[app] = _failure(lambda: self._check_app(app))
        if error := self._apps[app]:
            yield error.message, error.hint

    def _digest(self, file: str, found: list[tuple[str, str]]) -> str:
        if not file:
            return ""
        if file not in self._media:
            try:
                self._media[file] = read_media_file(Path(file)).digest
            except UsageError as error:
                self._media[file] = error
        known = self._media[file]
        if isinstance(known, str):
            return known
        found.append((known.message, known.hint))
        return ""


def _converted(name: str, cell: str) -> str | bool | int | None:
    """The cell as the field's type; None if it can't be."""
    if name in _SWITCH_FIELDS:
        return _SWITCHES.get(cell.lower())
    if name == "black_threshold":
        return int(cell) if _WHOLE_NUMBER.fullmatch(cell) else None
    return cell


def _failure(check: Callable[[], None]) -> UsageError | None:
    try:
        check()
    except UsageError as error:
        return error
    return None
