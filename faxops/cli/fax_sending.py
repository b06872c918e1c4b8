"""One `fax send` from the connection to the fax's end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from faxops.cli.connection import Connection, connect
from faxops.cli.fax_following import code_of, followed
from faxops.cli.live_application import live_applications
from faxops.cli.options import ConnectionChoice
from faxops.cli.output import Output
from faxops.cli.signals import GRACE_SECONDS, stopping_on_signals, until_stopped
from faxops.config.stack import Stack
from faxops.errors import FaxopsError, Interrupted, OutcomeUnknown, Withheld
from faxops.model.clock import Clock
from faxops.model.fax import Fax
from faxops.model.fax_request import FaxRequest
from faxops.report.sending_document import SendingOutcome
from faxops.system_clock import SystemClock
from faxops.telnyx.faxes import Faxes
from faxops.telnyx.media_file import MediaFile
from faxops.telnyx.sending import (
    Sent,
    carriers,
    find_by_key,
    keyed_state,
    send_once,
    unique_state,
    unknown_outcome,
)

_TOKEN_BYTES: Final = 16


@dataclass(slots=True)
class SendRun:
    """What one `fax send` works with, and how far it has come.

    `app` is a key of `stack`, or both are None and `request` has its `connection_id`. `max_wait` is
    how many seconds the fax is followed, or None. `report` tells of a run that ended well. After
    `go`, also one that raised, `fax` is the fax as it was seen last, and `outcome` what became of
    it.
    """

    request: FaxRequest
    media: MediaFile | None
    connection: ConnectionChoice
    screen: Output
    stack: Stack | None
    app: str | None
    idempotency_key: str | None
    dry_run: bool
    report: Callable[[SendRun], None]
    max_wait: float | None
    fax: Fax | None = None
    outcome: SendingOutcome = SendingOutcome.NOT_SENT
    _posted: bool = False

    async def go(self) -> None:
        """Find the application, send, and follow the fax if that was asked for.

        Raises `Interrupted` when a signal came before the POST, `OutcomeUnknown` when it is not
        known what became of the fax, and what sending raises.
        """
        async with connect(self.connection, self.screen) as way:
            if self.stack is not None and self.app is not None:
                found = await live_applications(way, self.stack, frozenset({self.app}))
                self.request = replace(self.request, connection_id=found[self.app].id)
            if self.dry_run:
                self.outcome = SendingOutcome.DRY_RUN
                self.report(self)
                return
            with stopping_on_signals() as stop:
                way.client.stop_with(stop)
                await self._send(way, stop)
                if self.fax is not None and self.max_wait is not None:
                    await self._follow(way, self.fax, self.max_wait, stop)
                # Still inside: a signal must not cost the report.
                self.report(self)

    async def _send(self, way: Connection, stop: asyncio.Event) -> None:
        try:
            sending = self.once(Faxes(way.client), SystemClock())
            sent = await until_stopped(sending, stop, self._grace)
        except Withheld as error:
            raise Interrupted("Interrupted; nothing was sent.") from error
        except OutcomeUnknown:
            self.outcome = SendingOutcome.UNKNOWN
            raise
        if sent is not None:
            self.fax = sent.fax
            return
        if not self._posted:
            raise Interrupted("Interrupted; nothing was sent.")
        self.outcome = SendingOutcome.UNKNOWN
        raise unknown_outcome(self.request, "the run was interrupted", None)

    def _grace(self) -> float:
        return GRACE_SECONDS if self._posted else 0.0

    async def once(self, faxes: Faxes, clock: Clock) -> Sent:
        """Send, unless an earlier run did so with the same idempotency key.

        Raises what `send_once`, `carriers` and `find_by_key` raise.
        """
        known = frozenset[str]()
        if self.idempotency_key is not None:
            state = keyed_state(self.idempotency_key, self.request, self.media)
            self.request = replace(self.request, client_state=state)
            self.screen.note("Looking for a fax with this idempotency key; that takes up to 31 s.")
            earlier = await find_by_key(
                faxes, self.idempotency_key, self.request, self.media, clock=clock
            )
            if earlier is not None:
                self.outcome = SendingOutcome.ALREADY_SENT
                return Sent(earlier)
        elif self.request.client_state:
            known = await carriers(faxes, self.request)
        else:
            state = unique_state(secrets.token_urlsafe(_TOKEN_BYTES))
            self.request = replace(self.request, client_state=state)
        sent = await send_once(
            faxes,
            self.request,
            self.media,
            clock=clock,
            known=known,
            before_post=self._note_post,
        )
        self.outcome = SendingOutcome.FOUND if sent.found else SendingOutcome.SENT
        return sent

    def _note_post(self) -> None:
        self._posted = True

    async def _follow(
        self, way: Connection, sent: Fax, seconds: float, stop: asyncio.Event
    ) -> None:
        hint = f"The fax {sent.id} was sent; follow it with `faxops fax wait {sent.id}`."
        watching = followed(
            Faxes(way.client), sent.id, self.screen, SystemClock(), limit_seconds=seconds
        )
        try:
            last = await until_stopped(watching, stop, lambda: 0.0)
        except FaxopsError as error:
            raise OutcomeUnknown(error.message, hint=hint) from error
        if last is None:
            raise OutcomeUnknown("Interrupted before the fax had come to its end.", hint=hint)
        self.fax = last
        code_of(last)  # raises when it has not come to its end
