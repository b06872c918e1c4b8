"""Reading the account and planning from it, before an apply and again after it."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, replace
from itertools import chain
from typing import Final

from faxops.config.stack import Stack
from faxops.errors import FaxopsError, WrongAccount
from faxops.model.clock import Clock
from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.model.marks import Mark
from faxops.model.registry import KINDS
from faxops.reconcile.attempt import own_mark
from faxops.reconcile.cause import with_causes, without_causes
from faxops.reconcile.contradictions import duplicates
from faxops.reconcile.diff import diff
from faxops.reconcile.guards import DELETES_REFUSED
from faxops.reconcile.outcome import Outcome, StoredDifferently
from faxops.reconcile.payload import expected_after
from faxops.reconcile.plan import UNREADABLE, Action, Change, Plan
from faxops.reconcile.planner import PlanOptions, make_plan
from faxops.reconcile.provider import Provider
from faxops.reconcile.snapshot import Snapshot

_READ_BACK_WAITS: Final = (0.0, 1.0, 2.0, 4.0)


@dataclass(frozen=True, slots=True)
class Account:
    """Where the plan is made against: the organization id (empty if unknown) and the base URL."""

    organization: str
    base_url: str


@dataclass(frozen=True, slots=True)
class PlanReader:
    """Reads one account and plans one stack against it, as often as it is asked. Sends only GET."""

    provider: Provider
    account: Account
    stack: Stack
    options: PlanOptions

    async def plan(self) -> Plan:
        """Read the account and plan.

        Raises `WrongAccount`, `UsageError`, `IncompleteListing` and every `ApiError` of a read.
        """
        plan, _ = await self._read()
        return plan

    async def plan_since(self, base: Stack | None) -> Plan:
        """The same, with the cause of every change.

        `base` is the configuration that this one was made from; None if there was none. If the
        account has applications of the stack all the same, no cause is known.
        """
        plan, snapshot = await self._read()
        if base is None:
            return without_causes(plan) if plan.owned else with_causes(plan, None)
        # Whatever it would destroy is only compared with.
        return with_causes(plan, make_plan(base, snapshot, PlanOptions(destroy=True)))

    async def _read(self) -> tuple[Plan, Snapshot]:
        check_account(self.stack, self.account)
        snapshot = await self._snapshot(self.provider.list)
        plan = make_plan(self.stack, snapshot, self.options)
        if plan.summary.add:
            settled = await self._snapshot(self.provider.list_settled)
            if settled != snapshot:
                snapshot = settled
                plan = make_plan(self.stack, snapshot, self.options)
        doomed = [change.id for change in plan.changes if change.action is Action.DELETE]
        if not doomed or any(each.code in DELETES_REFUSED for each in plan.refusals):
            return plan, snapshot  # asking for the numbers of a fleet that stays would take minutes
        ids = [object_id for object_id in doomed if object_id is not None]
        numbers = await asyncio.gather(*map(self.provider.attached_numbers, ids))
        attached = dict(zip(ids, numbers, strict=True))
        snapshot = replace(snapshot, attached=attached)
        return make_plan(self.stack, snapshot, self.options), snapshot

    async def read_back(self, outcome: Outcome, clock: Clock) -> Outcome:
        """Plan again after an apply and name what the API stored differently.

        A read may lag behind a write, so a difference counts only if it is still there after
        some seconds. Of the new plan only what this apply did matters: anyone may have changed
        the rest.
        """
        ids = {each.id for each in outcome.changes if each.is_whole}
        standing = {
            each.change.address
            for each in outcome.changes
            if each.is_whole and each.change.action is not Action.DELETE
        }
        forgotten = [
            each.change
            for each in outcome.changes
            if each.is_whole and each.change.action is Action.FORGET
        ]
        # What was destroyed or forgotten may have been all that a target matched.
        options = replace(self.options, target=(), exclude=())
        left: tuple[StoredDifferently, ...] = ()
        twins = ""
        for seconds in _READ_BACK_WAITS:
            await clock.sleep(seconds)
            try:
                snapshot = await self._snapshot(self.provider.list)
            except FaxopsError as error:
                return replace(outcome, unconfirmed=error.message)
            left = tuple(
                found
                for change in make_plan(self.stack, snapshot, options).changes
                if change.id in ids or (change.id is None and change.address in standing)
                for found in _differences(change)
            ) + tuple(_differences_of_forgotten(forgotten, snapshot))
            twins = " ".join(_twins(outcome, snapshot))
            if not left and not twins:
                break
        return replace(outcome, stored_differently=left, unconfirmed=twins)

    async def _snapshot(
        self, listing: Callable[[ResourceKind], Awaitable[tuple[LiveResource, ...]]]
    ) -> Snapshot:
        listings = await asyncio.gather(*map(listing, KINDS))
        live = {kind.name: found for kind, found in zip(KINDS, listings, strict=True)}
        return Snapshot(self.account.organization, self.account.base_url, live)


def check_account(stack: Stack, account: Account) -> None:
    """Raise `WrongAccount` unless the key belongs to the stack's `account`, if it names one."""
    if not stack.account or stack.account == account.organization:
        return
    if not account.organization:
        raise WrongAccount(
            f"The configuration is for account {stack.account}, but the API did not say which"
            " account the key belongs to.",
            hint="Check that the key may read GET /public_key, or take `account` out.",
        )
    raise WrongAccount(
        f"The configuration is for account {stack.account}, but the key belongs to"
        f" {account.organization}.",
        hint="Use a key of the right account, or choose another environment with -e.",
    )


def _twins(outcome: Outcome, snapshot: Snapshot) -> Iterator[str]:
    """What carries the same mark as an object of this apply: another apply raced it, unlocked."""
    marked: dict[Mark, list[LiveResource]] = defaultdict(list)
    for live in chain.from_iterable(snapshot.live.values()):
        for owner in live.marks.owners:
            marked[owner].append(live)
    for each in outcome.changes:
        if each.is_whole and each.change.action not in (Action.DELETE, Action.FORGET):
            found = marked[own_mark(each.change)]
            if len(found) > 1:
                yield f"{each.change.address}: {duplicates(found).summary}"


def _differences_of_forgotten(
    changes: list[Change], snapshot: Snapshot
) -> Iterator[StoredDifferently]:
    """What the plan can't show, because it no longer is about the forgotten objects."""
    live = {each.id: each for each in chain.from_iterable(snapshot.live.values())}
    for change in changes:
        if change.id in live:
            fields = diff(live[change.id].values, expected_after(change))
            yield from _differences(replace(change, fields=fields)) if fields else ()


def _differences(change: Change) -> Iterator[StoredDifferently]:
    for field in change.fields:
        stored = None if field.before is UNREADABLE else field.before
        yield StoredDifferently(
            change.address,
            change.id or "",
            field.path,
            field.after,
            stored,
            sensitive=change.is_sensitive(field.path),
        )
    if not change.fields:
        yield StoredDifferently(change.address, change.id or "", "", change.action.value, None)
