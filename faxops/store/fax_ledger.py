"""The results file of a batch of faxes: what was begun and how it ended, written as it happens.

One line of JSON after another: a header, then for each row a line before its POST and a line after
its answer. Each line is on the disk before the run goes on, so a run that is killed leaves behind
which rows may have been sent. A line without an end is what a kill leaves of one, and counts for
nothing unless it is whole.
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final, cast

import filelock

from faxops.errors import Locked, Refused, ReportUnwritable

FORMAT: Final = "faxops fax ledger"
FORMAT_VERSION: Final = 1


class RowState(StrEnum):
    """How far a row has come; `SENDING` is all that is known of one whose run was killed."""

    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class LedgerIdentity:
    """Which batch a ledger belongs to, and where it was sent.

    `batch` is a digest of everything in it. `account` is the organization, empty if the API does
    not tell.
    """

    batch: str
    rows: int
    base_url: str
    account: str


@dataclass(frozen=True, slots=True)
class Entry:
    """The last line of a row. `fax_id` is that of a sent one, `reason` why it is not."""

    row: int
    state: RowState
    client_state: str
    fax_id: str = ""
    reason: str = ""


class FaxLedger:
    """An open ledger, whose lock is held. `entries` are the rows' last lines when it was opened."""

    def __init__(self, path: Path, descriptor: int, entries: Mapping[int, Entry]) -> None:
        self.path = path
        self.entries = entries
        self._descriptor = descriptor
        self._is_broken = False

    def note(self, entry: Entry, **more: str | int) -> None:
        """Write a line, which is on the disk when this returns. `more` is for people.

        Raises `ReportUnwritable`; then every later call does, too.
        """
        line = {name: value for name, value in asdict(entry).items() if value}
        self.write({**line, **more})

    def write(self, line: Mapping[str, Any]) -> None:
        """Write any line. Raises `ReportUnwritable`."""
        if self._is_broken:
            raise _unwritable(self.path, "an earlier line could not be written")
        before = os.fstat(self._descriptor).st_size
        try:
            _write_all(self._descriptor, (json.dumps(line) + "\n").encode())
            os.fsync(self._descriptor)
        except OSError as error:
            self._is_broken = True
            # Half a line would make the next run refuse the file.
            with suppress(OSError):
                os.ftruncate(self._descriptor, before)
            raise _unwritable(self.path, error.strerror or str(error)) from error


@contextmanager
def open_ledger(path: Path, identity: LedgerIdentity) -> Generator[FaxLedger]:
    """The ledger at `path`, begun if there is none, and held until the block ends.

    Raises `Locked` when another process holds it, `Refused` when it is of another batch, account
    or API, or is damaged, and `ReportUnwritable`.
    """
    with _locked(path):
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise _unwritable(path, error.strerror or str(error)) from error
        try:
            entries = _opened(path, descriptor, identity)
            ledger = FaxLedger(path, descriptor, entries)
            if entries is _NEW:
                ledger.write(
                    {"format": FORMAT, "format_version": FORMAT_VERSION, **asdict(identity)}
                )
                _sync_folder(path)
            yield ledger
        finally:
            os.close(descriptor)


_NEW: Final[Mapping[int, Entry]] = {}


@contextmanager
def _locked(path: Path) -> Generator[None]:
    # filelock would make the folder, and a mistyped name would begin another ledger there.
    if not path.parent.is_dir():
        raise _unwritable(path, "its folder is not there")
    lock = filelock.FileLock(f"{path}.lock", mode=0o600)
    try:
        lock.acquire(blocking=False)
    except filelock.Timeout as error:
        raise Locked(
            f"Another process is sending with the results file {path}.",
            hint="Wait for it to end; running again then sends only what is left.",
        ) from error
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    try:
        yield
    finally:
        lock.release()


def _opened(path: Path, descriptor: int, identity: LedgerIdentity) -> Mapping[int, Entry]:
    """The entries; the torn end is cut off once all before it is known to be ours."""
    try:
        content = _content(descriptor)
        whole = _whole_lines(content)
        if not whole and not _may_be_torn_header(content):
            raise _foreign(path)
        entries = _entries(path, whole, identity) if whole else _NEW
        if whole != content:
            os.ftruncate(descriptor, min(len(whole), len(content)))
            if len(whole) > len(content):
                _write_all(descriptor, b"\n")
            os.fsync(descriptor)
    except OSError as error:
        raise _unwritable(path, error.strerror or str(error)) from error
    return entries


def _entries(path: Path, whole: bytes, identity: LedgerIdentity) -> Mapping[int, Entry]:
    head, *lines = whole.decode("utf-8", "replace").split("\n")[:-1]
    _check_header(path, _parsed(head), identity)
    entries: dict[int, Entry] = {}
    states: dict[str, int] = {}
    for number, line in enumerate(lines, start=2):
        entry = _entry(_parsed(line), identity.rows)
        if entry is None or not _may_follow(entry, entries.get(entry.row), states):
            raise _damaged(path, number)
        entries[entry.row] = entry
        states[entry.client_state] = entry.row
    return entries


def _content(descriptor: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "it is no regular file")
    pieces: list[bytes] = []
    while piece := os.read(descriptor, 1024**2):
        pieces.append(piece)
    return b"".join(pieces)


def _whole_lines(content: bytes) -> bytes:
    """`content` without the torn end; an end that is whole gets its line end."""
    head, separator, tail = content.rpartition(b"\n")
    if tail and _parsed(tail.decode("utf-8", "replace")) is not None:
        return content + b"\n"
    return head + separator


def _parsed(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("dict[str, Any]", found) if isinstance(found, dict) else None


def _check_header(path: Path, header: Mapping[str, Any] | None, identity: LedgerIdentity) -> None:
    if header is None or header.get("format") != FORMAT:
        raise _foreign(path)
    if header.get("format_version") != FORMAT_VERSION:
        raise Refused(
            f"The results file {path} was written by another version of faxops.",
            hint="Nothing was sent. Finish the batch with the version that began it.",
        )
    wanted = asdict(identity)
    different = [name for name in wanted if header.get(name) != wanted[name]]
    if different:
        what = ", ".join(_WORDS[name] for name in different)
        raise Refused(
            f"The results file {path} belongs to another batch: {what} differ.",
            hint="Nothing was sent. To send a new batch, name a new file with --results; to go on"
            " with the old one, give its table, flags and account as they were.",
        )


_WORDS: Final = {
    "batch": "the faxes",
    "rows": "the number of rows",
    "base_url": "the base URLs",
    "account": "the accounts",
}


# A tuple, because what stands in a damaged line may not be hashable.
_STATES: Final = tuple(RowState)


def _entry(line: Mapping[str, Any] | None, rows: int) -> Entry | None:
    """The line as an entry; None if it is none."""
    if line is None:
        return None
    row, state = line.get("row"), line.get("state")
    texts = [line.get(name, "") for name in ("client_state", "fax_id", "reason")]
    if type(row) is not int or not 1 <= row <= rows or state not in _STATES:
        return None
    if not all(isinstance(text, str) for text in texts):
        return None
    entry = Entry(row, RowState(state), *texts)
    complete = entry.client_state and (entry.fax_id or entry.state is not RowState.SENT)
    return entry if complete else None


def _may_follow(entry: Entry, previous: Entry | None, states: Mapping[str, int]) -> bool:
    """Whether faxops would have written `entry` after `previous`, the row's line before it."""
    if states.get(entry.client_state, entry.row) != entry.row:
        return False
    if previous is None:
        return entry.state in {RowState.SENDING, RowState.FAILED}
    same = previous.client_state == entry.client_state
    return same and previous.state is not RowState.SENT


def _may_be_torn_header(content: bytes) -> bool:
    start = json.dumps({"format": FORMAT}).removesuffix("}").encode()
    return start.startswith(content) or content.startswith(start)


def _foreign(path: Path) -> Refused:
    return Refused(
        f"{path} is no results file of `faxops fax send --batch`.",
        hint="Nothing was sent. Name another file with --results.",
    )


def _damaged(path: Path, number: int) -> Refused:
    return Refused(
        f"The results file {path} is damaged: line {number} is not what faxops wrote.",
        hint="Nothing was sent. Put the file back as it was; without it, nothing tells which rows"
        " were sent. `faxops fax list` shows the faxes of the account.",
    )


def _unwritable(path: Path, reason: str) -> ReportUnwritable:
    return ReportUnwritable(
        f"The results file {path} cannot be written: {reason}.",
        hint="Name a file in a folder that is there and may be written to, with --results.",
    )


def _write_all(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _sync_folder(path: Path) -> None:
    """Make the file's name last, too."""
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
