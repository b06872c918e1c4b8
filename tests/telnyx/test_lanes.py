from __future__ import annotations

import asyncio
import ssl

import httpx
import pytest
import truststore

from faxops.telnyx.lanes import Lanes, opener


class Contexts:
    """Counts the TLS contexts of the system's trust store that are made."""

    def __init__(self) -> None:
        self.made: list[ssl.SSLContext] = []

    def __call__(self, protocol: int) -> ssl.SSLContext:
        self.made.append(ssl.SSLContext(protocol))
        return self.made[-1]


@pytest.fixture
def contexts(monkeypatch: pytest.MonkeyPatch) -> Contexts:
    counted = Contexts()
    monkeypatch.setattr(truststore, "SSLContext", counted)
    return counted


def clients(base_url: str, count: int, transport: httpx.AsyncBaseTransport | None = None) -> None:
    open_client = opener(base_url, headers={}, timeout=1, transport=transport)
    for _ in range(count):
        open_client()


def test_one_tls_context_is_shared_by_every_client(contexts: Contexts) -> None:
    clients("https://api.example/v2", 5)
    assert len(contexts.made) == 1


def test_plain_http_makes_no_tls_context_of_the_trust_store(contexts: Contexts) -> None:
    clients("http://api.example/v2", 5)
    assert contexts.made == []


def test_a_given_transport_makes_none_either(contexts: Contexts) -> None:
    clients("https://api.example/v2", 5, httpx.MockTransport(lambda _: httpx.Response(200)))
    assert contexts.made == []


def test_clients_are_made_when_needed_and_the_warmest_is_lent_first() -> None:
    made: list[httpx.AsyncClient] = []

    def open_client() -> httpx.AsyncClient:
        made.append(httpx.AsyncClient(verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)))
        return made[-1]

    async def work() -> None:
        lanes = Lanes(open_client, 50)
        for _ in range(3):
            async with lanes.lane() as lent:
                assert lent is made[0]
        assert len(made) == 1
        async with lanes.lane(), lanes.lane():
            assert len(made) == 2
        await lanes.aclose()

    asyncio.run(work())
    assert all(client.is_closed for client in made)
