"""The file in which deliveries are kept, on disk before they are answered."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Self

from faxops.errors import ReportUnwritable


class Journal:
    """Lines at the end of a file. Use it as an async context manager.

    What waits while the disk is busy is written together next, so that many deliveries share one
    fsync.
    """

    def __init__(self, path: Path) -> None:
        """Raises `ReportUnwritable` if it can't be opened for writing, or keeps nothing."""
        self._path = path
        self._waiting: list[tuple[bytes, asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None
        try:
            is_new = not path.exists()
            if not is_new:
                _check_kind(path)
            self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            if is_new:
                _sync_folder(path.parent)
        except OSError as error:
            raise ReportUnwritable(
                f"The file {path} cannot be opened: {error.strerror}.",
                hint="Name a file in a folder that is there and may be written to.",
            ) from error
        self._torn = _ends_within_a_line(self._file)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writing is not None:
            await self._writing
        os.close(self._file)

    async def append(self, line: bytes) -> None:
        """Write a line and return when it is on disk. Raises `OSError` if it may not be."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((line, written))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_waiting())
        await written

    async def _write_waiting(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            failure: OSError | None = None
            try:
                await asyncio.to_thread(self._write, b"".join(line for line, _ in batch))
            except OSError as error:
                failure = error
            for _, written in batch:
                if written.done():
                    continue  # nobody waits for it any more
                if failure is None:
                    written.set_result(None)
                else:
                    written.set_exception(failure)

    def _write(self, lines: bytes) -> None:
        # A line that was cut by a kill or a full disk stays by itself; no other is glued to it.
        rest = memoryview(b"\n" + lines if self._torn else lines)
        self._torn = True
        while rest:
            rest = rest[os.write(self._file, rest) :]
        self._torn = False
        os.fsync(self._file)


def _check_kind(path: Path) -> None:
    """Raises `ReportUnwritable` for a pipe or a device: it keeps no line, or none can be synced."""
    if path.is_file() or path.is_dir():  # a folder fails when it is opened, in better words
        return
    raise ReportUnwritable(
        f"{path} is no regular file, so nothing is kept in it.",
        hint="Name a file. To pass events on instead, use --format ndjson, --forward or --exec.",
    )


def _ends_within_a_line(file: int) -> bool:
    size = os.fstat(file).st_size
    return size > 0 and os.pread(file, 1, size - 1) != b"\n"


def _sync_folder(folder: Path) -> None:
    """Make sure that the file itself, new in its folder, outlives a power failure."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
