"""A file that appears whole, for its owner alone, or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

from faxops.errors import ReportUnwritable, UsageError

_OWNER_ALONE: Final = 0o600


@contextmanager
def new_file(path: Path, *, overwrite: bool) -> Generator[BinaryIO]:
    """A file to write to, which becomes `path` when the block ends well.

    It has mode 0600 from the start and is on the disk before it takes its name. Raises
    `UsageError` if something has that name and `overwrite` is false, at the beginning or at the
    end, and `ReportUnwritable` if it can't be written.
    """
    temporary = path.with_name(f".faxops.{secrets.token_hex(8)}")
    try:
        if path.is_dir():
            raise UsageError(f"{path} is a folder.", hint="Name a file in it.")
        if not overwrite and os.path.lexists(path):
            raise _taken(path)
        number = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
        with os.fdopen(number, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        _take_name(temporary, path, overwrite=overwrite)
        _sync_folder(path.parent)
    except OSError as error:
        raise ReportUnwritable(
            f"{path} cannot be written: {error.strerror}.",
            hint="Name a file in a folder that is there, may be written to and has room.",
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)


def _take_name(temporary: Path, path: Path, *, overwrite: bool) -> None:
    if overwrite:
        temporary.replace(path)
        return
    try:
        path.hardlink_to(temporary)  # unlike a rename, it never takes the name of another file
    except FileExistsError:
        raise _taken(path) from None
    except OSError:  # a file system without hard links
        if os.path.lexists(path):
            raise _taken(path) from None
        temporary.rename(path)


def _sync_folder(folder: Path) -> None:
    """Have the name on the disk too, where the system can do that for a folder."""
    with suppress(OSError):
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


def _taken(path: Path) -> UsageError:
    return UsageError(f"{path} is there already.", hint="Name another file, or add --force.")
