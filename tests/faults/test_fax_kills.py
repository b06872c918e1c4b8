"""A batch that is killed again and again sends each row once (docs/reliability.md)."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path
from random import Random

import httpx
import pytest

from faxops.cli.fax_batch import BatchRun
from faxops.cli.fax_table import BatchRow
from faxops.report.batch_document import RowResult
from faxops.report.sending_document import SendingOutcome
from faxops.store.fax_ledger import LedgerIdentity, RowState, open_ledger
from faxops.telnyx.faxes import Faxes
from tests.faults.fax_network import Killed, Network
from tests.telnyx.fax_account import FaxAccount, a_request

ROWS = 1000
KILLS = 50
RATE = 100.0
IDENTITY = LedgerIdentity("4f3d", ROWS, "http://emulator/v2", "7a1c")


def rows(count: int) -> tuple[BatchRow, ...]:
    """That many faxes, each to a number of its own."""
    return tuple(
        BatchRow(number, number + 1, a_request(to=f"+1312{5550000 + number}"), "", "")
        for number in range(1, count + 1)
    )


class Killing:
    """One batch, run after run."""

    def __init__(self, path: Path, seed: int) -> None:
        self.account = FaxAccount()
        self.path = path
        self.batch = rows(ROWS)
        self.strays: list[httpx.Request] = []
        self._random = Random(seed)  # noqa: S311 - the moments of the kills
        self._tokens = 0
        self._kept = b""

    def run_until_killed(self) -> bool:
        """Run until a random request of it. False if the run ended before that."""
        number = self._random.randint(1, 30)
        try:
            self._run(number)
        except Killed:
            # What a dying run still wrote is not on the disk of one that was killed.
            self.path.write_bytes(self._torn(self._kept))
            return True
        return False

    def run_to_the_end(self) -> tuple[RowResult, ...]:
        """Run without being killed."""
        return self._run(0)

    def _run(self, number: int) -> tuple[RowResult, ...]:
        networks: list[Network] = []

        def wrap(way: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
            moment = self._random.choice(("before", "after"))
            networks.append(
                Network(
                    way,
                    self._random,
                    number=number,
                    moment=moment,
                    strays=self.strays,
                    dying=self._remember,
                )
            )
            return networks[0]

        async def work(faxes: Faxes) -> tuple[RowResult, ...]:
            with open_ledger(self.path, IDENTITY) as ledger:
                stop, told = asyncio.Event(), list[RowResult]()
                clock = self.account.clock
                run = BatchRun(
                    faxes, self.batch, ledger, clock, RATE, self._token, str, stop, told.append
                )
                results, stopped = await run.run()
                assert stopped == ""
                return results

        try:
            return self.account.run(work, wrap=wrap)
        finally:
            self.strays = [each for each in networks[0].on_their_way if each.method == "POST"]

    def _remember(self) -> None:
        self._kept = self.path.read_bytes()

    def _torn(self, content: bytes) -> bytes:
        """Sometimes with the beginning of a line at its end, whose writing the kill cut short."""
        line = b'{"row": 1, "state": "sending", "client_state": "ZmF4b3BzIA=="}'
        return content + line[: self._random.choice((0, 0, 1, 20, 50))]

    def _token(self) -> str:
        self._tokens += 1
        return f"token-{self._tokens}"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_a_batch_of_1000_rows_killed_50_times_sends_each_row_once(
    tmp_path: Path, seed: int
) -> None:
    batch = Killing(tmp_path / "results.ndjson", seed)
    killed = sum(batch.run_until_killed() for _ in range(KILLS))
    assert killed == KILLS
    assert 0 < len(batch.account.faxes()) < ROWS

    results = batch.run_to_the_end()

    assert batch.account.sent_to() == Counter(row.request.to for row in batch.batch)
    ids = {fax["to"]: fax["id"] for fax in batch.account.faxes()}
    assert {each.to: each.fax_id for each in results} == ids
    assert {each.outcome for each in results} <= {
        SendingOutcome.SENT,
        SendingOutcome.FOUND,
        SendingOutcome.ALREADY_SENT,
    }
    with open_ledger(batch.path, IDENTITY) as ledger:
        assert {entry.state for entry in ledger.entries.values()} == {RowState.SENT}
    posts = len(batch.account.requests("POST"))
    before = len(batch.account.requests())
    assert {each.outcome for each in batch.run_to_the_end()} == {SendingOutcome.ALREADY_SENT}
    assert len(batch.account.requests("POST")) == posts == ROWS
    assert len(batch.account.requests()) == before
    batch.account.close()
