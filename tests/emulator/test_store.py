from __future__ import annotations

import sqlite3
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from faxops.emulator.store import Store
from faxops.emulator.world import FAX_APPLICATION
from faxops.errors import UsageError
from tests.emulator.account import Account

ROOT = Path(__file__).parents[2]
WRITER = """
import sys
from pathlib import Path
from tests.emulator.account import Account
account = Account(database=Path(sys.argv[1]))
for number in range(40):
    account.made(application_name=f"{sys.argv[2]}-{number}")
"""


def test_a_restart_keeps_objects_ids_and_the_record(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    first = Account(database=database)
    made = first.made(tags=["a"], fax_email_recipient="ignored@clinic.example")
    first.emulator.close()
    second = Account(database=database, behaviours={"unset_failover_url": "null"})
    assert second.read(made["id"]) == {**made, "webhook_event_failover_url": None}
    assert int(second.made()["id"]) > int(made["id"])
    assert [each.method for each in second.emulator.requests()] == ["POST", "GET", "POST"]


def test_two_emulators_on_one_file_are_one_account(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    one, other = Account(database=database), Account(database=database)
    made = one.made()
    assert other.read(made["id"]) == made
    other.delete(f"/fax_applications/{made['id']}")
    assert one.names() == []
    assert one.emulator.requests() == other.emulator.requests()


@pytest.mark.slow
def test_two_processes_that_write_one_file_lose_nothing(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(database), name], cwd=ROOT)
        for name in ("left", "right")
    ]
    assert [each.wait(timeout=60) for each in writers] == [0, 0]
    account = Account(database=database)
    names = account.names(**{"page[size]": 250})
    assert sorted(names) == sorted(f"{who}-{n}" for who in ("left", "right") for n in range(40))
    listed = account.get("/fax_applications", **{"page[size]": 250}).json()["data"]
    assert len({each["id"] for each in listed}) == 80


def test_threads_share_one_emulator() -> None:
    account = Account()
    threads = [threading.Thread(target=account.made) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(account.names()) == 8


def test_a_request_that_breaks_leaves_nothing_behind() -> None:
    store = Store(None)

    def broken() -> None:
        with store.transaction():
            store.insert(FAX_APPLICATION, "1", created_at="", name="", body="{}", hidden=None)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        broken()
    with store.transaction():
        assert store.get(FAX_APPLICATION, "1") is None
        assert store.is_empty()


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE patients (name TEXT)")
    other.commit()
    before = path.read_bytes()
    with pytest.raises(UsageError, match=r"other\.db is a database of another program"):
        Store(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    path = tmp_path / "account.db"
    path.write_bytes(b"no database" * 100)
    with pytest.raises(UsageError, match=r"account\.db cannot be used: file is not a database"):
        Store(path)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be used: unable to open database file"):
        Store(tmp_path)


def test_what_is_kept_can_be_seen_with_what_replies_hide() -> None:
    account = Account(behaviours={"recipient_on_create": "accepted"})
    made = account.made(fax_email_recipient="a@clinic.example")
    (row,) = account.emulator.content("fax_application")
    assert (row.id, row.hidden) == (made["id"], "a@clinic.example")
    assert account.emulator.content("phone_number") == ()
