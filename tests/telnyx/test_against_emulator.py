"""The client and the emulator were written apart from each other; here they meet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.scenario import LostAfter, LostBefore, RateLimit, Rule, Scenario
from faxops.emulator.transport import EmulatorTransport
from faxops.errors import (
    ApiError,
    AuthenticationFailed,
    RequestRejected,
    Unreachable,
)
from faxops.model.fax_application import FAX_APPLICATION
from faxops.telnyx.account import organization_id
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.provider import TelnyxProvider
from tests.telnyx.virtual import KEY, LoopClock, Result, run_virtual, seeded


def emulated(
    work: Callable[[TelnyxClient], Awaitable[Result]],
    *rules: Rule,
    key: str | None = None,
) -> Result:
    """What `work` gets from an empty emulated account that behaves by `rules`."""

    async def run() -> Result:
        clock = LoopClock()
        settings = EmulatorSettings(clock=clock, key=key, scenario=Scenario(rules=rules))
        emulator = create_emulator(settings)
        client = TelnyxClient(
            base_url="http://emulator/v2",
            api_key=KEY,
            clock=clock,
            random=seeded(1),
            transport=EmulatorTransport(emulator),
        )
        try:
            async with client:
                return await work(client)
        finally:
            emulator.close()

    return run_virtual(run())


def payload(number: int) -> dict[str, object]:
    return {
        "application_name": f"Clinic {number}",
        "webhook_event_url": "https://hooks.clinic.example/fax",
        "tags": [f"faxops.clinic.key-{number}"],
    }


async def create_many(client: TelnyxClient, count: int) -> None:
    provider = TelnyxProvider(client)

    async def worker(numbers: Iterator[int]) -> None:
        for number in numbers:
            await provider.create(FAX_APPLICATION, payload(number))

    numbers = iter(range(count))
    await asyncio.gather(*(worker(numbers) for _ in range(client.parallelism)))


def test_an_application_is_created_read_changed_and_deleted() -> None:
    async def work(client: TelnyxClient) -> None:
        provider = TelnyxProvider(client)
        created = await provider.create(FAX_APPLICATION, payload(1))
        assert await provider.get(FAX_APPLICATION, created.id) == created
        changed = payload(1) | {"active": False}
        updated = await provider.update(FAX_APPLICATION, created.id, changed)
        assert updated.values["active"] is False
        assert updated.marks == created.marks
        assert await provider.list(FAX_APPLICATION) == (updated,)
        assert await provider.attached_numbers(created.id) == ()
        await provider.delete(FAX_APPLICATION, created.id)
        await provider.delete(FAX_APPLICATION, created.id)
        assert await provider.get(FAX_APPLICATION, created.id) is None
        assert await provider.list(FAX_APPLICATION) == ()

    emulated(work)


def test_an_account_of_several_pages_is_read_whole_with_one_request_a_page() -> None:
    async def work(client: TelnyxClient) -> None:
        await create_many(client, 600)
        client.requests.clear()
        live = await TelnyxProvider(client).list(FAX_APPLICATION)
        assert len({each.id for each in live}) == 600
        assert client.requests == {("GET", 200): 3}

    emulated(work)


def test_the_account_names_its_organization() -> None:
    assert emulated(organization_id) == EmulatorSettings(clock=LoopClock()).organization_id


def test_a_wrong_key_is_named_as_such() -> None:
    with pytest.raises(AuthenticationFailed) as caught:
        emulated(organization_id, key="another key")
    assert caught.value.problems
    assert caught.value.request_id


def test_a_rejection_names_the_field() -> None:
    async def work(client: TelnyxClient) -> None:
        await TelnyxProvider(client).create(FAX_APPLICATION, {"application_name": "x"})

    with pytest.raises(RequestRejected, match="webhook_event_url") as caught:
        emulated(work)
    assert caught.value.processed == "no"


@pytest.mark.parametrize(
    ("fault", "exists"),
    [(LostBefore(), False), (LostAfter(), True)],
    ids=["lost-before-it-was-done", "lost-after-it-was-done"],
)
def test_a_create_whose_reply_is_lost_is_sent_once_and_ambiguous(
    fault: LostBefore | LostAfter, *, exists: bool
) -> None:
    async def work(client: TelnyxClient) -> tuple[ApiError, int]:
        provider = TelnyxProvider(client)
        with pytest.raises(Unreachable) as caught:
            await provider.create(FAX_APPLICATION, payload(1))
        return caught.value, len(await provider.list(FAX_APPLICATION))

    error, found = emulated(work, Rule(fault, method="POST"))
    assert error.processed == "maybe"
    assert found == int(exists)


def test_a_delete_whose_reply_is_lost_is_done_at_the_second_try() -> None:
    async def work(client: TelnyxClient) -> int:
        provider = TelnyxProvider(client)
        created = await provider.create(FAX_APPLICATION, payload(1))
        await provider.delete(FAX_APPLICATION, created.id)
        return len(await provider.list(FAX_APPLICATION))

    assert emulated(work, Rule(LostAfter(), method="DELETE", times=1)) == 0


@pytest.mark.parametrize(
    "limit",
    [
        RateLimit(50),
        RateLimit(50, retry_after="date"),
        RateLimit(50, retry_after="none"),
        RateLimit(500, seconds=10, reset="epoch"),
    ],
    ids=["seconds", "date", "headers-alone", "epoch"],
)
def test_300_creates_under_a_rate_limit_are_near_ideal(limit: RateLimit) -> None:
    async def work(client: TelnyxClient) -> float:
        await create_many(client, 300)
        refused = client.requests["POST", 429]
        assert refused <= 0.1 * client.requests.total()
        seconds = client.clock.monotonic()
        assert len(await TelnyxProvider(client).list(FAX_APPLICATION)) == 300
        return seconds

    assert emulated(work, Rule(limit, method="POST")) <= 1.25 * 300 / 50
