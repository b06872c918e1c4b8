"""What is done with a delivery: verified, told from duplicates, saved, then passed on."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from enum import Enum, auto
from hashlib import sha256

from faxops.errors import WebhookUnverified
from faxops.listener.counts import Counts
from faxops.listener.delivery import Delivery, Headers
from faxops.listener.journal import Journal
from faxops.listener.seen import Seen
from faxops.model.clock import Clock
from faxops.model.webhook_event import WebhookEvent
from faxops.telnyx.webhooks import verify_webhook


class Verdict(Enum):
    """How a delivery is answered."""

    TAKEN = auto()
    UNVERIFIED = auto()
    UNSAVED = auto()


class Reception:
    """Takes deliveries, each event once.

    An event is saved in `journal`, if there is one, before `receive` returns; then every one of
    `followers` is called with it, which must not wait for anything. `counts` is kept up to date.

    An event that comes again is as good as taken: Telnyx repeats what it had no answer to. It is
    told by its id, or by its body if it has none.
    """

    def __init__(
        self,
        public_key: str,
        clock: Clock,
        *,
        counts: Counts,
        journal: Journal | None = None,
        followers: Sequence[Callable[[Delivery], None]] = (),
    ) -> None:
        self.counts = counts
        self._public_key = public_key
        self._clock = clock
        self._journal = journal
        self._followers = followers
        self._seen = Seen()
        self._under_way: dict[str, asyncio.Future[Verdict]] = {}

    async def receive(self, body: bytes, headers: Headers) -> Verdict:
        """Take one delivery. The names in `headers` are in lower case."""
        now = self._clock.now()
        sent = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        try:
            event = verify_webhook(body, sent, self._public_key, now=now)
        except WebhookUnverified:
            self.counts.unverified += 1
            return Verdict.UNVERIFIED
        identity = _identity(event, body)
        if identity in self._seen:
            self.counts.duplicates += 1
            return Verdict.TAKEN
        if identity in self._under_way:
            return await self._as_the_first(identity)
        return await self._take(identity, Delivery(event, now, body, headers))

    async def _as_the_first(self, identity: str) -> Verdict:
        """Wait for the same event, which came a moment ago: not saved yet, it could be lost."""
        verdict = await asyncio.shield(self._under_way[identity])
        if verdict is Verdict.TAKEN:
            self.counts.duplicates += 1
        else:
            self.counts.unsaved += 1
        return verdict

    async def _take(self, identity: str, delivery: Delivery) -> Verdict:
        verdict = Verdict.UNSAVED
        self._under_way[identity] = asyncio.get_running_loop().create_future()
        try:
            if await self._is_saved(delivery):
                verdict = Verdict.TAKEN
                self._seen.add(identity, self._clock.monotonic())
        finally:
            self._under_way.pop(identity).set_result(verdict)
        if verdict is Verdict.UNSAVED:
            self.counts.unsaved += 1
            return verdict
        self.counts.events += 1
        for follow in self._followers:
            follow(delivery)
        return verdict

    async def _is_saved(self, delivery: Delivery) -> bool:
        if self._journal is None:
            return True
        try:
            await self._journal.append(delivery.line())
        except OSError:
            return False
        return True


def _identity(event: WebhookEvent, body: bytes) -> str:
    return event.id or sha256(body).hexdigest()
