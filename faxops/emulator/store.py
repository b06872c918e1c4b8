"""The emulator's account in SQLite: objects of every kind, and the record of every request."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from faxops.errors import StoreFailed, UsageError

# Marks a database as the emulator's, so that no other program's file is ever written to.
APPLICATION_ID: Final = 0x46415845
_BUSY_TIMEOUT_MS: Final = 10_000
# The first id of an empty account; above 2**53, so that a reader that takes ids for floats fails.
_FIRST_ID: Final = 1_293_384_261_075_731_499
_ID_STEP: Final = 7_919

_TABLES: Final = """
CREATE TABLE objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    created_at TEXT NOT NULL,
    name TEXT NOT NULL,
    body TEXT NOT NULL,
    hidden TEXT,
    UNIQUE (kind, id)
);
CREATE INDEX objects_by_age ON objects (kind, created_at);
CREATE INDEX objects_by_name ON objects (kind, name);
CREATE INDEX numbers_by_connection ON objects (json_extract(body, '$.connection_id'))
    WHERE kind = 'phone_number';
CREATE INDEX applications_by_subdomain ON objects (json_extract(body, '$.inbound.sip_subdomain'))
    WHERE kind = 'fax_application';
CREATE INDEX applications_by_profile
    ON objects (json_extract(body, '$.outbound.outbound_voice_profile_id'))
    WHERE kind = 'fax_application';
CREATE INDEX events_by_due ON objects (kind, json_extract(hidden, '$.due')) WHERE kind = 'event';
CREATE INDEX events_not_taken_on ON objects (kind, hidden) WHERE kind = 'event' AND hidden IS NULL;
CREATE TABLE requests (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    method TEXT NOT NULL,
    path TEXT NOT NULL,
    query TEXT NOT NULL,
    body TEXT NOT NULL,
    status INTEGER,
    fault TEXT NOT NULL
);
"""
# Apart from the objects, whose ids count them; and made in a file of an older version, too.
_AUDIT_TABLE: Final = """
CREATE TABLE IF NOT EXISTS audit_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    at TEXT NOT NULL,
    body TEXT NOT NULL
)
"""
_COLUMNS: Final = "seq, kind, id, created_at, name, body, hidden"


@dataclass(frozen=True, slots=True)
class Row:
    """One object. `body` is its JSON text as replies show it, `hidden` what they do not.

    `seq` grows with every object made and is never used again.
    """

    seq: int
    kind: str
    id: str
    created_at: str
    name: str
    body: str
    hidden: str | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One request as it arrived, in order of `seq`.

    `path` has no `/v2`; `query` is the undecoded text after `?`; `body` is the text sent. `status`
    is None when no reply was sent. `fault` is the kind of the injected fault, or empty. `at` is
    ISO 8601 in UTC. The key is not kept.
    """

    seq: int
    at: str
    method: str
    path: str
    query: str
    body: str
    status: int | None
    fault: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A part of a WHERE clause with its arguments; the empty text holds always."""

    sql: str = ""
    arguments: tuple[str | int, ...] = ()


def holds(field: str, value: str) -> Condition:
    """That an object's body has this value. `field` is a dotted path; the indexes say it alike."""
    return Condition(f"json_extract(body, '$.{field}') = ?", (value,))


def name_contains(text: str) -> Condition:
    """That an object's name has this text in it, in whatever case."""
    return Condition("instr(casefold(name), ?) > 0", (text.casefold(),))


class Store:
    """One connection. Safe among threads, and among processes on one file.

    A request is one `transaction`; every other method is called inside one.
    """

    def __init__(self, path: Path | None) -> None:
        """Open the database, making it if there is none; None keeps it in memory.

        Raises `UsageError` for a file that cannot be opened or is not an emulator's.
        """
        self._path = path
        self._lock = threading.Lock()
        self._before: dict[tuple[str, str], Row | None] = {}
        self._last_written: dict[str, tuple[str, str]] = {}
        try:
            self._db = sqlite3.connect(
                path or ":memory:",
                timeout=_BUSY_TIMEOUT_MS / 1000,
                isolation_level=None,
                check_same_thread=False,
            )
            self._db.create_function("casefold", 1, str.casefold, deterministic=True)
            self._prepare()
        except sqlite3.Error as error:
            raise UsageError(
                f"The emulator's database {path} cannot be used: {error}.",
                hint="Name a file that this user can write, or one that does not exist yet.",
            ) from error

    def _prepare(self) -> None:
        self._db.execute(f"PRAGMA busy_timeout = {_BUSY_TIMEOUT_MS}")
        with self._raw_transaction():
            (owner,) = self._db.execute("PRAGMA application_id").fetchone()
            (tables,) = self._db.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if tables and owner != APPLICATION_ID:
                raise UsageError(
                    f"{self._path} is a database of another program; the emulator leaves it alone.",
                    hint="Name another file.",
                )
            if not tables:
                for statement in _TABLES.split(";\n"):
                    self._db.execute(statement)
                self._db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            self._db.execute(_AUDIT_TABLE)
        # WAL lets readers in while one process writes; NORMAL survives a crash of the process.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Generator[None]:
        """Everything inside happens at once, or not at all if it raises.

        Raises `StoreFailed` if the database fails: it is locked, full, damaged or gone.
        """
        try:
            with self._raw_transaction():
                yield
        except sqlite3.DatabaseError as error:
            if type(error) not in (sqlite3.DatabaseError, sqlite3.OperationalError):
                raise  # the statement was wrong
            raise StoreFailed(
                f"The emulator's database {self._path or 'in memory'} failed: {error}.",
                hint="What was under way was not kept. See to the file and its disk, then start"
                " the emulator again.",
            ) from error

    @contextmanager
    def _raw_transaction(self) -> Generator[None]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:  # SQLite ends some failed ones by itself
                    self._db.execute("ROLLBACK")
                raise

    def next_id(self, kind: str) -> str:
        """A fresh id: 19 digits, above 2**53, growing."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'objects'").fetchone()
        number = _FIRST_ID + _ID_STEP * ((row[0] if row else 0) + 1)
        while self.get(kind, str(number)) is not None:
            number += 1
        return str(number)

    def insert(
        self,
        kind: str,
        object_id: str,
        *,
        created_at: str,
        name: str,
        body: str,
        hidden: str | None,
    ) -> None:
        """Add one object."""
        self._remember(kind, object_id, None)
        self._db.execute(
            "INSERT INTO objects (kind, id, created_at, name, body, hidden)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (kind, object_id, created_at, name, body, hidden),
        )

    def get(self, kind: str, object_id: str) -> Row | None:
        """The object, or None."""
        found = self._db.execute(
            f"SELECT {_COLUMNS} FROM objects WHERE kind = ? AND id = ?",  # noqa: S608 - a constant
            (kind, object_id),
        ).fetchone()
        return Row(*found) if found else None

    def update(self, row: Row, *, name: str, body: str, hidden: str | None) -> None:
        """Replace what `row` holds."""
        self._remember(row.kind, row.id, row)
        self._db.execute(
            "UPDATE objects SET name = ?, body = ?, hidden = ? WHERE seq = ?",
            (name, body, hidden, row.seq),
        )

    def delete(self, row: Row) -> None:
        """Remove the object."""
        self._remember(row.kind, row.id, row)
        self._db.execute("DELETE FROM objects WHERE seq = ?", (row.seq,))

    def count(self, kind: str, condition: Condition = Condition()) -> int:
        """How many objects of the kind meet the condition."""
        (total,) = self._db.execute(
            f"SELECT count(*) FROM objects WHERE kind = '{kind}'{_and(condition)}",  # noqa: S608 - constants
            condition.arguments,
        ).fetchone()
        return total

    def select(
        self,
        kind: str,
        condition: Condition = Condition(),
        *,
        order: str = "seq",
        limit: int = -1,
        offset: int = 0,
    ) -> list[Row]:
        """The objects of the kind that meet the condition, in an order given as SQL terms."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM objects WHERE kind = '{kind}'{_and(condition)}"  # noqa: S608 - constants
            f" ORDER BY {order} LIMIT ? OFFSET ?",
            (*condition.arguments, limit, offset),
        )
        return [Row(*row) for row in rows]

    def is_empty(self) -> bool:
        """Whether no object was ever made."""
        row = self._db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'objects'").fetchone()
        return row is None

    @contextmanager
    def before_last_write(self, kind: str, object_id: str | None) -> Generator[None]:
        """Inside, the account stands as it did before the last write that this process made.

        With an id it is that object's last write, else the last one to any object of the kind.
        """
        key = (kind, object_id) if object_id else self._last_written.get(kind)
        if key is None or key not in self._before:
            yield
            return
        before = self._before[key]
        self._db.execute("SAVEPOINT stale")
        try:
            self._db.execute("DELETE FROM objects WHERE kind = ? AND id = ?", key)
            if before is not None:
                self._db.execute(
                    f"INSERT INTO objects ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",  # noqa: S608 - a constant
                    (
                        before.seq,
                        before.kind,
                        before.id,
                        before.created_at,
                        before.name,
                        before.body,
                        before.hidden,
                    ),
                )
            yield
        finally:
            self._db.execute("ROLLBACK TO stale")
            self._db.execute("RELEASE stale")

    def _remember(self, kind: str, object_id: str, before: Row | None) -> None:
        self._before[kind, object_id] = before
        self._last_written[kind] = (kind, object_id)

    def write_record(
        self,
        *,
        at: str,
        method: str,
        path: str,
        query: str,
        body: str,
        status: int | None,
        fault: str,
    ) -> int:
        """Keep one request; returns its `seq`."""
        cursor = self._db.execute(
            "INSERT INTO requests (at, method, path, query, body, status, fault)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (at, method, path, query, body, status, fault),
        )
        return cursor.lastrowid or 0

    def add_audit_event(self, at: str, body: str) -> None:
        """Keep one event of the audit log, JSON."""
        self._db.execute("INSERT INTO audit_events (at, body) VALUES (?, ?)", (at, body))

    def audit_events(
        self, *, after: str | None, before: str | None, newest_first: bool, limit: int, offset: int
    ) -> tuple[int, list[tuple[int, str]]]:
        """How many events lie between the two moments, and a page of them with their numbers."""
        known = {"after": after, "before": before}
        where = "WHERE (:after IS NULL OR at > :after) AND (:before IS NULL OR at < :before)"
        (total,) = self._db.execute(
            f"SELECT count(*) FROM audit_events {where}",  # noqa: S608 - a constant
            known,
        ).fetchone()
        sense = "DESC" if newest_first else "ASC"
        rows = self._db.execute(
            f"SELECT seq, body FROM audit_events {where} ORDER BY at {sense}, seq {sense}"  # noqa: S608 - constants
            " LIMIT :limit OFFSET :offset",
            {**known, "limit": limit, "offset": offset},
        )
        return total, rows.fetchall()

    def records(self) -> tuple[Record, ...]:
        """Every request so far, the first first."""
        rows = self._db.execute(
            "SELECT seq, at, method, path, query, body, status, fault FROM requests ORDER BY seq"
        )
        return tuple(Record(*row) for row in rows)


def _and(condition: Condition) -> str:
    return f" AND {condition.sql}" if condition.sql else ""
