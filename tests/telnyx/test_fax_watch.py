"""Following a fax: what is told, how often it is asked for, and when that ends."""

from __future__ import annotations

import httpx
import pytest

from faxops.errors import ObjectNotFound
from faxops.telnyx.fax_watch import follow
from faxops.telnyx.faxes import Faxes
from tests.telnyx.virtual import LoopClock, open_client, run_virtual

FAX = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0"


def followed(*statuses: str, limit_seconds: float = 900.0) -> tuple[list[str], list[float], float]:
    """The statuses told, the waits and the end, of a fax that shows `statuses`, the last for good.

    A status of digits is one of HTTP.
    """
    coming = list(statuses)
    clock = LoopClock()

    def answer(request: httpx.Request) -> httpx.Response:
        assert request.url.path == f"/v2/faxes/{FAX}"
        status = coming.pop(0) if len(coming) > 1 else coming[0]
        if status.isdigit():
            return httpx.Response(int(status), json={"errors": []})
        return httpx.Response(200, json={"data": {"id": FAX, "status": status}})

    async def watch() -> tuple[list[str], list[float], float]:
        async with open_client(answer, clock=clock) as client:
            seen = [
                fax.status
                async for fax in follow(Faxes(client), FAX, clock, limit_seconds=limit_seconds)
            ]
            return seen, clock.waited, clock.monotonic()

    return run_virtual(watch())


def test_each_change_is_told_once_and_the_end_ends_it() -> None:
    seen, waited, _ = followed("queued", "queued", "sending", "sending", "sending", "delivered")
    assert seen == ["queued", "sending", "delivered"]
    assert len(waited) == 5


@pytest.mark.parametrize("status", ["delivered", "received", "failed"])
def test_a_fax_at_its_end_is_told_without_waiting(status: str) -> None:
    assert followed(status) == ([status], [], 0.0)


def test_the_waits_grow_from_2_to_10_seconds() -> None:
    _, waited, _ = followed(*["sending"] * 7, "delivered")
    assert waited == [2.0, 3.0, 4.5, 6.75, 10.0, 10.0, 10.0]


def test_when_the_time_is_over_it_is_asked_for_once_more() -> None:
    seen, waited, end = followed("sending", limit_seconds=6.0)
    assert (seen, waited, end) == (["sending"], [2.0, 3.0, 1.0], 6.0)
    seen, _, _ = followed("sending", "sending", "sending", "delivered", limit_seconds=6.0)
    assert seen == ["sending", "delivered"]


def test_no_time_means_one_look() -> None:
    assert followed("sending", limit_seconds=0.0) == (["sending"], [], 0.0)


def test_a_server_that_is_down_for_a_moment_is_outlived() -> None:
    seen, _, _ = followed("sending", "503", "503", "delivered")
    assert seen == ["sending", "delivered"]


def test_a_status_that_nobody_knows_is_told_too() -> None:
    seen, _, _ = followed("paused", "delivered")
    assert seen == ["paused", "delivered"]


def test_a_fax_deleted_meanwhile_ends_it_in_its_error() -> None:
    with pytest.raises(ObjectNotFound, match=FAX):
        followed("sending", "404")
