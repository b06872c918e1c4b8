"""The probe of a webhook URL, against receivers on real sockets with real certificates."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest
import trustme

from faxops.telnyx.webhook_probe import Probe, Trouble, probe
from tests.telnyx.virtual import JumpingClock

SHORT_SECONDS = 0.2
NOW = datetime.now(UTC)  # a certificate is judged by the machine's own time
NAME = "localhost"


class Receiver:
    """A server that gives every connection the same `answer`; None is none at all.

    `requests` are the heads and bodies that it was sent.
    """

    def __init__(self, answer: bytes | None) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.port = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        self.requests.append(head + await reader.readexactly(2))
        if self.answer is None:
            await reader.read()  # until the other side gives up
        else:
            writer.write(self.answer)
        writer.close()

    @asynccontextmanager
    async def served(self, tls: ssl.SSLContext | None = None) -> AsyncGenerator[str]:
        """The URL of the receiver, which is there until the block ends."""
        server = await asyncio.start_server(self, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        async with server:
            yield f"{'https' if tls else 'http'}://{NAME}:{self.port}/fax?secret=1"


def answer(status: str, *headers: str) -> bytes:
    return "\r\n".join([f"HTTP/1.1 {status}", "content-length: 0", *headers, "", ""]).encode()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trust(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)  # pyright: ignore[reportUnknownMemberType] - see below
    return context


def certified(
    authority: trustme.CA, name: str = NAME, ends: datetime = NOW + timedelta(days=60)
) -> ssl.SSLContext:
    """What a server shows: a certificate for `name`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    begins = min(NOW, ends) - timedelta(days=1)
    certificate = authority.issue_cert(name, not_before=begins, not_after=ends)
    # It takes contexts of pyOpenSSL too, whose types are not here.
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - see above
    return context


def probed(
    receiver: Receiver,
    *,
    tls: ssl.SSLContext | None = None,
    trust: ssl.SSLContext | None = None,
    limit_seconds: float = 5.0,
) -> Probe:
    async def run() -> Probe:
        async with receiver.served(tls) as url:
            return await probe(url, limit_seconds=limit_seconds, clock=JumpingClock(), trust=trust)

    return asyncio.run(run())


def test_a_receiver_that_refuses_what_is_not_signed(
    authority: trustme.CA, trust: ssl.SSLContext
) -> None:
    receiver = Receiver(answer("401 Unauthorized"))
    found = probed(receiver, tls=certified(authority), trust=trust)

    assert (found.status, found.trouble, found.asks_password) == (401, None, False)
    assert (found.address, found.is_private) == ("127.0.0.1", True)
    assert found.certificate_ends == (NOW + timedelta(days=60)).replace(microsecond=0)


def test_the_probe_is_one_post_that_no_receiver_takes_for_an_event() -> None:
    receiver = Receiver(answer("200 OK"))
    probed(receiver)

    (request,) = receiver.requests
    head, _, body = request.partition(b"\r\n\r\n")
    line, *headers = head.decode().lower().split("\r\n")
    assert line == "post /fax?secret=1 http/1.1"
    assert body == b"{}"
    named = {each.partition(":")[0] for each in headers}
    assert "content-type: application/json" in headers
    assert not {"authorization", "telnyx-signature-ed25519", "telnyx-timestamp"} & named
    assert next(each for each in headers if each.startswith("user-agent: ")).startswith(
        "user-agent: faxops-test/"
    )


def test_the_time_is_that_of_the_answer_and_not_of_the_connection() -> None:
    class Ticking(JumpingClock):
        def monotonic(self) -> float:
            self.waited.append(1.0)
            return sum(self.waited)

    async def run() -> Probe:
        async with Receiver(answer("403 Forbidden")).served() as url:
            return await probe(url, limit_seconds=5, clock=Ticking())

    assert asyncio.run(run()).seconds == 1.0


@pytest.mark.parametrize(
    ("given", "status", "asks_password"),
    [
        pytest.param(answer("500 Oops"), 500, False, id="a broken receiver"),
        pytest.param(
            answer("302 Found", "location: http://127.0.0.1:1/"), 302, False, id="not followed"
        ),
        pytest.param(
            answer("401 Unauthorized", 'www-authenticate: Basic realm="x"'), 401, True, id="a gate"
        ),
    ],
)
def test_an_answer_is_told_as_it_is(given: bytes, status: int, *, asks_password: bool) -> None:
    found = probed(Receiver(given))
    assert (found.status, found.asks_password, found.trouble) == (status, asks_password, None)
    assert found.certificate_ends is None


@pytest.mark.parametrize(
    ("name", "ends", "trouble"),
    [
        pytest.param(NAME, NOW - timedelta(hours=1), Trouble.EXPIRED, id="expired"),
        pytest.param("elsewhere.example", NOW + timedelta(days=60), Trouble.OTHER_HOST, id="name"),
    ],
)
def test_a_wrong_certificate_gets_no_request(
    authority: trustme.CA, trust: ssl.SSLContext, name: str, ends: datetime, trouble: Trouble
) -> None:
    receiver = Receiver(answer("401 Unauthorized"))
    found = probed(receiver, tls=certified(authority, name, ends), trust=trust)
    assert (found.trouble, found.status) == (trouble, None)
    assert receiver.requests == []


def test_a_certificate_of_an_authority_that_the_system_does_not_know(
    authority: trustme.CA,
) -> None:
    receiver = Receiver(answer("401 Unauthorized"))
    assert probed(receiver, tls=certified(authority)).trouble is Trouble.UNTRUSTED
    assert receiver.requests == []


def test_a_port_that_speaks_no_tls() -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        writer.close()

    async def run() -> Probe:
        server = await asyncio.start_server(greet, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        async with server:
            url = f"https://127.0.0.1:{port}/"
            return await probe(url, limit_seconds=5, clock=JumpingClock())

    assert asyncio.run(run()).trouble is Trouble.NO_TLS


def test_a_receiver_that_does_not_answer_in_time() -> None:
    found = probed(Receiver(None), limit_seconds=SHORT_SECONDS)
    assert (found.trouble, found.address) == (Trouble.SLOW, "127.0.0.1")


@pytest.mark.parametrize(
    "given", [pytest.param(b"", id="nothing"), pytest.param(b"no http\r\n\r\n", id="no http")]
)
def test_an_answer_that_is_none(given: bytes) -> None:
    assert probed(Receiver(given)).trouble is Trouble.NO_ANSWER


@pytest.mark.parametrize(
    ("url", "trouble", "detail"),
    [
        pytest.param(
            "https://127.0.0.1:{port}/", Trouble.NO_CONNECTION, "Connection refused", id="closed"
        ),
        pytest.param("https://name.invalid/", Trouble.NO_ADDRESS, "", id="no such name"),
        pytest.param("nonsense", Trouble.NO_CONNECTION, "protocol", id="no URL"),
        pytest.param("http://[::1/", Trouble.NO_CONNECTION, "", id="half a URL"),
    ],
)
def test_what_can_not_be_connected_to(url: str, trouble: Trouble, detail: str) -> None:
    async def run() -> Probe:
        receiver = Receiver(b"")
        async with receiver.served():
            port = receiver.port
        return await probe(url.replace("{port}", str(port)), limit_seconds=5, clock=JumpingClock())

    found = asyncio.run(run())
    assert (found.trouble, found.status, found.address) == (trouble, None, "")
    assert detail in found.detail


def test_through_a_proxy_the_address_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    receiver = Receiver(answer("403 Forbidden"))

    async def run() -> Probe:
        async with receiver.served() as proxy:
            monkeypatch.setenv("HTTP_PROXY", proxy.partition("/fax")[0])
            url = "http://hooks.clinic.example/fax"
            return await probe(url, limit_seconds=5, clock=JumpingClock())

    found = asyncio.run(run())
    assert (found.status, found.address, found.is_private) == (403, "", False)
    assert receiver.requests[0].startswith(b"POST http://hooks.clinic.example/fax ")
