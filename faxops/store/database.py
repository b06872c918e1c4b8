"""The database that `--state` names: its URL, tables and clock, and transactions in a thread."""

from __future__ import annotations

import asyncio
import os
import sqlite3
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any, Final, TypeVar

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Double,
    Engine,
    Integer,
    MetaData,
    NullPool,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    create_engine,
    event,
    inspect,
    literal_column,
    select,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError

from faxops.errors import StoreFailed, UsageError
from faxops.model.sensitive import MASK

Result = TypeVar("Result")

VERSION: Final = 1
"""The version of the tables. A store of another one is left alone."""

PATIENCE_SECONDS: Final = 10.0
"""How long the database may take to connect, and to answer."""

_TABLES: Final = MetaData()

STORE: Final = Table(
    "faxops_store",
    _TABLES,
    Column("version", Integer, nullable=False),
    Column("last_token", BigInteger, nullable=False),
)
"""One row. Who takes a lease counts up `last_token` first, so only one does at a time."""

LEASES: Final = Table(
    "faxops_leases",
    _TABLES,
    Column("token", BigInteger, primary_key=True, autoincrement=False),
    Column("base_url", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("stack", Text, nullable=False),
    Column("run_id", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("run_url", Text, nullable=False),
    Column("acquired_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    UniqueConstraint("base_url", "account", "stack"),
)
"""The leases that are held, or ran out and were not taken since. Times are the database's own,
in seconds since 1970."""

RUNS: Final = Table(
    "faxops_runs",
    _TABLES,
    Column("token", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", Text, nullable=False, unique=True),
    Column("base_url", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("stack", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("run_url", Text, nullable=False),
    Column("git_commit", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("finished_at", Text),
    Column("exit_code", Integer),
    Column("summary", Text, nullable=False),
    Column("requests", Text, nullable=False),
    Column("report", Text, nullable=False),
)
"""Every apply, by the token of its lease. Times are ISO 8601; the last three are JSON."""

DRIFTS: Final = Table(
    "faxops_drifts",
    _TABLES,
    Column("base_url", Text, nullable=False),
    Column("account", Text, nullable=False),
    Column("stack", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("object_id", Text, nullable=False),
    Column("path", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("first_seen", Double, nullable=False),
    PrimaryKeyConstraint("base_url", "account", "stack", "address", "object_id", "path"),
)
"""Every difference that the last `drift` found, and since when it is known. `path` is empty where
it is about the whole object."""

NOTICES: Final = Table(
    "faxops_notices",
    _TABLES,
    Column("base_url", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("notified_at", Double, nullable=False),
    PrimaryKeyConstraint("base_url", "subject"),
)
"""What was last told of each subject that `drift --notify` watches."""

_SCHEMES: Final = "Use sqlite:///FILE or postgresql://USER@HOST/DATABASE."
_POSTGRESQL_NOW: Final = "CAST(extract(epoch from clock_timestamp()) AS double precision)"
_SQLITE_NOW: Final = "((julianday('now') - 2440587.5) * 86400.0)"
# Any number will do, as long as every faxops uses the same.
_MAKING_TABLES: Final = 0x46415845


class Database:
    """A store. Connections last for one transaction, so a restarted server is no matter.

    `now` is the database's clock as an expression, in seconds since 1970, read when it is
    evaluated. `shown` is the URL without anything secret.

    Raises `UsageError` for a URL that can't be used, `StoreFailed` for a database that can't. It is
    made ready if `create`; else one that is not there yet is a `UsageError`.
    """

    def __init__(self, url: str, *, create: bool) -> None:
        parsed = _parsed(url)
        self.shown = _shown(parsed)
        self._secrets = _passwords(parsed)
        self._is_sqlite = parsed.get_backend_name() == "sqlite"
        self.now = literal_column(_SQLITE_NOW if self._is_sqlite else _POSTGRESQL_NOW, Double)
        if self._is_sqlite:
            self._find_file(Path(parsed.database or ""), create=create)
        self._engine = self._opened(parsed)
        self._prepare(create=create)

    def add_missing_tables(self) -> None:
        """Make the tables that an older faxops did not, which `apply` can do without.

        Raises `StoreFailed`.
        """
        with self.transaction() as connection:
            if not all(map(inspect(connection).has_table, _TABLES.tables)):
                self._make_tables(connection)

    @contextmanager
    def transaction(self) -> Generator[Connection]:
        """One transaction, committed at the end of the block. Raises `StoreFailed`."""
        try:
            with self._engine.begin() as connection:
                if not self._is_sqlite:
                    limit = round(PATIENCE_SECONDS * 1000)
                    connection.exec_driver_sql(f"SET LOCAL statement_timeout = {limit}")
                yield connection
        except SQLAlchemyError as error:
            raise self._failed(error) from error

    async def run(self, work: Callable[[Connection], Result]) -> Result:
        """What `work` returns, done in a transaction and a thread of its own. Raises `StoreFailed`.

        A database that hangs is given up after a while. The thread may go on; it does not keep
        the process from ending.
        """
        done: Future[Result] = Future()
        done.set_running_or_notify_cancel()

        def in_thread() -> None:
            try:
                with self.transaction() as connection:
                    result = work(connection)
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                done.set_exception(error)
            else:
                done.set_result(result)

        Thread(target=in_thread, daemon=True).start()
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await asyncio.wrap_future(done)
        except TimeoutError as error:
            raise self._failure(f"it did not answer within {PATIENCE_SECONDS:.0f} s") from error

    def _find_file(self, path: Path, *, create: bool) -> None:
        if not create and not path.exists():
            raise UsageError(
                f"There is no store at {path}.",
                hint="The first `faxops apply --state` makes it. Is the path right?",
            )
        try:
            # What was live before an apply is nobody else's business.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        except OSError as error:
            raise self._failure(error.strerror or "it can't be opened") from error

    def _opened(self, url: URL) -> Engine:
        if self._is_sqlite:
            engine = create_engine(
                url,
                poolclass=NullPool,
                hide_parameters=True,
                connect_args={"timeout": PATIENCE_SECONDS / 2, "check_same_thread": False},
            )
            event.listen(engine, "connect", _leave_transactions_to_us)
            event.listen(engine, "begin", _begin_immediately)
            return engine
        limits = {
            "connect_timeout": round(PATIENCE_SECONDS),
            "tcp_user_timeout": round(PATIENCE_SECONDS * 1000),
            "application_name": "faxops",
        }
        try:
            return create_engine(
                url.set(drivername="postgresql+psycopg"),
                poolclass=NullPool,
                hide_parameters=True,
                # Where every statement would see the state of the first, losing a race is an error.
                isolation_level="READ COMMITTED",
                connect_args={
                    name: value for name, value in limits.items() if name not in url.query
                },
            )
        except ImportError as error:
            raise UsageError(
                "PostgreSQL needs a driver that is not installed.",
                hint="Install it: pip install 'faxops[postgres]'",
            ) from error

    def _prepare(self, *, create: bool) -> None:
        with self.transaction() as connection:
            if not inspect(connection).has_table(STORE.name):
                if not create:
                    raise UsageError(
                        f"{self.shown} holds no store of faxops.",
                        hint="The first `faxops apply --state` makes it. Is it the right database?",
                    )
                self._make_tables(connection)
            version = connection.scalar(select(STORE.c.version))
        if version != VERSION:
            raise UsageError(
                f"The store {self.shown} has version {version}, and this faxops knows {VERSION}.",
                hint="Use the version of faxops that the other pipelines use.",
            )

    def _make_tables(self, connection: Connection) -> None:
        if not self._is_sqlite:  # where the transaction itself keeps others out
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_MAKING_TABLES})")
        _TABLES.create_all(connection)
        if connection.scalar(select(STORE.c.version)) is None:
            connection.execute(STORE.insert().values(version=VERSION, last_token=0))

    def _failed(self, error: SQLAlchemyError) -> StoreFailed:
        cause = error.orig if isinstance(error, DBAPIError) else error
        lines = str(cause).strip().splitlines() or [type(cause).__name__]
        return self._failure(lines[0])

    def _failure(self, reason: str) -> StoreFailed:
        for secret in self._secrets:
            reason = reason.replace(secret, MASK)
        return StoreFailed(
            f"The store {self.shown} cannot be used: {reason.rstrip('.')}.",
            hint="Check the URL in --state or FAXOPS_STATE, and that the database is running.",
        )


def has_password(url: str) -> bool:
    """Whether the URL holds a password, which must not stand on a command line."""
    return bool(_passwords(_parsed(url)))


def _passwords(url: URL) -> tuple[str, ...]:
    found = (url.password, *url.normalized_query.get("password", ()))
    return tuple(password for password in found if password)


def _parsed(url: str) -> URL:
    """The URL, if it is one of a database that faxops knows. No message shows any of it."""
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise UsageError("The store's URL is not one.", hint=_SCHEMES) from error
    if parsed.drivername not in {"sqlite", "postgresql"}:
        raise UsageError(
            f"A store can't be kept in {parsed.drivername!r}: that kind of database is unknown.",
            hint=_SCHEMES,
        )
    if parsed.drivername == "sqlite" and parsed.database in {None, "", ":memory:"}:
        raise UsageError(
            "The store's URL names no file, and one in memory is shared with nobody.",
            hint="Write sqlite:///faxops.db, or sqlite:////var/lib/faxops.db with a whole path.",
        )
    return parsed


def _shown(url: URL) -> str:
    # The query too may hold a password.
    return url.set(query={}).render_as_string(hide_password=True)


def _leave_transactions_to_us(connection: sqlite3.Connection, _record: Any) -> None:  # noqa: ANN401 - of SQLAlchemy's pool, unused
    connection.isolation_level = None


def _begin_immediately(connection: Connection) -> None:
    # A transaction that reads before it writes could otherwise fail in between.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
