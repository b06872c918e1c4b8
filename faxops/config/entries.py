"""Every application that the files define, from their sections and from fleets."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from faxops.config.document import Document
from faxops.config.encoding import Unparsable
from faxops.config.environments import Setting, environment_names, from_environment, plain_text
from faxops.config.files import ConfigurationFile, Files, Tables
from faxops.config.fleets import Row, listed_rows, read_table, table_path
from faxops.config.fragments import KEY_FORM, KEY_PATTERN
from faxops.config.phrases import choices, did_you_mean, shown
from faxops.config.reader import Unreadable
from faxops.config.source import Spot
from faxops.config.template import Scope, Unresolved, as_text
from faxops.config.variables import complaint
from faxops.model.diagnostic import Diagnostic
from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS

_KEY: Final = re.compile(KEY_PATTERN.strip("^$"))


@dataclass(frozen=True, slots=True)
class Entry:
    """One application of `kind` as written. `block` is its mapping, or that of its fleet.

    `spot` is its key or its row. `shaky` says that a part of the block was wrong and is left out.
    """

    kind: ResourceKind
    key: str
    block: dict[str, Any]
    document: Document
    spot: Spot
    row: Row | None
    shaky: bool


@dataclass(slots=True)
class Entries:
    """The applications of one environment by key, which is unique over all kinds.

    `elsewhere` are keys that only other environments have, or that could not be read. `digests`
    holds sha256 (hex) of the tables that were read. `complete` is false if some are missing.
    """

    by_key: dict[str, Entry] = field(default_factory=dict[str, Entry])
    elsewhere: set[str] = field(default_factory=set[str])
    digests: dict[str, str] = field(default_factory=dict[str, str])
    complete: bool = True


def gather(
    files: Files,
    setting: Setting,
    tables: Tables,
    problems: list[Diagnostic],
) -> Entries:
    """The applications that exist in the environment of `setting`."""
    entries = Entries(complete=files.complete)
    for file in files.all:
        for kind in KINDS:
            _take_section(file, kind, setting, entries, problems)
        _Fleets(file, setting, tables, entries, problems).take()
    return entries


def check_environments(files: Files) -> list[Diagnostic]:
    """The names in `environments` of applications that the main file does not have."""
    known = environment_names(files.main.document)
    problems: list[Diagnostic] = []
    for file in files.all:
        value = file.document.value
        fleets: dict[str, Any] = value.get("fleets", {})
        blocks = [block for kind in KINDS for block in value.get(kind.collection, {}).values()]
        blocks += [fleet[_kind_of(fleet).singular] for fleet in fleets.values()]
        for block in blocks:
            for number, name in enumerate(block.get("environments", ())):
                if name not in known:
                    spot = file.document.value_spot(block["environments"], number)
                    problems.append(_unknown_environment(spot, name, known))
    return problems


def _kind_of(fleet: dict[str, Any]) -> ResourceKind:
    return next(kind for kind in KINDS if kind.singular in fleet)


def _unknown_environment(spot: Spot, name: str, known: tuple[str, ...]) -> Diagnostic:
    if not known:
        return spot.error(
            "FX313",
            "The file has no environments, so an application cannot be in some of them.",
            suggestion="Delete `environments` here, or add it to the main file.",
        )
    near = did_you_mean(name, known) or f"The file has {choices(known, last='and')}."
    return spot.error("FX313", f"The file has no environment `{name}`.", suggestion=near)


def _take_section(
    file: ConfigurationFile,
    kind: ResourceKind,
    setting: Setting,
    entries: Entries,
    problems: list[Diagnostic],
) -> None:
    section: dict[str, Any] = file.document.value.get(kind.collection, {})
    doubtful = {path[1] for path in file.pruned if path[0] == kind.collection and len(path) > 1}
    entries.elsewhere |= {name for name in doubtful if isinstance(name, str)}
    if not section:
        return
    spots = file.document.entry_spots(section)
    for (key, block), spot in zip(section.items(), spots, strict=True):
        if setting.environment not in block.get("environments", (setting.environment,)):
            entries.elsewhere.add(key)
            continue
        entry = Entry(kind, key, block, file.document, spot, None, key in doubtful)
        _add(entry, entries, problems)


def _add(entry: Entry, entries: Entries, problems: list[Diagnostic]) -> None:
    first = entries.by_key.setdefault(entry.key, entry)
    if first is entry:
        return
    problems.append(
        entry.spot.error(
            "FX402",
            f"The key `{entry.key}` is already that of the application at {first.spot.place}.",
            suggestion="Give one of the two another key, or delete it.",
        )
    )


@dataclass(frozen=True, slots=True)
class _Fleets:
    """The fleets of one file, on their way into `entries`."""

    file: ConfigurationFile
    setting: Setting
    tables: Tables
    entries: Entries
    problems: list[Diagnostic]

    def take(self) -> None:
        """Add an application for each row of each fleet."""
        fleets: dict[str, Any] = self.file.document.value.get("fleets", {})
        pruned = {path[1] for path in self.file.pruned if path[0] == "fleets" and len(path) > 1}
        if pruned - set(fleets):
            self.entries.complete = False
        for name, fleet in fleets.items():
            rows = self._rows(fleet)
            if rows is None:
                self.entries.complete = False
                continue
            if not rows and self.entries.complete:
                self.problems.append(self._no_rows(fleets, name))
            for entry in self._applications(fleet, rows, shaky=name in pruned):
                environments = entry.block.get("environments", (self.setting.environment,))
                if self.setting.environment in environments:
                    _add(entry, self.entries, self.problems)
                else:
                    self.entries.elsewhere.add(entry.key)

    def _rows(self, fleet: dict[str, Any]) -> list[Row] | None:
        document = self.file.document
        rows: str | list[dict[str, Any]] = fleet["rows"]
        if isinstance(rows, list):
            return listed_rows(document, rows, self.setting.scope, self.problems)
        spot = document.value_spot(fleet, "rows")
        named = plain_text(rows, spot, "rows", self.setting.scope, self.problems)
        if named is None:
            return None
        path = table_path(self.file.path, named)
        try:
            source, self.entries.digests[path] = self.tables.source(path)
            table, findings = read_table(source)
        except Unreadable as error:
            summary = f"The file `{path}` {error.reason}"
            self.problems.append(spot.error(error.code, summary, suggestion=error.suggestion))
            return None
        except Unparsable as error:
            self.problems.extend(error.diagnostics)
            return None
        self.problems.extend(findings)
        self.entries.complete &= not findings
        return table

    def _applications(
        self, fleet: dict[str, Any], rows: list[Row], *, shaky: bool
    ) -> Iterator[Entry]:
        kind = _kind_of(fleet)
        block = fleet[kind.singular]
        key_spot = self.file.document.value_spot(fleet, "key")
        for row in rows:
            key = self._key(fleet["key"], key_spot, row)
            if key is None:
                self.entries.complete = False
                continue
            yield Entry(kind, key, block, self.file.document, row.spot, row, shaky)

    def _key(self, template: str, spot: Spot, row: Row) -> str | None:
        scope = row_scope(self.setting.scope, row)
        try:
            filled = scope.fill(template)
        except Unresolved as error:
            self.problems.extend(complaint(error, spot))
            return None
        if filled.spans:
            self.problems.append(from_environment(spot, "`key`"))
            return None
        key = as_text(filled.value)
        if _KEY.fullmatch(key):
            return key
        self.problems.append(
            row.spot.error(
                "FX401",
                f"The row's key would be {shown(key)}; expected {KEY_FORM}.",
                suggestion=f"Correct the cell, or the `key` at {spot.place}.",
            )
        )
        return None

    def _no_rows(self, fleets: dict[str, Any], name: str) -> Diagnostic:
        return self.file.document.key_spot(fleets, name).warning(
            "FX406",
            f"The fleet `{name}` has no rows, so it defines no application.",
            suggestion="Delete the fleet if that is meant.",
        )


def row_scope(scope: Scope, row: Row, key: str | None = None) -> Scope:
    """The scope with the row's columns, and with `key` once it is known."""
    absent = {name: why for name, why in scope.absent.items() if name != "row"}
    named = {} if key is None else {"key": key}
    values = {**scope.values, **row.values, **named}
    spans = {**scope.spans, **row.spans} if row.spans else scope.spans
    return Scope(values, spans, scope.faults, absent)
