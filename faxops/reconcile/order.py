"""Which change must wait for which: a SIP subdomain is freed before another takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from faxops.model.diagnostic import Diagnostic, Severity
from faxops.model.field import Value
from faxops.reconcile.plan import Action, Change, Plan

_SUBDOMAIN: Final = "inbound.sip_subdomain"


def predecessors(changes: tuple[Change, ...]) -> Mapping[int, int]:
    """For the index of each change that takes a SIP subdomain, the change that frees it."""
    freed: dict[Value, int] = {}
    for index, change in enumerate(changes):
        subdomain = _freed(change)
        if subdomain is not None:
            freed[subdomain] = index
    waits: dict[int, int] = {}
    for index, change in enumerate(changes):
        taken = _taken(change)
        if taken is not None and taken in freed:
            waits[index] = freed[taken]
    return waits


def refused_by_order(plan: Plan) -> Iterator[Diagnostic]:
    """The orders that cannot be kept: a circle, and taking from what is destroyed last."""
    waits = predecessors(plan.changes)
    for taker, giver in waits.items():
        if plan.changes[giver].action is Action.DELETE:
            yield _taken_from_destroyed(plan.changes[taker], plan.changes[giver])
    for circle in _circles(waits):
        keys = [plan.changes[index].key for index in circle]
        yield Diagnostic(
            Severity.ERROR,
            "FX750",
            f"{' and '.join(keys)} trade their SIP subdomains in a circle.",
            suggestion="Give one of them another sip_subdomain first, apply, then trade.",
            place=plan.changes[circle[0]].source,
        )


def _circles(waits: Mapping[int, int]) -> Iterator[list[int]]:
    seen: set[int] = set()
    for start in waits:
        chain: list[int] = []
        index: int | None = start
        while index is not None and index not in seen:
            seen.add(index)
            chain.append(index)
            index = waits.get(index)
        if index in chain:
            yield chain[chain.index(index) :]


def _taken_from_destroyed(taker: Change, giver: Change) -> Diagnostic:
    return Diagnostic(
        Severity.ERROR,
        "FX751",
        f"{taker.address} takes the SIP subdomain of {giver.address}, which is destroyed only"
        " after everything else is done.",
        suggestion=f"Apply the removal of {giver.key} first (--target {giver.key}), or keep the"
        f" live application: `moved: [{{from: {giver.key}, to: {taker.key}}}]`.",
        place=taker.source,
    )


def _freed(change: Change) -> Value:
    before = (change.before or {}).get(_SUBDOMAIN)
    after = (change.after or {}).get(_SUBDOMAIN)
    return before if before != after else None


def _taken(change: Change) -> Value:
    before = (change.before or {}).get(_SUBDOMAIN)
    after = (change.after or {}).get(_SUBDOMAIN)
    return after if before != after else None
