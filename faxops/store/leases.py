"""Leases: locks in a database, which run out by its clock when their holder is heard of no more.

The API can't check a token, so the holder itself must know when its time is over. It counts on
its own monotonic clock from before a renewal was sent, so it never believes in a lease for longer
than the database does.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from faxops.errors import StoreFailed
from faxops.model.clock import Clock
from faxops.store.database import LEASES, STORE, Database
from faxops.store.lock import Busy, Held, Holder, Lease, Scope, wait_for


@dataclass(frozen=True, slots=True)
class Terms:
    """How a lease runs, in seconds: its length, and how much of it each write needs to be left.

    It is renewed when a third has passed.
    """

    length: float = 60.0
    margin: float = 10.0


_LOST: Final = "the lock was lost: it had run out, or was removed with `faxops unlock`"
_UNSURE: Final = "the lock could not be renewed in time"


class DatabaseLease:
    """A lease that is held. `valid_until` is the end of it on the monotonic `clock`."""

    def __init__(self, token: int, valid_until: float, terms: Terms, clock: Clock) -> None:
        self._token = token
        self._valid_until = valid_until
        self._terms = terms
        self._clock = clock

    @property
    def token(self) -> int:
        """The fencing token."""
        return self._token

    def check(self) -> str:
        """Why no write may be sent now, or nothing."""
        if self._valid_until == -math.inf:
            return _LOST
        left = self._valid_until - self._clock.monotonic()
        return _UNSURE if left < self._terms.margin else ""

    def renewed(self, asked_at: float) -> None:
        """The database has renewed it, having been asked at that moment."""
        self._valid_until = asked_at + self._terms.length

    def lost(self) -> None:
        """The database knows it no more."""
        self._valid_until = -math.inf


@dataclass(frozen=True, slots=True)
class DatabaseLock:
    """Leases in a database. `tell` is told of waits, and of a database that went away."""

    database: Database
    clock: Clock
    tell: Callable[[str], None]
    terms: Terms = Terms()

    @asynccontextmanager
    async def hold(self, scope: Scope, holder: Holder, *, patience: float) -> AsyncGenerator[Lease]:
        """Hold a lease for the block (`faxops.store.lock.Lock`).

        Raises `Locked`, and `StoreFailed` when the database fails before the lease is taken.
        """
        lease = await wait_for(
            partial(self._take, scope, holder),
            scope,
            patience=patience,
            clock=self.clock,
            tell=self.tell,
        )
        renewing = asyncio.create_task(self._keep(lease))
        try:
            yield lease
        finally:
            renewing.cancel()
            with suppress(asyncio.CancelledError):
                await renewing
            await self._give_back(lease)

    async def _take(self, scope: Scope, holder: Holder) -> DatabaseLease | Busy:
        asked_at = self.clock.monotonic()
        taken = await self.database.run(
            lambda connection: _take(connection, self.database, scope, holder, self.terms.length)
        )
        if isinstance(taken, Busy):
            return taken
        return DatabaseLease(taken, asked_at + self.terms.length, self.terms, self.clock)

    async def _keep(self, lease: DatabaseLease) -> None:
        """Renew the lease until it is lost; a failing database is asked again, more often."""
        wait = self.terms.length / 3
        while True:
            await self.clock.sleep(wait)
            asked_at = self.clock.monotonic()
            try:
                held = await self.database.run(
                    lambda connection: _renew(
                        connection, self.database, lease.token, self.terms.length
                    )
                )
            except StoreFailed as error:
                self.tell(f"The lock could not be renewed: {error.message}")
                wait = self.terms.length / 12
                continue
            if not held:
                lease.lost()
                self.tell(f"Nothing more is sent: {_LOST}.")
                return
            lease.renewed(asked_at)
            wait = self.terms.length / 3

    async def _give_back(self, lease: DatabaseLease) -> None:
        try:
            await self.database.run(
                lambda connection: connection.execute(
                    delete(LEASES).where(LEASES.c.token == lease.token)
                )
            )
        except StoreFailed as error:
            self.tell(
                f"The lock (token {lease.token}) could not be given back and ends within"
                f" {self.terms.length:.0f} s: {error.message}"
            )


def unlock(database: Database, token: int) -> Held | None:
    """Remove exactly the lease of this token; whose it was, or None if there is none such."""
    with database.transaction() as connection:
        found = connection.execute(
            _described(database).where(LEASES.c.token == token)
        ).one_or_none()
        connection.execute(delete(LEASES).where(LEASES.c.token == token))
    return None if found is None else _held(found)


def leases(database: Database) -> tuple[Held, ...]:
    """Every lease that is held or has run out and was not taken since, by token."""
    with database.transaction() as connection:
        rows = connection.execute(_described(database).order_by(LEASES.c.token)).all()
    return tuple(map(_held, rows))


def _take(
    connection: Connection, database: Database, scope: Scope, holder: Holder, length: float
) -> int | Busy:
    # First, because the row stays locked until the end: of two runs that come at once, one waits
    # here and then sees the other's lease. So tokens also grow in the order of the leases.
    token = connection.scalar(
        update(STORE).values(last_token=STORE.c.last_token + 1).returning(STORE.c.last_token)
    )
    mine = (
        (LEASES.c.base_url == scope.base_url)
        & (LEASES.c.account == scope.account)
        & (LEASES.c.stack == scope.stack)
    )
    connection.execute(delete(LEASES).where(mine, LEASES.c.expires_at <= database.now))
    found = connection.execute(_described(database).where(mine)).one_or_none()
    if found is not None:
        return Busy(_held(found))
    connection.execute(
        insert(LEASES).values(
            token=token,
            **asdict(scope),
            **asdict(holder),
            acquired_at=database.now,
            expires_at=database.now + length,
        )
    )
    assert isinstance(token, int)  # noqa: S101 - the store has its one row since it was made
    return token


def _renew(connection: Connection, database: Database, token: int, length: float) -> bool:
    """Whether the lease was still held. One that has run out stays so, taken or not."""
    renewed = connection.execute(
        update(LEASES)
        .where(LEASES.c.token == token, LEASES.c.expires_at > database.now)
        .values(expires_at=database.now + length)
    )
    return renewed.rowcount == 1


def _described(database: Database) -> Select[*tuple[Any, ...]]:
    return select(LEASES, (LEASES.c.expires_at - database.now).label("expires_in"))


def _held(row: Row[*tuple[Any, ...]]) -> Held:
    return Held(
        scope=Scope(row.base_url, row.account, row.stack),
        holder=Holder(row.run_id, row.actor, row.host, row.pid, row.run_url),
        since=datetime.fromtimestamp(row.acquired_at, UTC),
        token=row.token,
        expires_in=row.expires_in,
    )
