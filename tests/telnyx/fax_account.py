"""An account with one fax application on the emulator, in process and on virtual time."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

import httpx

from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.behaviours import Behaviours
from faxops.emulator.fax_course import FaxSettings
from faxops.emulator.scenario import Rule, Scenario
from faxops.emulator.seed import Seed
from faxops.emulator.store import Record
from faxops.emulator.transport import EmulatorTransport
from faxops.model.fax_request import FaxRequest
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.faxes import Faxes
from tests.reconcile.account import BASE_URL, AccountClock
from tests.telnyx.virtual import KEY, run_virtual, seeded

Result = TypeVar("Result")
Work = Callable[[Faxes], Awaitable[Result]]

APPLICATION = "1293384261075731499"
FROM = "+13125790015"
TO = "+13127367276"
URL = "https://files.clinic.example/letter.pdf"
_PROFILE = "1293384261075731477"


def a_request(**fields: Any) -> FaxRequest:  # noqa: ANN401 - any field of a request
    """A request that the account would take, and only it."""
    given: dict[str, Any] = {"from_": FROM, "to": TO, "connection_id": APPLICATION}
    if not fields.keys() & {"media_name", "file"}:
        given["media_url"] = URL
    return FaxRequest(**{**given, **fields})


class FaxAccount:
    """Runs of faxops against it, and what it really holds and got asked."""

    def __init__(
        self,
        *rules: Rule,
        faxes: Sequence[Mapping[str, Any]] = (),
        behaviours: Mapping[str, Any] | None = None,
        step_seconds: float = 1,
    ) -> None:
        self.clock = AccountClock()
        application = {
            "id": APPLICATION,
            "application_name": "Intake",
            "webhook_event_url": "https://hooks.clinic.example/fax",
            "outbound": {"outbound_voice_profile_id": _PROFILE},
        }
        self.emulator = create_emulator(
            EmulatorSettings(
                clock=self.clock,
                seed=Seed(fax_applications=(application,), faxes=tuple(faxes)),
                scenario=Scenario(
                    behaviours=Behaviours(**(behaviours or {})),
                    rules=rules,
                    faxes=FaxSettings(step_seconds=step_seconds),
                ),
                key=KEY,
            )
        )

    def run(
        self,
        work: Work[Result],
        *,
        wrap: Callable[[httpx.AsyncBaseTransport], httpx.AsyncBaseTransport] = lambda way: way,
        prepare: Callable[[TelnyxClient], None] = lambda _: None,
    ) -> Result:
        """The result of `work`; time goes on from run to run, also after one that failed."""
        started = self.clock.passed

        async def connected() -> Result:
            async with TelnyxClient(
                base_url=BASE_URL,
                api_key=KEY,
                clock=self.clock,
                random=seeded(7),
                transport=wrap(EmulatorTransport(self.emulator)),
            ) as client:
                prepare(client)
                try:
                    return await work(Faxes(client))
                finally:
                    ended.append(self.clock.monotonic())

        ended = [started]
        try:
            return run_virtual(connected())
        finally:
            self.clock.passed = ended[-1]

    def requests(self, method: str = "") -> list[Record]:
        """Every request that came, or those of one method."""
        return [each for each in self.emulator.requests() if method in {"", each.method}]

    def faxes(self) -> list[dict[str, Any]]:
        """Every fax that the account holds."""
        return [json.loads(row.body) for row in self.emulator.content("fax")]

    def sent_to(self) -> Counter[str]:
        """How often each number was really sent to."""
        return Counter(fax["to"] for fax in self.faxes() if fax["direction"] == "outbound")

    def close(self) -> None:
        """Let go of the account."""
        self.emulator.close()
