"""One account with everybody who touches it: faxops, colleagues in the portal, and the network."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import httpx

from faxops.config.stack import Stack
from faxops.emulator.scenario import Rule
from faxops.errors import FaxopsError
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.reconcile.outcome import Outcome
from faxops.reconcile.plan import Plan
from faxops.telnyx.provider import TelnyxProvider
from tests.emulator.account import Account as Portal
from tests.reconcile.account import Account


@dataclass(frozen=True, slots=True)
class Held:
    """One application as the account keeps it: the whole text, and the recipient beside it."""

    id: str
    text: str
    recipient: str | None

    @property
    def live(self) -> LiveResource:
        """It, as the API shows it when it shows no recipient."""
        return LiveResource.read(FAX_APPLICATION, json.loads(self.text))

    @property
    def keys(self) -> tuple[str, ...]:
        """The keys of the stack `clinic` whose mark it carries."""
        return tuple(mark.key for mark in self.live.marks.of("clinic"))


Content = Mapping[str, Held]
"""Everything that the account keeps, by id, the oldest first."""


@dataclass(frozen=True, slots=True)
class Break:
    """The process stops at its request number `at`, the first being 0, while it applies.

    `kill` ends it on the spot, before the request is sent or with it done and unanswered;
    `interrupt` is a first Ctrl-C.
    """

    kind: Literal["kill before", "kill after", "interrupt"]
    at: int


@dataclass(frozen=True, slots=True)
class Run:
    """How an apply went: it failed to plan, was refused, was killed, or has an outcome.

    `before` is the account right before the first write could be sent, `after` at the end.
    """

    before: Content
    after: Content
    plan: Plan | None = None
    outcome: Outcome | None = None


class World:
    """The account is a file, so that every run meets it with a network of its own."""

    def __init__(self, folder: Path) -> None:
        self._database = folder / "account.db"
        self.behaviours: dict[str, Any] = {}

    def content(self) -> Content:
        """What there is, read past the API."""
        return self._in_portal(_content_of)

    def create(self, **fields: Any) -> str:  # noqa: ANN401 - any JSON
        """A colleague makes an application; its id."""
        return self._in_portal(lambda portal: str(portal.made(**fields)["id"]))

    def change(self, object_id: str, **fields: Any) -> None:  # noqa: ANN401 - any JSON
        """A colleague changes some fields of an application."""

        def edit(portal: Portal) -> None:
            shown = portal.read(object_id)
            needed = {name: shown[name] for name in ("application_name", "webhook_event_url")}
            reply = portal.patch(f"/fax_applications/{object_id}", {**needed, **fields})
            assert reply.status_code == 200, reply.text

        self._in_portal(edit)

    def delete(self, object_id: str) -> None:
        """A colleague deletes an application."""
        self._in_portal(lambda portal: portal.delete(f"/fax_applications/{object_id}"))

    def plan(self, stack: Stack, **options: Any) -> Plan:  # noqa: ANN401 - of PlanOptions
        """`faxops plan` on a good day."""
        account = self._account()
        try:
            return account.plan(stack, **options)
        finally:
            account.close()

    def apply(
        self,
        stack: Stack,
        *,
        rules: Iterable[Rule] = (),
        stop: Break | None = None,
        meddle: Callable[[], None] | None = None,
        **options: Any,  # noqa: ANN401 - of PlanOptions
    ) -> Run:
        """`faxops apply`. `meddle` is what a colleague does between its plan and its writes."""
        before = self.content()
        breaking = _Breaking(stop)
        account = self._account(rules, breaking)
        try:
            plan = account.plan(stack, **options)
            if not plan.can_apply or plan.is_empty:
                return Run(before, self.content(), plan)
            if meddle is not None:
                meddle()
                before = self.content()
            breaking.armed = True
            if stop is not None:
                outcome = account.run(lambda provider: _until(breaking, account, plan, provider))
            else:
                outcome = account.apply(stack, plan=plan, **options)
            return Run(before, self.content(), plan, outcome)
        except FaxopsError:
            return Run(before, self.content())
        except (_Killed, BaseExceptionGroup):
            assert breaking.killed  # anything else is a bug of faxops
            return Run(before, self.content())
        finally:
            account.close()

    def _account(self, rules: Iterable[Rule] = (), breaking: _Breaking | None = None) -> Account:
        wrap = breaking.wrap if breaking else None
        return Account(rules=rules, database=self._database, wrap=wrap, **self.behaviours)

    def _in_portal(self, act: Callable[[Portal], Any]) -> Any:  # noqa: ANN401 - what `act` gives
        portal = Portal(database=self._database)
        try:
            return act(portal)
        finally:
            portal.emulator.close()


def _content_of(portal: Portal) -> dict[str, Held]:
    rows = portal.emulator.content("fax_application")
    return {row.id: Held(row.id, row.body, row.hidden) for row in rows}


async def _until(
    breaking: _Breaking, account: Account, plan: Plan, provider: TelnyxProvider
) -> Outcome:
    return await account.execution(plan, provider, stop=breaking.stop).run()


class _Killed(BaseException):
    """What no code of the process can catch."""


class _Breaking:
    """Counts the requests once `armed`, and breaks at the one that is named."""

    def __init__(self, stop: Break | None) -> None:
        self.armed = False
        self.killed = False
        self.stop = asyncio.Event()
        self._break = stop
        self._count = 0

    def wrap(self, way: httpx.AsyncBaseTransport) -> httpx.AsyncBaseTransport:
        """The way, with the break in it."""
        return _Way(way, self)

    async def send(self, way: httpx.AsyncBaseTransport, request: httpx.Request) -> httpx.Response:
        """Pass the request on, or break."""
        if self.killed:
            raise _Killed
        struck = self.armed and self._break is not None and self._count == self._break.at
        self._count += self.armed
        if not struck or self._break is None:
            return await way.handle_async_request(request)
        if self._break.kind == "interrupt":
            self.stop.set()
            return await way.handle_async_request(request)
        if self._break.kind == "kill after":
            await way.handle_async_request(request)
        self.killed = True
        raise _Killed


class _Way(httpx.AsyncBaseTransport):
    def __init__(self, way: httpx.AsyncBaseTransport, breaking: _Breaking) -> None:
        self._way = way
        self._breaking = breaking

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._breaking.send(self._way, request)
