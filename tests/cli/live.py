"""Accounts that runs of faxops speak to: an emulator over HTTP, or its database file."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from faxops.emulator.application import Emulator, EmulatorSettings, create_emulator
from faxops.emulator.scenario import parse_scenario
from faxops.emulator.seed import parse_seed
from faxops.emulator.store import Record
from faxops.system_clock import SystemClock
from tests.served import served

KEY = "KEY0123456789abcdef-of-the-tests"
ORGANIZATION = "6a09cdc3-8948-47f0-aa62-74ac943d6c58"


@dataclass(frozen=True, slots=True)
class Served:
    """An emulator over HTTP that takes `KEY` alone."""

    url: str
    emulator: Emulator

    @property
    def variables(self) -> dict[str, str]:
        """What makes faxops speak to it."""
        return {"TELNYX_BASE_URL": self.url, "TELNYX_API_KEY": KEY}

    @property
    def requests(self) -> tuple[Record, ...]:
        """All requests so far."""
        return self.emulator.requests()

    @property
    def writes(self) -> list[str]:
        """The methods of the requests that were no GET, in order."""
        return methods_of_writes(self.requests)

    def applications(self) -> list[dict[str, Any]]:
        """The live applications, oldest first, as another program reads them."""
        with self._client() as client:
            return client.get("/fax_applications", params={"sort": "created_at"}).json()["data"]

    def change(self, object_id: str, **fields: Any) -> None:  # noqa: ANN401 - any JSON
        """What another program would do: set fields of a live application."""
        with self._client() as client:
            live = client.get(f"/fax_applications/{object_id}").json()["data"]
            needed = {name: live[name] for name in ("application_name", "webhook_event_url")}
            reply = client.patch(f"/fax_applications/{object_id}", json={**needed, **fields})
            assert reply.status_code == 200, reply.text

    def _client(self) -> httpx.Client:
        headers = {"authorization": f"Bearer {KEY}"}
        return httpx.Client(base_url=self.url, headers=headers, timeout=10, trust_env=False)


@contextmanager
def serving(
    *rules: Mapping[str, Any],
    behaviours: Mapping[str, str] | None = None,
    seed: Mapping[str, Any] | None = None,
    faxes: Mapping[str, Any] | None = None,
    key: str | None = KEY,
) -> Generator[Served]:
    """Serve an emulator on a free port until the block ends."""
    emulator = create_emulator(
        EmulatorSettings(
            clock=SystemClock(),
            seed=parse_seed(seed or {}),
            scenario=parse_scenario(
                {"rules": list(rules), "behaviours": behaviours or {}, "faxes": faxes or {}}
            ),
            key=key,
            organization_id=ORGANIZATION,
        )
    )
    with served(emulator) as url:
        yield Served(url, emulator)


def recorded(database: Path) -> tuple[Record, ...]:
    """The requests that the embedded emulator kept in its file; none if there is no file."""
    if not database.exists():
        return ()
    with closing(create_emulator(EmulatorSettings(SystemClock(), database=database))) as emulator:
        return emulator.requests()


def methods_of_writes(records: Iterable[Record]) -> list[str]:
    """The methods that were no GET."""
    return [record.method for record in records if record.method != "GET"]


def configuration(
    *keys: str, top: str = "", fields: str = "", host: str = "hooks.clinic.example"
) -> str:
    """A configuration of the stack `clinic` with an application for each key."""
    lines = ["version: 1", "stack: clinic", *([top] if top else []), "fax_applications:"]
    for key in keys:
        lines += [f"  {key}:", f"    webhook_event_url: https://{host}/fax/{key}"]
        lines += [f"    {fields}"] if fields else []
    return "\n".join(lines if keys else [*lines[:-1], "fax_applications: {}"]) + "\n"


def seeded(*names: str, tags: Sequence[str] = ()) -> dict[str, Any]:
    """A seed with an application of each name."""
    return {
        "fax_applications": [
            {
                "application_name": name,
                "webhook_event_url": f"https://hooks.clinic.example/fax/{name}",
                "tags": list(tags),
            }
            for name in names
        ]
    }
