"""A saved plan is an approval, not a program.

Applying it means planning again and doing exactly the approved changes, each only if it would be
identical. Both sides are compared as documents (`faxops.report.plan_document`), the fresh one
made with the saved one's salt, so that masked values compare by their digests.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final, cast

from faxops.reconcile.plan import Plan

Document = Mapping[str, Any]

_HEAD: Final = {
    "stack": "the stack",
    "environment": "the environment",
    "account": "the account",
    "base_url": "the base URL",
    "config_digest": "the configuration",
}
_SAME: Final = ("previous_address", "previous_stack", "type", "key", "change", "fingerprint")


def differences(saved: Document, fresh: Document) -> tuple[str, ...]:
    """Why applying `saved` would not do exactly what it shows, a sentence each; empty if it would.

    Changes that only `fresh` has are no difference: they were not approved and are not done.
    """
    return (*_head_differences(saved, fresh), *_change_differences(saved, fresh))


def approved(plan: Plan, saved: Document) -> Plan:
    """`plan` with the changes that `saved` approves and no others."""
    wanted = {(entry["address"], entry["id"]) for entry in _entries(saved)}
    kept = tuple(change for change in plan.changes if (change.address, change.id) in wanted)
    return replace(plan, changes=kept)


def _head_differences(saved: Document, fresh: Document) -> Iterator[str]:
    for name, words in _HEAD.items():
        if saved[name] == fresh[name]:
            continue
        if name == "config_digest":
            yield "the configuration or a variable was changed since the plan was made"
        else:
            yield f"{words} is {fresh[name] or 'unknown'}, not {saved[name] or 'unknown'}"


def _change_differences(saved: Document, fresh: Document) -> Iterator[str]:
    now = {(entry["address"], entry["id"]): entry for entry in _entries(fresh)}
    for entry in _entries(saved):
        address = entry["address"]
        current = now.get((address, entry["id"]))
        if current is None:
            yield f"{address}: the approved {_word(entry)} is no longer planned"
            continue
        for name in _SAME:
            if entry.get(name) != current.get(name):
                yield f"{address}: {_explained(name, entry, current)}"
                break


def _explained(name: str, entry: Document, current: Document) -> str:
    if name == "fingerprint":
        return "the live object was changed since the plan was made"
    if name == "change":
        parts = [
            part
            for part in ("actions", "importing", "before", "after", "paths")
            if entry["change"].get(part) != current["change"].get(part)
        ]
        return f"{' and '.join(parts) or 'the change'} would be different"
    return f"{name} would be {current.get(name)}, not {entry.get(name)}"


def _entries(document: Document) -> list[Document]:
    return cast("list[Document]", document["resource_changes"])


def _word(entry: Document) -> str:
    return str(entry["change"]["actions"][0])
