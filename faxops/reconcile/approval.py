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
}
_OF_THE_MOMENT: Final = {
    "format_version",
    "faxops_version",
    "generated_at",
    "salt",
    "unmanaged",
    "fleet",
    "diagnostics",
    "errored",
    "resource_changes",
}

# Found out against a merge base, which an apply does not look at.
_OF_THE_BRANCH: Final = {"cause", "field_causes"}


def differences(saved: Document, fresh: Document) -> tuple[str, ...]:
    """Why applying `saved` would not do exactly what it shows, a sentence each; empty if it would.

    `fresh` is the document of what `approved` has left of the new plan. Everything that a
    reviewer can have read is compared, risks and reasons too.
    """
    found = (*_head_differences(saved, fresh), *_change_differences(saved, fresh))
    # What is left, such as the summary, follows from the above and only a forger changes alone.
    return found or tuple(_other_differences(saved, fresh))


def approved(plan: Plan, saved: Document) -> Plan:
    """`plan` with the changes that `saved` approves and no others."""
    wanted = {(entry["address"], entry["id"]) for entry in _entries(saved)}
    kept = tuple(change for change in plan.changes if (change.address, change.id) in wanted)
    return replace(plan, changes=kept)


def _head_differences(saved: Document, fresh: Document) -> Iterator[str]:
    for name, words in _HEAD.items():
        if saved[name] != fresh[name]:
            yield f"{words} is {fresh[name] or 'unknown'}, not {saved[name] or 'unknown'}"
    if saved["config_digest"] != fresh["config_digest"]:
        yield "the configuration or a variable was changed since the plan was made"


def _other_differences(saved: Document, fresh: Document) -> Iterator[str]:
    for name in sorted(fresh.keys() - _OF_THE_MOMENT):
        if saved.get(name) != fresh[name]:
            yield f"{name} would be different"


def _change_differences(saved: Document, fresh: Document) -> Iterator[str]:
    current = {(entry["address"], entry["id"]): entry for entry in _entries(fresh)}
    for entry in _entries(saved):
        address = entry["address"]
        now = current.get((address, entry["id"]))
        if now is None:
            yield f"{address}: the approved {_word(entry)} is no longer planned"
        elif entry["change"] != now["change"]:
            parts = [
                name for name, value in now["change"].items() if entry["change"].get(name) != value
            ]
            yield f"{address}: {' and '.join(parts) or 'the change'} would be different"
        elif entry["fingerprint"] != now["fingerprint"]:
            yield f"{address}: the live object was changed since the plan was made"
        else:
            parts = [
                name
                for name, value in now.items()
                if name not in _OF_THE_BRANCH and entry.get(name) != value
            ]
            if parts:
                yield f"{address}: {' and '.join(parts)} would be different"


def _entries(document: Document) -> list[Document]:
    return cast("list[Document]", document["resource_changes"])


def _word(entry: Document) -> str:
    return str(entry["change"]["actions"][0])
