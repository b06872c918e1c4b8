"""Leases in real databases, on a clock that the test moves."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from faxops.errors import ExitCode, Locked, StoreFailed
from faxops.store import database as database_module
from faxops.store.database import LEASES, Database
from faxops.store.leases import DatabaseLock, Terms, leases, unlock
from faxops.store.lock import Holder, Scope
from tests.real_parts import real_part
from tests.store.hand_clock import HandClock, until
from tests.store.postgres import HOW_TO_GET, Server, programs

pytestmark = pytest.mark.slow

SCOPE = Scope("https://api.telnyx.com/v2", "6a09cdc3", "clinic-prod")
HOLDER = Holder("run-1", "deploy", "ci-7", 4242, "https://ci.example/run/1")
OTHER = replace(HOLDER, run_id="run-2", host="ci-8", run_url="https://ci.example/run/2")

Tell = Callable[[str], None]


def expire(database: Database) -> None:
    """Make every lease run out now, by the database's own clock."""
    with database.transaction() as connection:
        connection.execute(update(LEASES).values(expires_at=database.now))


def expires_in(database: Database) -> float:
    (held,) = leases(database)
    assert held.expires_in is not None
    return held.expires_in


def test_postgresql_is_among_the_tested_databases() -> None:
    there = programs() is not None
    assert real_part("PostgreSQL", found=there, how_to_get=HOW_TO_GET) is there


def test_a_lease_lasts_as_long_as_its_terms_say(url: str, clock: HandClock, tell: Tell) -> None:
    database = Database(url, create=True)

    async def go() -> None:
        async with DatabaseLock(database, clock, tell).hold(SCOPE, HOLDER, patience=0) as lease:
            assert lease.check() == ""
            (held,) = leases(database)
            assert held.holder == HOLDER
            assert held.scope == SCOPE
            assert held.token == lease.token
            assert 55 < (held.expires_in or 0) <= 60
            assert abs((datetime.now(UTC) - held.since).total_seconds()) < 5
        assert leases(database) == ()

    asyncio.run(go())


def test_a_second_run_is_locked_out_and_told_by_whom(
    url: str, clock: HandClock, tell: Tell
) -> None:
    database = Database(url, create=True)

    async def go() -> None:
        lock = DatabaseLock(database, clock, tell)
        async with lock.hold(SCOPE, HOLDER, patience=0) as lease:
            with pytest.raises(Locked) as locked:
                async with lock.hold(SCOPE, OTHER, patience=0):
                    pass
            assert locked.value.exit_code is ExitCode.LOCKED
            since = leases(database)[0].since.isoformat(sep=" ", timespec="seconds")
            assert locked.value.message == (
                f"The stack clinic-prod is locked by deploy on ci-7 (pid 4242) since {since},"
                " run https://ci.example/run/1."
            )
            assert f"faxops unlock --token {lease.token}" in locked.value.hint

    asyncio.run(go())


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(SCOPE, stack="clinic-staging"), id="another-stack"),
        pytest.param(replace(SCOPE, account="7b10"), id="another-account"),
        pytest.param(replace(SCOPE, base_url="http://localhost"), id="another-api"),
    ],
)
def test_what_is_not_the_same_does_not_exclude_each_other(
    url: str, clock: HandClock, tell: Tell, other: Scope
) -> None:
    async def go() -> None:
        lock = DatabaseLock(Database(url, create=True), clock, tell)
        async with (
            lock.hold(SCOPE, HOLDER, patience=0) as lease,
            lock.hold(other, OTHER, patience=0) as another,
        ):
            assert lease.check() == another.check() == ""

    asyncio.run(go())


def test_tokens_grow_over_all_scopes_and_reopened_stores(
    url: str, clock: HandClock, tell: Tell
) -> None:
    tokens: list[int | None] = []

    async def go() -> None:
        for index in range(6):
            scope = replace(SCOPE, stack=f"stack-{index % 2}")
            lock = DatabaseLock(Database(url, create=True), clock, tell)
            async with lock.hold(scope, HOLDER, patience=0) as lease:
                tokens.append(lease.token)

    asyncio.run(go())
    numbers = [token for token in tokens if token is not None]
    assert len(set(numbers)) == 6
    assert numbers == sorted(numbers)


def test_a_lease_that_ran_out_by_the_databases_clock_is_free_for_others(
    url: str, clock: HandClock, tell: Tell
) -> None:
    database = Database(url, create=True)

    async def go() -> None:
        lock = DatabaseLock(database, clock, tell)
        async with lock.hold(SCOPE, HOLDER, patience=0) as old:
            expire(database)
            async with lock.hold(SCOPE, OTHER, patience=0) as new:
                assert (new.token or 0) > (old.token or 0)
                assert [held.holder for held in leases(database)] == [OTHER]

    asyncio.run(go())


def test_the_holder_of_a_lease_that_ran_out_takes_nobody_elses_away(
    url: str, clock: HandClock, tell: Tell, told: list[str]
) -> None:
    database = Database(url, create=True)

    async def go() -> None:
        lock, others = (DatabaseLock(database, each, tell) for each in (clock, HandClock()))
        async with others.hold(replace(SCOPE, stack="b"), OTHER, patience=0):
            async with lock.hold(SCOPE, HOLDER, patience=0) as lease:
                await clock.until_someone_sleeps()
                expire(database)
                async with others.hold(SCOPE, OTHER, patience=0) as new:
                    clock.advance(20)
                    await until(lambda: lease.check() != "")
                    assert "lost" in lease.check()
                    assert new.check() == ""
            # Giving the old one back left the new one... which its own block has given back.
            assert [held.scope.stack for held in leases(database)] == ["b"]

    asyncio.run(go())
    (line,) = told
    assert line == (
        "Nothing more is sent: the lock was lost: it had run out, or was removed with"
        " `faxops unlock`."
    )


def test_a_lease_that_ran_out_is_not_renewed_though_nobody_took_it(
    url: str, clock: HandClock, tell: Tell
) -> None:
    database = Database(url, create=True)

    async def go() -> None:
        async with DatabaseLock(database, clock, tell).hold(SCOPE, HOLDER, patience=0) as lease:
            await clock.until_someone_sleeps()
            expire(database)
            clock.advance(20)
            await until(lambda: "lost" in lease.check())
            assert expires_in(database) <= 0

    asyncio.run(go())


def test_it_is_renewed_when_a_third_has_passed(url: str, clock: HandClock, tell: Tell) -> None:
    database = Database(url, create=True)

    async def go() -> None:
        async with DatabaseLock(database, clock, tell).hold(SCOPE, HOLDER, patience=0) as lease:
            for _ in range(4):
                await clock.until_someone_sleeps()
                shorten(database, to=30)
                clock.advance(19.9)
                assert expires_in(database) <= 30
                clock.advance(0.1)
                await clock.until_someone_sleeps()
                assert expires_in(database) > 55
                assert lease.check() == ""

    asyncio.run(go())


def shorten(database: Database, *, to: float) -> None:
    """As if time had passed in the database."""
    with database.transaction() as connection:
        connection.execute(update(LEASES).values(expires_at=database.now + to))


class Slow(Database):
    """A database whose answers take half a lease."""

    clock: HandClock

    async def run(self, work: Callable[[Connection], Any]) -> Any:  # noqa: ANN401 - as its base
        result = await super().run(work)
        self.clock.advance(30)
        return result


def test_the_time_counts_from_before_the_database_was_asked(
    url: str, clock: HandClock, tell: Tell
) -> None:
    database = Slow(url, create=True)
    database.clock = clock

    async def go() -> None:
        async with DatabaseLock(database, clock, tell).hold(SCOPE, HOLDER, patience=0) as lease:
            assert clock.monotonic() == 30
            assert lease.check() == ""
            clock.advance(20)
            assert lease.check() == ""
            clock.advance(0.1)
            assert lease.check() == "the lock could not be renewed in time"

    asyncio.run(go())


def test_a_process_that_slept_through_its_lease_knows_before_it_can_ask(
    url: str, clock: HandClock, tell: Tell
) -> None:
    async def go() -> None:
        lock = DatabaseLock(Database(url, create=True), clock, tell)
        async with lock.hold(SCOPE, HOLDER, patience=0) as lease:
            await clock.until_someone_sleeps()
            clock.advance(3600)
            assert lease.check() == "the lock could not be renewed in time"

    asyncio.run(go())


def test_terms_say_how_much_must_be_left(url: str, clock: HandClock, tell: Tell) -> None:
    async def go() -> None:
        lock = DatabaseLock(Database(url, create=True), clock, tell, Terms(length=6, margin=5))
        async with lock.hold(SCOPE, HOLDER, patience=0) as lease:
            clock.advance(1)
            assert lease.check() == ""
            clock.advance(0.1)
            assert lease.check() != ""

    asyncio.run(go())


def test_who_waits_gets_the_lock_when_it_is_free(
    url: str, clock: HandClock, tell: Tell, told: list[str]
) -> None:
    lock = DatabaseLock(Database(url, create=True), HandClock(), tell)
    waiting = replace(lock, clock=clock)
    order: list[str] = []

    async def wait() -> None:
        async with waiting.hold(SCOPE, OTHER, patience=5):
            order.append("taken")

    async def go() -> None:
        async with lock.hold(SCOPE, HOLDER, patience=0):
            waiter = asyncio.create_task(wait())
            await clock.until_someone_sleeps()
            clock.advance(1)
            await clock.until_someone_sleeps()
            order.append("released")
        clock.advance(1)
        await waiter

    asyncio.run(go())
    assert order == ["released", "taken"]
    assert [line.split(",")[0] for line in told] == [
        "Waiting for the lock of the stack clinic-prod"
    ]


def test_who_waited_in_vain_is_locked_out(url: str, clock: HandClock, tell: Tell) -> None:
    lock = DatabaseLock(Database(url, create=True), HandClock(), tell)

    async def wait() -> None:
        async with replace(lock, clock=clock).hold(SCOPE, OTHER, patience=1.5):
            pass

    async def go() -> None:
        async with lock.hold(SCOPE, HOLDER, patience=0):
            waiter = asyncio.create_task(wait())
            for seconds in (1, 0.5):
                await clock.until_someone_sleeps()
                clock.advance(seconds)
            with pytest.raises(Locked):
                await waiter

    asyncio.run(go())


def test_of_many_at_once_only_one_holds_it(url: str, tell: Tell) -> None:
    database = Database(url, create=True)
    clock = HandClock()
    lock = DatabaseLock(database, clock, tell)
    won: list[int | None] = []
    lost: list[Locked] = []

    async def contend(end: asyncio.Event) -> None:
        try:
            async with lock.hold(SCOPE, HOLDER, patience=0) as lease:
                won.append(lease.token)
                await end.wait()
        except Locked as locked:
            lost.append(locked)

    async def go() -> None:
        end = asyncio.Event()
        contenders = [asyncio.create_task(contend(end)) for _ in range(12)]
        await until(lambda: len(won) + len(lost) == 12)
        end.set()
        await asyncio.gather(*contenders)

    asyncio.run(go())
    assert len(won) == 1


def test_unlock_removes_the_lease_of_this_token_alone(
    url: str, clock: HandClock, tell: Tell
) -> None:
    database = Database(url, create=True)

    async def go() -> None:
        lock = DatabaseLock(database, clock, tell)
        async with (
            lock.hold(SCOPE, HOLDER, patience=0) as lease,
            lock.hold(replace(SCOPE, stack="b"), OTHER, patience=0) as another,
        ):
            token = lease.token or 0
            assert unlock(database, token + 1000) is None
            assert len(leases(database)) == 2
            removed = unlock(database, token)
            assert removed is not None
            assert removed.holder == HOLDER
            assert [held.token for held in leases(database)] == [another.token]
            async with lock.hold(SCOPE, OTHER, patience=0) as next_one:
                assert (next_one.token or 0) > token

    asyncio.run(go())


def test_a_lease_is_given_back_when_its_block_fails(url: str, clock: HandClock, tell: Tell) -> None:
    database = Database(url, create=True)

    async def go() -> None:
        async with DatabaseLock(database, clock, tell).hold(SCOPE, HOLDER, patience=0):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        asyncio.run(go())
    assert leases(database) == ()


if programs():

    def test_a_server_that_goes_away_stops_the_sending_and_one_that_returns_goes_on(
        postgres: Server, clock: HandClock, tell: Tell, told: list[str]
    ) -> None:
        database = Database(postgres.new_database(), create=True)

        async def go() -> None:
            async with DatabaseLock(database, clock, tell).hold(SCOPE, HOLDER, patience=0) as lease:
                await clock.until_someone_sleeps()
                postgres.stop()
                clock.advance(20)
                await clock.until_someone_sleeps()
                assert lease.check() == ""
                clock.advance(30.1)
                assert lease.check() == "the lock could not be renewed in time"
                postgres.start()
                await clock.until_someone_sleeps()
                clock.advance(5)
                await until(lambda: lease.check() == "")

        asyncio.run(go())
        assert told
        assert all(line.startswith("The lock could not be renewed: The store ") for line in told)

    def test_a_lease_that_cannot_be_given_back_is_told_and_raises_nothing(
        postgres: Server, clock: HandClock, tell: Tell, told: list[str]
    ) -> None:
        database = Database(postgres.new_database(), create=True)

        async def go() -> None:
            async with DatabaseLock(database, clock, tell).hold(SCOPE, HOLDER, patience=0):
                postgres.stop()

        try:
            asyncio.run(go())
        finally:
            postgres.start()
        assert len(told) == 1
        assert "could not be given back and ends within 60 s" in told[0]

    def test_a_server_that_hangs_is_given_up(
        postgres: Server, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        database = Database(postgres.new_database(), create=True)
        monkeypatch.setattr(database_module, "PATIENCE_SECONDS", 0.3)
        os.kill(postgres.pid, signal.SIGSTOP)
        try:
            with pytest.raises(StoreFailed, match="did not answer within"):
                asyncio.run(database.run(lambda connection: connection.execute(select(LEASES))))
        finally:
            os.kill(postgres.pid, signal.SIGCONT)
