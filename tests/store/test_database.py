"""What may be given as a store, what its failures say, and how it is made."""

from __future__ import annotations

import os
import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from faxops.errors import FaxopsError, StoreFailed, UsageError
from faxops.store.database import STORE, Database, has_password
from tests.store.postgres import PASSWORD, Server, programs

pytestmark = pytest.mark.slow

SECRET = "s3cret-word"  # noqa: S105 - to be found where it must not be


@pytest.mark.parametrize(
    ("url", "message"),
    [
        pytest.param("", "not one", id="empty"),
        pytest.param(f"no url {SECRET}", "not one", id="no-url"),
        pytest.param("faxops.db", "not one", id="a-path"),
        pytest.param(f"mysql://u:{SECRET}@db/faxops", "'mysql'", id="another-database"),
        pytest.param(f"postgres://u:{SECRET}@db/faxops", "'postgres'", id="an-alias"),
        pytest.param("postgresql+asyncpg://db/faxops", "asyncpg", id="another-driver"),
        pytest.param(f"postgresql://u:{SECRET}@db:port/x", "not one", id="port-is-no-number"),
        pytest.param("sqlite://", "names no file", id="memory"),
        pytest.param("sqlite:///:memory:", "names no file", id="memory-by-name"),
    ],
)
def test_an_unusable_url_is_refused_without_showing_a_secret(url: str, message: str) -> None:
    with pytest.raises(UsageError) as refused:
        Database(url, create=True)
    assert message in refused.value.message
    assert "sqlite:///" in refused.value.hint
    assert SECRET not in refused.value.message + refused.value.hint


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        pytest.param("postgresql://u:pw@db/x", True, id="beside-the-user"),
        pytest.param("postgresql://u@db/x?password=pw", True, id="in-the-query"),
        pytest.param("postgresql://u@db/x?sslmode=verify-full", False, id="none"),
        pytest.param("sqlite:///faxops.db", False, id="a-file"),
    ],
)
def test_a_password_in_the_url_is_seen(url: str, *, expected: bool) -> None:
    assert has_password(url) is expected


def test_a_missing_driver_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(UsageError) as refused:
        Database(f"postgresql://u:{SECRET}@127.0.0.1:1/x", create=True)
    assert refused.value.hint == "Install it: pip install 'faxops[postgres]'"


def test_a_server_that_is_not_there_is_a_failure_that_shows_no_secret() -> None:
    with pytest.raises(StoreFailed) as failed:
        Database(f"postgresql://u:{SECRET}@127.0.0.1:1/x?password={SECRET}2", create=True)
    assert "The store postgresql://u:***@127.0.0.1:1/x cannot be used" in failed.value.message
    assert "refused" in failed.value.message
    assert SECRET not in failed.value.message


def test_a_file_in_a_folder_that_is_not_there_is_a_failure(tmp_path: Path) -> None:
    with pytest.raises(StoreFailed, match="No such file or directory"):
        Database(f"sqlite:///{tmp_path}/nowhere/store.db", create=True)


def test_a_file_that_is_no_database_is_a_failure(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("These are notes, and there are more than a hundred bytes of them. " * 3)
    with pytest.raises(StoreFailed, match="not a database"):
        Database(f"sqlite:///{file}", create=True)
    assert file.read_text().startswith("These are notes")


def test_a_new_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        Database(f"sqlite:///{tmp_path}/store.db", create=True)
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "store.db").stat().st_mode) == 0o600


def test_looking_makes_no_store(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        Database(url, create=False)
    assert "first `faxops apply --state` makes it" in refused.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_store_is_made_once_however_many_come_at_once(url: str) -> None:
    with ThreadPoolExecutor(8) as workers:
        coming = [workers.submit(Database, url, create=True) for _ in range(16)]
        opened = [each.result() for each in coming]
    with opened[0].transaction() as connection:
        assert connection.scalar(select(func.count()).select_from(STORE)) == 1


def test_a_store_of_a_newer_faxops_is_left_alone(url: str) -> None:
    with Database(url, create=True).transaction() as connection:
        connection.execute(update(STORE).values(version=2))
    with pytest.raises(UsageError, match="has version 2, and this faxops knows 1"):
        Database(url, create=True)


def test_a_failed_transaction_leaves_nothing(url: str) -> None:
    database = Database(url, create=True)

    def fail_in_between() -> None:
        with database.transaction() as connection:
            connection.execute(update(STORE).values(last_token=77))
            raise FaxopsError("in between")

    with pytest.raises(FaxopsError, match="in between"):
        fail_in_between()
    with database.transaction() as connection:
        assert connection.scalar(select(STORE.c.last_token)) == 0


def test_the_clock_is_the_databases_and_moves_within_a_transaction(url: str) -> None:
    database = Database(url, create=True)
    with database.transaction() as connection:
        read = [connection.scalar(select(database.now)) or 0 for _ in range(500)]
    assert 1.7e9 < read[0] < read[-1]
    assert read == sorted(read)


if programs():

    def test_a_wrong_password_is_a_failure_that_shows_neither(postgres: Server) -> None:
        url = postgres.new_database()
        with pytest.raises(StoreFailed, match="authentication failed") as failed:
            Database(url.replace(PASSWORD, SECRET), create=True)
        assert SECRET not in failed.value.message

    def test_tls_parameters_reach_the_driver(postgres: Server) -> None:
        url = postgres.new_database()
        with pytest.raises(StoreFailed, match="SSL"):
            Database(f"{url}?sslmode=require", create=True)
        Database(f"{url}?sslmode=disable", create=True)
