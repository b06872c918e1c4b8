from __future__ import annotations

import asyncio
import json
import queue
import shutil
import subprocess
import sys
import threading
from base64 import b64decode
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final

import httpx
import pytest
import telnyx
from nacl.signing import VerifyKey

from faxops.emulator.application import Emulator, EmulatorSettings, create_emulator
from faxops.emulator.scenario import Scenario, Webhooks, parse_scenario
from faxops.emulator.seed import parse_seed
from faxops.emulator.signing import PUBLIC_KEY
from faxops.errors import UsageError
from faxops.system_clock import SystemClock
from tests.emulator.account import StillClock
from tests.real_parts import real_part
from tests.served import served

ROOT = Path(__file__).parents[2]
PRIMARY: Final = "http://primary.clinic.example/fax"
FAILOVER: Final = "http://failover.clinic.example/fax"
# An inbound fax passes four stages, a second each; three of them have an event.
INBOUND: Final = ["fax.receiving.started", "fax.media.processing.started", "fax.received"]

Respond = Callable[[httpx.Request], httpx.Response]


def _accept(request: httpx.Request) -> httpx.Response:
    del request
    return httpx.Response(200)


class Line:
    """An emulator with one application, and the receiver that its webhooks reach."""

    def __init__(
        self,
        respond: Respond = _accept,
        *,
        scenario: Mapping[str, Any] | None = None,
        database: Path | None = None,
        clock: StillClock | None = None,
        deliver_to: tuple[str, ...] = ("*.clinic.example",),
        **application: object,
    ) -> None:
        self.clock = clock or StillClock()
        self.respond = respond
        self.received: list[httpx.Request] = []
        self.emulator = create_emulator(
            EmulatorSettings(
                clock=self.clock,
                database=database,
                scenario=parse_scenario(scenario or {}),
                seed=parse_seed({"fax_applications": [_application(**application)]}),
                deliver_to=deliver_to,
            )
        )

    def receive_fax(self) -> None:
        """A fax comes in."""
        transport = httpx.ASGITransport(self.emulator)

        async def send() -> None:
            async with httpx.AsyncClient(transport=transport, base_url="http://e") as client:
                reply = await client.post("/_emulator/faxes", json={"connection_id": "42"})
            assert reply.status_code == 201, reply.text

        asyncio.run(send())

    def deliver(self, seconds: float = 0, transport: httpx.AsyncBaseTransport | None = None) -> int:
        """Let time pass, then deliver what is due."""
        self.clock.moved += seconds
        return asyncio.run(self.emulator.deliver(transport or httpx.MockTransport(self._answer)))

    def _answer(self, request: httpx.Request) -> httpx.Response:
        self.received.append(request)
        return self.respond(request)

    def events(self) -> list[str]:
        """The types of the events received, in their order."""
        return [json.loads(each.content)["data"]["event_type"] for each in self.received]

    def attempts(self, *fields: str) -> list[tuple[Any, ...]]:
        """Fields of every attempt, as the control path shows them."""
        transport = httpx.ASGITransport(self.emulator)

        async def read() -> httpx.Response:
            async with httpx.AsyncClient(transport=transport, base_url="http://e") as client:
                return await client.get("/_emulator/deliveries")

        shown = asyncio.run(read()).json()["data"]
        return [tuple(each[field] for field in fields) for each in shown]


def _application(**fields: object) -> dict[str, object]:
    return {"id": "42", "application_name": "Intake", "webhook_event_url": PRIMARY, **fields}


def test_every_event_is_posted_when_it_happens_in_the_documented_envelope() -> None:
    line = Line()
    line.receive_fax()
    assert [line.deliver(seconds) for seconds in (0, 1, 1, 1, 1)] == [0, 1, 1, 1, 0]
    assert line.events() == INBOUND
    request = line.received[0]
    assert str(request.url) == PRIMARY
    assert request.method == "POST"
    assert request.headers["user-agent"] == "telnyx-webhooks"
    assert request.headers["content-type"] == "application/json"
    envelope = json.loads(request.content)
    assert envelope["meta"] == {"attempt": 1, "delivered_to": PRIMARY}
    assert envelope["data"]["record_type"] == "event"
    assert envelope["data"]["payload"]["connection_id"] == "42"


def test_every_delivery_is_signed_at_its_own_time() -> None:
    line = Line()
    line.receive_fax()
    line.deliver(60)
    (timestamp,) = {each.headers["telnyx-timestamp"] for each in line.received}
    assert timestamp == str(int(line.clock.now().timestamp()))
    for each in line.received:
        signature = b64decode(each.headers["telnyx-signature-ed25519"], validate=True)
        VerifyKey(b64decode(PUBLIC_KEY)).verify(f"{timestamp}|".encode() + each.content, signature)


def test_an_attempt_is_kept_with_its_answer() -> None:
    line = Line()
    line.receive_fax()
    line.deliver(1)
    event = json.loads(line.received[0].content)["data"]
    fields = ("event_id", "event_type", "fax_id", "url", "attempt", "status", "error", "at")
    assert line.attempts(*fields) == [
        (
            event["id"],
            "fax.receiving.started",
            event["payload"]["fax_id"],
            PRIMARY,
            1,
            200,
            "",
            "2026-11-24T12:00:01.250Z",
        )
    ]


def test_each_url_gets_three_attempts_further_and_further_apart() -> None:
    line = Line(lambda _: httpx.Response(500), webhook_event_failover_url=FAILOVER)
    line.receive_fax()
    line.deliver(1)
    first = json.loads(line.received[0].content)["data"]["id"]
    for _ in range(120):
        line.deliver(0.25)
    of_first = [
        each[1:] for each in line.attempts("event_id", "url", "attempt", "at") if each[0] == first
    ]
    assert of_first == [
        (PRIMARY, 1, "2026-11-24T12:00:01.250Z"),
        (PRIMARY, 2, "2026-11-24T12:00:02.250Z"),
        (PRIMARY, 3, "2026-11-24T12:00:04.250Z"),
        (FAILOVER, 4, "2026-11-24T12:00:04.250Z"),
        (FAILOVER, 5, "2026-11-24T12:00:05.250Z"),
        (FAILOVER, 6, "2026-11-24T12:00:07.250Z"),
    ]
    assert len(line.received) == 6 * len(INBOUND)


def test_the_failover_url_ends_a_delivery_that_the_primary_refuses() -> None:
    line = Line(
        lambda request: httpx.Response(200 if request.url.host.startswith("failover") else 503),
        webhook_event_failover_url=FAILOVER,
        scenario={"webhooks": {"retry_seconds": 0}},
    )
    line.receive_fax()
    assert line.deliver(60) == 4 * len(INBOUND)
    assert line.deliver(60) == 0
    assert {each[1] for each in line.attempts("status", "url") if each[0] == 200} == {FAILOVER}


@pytest.mark.parametrize(
    ("status", "behaviours", "posts"),
    [
        pytest.param(200, {}, 1, id="the one good answer"),
        pytest.param(201, {}, 3, id="another 2xx is none"),
        pytest.param(
            204, {"webhook_success": "any_2xx"}, 1, id="another 2xx is one, by the switch"
        ),
        pytest.param(302, {}, 3, id="a redirect is not followed"),
        pytest.param(302, {"webhook_success": "any_2xx"}, 3, id="a redirect is never good"),
        pytest.param(404, {}, 3, id="not found"),
        pytest.param(500, {}, 3, id="broken"),
    ],
)
def test_what_ends_a_delivery(status: int, behaviours: Mapping[str, str], posts: int) -> None:
    headers = {"location": "http://elsewhere.clinic.example/"}
    line = Line(
        lambda _: httpx.Response(status, headers=headers),
        scenario={"behaviours": behaviours, "webhooks": {"retry_seconds": 0}},
    )
    line.receive_fax()
    assert line.deliver(1) == posts
    assert line.attempts("url", "status", "accepted") == [(PRIMARY, status, posts == 1)] * posts


def _broken(error: type[httpx.TransportError]) -> Respond:
    def respond(request: httpx.Request) -> httpx.Response:
        raise error("broken", request=request)

    return respond


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (httpx.ConnectError, "not_connected"),
        (httpx.ConnectTimeout, "timed_out"),
        (httpx.ReadError, "connection_lost"),
        (httpx.RemoteProtocolError, "connection_lost"),
    ],
)
def test_a_delivery_without_an_answer_is_kept_with_a_word(
    error: type[httpx.TransportError], word: str
) -> None:
    line = Line(_broken(error))
    line.receive_fax()
    line.deliver(1)
    assert line.attempts("status", "error", "accepted") == [(None, word, False)]


@pytest.mark.parametrize("url", ["ftp://hooks.clinic.example/", "http:", "http://127.0.0.1:99999/"])
def test_a_url_that_no_client_can_use_is_a_failed_attempt(url: str) -> None:
    line = Line(webhook_event_url=url)
    line.receive_fax()
    assert line.deliver(1, httpx.AsyncHTTPTransport(trust_env=False)) == 1
    assert line.attempts("error") == [("bad_url",)]


def test_another_machine_is_never_sent_to_unless_it_was_named() -> None:
    line = Line(deliver_to=("*.other.example",), webhook_event_failover_url=FAILOVER)
    line.receive_fax()
    assert line.deliver(60) == 2 * len(INBOUND)
    assert line.received == []
    assert set(line.attempts("url", "attempt", "status", "error", "accepted")) == {
        (PRIMARY, 1, None, "not_sent", False),
        (FAILOVER, 4, None, "not_sent", False),
    }
    assert line.deliver(600) == 0


def test_a_failover_url_on_this_machine_gets_what_the_primary_one_may_not() -> None:
    line = Line(deliver_to=(), webhook_event_failover_url="http://127.0.0.1:9/fax")
    line.receive_fax()
    line.deliver(1)
    assert [each.url.host for each in line.received] == ["127.0.0.1"]
    assert line.attempts("error", "status") == [("not_sent", None), ("", 200)]


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("http://127.0.0.1@hooks.other.example/", id="this machine as a user's name"),
        pytest.param("http://hooks.other.example/?localhost", id="this machine in the query"),
        pytest.param("http://127.1/", id="short"),
        pytest.param("http://hooks.other.example#@localhost/", id="in the fragment"),
    ],
)
def test_a_url_that_only_looks_like_this_machine_is_not_sent_to(url: str) -> None:
    line = Line(deliver_to=(), webhook_event_url=url)
    line.receive_fax()
    line.deliver(1)
    assert line.received == []
    assert line.attempts("error") == [("not_sent",)]


@pytest.mark.parametrize("permitted", ["bücher.example", "xn--bcher-kva.example"])
def test_a_host_of_another_script_is_permitted_in_either_spelling(permitted: str) -> None:
    line = Line(deliver_to=(permitted,), webhook_event_url="http://xn--bcher-kva.example/fax")
    line.receive_fax()
    line.deliver(1)
    assert line.attempts("status") == [(200,)]


def test_a_name_below_localhost_is_reached_without_asking_the_dns() -> None:
    line = Line(deliver_to=(), webhook_event_url="https://hooks.localhost:8443/fax")
    line.receive_fax()
    line.deliver(1)
    (request,) = line.received
    assert str(request.url) == "https://localhost:8443/fax"
    assert request.headers["host"] == "hooks.localhost:8443"
    assert request.extensions["sni_hostname"] == "hooks.localhost"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("behaviours", "outcome"),
    [
        pytest.param({}, (200, ""), id="within two seconds"),
        pytest.param(
            {"webhook_timeout": "application"}, (None, "timed_out"), id="over the application's one"
        ),
    ],
)
def test_a_receiver_may_take_its_time(
    behaviours: Mapping[str, str], outcome: tuple[int | None, str]
) -> None:
    async def slow(request: httpx.Request) -> httpx.Response:
        del request
        await asyncio.sleep(1.2)
        return httpx.Response(200)

    line = Line(scenario={"behaviours": behaviours}, webhook_timeout_secs=1)
    line.receive_fax()
    line.deliver(1, httpx.MockTransport(slow))
    assert line.attempts("status", "error") == [outcome]


def test_several_deliveries_are_under_way_at_once() -> None:
    together = asyncio.Barrier(len(INBOUND))

    async def wait(request: httpx.Request) -> httpx.Response:
        del request
        await together.wait()
        return httpx.Response(200)

    line = Line()
    line.receive_fax()
    assert line.deliver(60, httpx.MockTransport(wait)) == len(INBOUND)
    assert line.attempts("status") == [(200,)] * len(INBOUND)


@pytest.mark.parametrize(("duplicates", "each_arrives"), [(0, 1), (1, 2), (3, 4)])
def test_whole_duplicates_come_with_every_event(duplicates: int, each_arrives: int) -> None:
    line = Line(scenario={"webhooks": {"duplicates": duplicates}})
    line.receive_fax()
    assert line.deliver(60) == each_arrives * len(INBOUND)
    assert sorted(line.events()) == sorted(INBOUND * each_arrives)
    assert len({each.content for each in line.received}) == len(INBOUND)


def test_a_share_of_the_events_is_doubled_and_always_the_same_ones() -> None:
    doubled: list[list[str]] = []
    for _ in range(2):
        line = Line(scenario={"webhooks": {"duplicates": 0.5}})
        for _ in range(20):
            line.receive_fax()
        assert 75 < line.deliver(60) < 105
        doubled.append([json.loads(each.content)["data"]["id"] for each in line.received])
    assert sorted(doubled[0]) == sorted(doubled[1])


def test_reordering_lets_events_overtake_each_other_in_the_same_way_each_time() -> None:
    arrived: list[list[str]] = []
    for _ in range(2):
        line = Line(scenario={"webhooks": {"reorder": True}})
        for _ in range(5):
            line.receive_fax()
        while line.clock.moved < 20:
            line.deliver(0.5)
        moments = [json.loads(each.content)["data"]["occurred_at"] for each in line.received]
        assert len(moments) == 5 * len(INBOUND)
        assert moments != sorted(moments)
        arrived.append([json.loads(each.content)["data"]["id"] for each in line.received])
    assert arrived[0] == arrived[1]


def test_a_restart_goes_on_where_the_delivery_stood(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    before = Line(lambda _: httpx.Response(500), database=database)
    before.receive_fax()
    before.deliver(1)
    before.emulator.close()
    after = Line(database=database, clock=before.clock)
    assert after.deliver(1) == 2
    assert after.attempts("attempt", "status") == [(1, 500), (2, 200), (1, 200)]
    after.emulator.close()


def test_an_event_that_nobody_was_told_of_is_delivered_after_a_restart(tmp_path: Path) -> None:
    database = tmp_path / "account.db"
    before = Line(database=database)
    before.receive_fax()
    before.emulator.close()
    after = Line(database=database, clock=before.clock)
    assert after.deliver(60) == len(INBOUND)
    assert after.deliver(60) == 0
    after.emulator.close()


def test_an_idle_emulator_loads_no_client() -> None:
    code = (
        "import asyncio, sys\n"
        "from faxops.system_clock import SystemClock\n"
        "from faxops.emulator.application import EmulatorSettings, create_emulator\n"
        "emulator = create_emulator(EmulatorSettings(clock=SystemClock()))\n"
        "made = asyncio.run(emulator.deliver())\n"
        "print(made, 'httpx' in sys.modules, 'nacl' in sys.modules)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert ran.stdout == "0 False False\n"


def test_the_webhooks_of_a_scenario_are_read() -> None:
    content = {"webhooks": {"duplicates": 0.5, "reorder": True, "retry_seconds": 3}}
    assert parse_scenario(content) == Scenario(
        webhooks=Webhooks(0.5, reorder=True, retry_seconds=3)
    )


@pytest.mark.parametrize(
    ("webhooks", "place"),
    [
        pytest.param({"duplicates": -1}, "/webhooks/duplicates", id="less than none"),
        pytest.param({"duplicates": True}, "/webhooks/duplicates", id="no number"),
        pytest.param({"reorder": 1}, "/webhooks/reorder", id="no boolean"),
        pytest.param({"retry_seconds": 1e9}, "/webhooks/retry_seconds", id="longer than a day"),
        pytest.param({"retries": 1}, "'retries' was unexpected", id="an unknown key"),
    ],
)
def test_wrong_webhooks_are_refused_with_their_place(
    webhooks: Mapping[str, object], place: str
) -> None:
    with pytest.raises(UsageError) as caught:
        parse_scenario({"webhooks": webhooks}, "outage.json")
    assert place in caught.value.message.replace('"', "'")


Delivery = tuple[dict[str, str], str]


@contextmanager
def _receiving() -> Generator[tuple[str, queue.Queue[Delivery]]]:
    """A real receiver on loopback that answers the first delivery 500, and what it got."""
    deliveries: queue.Queue[Delivery] = queue.Queue()
    statuses = iter([500])

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"])).decode()
            deliveries.put((dict(self.headers.items()), body))
            self.send_response(next(statuses, 200))
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as in the base
            del format, args

    receiver = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=receiver.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{receiver.server_port}/fax", deliveries
    finally:
        receiver.shutdown()
        thread.join()
        receiver.server_close()


@contextmanager
def _serving(url: str) -> Generator[tuple[str, Emulator]]:
    """An emulator in which all is fast, with one application, on a real port."""
    quick = {"faxes": {"step_seconds": 0.02}, "webhooks": {"retry_seconds": 0.02}}
    emulator = create_emulator(
        EmulatorSettings(
            clock=SystemClock(),
            scenario=parse_scenario(quick),
            seed=parse_seed({"fax_applications": [_application(webhook_event_url=url)]}),
        )
    )
    with served(emulator) as base:
        yield base.removesuffix("/v2"), emulator


@pytest.mark.slow
def test_a_served_emulator_delivers_by_itself_and_the_official_sdks_unwrap_it() -> None:
    with _receiving() as (url, deliveries), _serving(url) as (address, _):
        httpx.post(f"{address}/_emulator/faxes", json={"connection_id": "42"}, trust_env=False)
        got = [deliveries.get(timeout=10) for _ in range(len(INBOUND) + 1)]
    types = [_unwrapped_by_python(*each) for each in got]
    assert sorted(types) == sorted([*INBOUND, INBOUND[0]])
    for delivery, type_ in zip(got, types, strict=True):
        _check_node(*delivery, type_)


def _unwrapped_by_python(headers: dict[str, str], body: str) -> str:
    sdk = telnyx.Telnyx(api_key="KEY-one")
    event: Any = sdk.webhooks.unwrap(body, headers=headers, key=PUBLIC_KEY)
    with pytest.raises(ValueError, match="signature"):
        sdk.webhooks.unwrap(body + " ", headers=headers, key=PUBLIC_KEY)
    return event.data.event_type


def _check_node(headers: dict[str, str], body: str, expected: str) -> None:
    node = shutil.which("node")
    folder = ROOT / "tests" / "node"
    found = bool(node) and (folder / "node_modules" / "telnyx").is_dir()
    how_to_get = "Install Node.js 20 or newer, then run `npm install` in tests/node."
    if not real_part("The Node SDK", found=found, how_to_get=how_to_get):
        return
    given = json.dumps({"body": body, "headers": headers, "key": PUBLIC_KEY})
    ran = subprocess.run(
        [node or "node", "unwrap_webhook.mjs"],
        cwd=folder,
        input=given,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == (f"{expected}\n", "", 0)
