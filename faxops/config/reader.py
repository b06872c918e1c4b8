"""The only module of this floor that touches files: a folder, read within limits."""

from __future__ import annotations

import os
import stat
from pathlib import Path, PurePosixPath
from typing import Final, Protocol

MAX_FILE_BYTES: Final = 64 * 1024 * 1024


class Unreadable(Exception):
    """A file cannot be read. `code` is the finding's, `reason` completes "The file …"."""

    def __init__(self, code: str, reason: str, suggestion: str = "") -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason
        self.suggestion = suggestion


class Reader(Protocol):
    """Where the files of a configuration come from: a folder, or a commit.

    Paths are relative to the folder of the main file, with `/` between their parts. Every method
    raises `Unreadable`.
    """

    @property
    def main(self) -> str:
        """The path of the main file."""
        ...

    def shown(self, path: str) -> str:
        """How messages name the file at `path`."""
        ...

    def read(self, path: str) -> bytes:
        """The whole file, at most `MAX_FILE_BYTES`."""
        ...

    def glob(self, pattern: str) -> tuple[str, ...]:
        """The files that match, links followed, each once, sorted. Never outside the folder."""
        ...


class FolderReader:
    """The folder that holds the main file `path`, as it is on disk."""

    def __init__(self, path: Path) -> None:
        self._folder = path.parent
        self.main = path.name

    def shown(self, path: str) -> str:
        """The path as seen from where the program runs, like the one that was given."""
        return (self._folder / path).as_posix()

    def read(self, path: str) -> bytes:
        """The whole file; see `Reader.read`."""
        if path != self.main:
            self._inside(path)
        return read_file(self._folder / path)

    def glob(self, pattern: str) -> tuple[str, ...]:
        """The matching files; see `Reader.glob`."""
        check_pattern(pattern)
        try:
            found = [each for each in self._folder.glob(pattern) if not each.is_dir()]
        # glob answers a pattern with a drive letter by NotImplementedError.
        except (ValueError, OSError, NotImplementedError) as error:
            raise Unreadable("FX114", f"cannot be looked for: {error}.") from None
        paths = (each.relative_to(self._folder) for each in found)
        # As in a shell, a pattern passes over hidden files: editors leave their locks there.
        hidden = any(part.startswith(".") for part in PurePosixPath(pattern).parts)
        wanted = (path for path in paths if hidden or not _is_hidden(path))
        return tuple(sorted({self._inside(path) for path in wanted}))

    def _inside(self, path: str | Path) -> str:
        try:
            real = (self._folder / path).resolve(strict=True)
            folder = self._folder.resolve(strict=True)
        except (OSError, RuntimeError, ValueError) as error:
            raise _unreadable(error) from None
        if not real.is_relative_to(folder):
            raise Unreadable(
                "FX115",
                "lies outside the folder of the main file.",
                "Move it into that folder; links out of it are not followed.",
            )
        return real.relative_to(folder).as_posix()


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def check_pattern(pattern: str) -> None:
    """Raise `Unreadable` for a pattern or path that leads out of the folder by its text alone."""
    parts = PurePosixPath(pattern).parts
    if not parts:
        raise Unreadable("FX114", "is the folder itself.", "Write a path, e.g. `apps/*.yaml`.")
    absolute = pattern.startswith(("/", "\\", "~")) or Path(pattern).is_absolute()
    if absolute or ".." in parts or "\0" in pattern:
        raise Unreadable(
            "FX115",
            "lies outside the folder of the main file.",
            "Write a path relative to that folder, without `..`.",
        )


def read_file(path: Path) -> bytes:
    """A regular file of at most `MAX_FILE_BYTES`. Raises `Unreadable`."""
    try:
        # Opening a named pipe would wait for its other end, so what it is comes first.
        _check_status(path.stat())
        with path.open("rb") as file:
            _check_status(os.fstat(file.fileno()))
            data = file.read(MAX_FILE_BYTES + 1)
    except (OSError, ValueError) as error:
        raise _unreadable(error) from None
    if len(data) > MAX_FILE_BYTES:
        raise _too_large(len(data))
    return data


def _check_status(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Unreadable("FX114", "is a folder.", "Name a YAML file in it, e.g. `faxops.yaml`.")
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable("FX114", "is not a regular file.")
    if status.st_size > MAX_FILE_BYTES:
        raise _too_large(status.st_size)


def _too_large(size: int) -> Unreadable:
    return Unreadable(
        "FX110",
        f"is larger than 64 MiB ({size:,} bytes or more).",
        "Split it into files named in `include:`.",
    )


def _unreadable(error: Exception) -> Unreadable:
    if isinstance(error, FileNotFoundError):
        return Unreadable("FX114", "does not exist.", "Check the path.")
    if isinstance(error, PermissionError):
        return Unreadable("FX114", "may not be read by this user.", "Change its permissions.")
    # Python 3.11 and 3.12 report a loop of links as a RuntimeError, later ones as an OSError.
    if isinstance(error, RuntimeError) or "symbolic link" in str(error):
        return Unreadable("FX114", "is a link that leads back to itself.", "Replace the link.")
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return Unreadable("FX114", f"cannot be read: {reason}.")
