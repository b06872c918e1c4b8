"""What `drift` adds to the plan's document: since when each change is known, and who made it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final, cast

from faxops.model.audit_event import AuditEvent
from faxops.model.diagnostic import Diagnostic
from faxops.model.marks import RESERVED_PREFIX
from faxops.model.sensitive import MASK
from faxops.reconcile.plan import PREVENT_DESTROY, Change
from faxops.report.diagnostics import diagnostic_document
from faxops.report.masking import Masker
from faxops.report.plan_document import shown_value

# A guess at a write-only value could be tried against the digest in such a tag.
_WRITTEN: Final = f"{RESERVED_PREFIX}w."

Document = dict[str, Any]


def identity_of(change: Mapping[str, Any]) -> tuple[str, str]:
    """What tells one entry of `resource_changes` from the others: its address and id."""
    return change["address"], change["id"] or ""


def identity_of_change(change: Change) -> tuple[str, str]:
    """The same of the change that the entry is made from."""
    return change.address, change.id or ""


def digests_of(change: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each difference of the entry: its path, dotted, and what changes with the values.

    The path is empty where the whole object differs. A hidden value must stand in the entry as a
    salted digest: a plain one over something guessable would give it away.
    """
    body = change["change"]
    for path in body["paths"]:
        yield ".".join(path), _digest(_at(body["before"], path), _at(body["after"], path))
    if not body["paths"]:
        yield "", _digest(*body["actions"])


def with_first_seen(document: Document, first_seen: Mapping[tuple[str, str], datetime]) -> Document:
    """The document with `first_seen` on every change."""
    changes = [
        {**each, "first_seen": first_seen[identity_of(each)].isoformat(timespec="seconds")}
        for each in document["resource_changes"]
    ]
    return {**document, "resource_changes": changes}


def with_who(document: Document, who: Mapping[tuple[str, str], list[Document]]) -> Document:
    """The document with `who` on every change."""
    changes = [
        {**each, "who": who.get(identity_of(each), [])} for each in document["resource_changes"]
    ]
    return {**document, "resource_changes": changes}


def with_warning(document: Document, warning: Diagnostic, masker: Masker) -> Document:
    """The document with one finding more."""
    told = [*document["diagnostics"], diagnostic_document(warning, masker)]
    return {**document, "diagnostics": told}


def paths_asked_for(change: Change) -> frozenset[str]:
    """The fields that the audit log may call what differs; empty where the whole object does."""
    # The protection is a tag.
    return frozenset(
        "tags" if field.path == PREVENT_DESTROY else field.path for field in change.fields
    )


def who_documents(change: Change, event: AuditEvent, masker: Masker) -> Iterator[Document]:
    """What an event says of the change: its edits of fields that differ, or that it was there."""
    head = {
        "at": masker.redacted(event.at),
        "actor": masker.redacted(event.actor) or None,
        "actor_kind": masker.redacted(event.actor_kind) or None,
    }
    asked = paths_asked_for(change)
    if not asked or not event.edits:
        told = masker.redacted(event.change_type) or "change"
        yield {**head, "field": told, "from": None, "to": None}
        return
    for edit in event.edits:
        if edit.path in asked:
            before = _shown(change, edit.path, edit.before, masker)
            after = _shown(change, edit.path, edit.after, masker)
            yield {**head, "field": edit.path, "from": before, "to": after}


def _shown(change: Change, path: str, value: object, masker: Masker) -> object:
    """A value of the audit log, hidden as far as the same value of the plan would be."""
    if isinstance(value, str):
        return shown_value(change, path, value, masker)
    if isinstance(value, list):
        items = cast("list[object]", value)
        value = [MASK if str(item).startswith(_WRITTEN) else item for item in items]
    return masker.redacted_tree(value)


def _digest(*values: object) -> str:
    text = json.dumps(values, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _at(values: Mapping[str, Any], path: list[str]) -> object:
    """The value, None where it is not shown."""
    found: Any = values
    for name in path:
        found = found.get(name) if found else None
    return found
