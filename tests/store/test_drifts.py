"""What `drift` remembers, in real databases."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from faxops.store.database import DRIFTS, NOTICES, Database
from faxops.store.drifts import Drift, Drifts, Notice
from faxops.store.lock import Scope

pytestmark = pytest.mark.slow

SCOPE = Scope("https://api.telnyx.com/v2", "6a09cdc3", "clinic-prod")
URL = Drift("fax_application.intake", "42", "webhook_event_url", "a" * 64)
LIMIT = replace(URL, path="inbound.channel_limit", digest="b" * 64)
LONG_AGO = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def seen(drifts: Drifts, *found: Drift, scope: Scope = SCOPE) -> dict[Drift, datetime]:
    return dict(asyncio.run(drifts.first_seen(scope, found)))


def age(drifts: Drifts) -> None:
    """Let everything that is known be from long ago."""
    with drifts.database.transaction() as connection:
        connection.execute(update(DRIFTS).values(first_seen=LONG_AGO.timestamp()))


@pytest.fixture
def drifts(url: str) -> Drifts:
    return Drifts(Database(url, create=True))


def test_a_drift_keeps_the_moment_that_it_was_first_seen_at(drifts: Drifts) -> None:
    began = seen(drifts, URL)[URL]
    assert abs(began - datetime.now(UTC)) < timedelta(minutes=1)
    age(drifts)
    again = seen(drifts, URL, LIMIT)
    assert again[URL] == LONG_AGO
    assert again[LIMIT] >= began


def test_another_difference_of_the_same_field_is_a_new_one(drifts: Drifts) -> None:
    seen(drifts, URL)
    age(drifts)
    other = replace(URL, digest="c" * 64)
    assert seen(drifts, other)[other] > LONG_AGO


def test_what_is_gone_is_forgotten_and_may_come_again(drifts: Drifts) -> None:
    seen(drifts, URL)
    age(drifts)
    assert seen(drifts) == {}
    assert seen(drifts, URL)[URL] > LONG_AGO


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(SCOPE, stack="clinic-staging"), id="stack"),
        pytest.param(replace(SCOPE, account=""), id="account"),
        pytest.param(replace(SCOPE, base_url="http://127.0.0.1:1"), id="API"),
    ],
)
def test_scopes_know_nothing_of_each_other(drifts: Drifts, other: Scope) -> None:
    seen(drifts, URL)
    age(drifts)
    assert seen(drifts, URL, scope=other)[URL] > LONG_AGO
    assert seen(drifts, scope=other) == {}
    assert seen(drifts, URL)[URL] == LONG_AGO


def test_two_runs_that_meet_agree(drifts: Drifts) -> None:
    async def both() -> list[dict[Drift, datetime]]:
        runs = [drifts.first_seen(SCOPE, (URL, LIMIT)) for _ in range(4)]
        return [dict(each) for each in await asyncio.gather(*runs)]

    first, *others = asyncio.run(both())
    assert others == [first] * 3


def test_a_notice_is_of_the_first_subject_that_has_one(drifts: Drifts) -> None:
    async def go() -> list[Notice | None]:
        api = SCOPE.base_url
        told: list[Notice | None] = [await drifts.last_notice(api, ["place", "stack"])]
        await drifts.keep_notice(api, ["place", "stack"], "in sync")
        told.append(await drifts.last_notice(api, ["place", "stack"]))
        await drifts.keep_notice(api, ["place"], "failed 3")
        told.append(await drifts.last_notice(api, ["place", "stack"]))
        await drifts.keep_notice(api, ["place", "stack"], "differs")
        told.append(await drifts.last_notice(api, ["place"]))
        told.append(await drifts.last_notice(api, ["stack"]))
        told.append(await drifts.last_notice("http://127.0.0.1:1", ["stack"]))
        return told

    found = asyncio.run(go())
    assert [each and each.state for each in found] == [
        None,
        "in sync",
        "failed 3",
        None,
        "differs",
        None,
    ]
    assert found[4] is not None
    assert timedelta(0) <= found[4].age < timedelta(minutes=1)


def test_a_store_of_an_older_version_gets_the_tables_that_it_lacks(url: str) -> None:
    database = Database(url, create=True)
    with database.transaction() as connection:
        DRIFTS.drop(connection)
        NOTICES.drop(connection)
    again = Database(url, create=True)
    again.add_missing_tables()
    assert set(seen(Drifts(again), URL)) == {URL}
