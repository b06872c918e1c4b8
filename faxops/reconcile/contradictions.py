"""What the file and the marks of the account say that cannot both be true, in words.

Each function makes the finding for one contradiction; `faxops.reconcile.match` finds them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from faxops.config.stack import DesiredResource, Import, Removed
from faxops.model.diagnostic import Diagnostic, Place, Severity
from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.model.marks import Mark
from faxops.model.sensitive import masked

_SHOWN_KEYS = 5
"""Enough keys to recognise another repository by."""


def strange_stack(stack: str, keys: Sequence[str], owned: int) -> Diagnostic:
    """The stack owns live objects, and the file knows none of their keys."""
    more = len(keys) - _SHOWN_KEYS
    shown = ", ".join(keys[:_SHOWN_KEYS]) + (f" and {more} more" if more > 0 else "")
    return _error(
        "FX701",
        f"The stack {stack} owns {owned} live, and not one of them is in this configuration"
        f" ({shown}): another repository may use this stack name.",
        "Choose another `stack` here. If all of them shall be destroyed, add `--destroy`.",
    )


def foreign_import(wanted: Import, live: LiveResource, owner: Mark) -> Diagnostic:
    """An import of what another stack owns."""
    return _error(
        "FX702",
        f"{named([live])} belongs to {owner.stack}/{owner.key} and cannot be imported as"
        f" {wanted.key}.",
        f"To take it over, write `moved: [{{from: {owner.stack}/{owner.key}, to: {wanted.key}}}]`"
        " and apply that before it is deleted from the other configuration.",
        wanted.source,
    )


def missing_import(wanted: Import, kind: ResourceKind) -> Diagnostic:
    """An import of an id that the account does not have."""
    return _error(
        "FX703",
        f"There is no {kind.title.lower()} {wanted.id} in this account to import as {wanted.key}.",
        "Check the id with `faxops app list`, and that the key is of the right account.",
        wanted.source,
    )


def import_of_another_key(wanted: Import, live: LiveResource, own: Mark) -> Diagnostic:
    """An import of what the stack already owns under another key."""
    return _error(
        "FX704",
        f"{named([live])} already is {own.key} of this stack and cannot be imported as"
        f" {wanted.key}.",
        f"If the key was renamed, write `moved: [{{from: {own.key}, to: {wanted.key}}}]` instead"
        " of the import.",
        wanted.source,
    )


def claimed_twice(live: LiveResource, other: str, desired: DesiredResource) -> Diagnostic:
    """Two keys want one object."""
    return _error(
        "FX704",
        f"{named([live])} is claimed by two keys: {other} and {desired.key}.",
        "Let one key have it: delete the other's moved or imports entry.",
        desired.source,
    )


def import_for_taken_key(wanted: Import, live: LiveResource) -> Diagnostic:
    """An import for a key that already is another object."""
    return _error(
        "FX705",
        f"`imports` wants {wanted.key} to be {wanted.id}, but it already is {named([live])}.",
        "Delete the imports entry, or give the other application a key of its own.",
        wanted.source,
    )


def foreign_removal(entry: Removed, live: LiveResource) -> Diagnostic:
    """`removed` names by id what the stack does not own."""
    return _error(
        "FX706",
        f"`removed` names {named([live])}, which this stack does not own.",
        "Only an application with this stack's mark can be removed; take the entry out.",
        entry.source,
    )


def two_keys(live: LiveResource, marks: Sequence[Mark]) -> Diagnostic:
    """One object carries the marks of two keys."""
    keys = " and ".join(mark.key for mark in marks)
    return _error(
        "FX707",
        f"{named([live])} carries the marks of two keys: {keys}.",
        "In the Telnyx portal, take off the tag of the key that it is not:"
        f" {', '.join(mark.tag for mark in marks)}.",
    )


def same_name(desired: DesiredResource, live: LiveResource, name_field: str) -> Diagnostic:
    """An object of the same name exists: an error if nobody owns it, else a warning."""
    name = masked(str(desired.values.get(name_field)), desired.masks.get(name_field, ()))
    if live.marks.owners:
        owner = min(live.marks.owners)
        return Diagnostic(
            Severity.WARNING,
            "FX709",
            f"{desired.key} will be created although {owner.stack}/{owner.key} has an application"
            f" of the same name ({name}): {named([live])}.",
            place=desired.source,
        )
    return _error(
        "FX708",
        f"{desired.key} would be created, but an application named {name} already exists:"
        f" {named([live])}.",
        f'To adopt it, write: imports: [{{id: "{live.id}", to: {desired.key}}}]. To have two,'
        f" choose another {name_field}.",
        desired.source,
    )


def duplicates(live: Sequence[LiveResource], source: Place | None = None) -> Diagnostic:
    """Two or more objects, oldest first, carry the mark of one key."""
    return _error(
        "FX710",
        f"{len(live)} live applications carry the mark of one key: {named(live)}.",
        "Keep the one that numbers point at and settle the others with"
        f' `removed: [{{id: "{live[-1].id}", destroy: true}}]`.',
        source,
    )


def both_live(desired: DesiredResource, found: Sequence[tuple[str, LiveResource]]) -> Diagnostic:
    """`moved` says that several keys are one, and more than one of them is live."""
    keys = " and ".join(key for key, _ in found)
    return _error(
        "FX711",
        f"`moved` says that {keys} are one application under an old and a new key, but both are"
        f" live: {named([live for _, live in found])}.",
        "Delete the moved entry and decide about each application by its own key.",
        desired.source,
    )


def last_one(entry: Removed, desired: DesiredResource, live: LiveResource) -> Diagnostic:
    """`removed` names by id the only object that a key of the file has."""
    return _error(
        "FX712",
        f"`removed` names {named([live])} as a duplicate, but {desired.key} has no other: it would"
        " be created anew under another id, which no phone number and no sender knows.",
        f"Take the entry out. To destroy the application for good, delete {desired.key} from the"
        " file as well.",
        entry.source,
    )


def named(live: Iterable[LiveResource]) -> str:
    """Objects by id and creation time."""
    return ", ".join(
        f"{each.id} (created {each.created_at or 'at an unknown time'})" for each in live
    )


def _error(code: str, summary: str, suggestion: str, place: Place | None = None) -> Diagnostic:
    return Diagnostic(Severity.ERROR, code, summary, suggestion=suggestion, place=place)
