"""An emulator in process as tests see it: plain calls, no waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.behaviours import Behaviours
from faxops.emulator.scenario import Scenario, parse_scenario
from faxops.emulator.seed import parse_seed
from faxops.emulator.transport import EmulatorTransport

START = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
URL = "https://hooks.clinic.example/fax"
MINIMAL: Mapping[str, Any] = {"application_name": "Intake", "webhook_event_url": URL}


@dataclass
class StillClock:
    """Time that moves only when somebody sleeps, or when a test moves it."""

    moved: float = 0.0
    naps: list[float] = field(default_factory=list[float])

    def now(self) -> datetime:
        return START + timedelta(seconds=self.moved)

    def monotonic(self) -> float:
        return self.moved

    async def sleep(self, seconds: float) -> None:
        self.naps.append(seconds)
        self.moved += seconds


class Account:
    """An emulator with a client; every call is one request, answered before it returns."""

    def __init__(
        self,
        *,
        behaviours: Mapping[str, str] | None = None,
        rules: Sequence[Mapping[str, Any]] = (),
        seed: Mapping[str, Any] | None = None,
        database: Path | None = None,
        accepted_key: str | None = None,
    ) -> None:
        self.clock = StillClock()
        scenario = parse_scenario({"rules": list(rules)})
        self.emulator = create_emulator(
            EmulatorSettings(
                clock=self.clock,
                database=database,
                seed=parse_seed(seed or {}),
                scenario=Scenario(Behaviours(**behaviours or {}), scenario.rules),  # pyright: ignore[reportArgumentType] - texts of a table
                key=accepted_key,
            )
        )

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: object = None,
        content: bytes | None = None,
        params: Mapping[str, str | int] | None = None,
    ) -> httpx.Response:
        """Send one request, with a key unless headers are given."""

        async def send() -> httpx.Response:
            transport = EmulatorTransport(self.emulator)
            async with httpx.AsyncClient(
                transport=transport, base_url="http://emulator/v2", timeout=30, trust_env=False
            ) as client:
                return await client.request(
                    method,
                    path,
                    headers={"authorization": "Bearer KEY-one"} if headers is None else headers,
                    json=json,
                    content=content,
                    params=params,
                )

        return asyncio.run(send())

    def get(self, path: str, **query: str | int) -> httpx.Response:
        """GET; underscores stay, so pass bracketed names as `**{"page[size]": 5}`."""
        return self.request("GET", path, params=query)

    def post(self, body: Mapping[str, Any]) -> httpx.Response:
        """POST /fax_applications."""
        return self.request("POST", "/fax_applications", json=body)

    def patch(self, path: str, body: Mapping[str, Any]) -> httpx.Response:
        """PATCH."""
        return self.request("PATCH", path, json=body)

    def delete(self, path: str) -> httpx.Response:
        """DELETE."""
        return self.request("DELETE", path)

    def made(self, **fields: object) -> dict[str, Any]:
        """A new application as its 201 shows it."""
        reply = self.post({**MINIMAL, **fields})
        assert reply.status_code == 201, reply.text
        return reply.json()["data"]

    def read(self, object_id: str) -> dict[str, Any]:
        """An application as its GET shows it."""
        reply = self.get(f"/fax_applications/{object_id}")
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]

    def names(self, **query: str | int) -> list[str]:
        """The names of one page of a listing, oldest first unless `sort` is given."""
        reply = self.get("/fax_applications", **{"sort": "created_at", **query})
        assert reply.status_code == 200, reply.text
        return [each["application_name"] for each in reply.json()["data"]]


def problem(reply: httpx.Response) -> tuple[int, str, str]:
    """Status, code and place (pointer or parameter) of a reply's first error."""
    entry = reply.json()["errors"][0]
    source = entry.get("source", {})
    return reply.status_code, entry["code"], source.get("pointer") or source.get("parameter", "")
