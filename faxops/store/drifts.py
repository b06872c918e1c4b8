"""What `drift` remembers from run to run: since when each difference is known, and what was told.

No value is kept, only digests that whoever calls has made.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, and_, delete, insert, select

from faxops.store.database import DRIFTS, NOTICES, STORE, Database
from faxops.store.lock import Scope


@dataclass(frozen=True, slots=True, order=True)
class Drift:
    """One difference. `path` is the field's, dotted, or empty where the whole object differs.

    `object_id` is empty for an object that is missing. `digest` changes with what differs.
    """

    address: str
    object_id: str
    path: str
    digest: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The last thing that was told of a subject: the state, and how long ago."""

    state: str
    age: timedelta


@dataclass(frozen=True, slots=True)
class Drifts:
    """The memory in a database. Every method is awaited and raises `StoreFailed`."""

    database: Database

    async def first_seen(self, scope: Scope, drifts: Iterable[Drift]) -> Mapping[Drift, datetime]:
        """Since when each of the differences is known, by the database's clock.

        They are all that the scope has now: what is not among them is forgotten.
        """
        found = set(drifts)
        return await self.database.run(lambda connection: self._seen(connection, scope, found))

    async def last_notice(self, base_url: str, subjects: Sequence[str]) -> Notice | None:
        """What was last told of the first subject of which anything was."""
        return await self.database.run(
            lambda connection: self._last_notice(connection, base_url, subjects)
        )

    async def keep_notice(self, base_url: str, subjects: Sequence[str], state: str) -> None:
        """`state` was told of the last subject just now, which settles the others."""
        await self.database.run(
            lambda connection: self._keep_notice(connection, base_url, subjects, state)
        )

    def _seen(
        self, connection: Connection, scope: Scope, found: set[Drift]
    ) -> Mapping[Drift, datetime]:
        # One at a time, as whoever takes a lease: two runs may meet.
        connection.execute(select(STORE.c.version).with_for_update())
        here = and_(*(DRIFTS.c[name] == value for name, value in asdict(scope).items()))
        statement = select(
            DRIFTS.c.address,
            DRIFTS.c.object_id,
            DRIFTS.c.path,
            DRIFTS.c.digest,
            DRIFTS.c.first_seen,
        )
        known = {Drift(*row[:4]): row[4] for row in connection.execute(statement.where(here))}
        now = self._now(connection)
        since = {drift: known.get(drift, now) for drift in sorted(found)}
        if since != known:
            connection.execute(delete(DRIFTS).where(here))
            rows = [
                {**asdict(scope), **asdict(drift), "first_seen": moment}
                for drift, moment in since.items()
            ]
            if rows:
                connection.execute(insert(DRIFTS), rows)
        return {drift: datetime.fromtimestamp(moment, UTC) for drift, moment in since.items()}

    def _last_notice(
        self, connection: Connection, base_url: str, subjects: Sequence[str]
    ) -> Notice | None:
        rows = connection.execute(
            select(NOTICES.c.subject, NOTICES.c.state, NOTICES.c.notified_at).where(
                NOTICES.c.base_url == base_url, NOTICES.c.subject.in_(subjects)
            )
        )
        known = {row.subject: row for row in rows}
        for subject in subjects:
            if subject in known:
                age = self._now(connection) - known[subject].notified_at
                return Notice(known[subject].state, timedelta(seconds=age))
        return None

    def _keep_notice(
        self, connection: Connection, base_url: str, subjects: Sequence[str], state: str
    ) -> None:
        connection.execute(select(STORE.c.version).with_for_update())
        connection.execute(
            delete(NOTICES).where(NOTICES.c.base_url == base_url, NOTICES.c.subject.in_(subjects))
        )
        told = {"base_url": base_url, "subject": subjects[-1], "state": state}
        connection.execute(insert(NOTICES).values(**told, notified_at=self.database.now))

    def _now(self, connection: Connection) -> float:
        return connection.execute(select(self.database.now)).scalar_one()
