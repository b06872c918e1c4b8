"""An emulator in process as tests see it: plain calls, no waiting."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.behaviours import Behaviours
from faxops.emulator.scenario import parse_scenario
from faxops.emulator.seed import parse_seed
from faxops.emulator.transport import EmulatorTransport
from faxops.emulator.world import EVENT

START = datetime(2026, 11, 24, 12, 0, 0, 250_000, tzinfo=UTC)
URL = "https://hooks.clinic.example/fax"
# A fax application that may send, in a seed, and a fax of it.
INTAKE: Mapping[str, Any] = {
    "id": "42",
    "application_name": "Intake",
    "webhook_event_url": URL,
    "outbound": {"outbound_voice_profile_id": "77"},
}
FAX: Mapping[str, Any] = {
    "connection_id": "42",
    "from": "+13125550100",
    "to": "+13125550101",
    "media_url": "https://files.clinic.example/a.pdf",
}
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
        faxes: Mapping[str, Any] | None = None,
        seed: Mapping[str, Any] | None = None,
        database: Path | None = None,
        accepted_key: str | None = None,
    ) -> None:
        self.clock = StillClock()
        scenario = parse_scenario({"rules": list(rules), "faxes": faxes or {}})
        self.emulator = create_emulator(
            EmulatorSettings(
                clock=self.clock,
                database=database,
                seed=parse_seed(seed or {}),
                scenario=replace(
                    scenario,
                    behaviours=Behaviours(**behaviours or {}),  # pyright: ignore[reportArgumentType] - texts of a table
                ),
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

    def send(self, **fields: object) -> dict[str, Any]:
        """A fax that is on its way, as its 202 shows it."""
        reply = self.request("POST", "/faxes", json={**FAX, **fields})
        assert reply.status_code == 202, reply.text
        return reply.json()["data"]

    def upload(self, fields: Mapping[str, str], contents: bytes | None) -> httpx.Response:
        """POST /faxes as a form, with a file unless `contents` is None."""
        parts: dict[str, Any] = {name: (None, value) for name, value in fields.items()}
        if contents is not None:
            parts["contents"] = ("letter", contents)
        form = httpx.Request("POST", "http://emulator", files=parts)
        headers = {
            "authorization": "Bearer KEY-one",
            "content-type": form.headers["content-type"],
        }
        return self.request("POST", "/faxes", content=form.read(), headers=headers)

    def receive(self, **fields: object) -> dict[str, Any]:
        """A fax that comes in, as the 201 of the control path shows it."""
        reply = self.request("POST", "http://emulator/_emulator/faxes", json=fields, headers={})
        assert reply.status_code == 201, reply.text
        return reply.json()["data"]

    def fax(self, fax_id: str) -> dict[str, Any]:
        """A fax as its GET shows it."""
        reply = self.get(f"/faxes/{fax_id}")
        assert reply.status_code == 200, reply.text
        return reply.json()["data"]

    def events(self) -> list[dict[str, Any]]:
        """The webhook events so far, the first first, each with its URLs as it is stored."""
        return [json.loads(row.body) for row in self.emulator.content(EVENT)]

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
