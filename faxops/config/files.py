"""All files of one configuration, read and judged: the main one and what it includes."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from faxops.config.document import Document, Path
from faxops.config.encoding import Unparsable, decode
from faxops.config.judge import Judge, file_judge, include_judge, sound
from faxops.config.parse import parse
from faxops.config.reader import Reader, Unreadable, check_pattern
from faxops.config.source import Source, Spot
from faxops.errors import ConfigurationInvalid
from faxops.model.diagnostic import Diagnostic, Place, Severity

INIT_HINT: Final = " `faxops init` writes a first configuration."


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """One YAML file. `document` lacks what is wrong, at the paths in `pruned`."""

    path: str
    document: Document
    pruned: frozenset[Path]


@dataclass(frozen=True, slots=True)
class Files:
    """The YAML files of a configuration, the main one first.

    `digests` holds sha256 (hex) by path. `complete` is false if a file could not be taken in, so
    that what seems to be missing may stand there.
    """

    all: tuple[ConfigurationFile, ...]
    digests: dict[str, str]
    complete: bool

    @property
    def main(self) -> ConfigurationFile:
        """The main file."""
        return self.all[0]


def read_files(reader: Reader, problems: list[Diagnostic]) -> Files:
    """Read and judge the main file and all that it includes.

    What is wrong is added to `problems`. Raises `ConfigurationInvalid` if the main file cannot
    be read as YAML, or holds nothing to go on with.
    """
    digests: dict[str, str] = {}
    try:
        main = _read(reader, reader.main, file_judge(), digests, problems)
    except Unreadable as error:
        finding = unreadable(reader.shown(reader.main), error)
        problems.append(replace(finding, suggestion=finding.suggestion + INIT_HINT))
        raise ConfigurationInvalid(tuple(problems)) from None
    except Unparsable as error:
        problems += error.diagnostics
        raise ConfigurationInvalid(tuple(problems)) from None
    files = [main]
    complete = ("include",) not in main.pruned
    for path, spot in _included(reader, main, problems):
        try:
            files.append(_read(reader, path, include_judge(), digests, problems))
        except Unreadable as error:
            problems.append(_at(spot, f"`{path}`", error))
            complete = False
        except Unparsable as error:
            problems += error.diagnostics
            complete = False
    return Files(tuple(files), digests, complete and not _sections_pruned(files))


def unreadable(name: str, error: Unreadable) -> Diagnostic:
    """The finding about a file that was named outside the configuration."""
    return Diagnostic(
        Severity.ERROR,
        error.code,
        f"The file `{name}` {error.reason}",
        suggestion=error.suggestion,
        place=Place(name),
    )


def digest(data: bytes) -> str:
    """sha256 (hex)."""
    return hashlib.sha256(data).hexdigest()


def _read(
    reader: Reader, path: str, judge: Judge, digests: dict[str, str], problems: list[Diagnostic]
) -> ConfigurationFile:
    data = reader.read(path)
    digests[path] = digest(data)
    document, findings = parse(decode(reader.shown(path), data))
    problems += findings
    document, findings, pruned = sound(document, judge)
    problems += findings
    return ConfigurationFile(path, document, pruned)


def _included(
    reader: Reader, main: ConfigurationFile, problems: list[Diagnostic]
) -> Iterable[tuple[str, Spot]]:
    patterns: list[str] = main.document.value.get("include", [])
    found: dict[str, Spot] = {}
    for number, pattern in enumerate(patterns):
        spot = main.document.value_spot(patterns, number)
        try:
            paths = reader.glob(pattern)
        except Unreadable as error:
            problems.append(_at(spot, f"`{pattern}`", error))
            continue
        if not paths:
            problems.append(
                spot.error(
                    "FX116",
                    f"`{pattern}` matches no file.",
                    suggestion="Check the path; it is relative to the folder of this file.",
                )
            )
        for path in paths:
            if path != reader.main:
                found.setdefault(path, spot)
    return sorted(found.items(), key=lambda each: each[0])


def _at(spot: Spot, name: str, error: Unreadable) -> Diagnostic:
    return spot.error(error.code, f"The file {name} {error.reason}", suggestion=error.suggestion)


def _sections_pruned(files: Iterable[ConfigurationFile]) -> bool:
    return any(len(path) == 1 for file in files for path in file.pruned)


@dataclass(frozen=True, slots=True)
class Tables:
    """The CSV files of a configuration, each read once however many environments need it."""

    reader: Reader
    read: dict[str, tuple[Source, str]]

    def source(self, path: str) -> tuple[Source, str]:
        """The text of a table and its digest. Raises `Unreadable` and `Unparsable`."""
        if path not in self.read:
            check_pattern(path)
            data = self.reader.read(path)
            self.read[path] = (decode(self.reader.shown(path), data), digest(data))
        return self.read[path]
