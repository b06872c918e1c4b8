"""Delivers webhooks: brings the faxes to the present and makes the POSTs that are due."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Generator, Mapping
from contextlib import AsyncExitStack, contextmanager
from typing import TYPE_CHECKING, Final

from faxops.emulator import deliveries, fax_progress
from faxops.emulator.deliveries import NOT_SENT, Answer, Post
from faxops.emulator.receivers import LOCALHOST, is_localhost, may_receive
from faxops.emulator.scenario import Webhooks
from faxops.emulator.signing import sign
from faxops.emulator.world import World
from faxops.model.clock import Clock

if TYPE_CHECKING:  # loaded only once there is something to deliver
    import httpx

_AT_ONCE: Final = 16
_LAST_PORT: Final = 65535
_USER_AGENT: Final = "telnyx-webhooks"


class Dispatcher:
    """The deliveries of one account. Where no `run` is under way, nothing is sent by itself.

    Beside this machine, `permitted` are the hosts that may be sent to (`receivers.may_receive`).
    """

    def __init__(
        self, world: World, webhooks: Webhooks, clock: Clock, permitted: tuple[str, ...]
    ) -> None:
        self._world = world
        self._webhooks = webhooks
        self._clock = clock
        self._permitted = permitted
        self._busy: set[str] = set()
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Something happened: `run` looks again for what is due."""
        self._wake.set()

    async def deliver(self, transport: httpx.AsyncBaseTransport | None = None) -> int:
        """Make every POST that is due now, several at once; how many it was.

        What is due later, such as a retry, waits for a call at a later time of the clock.
        """
        made = 0
        while posts := self._due():
            with _the_first_failure():
                async with _client(transport) as client, asyncio.TaskGroup() as group:
                    for post in posts:
                        group.create_task(self._make(client, post))
            made += len(posts)
        return made

    async def run(self) -> None:
        """Deliver what becomes due until cancelled. Raises `StoreFailed`."""
        with _the_first_failure():
            async with AsyncExitStack() as stack:
                client: httpx.AsyncClient | None = None
                group = await stack.enter_async_context(asyncio.TaskGroup())
                while True:
                    self._wake.clear()
                    for post in self._due():
                        client = client or await stack.enter_async_context(_client(None))
                        group.create_task(self._make(client, post))
                    await self._rest()

    def _due(self) -> list[Post]:
        with self._world.store.transaction():
            fax_progress.advance(self._world)
            posts = deliveries.due_posts(
                self._world, self._webhooks, self._busy, _AT_ONCE - len(self._busy)
            )
        self._busy |= {post.event.id for post in posts}
        return posts

    async def _make(self, client: httpx.AsyncClient, post: Post) -> None:
        try:
            answer = await self._send(client, post)
            with self._world.store.transaction():
                deliveries.keep(self._world, self._webhooks, post, answer)
        finally:
            self._busy.discard(post.event.id)
            self.wake()

    async def _send(self, client: httpx.AsyncClient, post: Post) -> Answer:
        import httpx  # noqa: PLC0415 - see above

        try:
            url = _checked(post.url)
            if not any(may_receive(host, self._permitted) for host in (url.host, _ascii_host(url))):
                return Answer(None, NOT_SENT)
            async with asyncio.timeout(post.timeout_seconds):
                return Answer(await self._post(client, url, post.body()))
        except (TimeoutError, httpx.TimeoutException):
            return Answer(None, "timed_out")
        except httpx.ConnectError:
            return Answer(None, "not_connected")
        except (httpx.InvalidURL, httpx.UnsupportedProtocol, ValueError):
            return Answer(None, "bad_url")
        except httpx.HTTPError:
            return Answer(None, "connection_lost")

    async def _post(self, client: httpx.AsyncClient, url: httpx.URL, body: bytes) -> int:
        """POST it; the status of the response."""
        headers = {
            "content-type": "application/json",
            "user-agent": _USER_AGENT,
            **sign(str(int(self._clock.now().timestamp())), body),
        }
        extensions: Mapping[str, str] = {}
        if is_localhost(url.host):
            # Not every system keeps names below localhost to itself; some ask the DNS for them.
            headers["host"] = url.netloc.decode("ascii")
            extensions = {"sni_hostname": _ascii_host(url)}
            url = url.copy_with(host=LOCALHOST)
        async with client.stream(
            "POST", url, content=body, headers=headers, extensions=dict(extensions)
        ) as response:
            # The body does not matter, so it is not read.
            return response.status_code

    async def _rest(self) -> None:
        """Wait for a wake or for the moment when something is due."""
        seconds = self._seconds_to_next()
        woken = asyncio.create_task(self._wake.wait())
        alarm = asyncio.create_task(self._alarm(seconds))
        try:
            await asyncio.wait((woken, alarm), return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            alarm.cancel()

    async def _alarm(self, seconds: float | None) -> None:
        if seconds is None:
            await asyncio.Event().wait()
        else:
            await self._clock.sleep(seconds)

    def _seconds_to_next(self) -> float | None:
        if len(self._busy) >= _AT_ONCE:
            return None  # the end of a delivery wakes
        with self._world.store.transaction():
            moments = (
                fax_progress.next_due(self._world),
                deliveries.next_post(self._world, self._busy),
            )
        now = self._clock.now()
        waits = (max(0.0, (each - now).total_seconds()) for each in moments if each is not None)
        return min(waits, default=None)


@contextmanager
def _the_first_failure() -> Generator[None]:
    """What went wrong in a group of tasks, without the group around it."""
    try:
        yield
    except ExceptionGroup as group:
        raise group.exceptions[0] from group


def _ascii_host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _checked(url: str) -> httpx.URL:
    """The URL. Raises httpx's `InvalidURL`, also for a port that breaks the socket instead."""
    import httpx  # noqa: PLC0415 - see above

    checked = httpx.URL(url)
    if not checked.host:
        raise httpx.InvalidURL("There is no host.")
    if (checked.port or 0) > _LAST_PORT:
        raise httpx.InvalidURL("There is no such port.")
    return checked


def _client(transport: httpx.AsyncBaseTransport | None) -> httpx.AsyncClient:
    import httpx  # noqa: PLC0415 - see above
    import truststore  # noqa: PLC0415 - as httpx

    return httpx.AsyncClient(
        transport=transport,
        verify=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT),
        follow_redirects=False,
        # The time of a delivery is limited as a whole.
        timeout=None,  # noqa: S113
        trust_env=False,
    )
