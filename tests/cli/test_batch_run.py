"""A batch on virtual time: its pace, when it stops, and what a resumed one does."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Callable, Generator, Sequence
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from faxops.cli.fax_batch import WORKERS, BatchRun
from faxops.cli.fax_table import BatchRow
from faxops.emulator.scenario import (
    EmptyList,
    Fault,
    Hang,
    LostAfter,
    LostBefore,
    Refused,
    Rule,
    Status,
)
from faxops.report.batch_document import RowResult
from faxops.report.sending_document import SendingOutcome
from faxops.store.fax_ledger import LedgerIdentity, open_ledger
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.faxes import Faxes
from faxops.telnyx.media_file import read_media_file
from tests.telnyx.fax_account import FaxAccount, a_request

SENT, FOUND, BEFORE = SendingOutcome.SENT, SendingOutcome.FOUND, SendingOutcome.ALREADY_SENT
FAILED, UNKNOWN = SendingOutcome.NOT_SENT, SendingOutcome.UNKNOWN
LEFT = SendingOutcome.NOT_ATTEMPTED

Wrap = Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport]


def row(number: int, **fields: Any) -> BatchRow:  # noqa: ANN401 - any field of a request
    to = f"+1312{5550000 + number}"
    return BatchRow(number, number + 1, a_request(to=to, **fields), "", "")


def rows(count: int) -> list[BatchRow]:
    return [row(number) for number in range(1, count + 1)]


def on_post(fault: Fault, *, after: int = 0, times: int | None = 1) -> Rule:
    return Rule(fault, "POST", "/faxes", after, times)


def on_list(fault: Fault, times: int | None = None) -> Rule:
    return Rule(fault, "GET", "/faxes", times=times)


class Batch:
    """One table, run after run, against one account."""

    def __init__(self, folder: Path, *rules: Rule, **settings: Any) -> None:  # noqa: ANN401 - as FaxAccount
        self.account = FaxAccount(*rules, **settings)
        self.path = folder / "results.ndjson"
        self.stopped = ""
        self._tokens = 0

    def run(
        self,
        table: Sequence[BatchRow],
        *,
        rate: float = 100.0,
        stop_after: float | None = None,
        wrap: Wrap = lambda way: way,
    ) -> list[SendingOutcome]:
        """What became of each row; a signal comes after so many seconds."""
        stop = asyncio.Event()
        identity = LedgerIdentity("4f3d", len(table), "http://emulator/v2", "7a1c")

        def prepare(client: TelnyxClient) -> None:
            client.stop_with(stop)

        async def signal() -> None:
            if stop_after is not None:
                await asyncio.sleep(stop_after)
                stop.set()

        async def work(faxes: Faxes) -> tuple[RowResult, ...]:
            signalling = asyncio.ensure_future(signal())
            with open_ledger(self.path, identity) as ledger:
                told: list[RowResult] = []
                clock = self.account.clock
                run = BatchRun(
                    faxes, table, ledger, clock, rate, self._token, str, stop, told.append
                )
                results, self.stopped = await run.run()
                signalling.cancel()
                return results

        return [each.outcome for each in self.account.run(work, wrap=wrap, prepare=prepare)]

    def states(self) -> list[str]:
        """The state of each line of the results file after its head."""
        lines = self.path.read_text().splitlines()[1:]
        return [json.loads(line)["state"] for line in lines]

    def posts(self) -> list[dict[str, Any]]:
        """The bodies of the faxes that were asked for."""
        return [json.loads(each.body) for each in self.account.requests("POST")]

    def _token(self) -> str:
        self._tokens += 1
        return f"token-{self._tokens}"


@pytest.fixture
def make(tmp_path: Path) -> Generator[Callable[..., Batch]]:
    """Batches whose accounts are let go of when the test ends."""
    made: list[Batch] = []

    def batch(*rules: Rule, **settings: Any) -> Batch:  # noqa: ANN401 - as FaxAccount
        made.append(Batch(tmp_path, *rules, **settings))
        return made[-1]

    yield batch
    for each in made:
        each.account.close()


Make = Callable[..., Batch]


def test_faxes_begin_no_faster_than_the_rate(make: Make) -> None:
    batch = make()
    assert batch.run(rows(5), rate=2) == [SENT] * 5
    moments = [datetime.fromisoformat(each.at) for each in batch.account.requests("POST")]
    gaps = [(b - a).total_seconds() for a, b in pairwise(moments)]
    assert gaps == pytest.approx([0.5] * 4, abs=0.01)


def test_no_more_than_a_few_are_under_way_at_once(make: Make) -> None:
    class Counting(httpx.AsyncBaseTransport):
        def __init__(self, way: httpx.AsyncBaseTransport) -> None:
            self.way = way

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            nonlocal now, most
            now += 1
            most = max(most, now)
            await asyncio.sleep(5)
            now -= 1
            return await self.way.handle_async_request(request)

    now = most = 0
    assert make().run(rows(30), wrap=Counting) == [SENT] * 30
    assert most == WORKERS


def test_each_row_has_a_client_state_of_its_own_written_down_before_it_is_sent(
    make: Make,
) -> None:
    class Looking(httpx.AsyncBaseTransport):
        def __init__(self, way: httpx.AsyncBaseTransport) -> None:
            self.way = way

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            state = json.loads(await request.aread())["client_state"]
            assert state in batch.path.read_text()
            states.append(state)
            return await self.way.handle_async_request(request)

    batch, states = make(), list[str]()
    assert batch.run(rows(9), wrap=Looking) == [SENT] * 9
    assert len(set(states)) == 9


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(LostAfter(), id="the answer was lost"),
        pytest.param(Status(502, acts=True, body="html"), id="a proxy failed"),
    ],
)
def test_a_row_that_was_sent_unheard_is_found(make: Make, fault: Fault) -> None:
    batch = make(on_post(fault, after=2))
    assert sorted(batch.run(rows(5))) == sorted([SENT] * 4 + [FOUND])
    assert len(batch.posts()) == 5


def test_a_row_that_is_not_found_is_unknown_and_sent_by_the_next_run_with_the_same_state(
    make: Make,
) -> None:
    batch = make(on_post(LostBefore()))
    assert batch.run(rows(1)) == [UNKNOWN]
    assert batch.states() == ["sending", "unknown"]
    before = len(batch.account.clock.waited)
    assert batch.run(rows(1)) == [SENT]
    assert batch.account.clock.waited[before:] == [1, 2, 4, 8, 16]
    first, second = batch.posts()
    assert first == second
    assert len(batch.account.faxes()) == 1


def test_a_row_that_was_unknown_and_is_found_is_not_sent_again(make: Make) -> None:
    batch = make(on_post(LostAfter()), on_list(EmptyList(), times=5))
    assert batch.run(rows(1)) == [UNKNOWN]
    assert batch.run(rows(1)) == [FOUND]
    assert len(batch.posts()) == 1
    assert batch.run(rows(1)) == [BEFORE]


def test_a_row_that_can_not_be_looked_for_stays_unknown(make: Make) -> None:
    batch = make(on_post(LostAfter()), on_list(Status(401), times=11))
    assert batch.run(rows(1)) == [UNKNOWN]
    assert batch.run(rows(1)) == [UNKNOWN]
    assert len(batch.posts()) == 1
    assert batch.run(rows(1)) == [FOUND]


def test_a_row_that_can_not_be_told_from_others_is_never_sent_again(make: Make) -> None:
    batch = make(on_post(LostAfter()), behaviours={"client_state_in_faxes": "absent"})
    for _ in range(3):
        assert batch.run(rows(1)) == [UNKNOWN]
    assert len(batch.posts()) == 1


def test_a_row_that_was_refused_is_tried_again_by_the_next_run(make: Make) -> None:
    batch = make(on_post(Status(422)))
    assert batch.run(rows(3)).count(FAILED) == 1
    assert sorted(batch.run(rows(3))) == sorted([SENT, BEFORE, BEFORE])
    assert batch.account.sent_to() == Counter(each.request.to for each in rows(3))


@pytest.mark.parametrize("status", [401, 403])
def test_a_key_that_may_not_send_stops_the_batch_at_once(make: Make, status: int) -> None:
    batch = make(on_post(Status(status), times=None))
    assert batch.run(rows(9), rate=2) == [FAILED] + [LEFT] * 8
    assert str(status) in batch.stopped


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        pytest.param(Refused(), FAILED, id="no connection"),
        pytest.param(Status(429), FAILED, id="rate limit"),
        pytest.param(Status(503), UNKNOWN, id="server failure"),
    ],
)
def test_ten_failures_in_a_row_stop_the_batch(
    make: Make, fault: Fault, outcome: SendingOutcome
) -> None:
    batch = make(on_post(fault, times=None))
    results = batch.run(rows(40))
    assert results.count(outcome) in range(10, 10 + WORKERS)
    assert results.count(LEFT) == 40 - results.count(outcome)
    assert "10 faxes in a row failed" in batch.stopped


def test_failures_with_successes_between_them_do_not_stop_it(make: Make) -> None:
    refused = [on_post(Refused(), after=after, times=5) for after in range(1, 60, 6)]
    batch = make(*refused)
    results = batch.run(rows(30), rate=0.02)
    assert set(results) == {SENT, FAILED}


def test_a_signal_lets_those_under_way_end(make: Make) -> None:
    batch = make(on_post(Hang(3), after=2))
    assert batch.run(rows(9), rate=1, stop_after=2.5) == [SENT] * 3 + [LEFT] * 6
    assert batch.stopped == "the run was interrupted."


def test_a_signal_makes_those_that_do_not_end_unknown(make: Make) -> None:
    batch = make(on_post(Hang(25), after=2))
    assert batch.run(rows(9), rate=1, stop_after=2.5) == [SENT, SENT, UNKNOWN] + [LEFT] * 6
    assert batch.states()[-1] == "unknown"
    assert batch.run(rows(9)) == [BEFORE, BEFORE, FOUND] + [SENT] * 6
    assert batch.account.sent_to() == Counter(each.request.to for each in rows(9))


def test_a_signal_while_a_row_is_looked_for_leaves_it_unknown(make: Make) -> None:
    batch = make(on_post(LostBefore()))
    assert batch.run(rows(1)) == [UNKNOWN]
    assert batch.run(rows(1), stop_after=3) == [UNKNOWN]
    assert len(batch.posts()) == 1
    assert batch.run(rows(1)) == [SENT]


def test_a_file_that_changed_since_it_was_checked_is_not_sent(make: Make, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear doctor")
    request = a_request(file=str(letter))
    table = [BatchRow(1, 2, request, "", read_media_file(letter).digest)]
    letter.write_text("Dear nurse")
    batch = make()
    assert batch.run(table) == [FAILED]
    assert batch.account.requests() == []
    letter.write_text("Dear doctor")
    assert batch.run(table) == [SENT]


def test_an_upload_whose_client_state_the_api_drops_is_never_sent_again(
    make: Make, tmp_path: Path
) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear doctor")
    digest = read_media_file(letter).digest
    table = [BatchRow(1, 2, a_request(file=str(letter)), "", digest)]
    batch = make(on_post(LostAfter()), behaviours={"form_fields": "documented"})
    for _ in range(3):
        assert batch.run(table) == [UNKNOWN]
    assert len(batch.account.faxes()) == 1


def test_a_full_disk_stops_the_sending(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    class Filling(httpx.AsyncBaseTransport):
        def __init__(self, way: httpx.AsyncBaseTransport) -> None:
            self.way = way
            self.seen = 0

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            self.seen += 1
            if self.seen == 3:
                monkeypatch.setattr("os.fsync", full)
            return await self.way.handle_async_request(request)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    batch = make()
    results = batch.run(rows(9), rate=1, wrap=Filling)
    assert results == [SENT] * 3 + [LEFT] * 6
    assert "No space left" in batch.stopped
    monkeypatch.undo()
    assert batch.run(rows(9)) == [BEFORE, BEFORE, FOUND] + [SENT] * 6
    assert batch.account.sent_to() == Counter(each.request.to for each in rows(9))
