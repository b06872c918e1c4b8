"""The file of deliveries: what is on disk, and when."""

from __future__ import annotations

import asyncio
import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from faxops.errors import ReportUnwritable
from faxops.listener.journal import Journal


def append(path: Path, *lines: bytes) -> list[BaseException | None]:
    """Append all lines at once; how each of them ended."""

    async def run() -> list[BaseException | None]:
        async with Journal(path) as journal:
            return await asyncio.gather(*map(journal.append, lines), return_exceptions=True)

    return asyncio.run(run())


@pytest.fixture
def syncs(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The size that a file had at each fsync."""
    sizes: list[int] = []
    real: Callable[[int], None] = os.fsync

    def counting(file: int) -> None:
        real(file)
        sizes.append(os.fstat(file).st_size)

    monkeypatch.setattr(os, "fsync", counting)
    return sizes


def test_a_line_is_on_disk_when_append_returns(tmp_path: Path, syncs: list[int]) -> None:
    path = tmp_path / "new.ndjson"

    async def run() -> None:
        async with Journal(path) as journal:
            for number in range(3):
                syncs.clear()
                await journal.append(b"line\n")
                assert syncs == [5 * (number + 1)]

    asyncio.run(run())
    assert path.read_bytes() == b"line\n" * 3
    assert path.stat().st_mode & 0o777 == 0o600


def test_lines_that_wait_share_one_fsync(tmp_path: Path, syncs: list[int]) -> None:
    path = tmp_path / "lines.ndjson"
    path.touch()
    assert append(path, *(b"%d\n" % number for number in range(500))) == [None] * 500
    assert sorted(map(int, path.read_bytes().split())) == list(range(500))
    assert len(syncs) <= 2


def test_the_folder_of_a_new_file_is_synced_too(tmp_path: Path, syncs: list[int]) -> None:
    append(tmp_path / "new.ndjson")
    assert len(syncs) == 1
    append(tmp_path / "new.ndjson")
    assert len(syncs) == 1


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(b"", b"new\n", id="empty"),
        pytest.param(b"old\n", b"old\nnew\n", id="whole"),
        pytest.param(b"old\nto", b"old\nto\nnew\n", id="cut by a kill"),
    ],
)
def test_what_is_there_stays_and_a_cut_line_stays_alone(
    tmp_path: Path, before: bytes, after: bytes
) -> None:
    path = tmp_path / "lines.ndjson"
    path.write_bytes(before)
    append(path, b"new\n")
    assert path.read_bytes() == after


def test_a_full_disk_fails_all_that_were_to_be_written_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_file: int, _lines: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "write", full)
    ends = append(tmp_path / "lines.ndjson", b"a\n", b"b\n")
    assert [type(end) for end in ends] == [OSError, OSError]


@pytest.mark.parametrize("kind", ["pipe", "device", "link to a device"])
def test_what_keeps_nothing_is_refused_and_not_opened(tmp_path: Path, kind: str) -> None:
    path = Path("/dev/null") if kind == "device" else tmp_path / "lines.ndjson"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind != "device":
        path.symlink_to("/dev/null")
    with pytest.raises(ReportUnwritable, match="is no regular file"):
        Journal(path)


@pytest.mark.parametrize("name", ["none/lines.ndjson", "."])
def test_a_file_that_can_not_be_opened_is_said_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(ReportUnwritable, match="cannot be opened"):
        Journal(tmp_path / name)
