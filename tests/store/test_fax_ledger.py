"""The results file of a batch survives kills, and is refused when it can't be trusted."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from faxops.errors import ExitCode, FaxopsError, Locked, Refused, ReportUnwritable
from faxops.store.fax_ledger import Entry, LedgerIdentity, RowState, open_ledger

BATCH = LedgerIdentity("4f3d", 3, "https://api.example/v2", "7a1c")
SENDING = Entry(1, RowState.SENDING, "c3RhdGUtMQ==")
SENT = replace(SENDING, state=RowState.SENT, fax_id="0ccc7b54")
SECOND = Entry(2, RowState.SENDING, "c3RhdGUtMg==")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clinics.csv.results.ndjson"


def write(path: Path, *entries: Entry) -> None:
    with open_ledger(path, BATCH) as ledger:
        for entry in entries:
            ledger.note(entry)


def read(path: Path) -> dict[int, Entry]:
    with open_ledger(path, BATCH) as ledger:
        return dict(ledger.entries)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def refusal(path: Path, identity: LedgerIdentity = BATCH) -> FaxopsError:
    before = path.read_bytes()
    with pytest.raises(FaxopsError) as raised, open_ledger(path, identity):
        pass
    assert path.read_bytes() == before
    return raised.value


def test_a_new_ledger_says_what_it_belongs_to(path: Path) -> None:
    assert read(path) == {}
    (header,) = lines(path)
    assert header == {"format": "faxops fax ledger", "format_version": 1, **asdict(BATCH)}


def test_only_its_owner_may_read_it(path: Path) -> None:
    write(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_last_line_of_a_row_counts(path: Path) -> None:
    write(path, SENDING, SENT, SECOND)
    assert read(path) == {1: SENT, 2: SECOND}


def test_a_line_is_in_the_file_before_the_run_goes_on(path: Path) -> None:
    with open_ledger(path, BATCH) as ledger:
        ledger.note(SENDING, line=2, to="+13127367276")
        assert lines(path)[-1] == {
            "row": 1,
            "state": "sending",
            "client_state": SENDING.client_state,
            "line": 2,
            "to": "+13127367276",
        }


def test_a_reopened_ledger_goes_on_where_it_ended(path: Path) -> None:
    write(path, SENDING)
    write(path, SENT)
    assert [line.get("state") for line in lines(path)] == [None, "sending", "sent"]


@pytest.mark.parametrize("kept", range(1, 60, 7))
def test_a_line_that_a_kill_tore_counts_for_nothing(path: Path, kept: int) -> None:
    write(path, SENDING)
    whole = path.read_bytes()
    write(path, SENT)
    path.write_bytes(path.read_bytes()[: len(whole) + kept])
    assert read(path) == {1: SENDING}
    assert path.read_bytes() == whole


def test_a_torn_header_is_begun_anew(path: Path) -> None:
    write(path)
    path.write_bytes(path.read_bytes()[:20])
    assert read(path) == {}
    assert len(lines(path)) == 1


def test_a_line_that_lacks_only_its_end_counts(path: Path) -> None:
    write(path, SENDING, SENT)
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    write(path, SECOND)
    assert read(path) == {1: SENT, 2: SECOND}


@pytest.mark.parametrize(
    ("old", "new", "number"),
    [
        pytest.param('"row": 1', '"row" 1', 2, id="no JSON"),
        pytest.param('"row": 1', '"row": 4', 2, id="no such row"),
        pytest.param('"row": 1', '"row": true', 2, id="a row of truth"),
        pytest.param('"sending"', '"sendin"', 2, id="no such state"),
        pytest.param('"sending"', "[]", 2, id="a state that is a list"),
        pytest.param('"sending"', '"sent"', 2, id="sent without id"),
        pytest.param('"sending"', '"unknown"', 2, id="unknown before it was begun"),
        pytest.param("c3RhdGUtMQ==", "", 2, id="no client_state"),
        pytest.param("c3RhdGUtMQ==", "other", 3, id="another client_state"),
        pytest.param("c3RhdGUtMg==", "c3RhdGUtMQ==", 4, id="one client_state for two rows"),
        pytest.param('{"row": 2', '{"row": 1', 4, id="sent twice"),
        pytest.param('{"row": 2', '\0\0{"row": 2', 4, id="zeros"),
        pytest.param('{"row": 1', '\n{"row": 1', 2, id="an empty line"),
    ],
)
def test_a_damaged_ledger_is_refused_and_left_as_it_is(
    path: Path, old: str, new: str, number: int
) -> None:
    write(path, SENDING, SENT, SECOND)
    path.write_text(path.read_text().replace(old, new, 1))
    error = refusal(path)
    assert isinstance(error, Refused)
    assert f"is damaged: line {number} " in error.message
    assert error.hint.startswith("Nothing was sent.")


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param(replace(BATCH, batch="e1"), "the faxes differ", id="faxes"),
        pytest.param(replace(BATCH, rows=4), "the number of rows differ", id="rows"),
        pytest.param(replace(BATCH, base_url="http://x"), "the base URLs differ", id="API"),
        pytest.param(replace(BATCH, account="8b2d"), "the accounts differ", id="account"),
    ],
)
def test_a_ledger_of_another_batch_is_refused(path: Path, other: LedgerIdentity, said: str) -> None:
    write(path, SENDING)
    error = refusal(path, other)
    assert isinstance(error, Refused)
    assert said in error.message


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param("from,to\n", "is no results file", id="a table"),
        pytest.param("from,to\n+13125790015,+1", "is no results file", id="a table without end"),
        pytest.param("a note", "is no results file", id="a line without end"),
        pytest.param("{}\n", "is no results file", id="other JSON"),
        pytest.param("[]\n", "is no results file", id="a list"),
        pytest.param(
            '{"format": "faxops fax ledger", "format_version": 2}\n', "another version", id="newer"
        ),
    ],
)
def test_a_file_that_is_no_ledger_is_refused(path: Path, content: str, said: str) -> None:
    path.write_text(content)
    assert said in refusal(path).message


def test_two_can_not_hold_it_at_once(path: Path) -> None:
    with open_ledger(path, BATCH):
        error = refusal(path)
    assert isinstance(error, Locked)
    assert error.exit_code is ExitCode.LOCKED
    assert read(path) == {}


@pytest.mark.parametrize(
    "place", [pytest.param("no/such/folder", id="no folder"), pytest.param(".", id="a folder")]
)
def test_a_file_that_can_not_be_written_is_named(tmp_path: Path, place: str) -> None:
    with (
        pytest.raises(ReportUnwritable, match="cannot be written"),
        open_ledger(tmp_path / place, BATCH),
    ):
        pass


def test_a_named_pipe_is_not_waited_for(path: Path) -> None:
    os.mkfifo(path)
    with pytest.raises(ReportUnwritable, match="no regular file"), open_ledger(path, BATCH):
        pass


def test_a_full_disk_leaves_no_half_line_and_ends_the_writing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = os.write

    def half(descriptor: int, data: bytes) -> int:
        if len(data) < 40:
            raise OSError(28, "No space left on device")
        return real(descriptor, data[:40])

    with open_ledger(path, BATCH) as ledger:
        whole = path.read_bytes()
        with monkeypatch.context() as patched:
            patched.setattr(os, "write", half)
            with pytest.raises(ReportUnwritable, match="No space left"):
                ledger.note(SENDING)
        assert path.read_bytes() == whole
        with pytest.raises(ReportUnwritable, match="an earlier line"):
            ledger.note(SENDING)
