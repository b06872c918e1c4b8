"""The bodies of the requests that carry out a change, made from the freshly read object.

The API requires two fields on every PATCH and does not say if nested objects are merged or
replaced (API description: Update a Fax Application). So both required fields are always sent, and
a nested object is sent whole: the live one, unknown keys included, overlaid with the desired.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from faxops.model.field import Field, FieldType, Value
from faxops.model.kind import Values
from faxops.model.live import LiveResource
from faxops.model.marks import Marks, written_digest
from faxops.reconcile.plan import PREVENT_DESTROY, Change


def create_payload(change: Change) -> dict[str, Any]:
    """The body of the POST: every field the API takes there that has a value, and the mark.

    Null is left out, being the default of every field that may be null.
    """
    values = change.after or {}
    paths = [
        field.path
        for field in change.kind.fields
        if not field.write_only and values.get(field.path) is not None
    ]
    payload = change.kind.nested(values, paths)
    return payload | _tags(change, change.marks)


def completion_payload(change: Change, created: LiveResource) -> dict[str, Any]:
    """The body of the PATCH that a create needs for its write-only fields; empty if it has none.

    It also records their digests among the tags, which need the new object's id.
    """
    sent = _written(change)
    if not sent:
        return {}
    digests = completion_digests(change, created)
    marks = Marks(change.marks.owners, change.marks.keep, digests, change.marks.others)
    values = change.after or {}
    payload = change.kind.nested(values, [*change.kind.patch_requires, *sent])
    return payload | _tags(change, marks)


def completion_digests(change: Change, created: LiveResource) -> frozenset[str]:
    """The digests that stand among the marks once the completion of a create has been done."""
    sent = _written(change)
    return frozenset(written_digest(created.id, path, str(value)) for path, value in sent.items())


def _written(change: Change) -> Values:
    values = change.after or {}
    return {
        field.path: value
        for field in change.kind.fields
        if field.write_only and (value := values.get(field.path)) is not None
    }


def update_payload(change: Change, live: LiveResource) -> dict[str, Any]:
    """The body of the PATCH of an update, an import or a forget, given the object as it is now."""
    values: Values = change.after or {}
    changed = {field.path for field in change.fields} - {PREVENT_DESTROY}
    payload = change.kind.nested(values, change.kind.patch_requires)
    tops = {path.partition(".")[0] for path in changed}
    for field in change.kind.fields:
        top, dot, _ = field.path.partition(".")
        if top not in tops or field.type is FieldType.TAGS:
            continue
        if dot:
            payload.setdefault(top, _live_section(live, top))
            _overlay(payload[top], field, values, live)
        else:
            payload |= change.kind.nested(values, [field.path])
    if change.marks != live.marks or _tag_paths(change) & changed:
        payload |= _tags(change, change.marks)
    return payload


def _live_section(live: LiveResource, top: str) -> dict[str, Any]:
    section = live.raw.get(top)
    if not isinstance(section, Mapping):
        return {}
    whole = cast("Mapping[str, Any]", section)
    return {name: value for name, value in whole.items() if value is not None}


def _overlay(section: dict[str, Any], field: Field, values: Values, live: LiveResource) -> None:
    name = field.segments[-1]
    value = values.get(field.path)
    if value is not None:
        section[name] = value
    elif live.values.get(field.path) is not None:
        section[name] = field.cleared_by


def _tag_paths(change: Change) -> set[str]:
    return {field.path for field in change.kind.fields if field.type is FieldType.TAGS}


def _tags(change: Change, marks: Marks) -> dict[str, Any]:
    values = change.after or {}
    return {path: tags_of(values.get(path), marks) for path in _tag_paths(change)}


def tags_of(own: Value, marks: Marks) -> list[str]:
    """The whole list of tags that an object shall have: the user's and the reserved ones."""
    users: Iterable[str] = own if isinstance(own, frozenset) else ()
    return sorted({*users, *marks.tags})


def expected_after(change: Change) -> Values:
    """What a read must show once the change is done, protection aside."""
    values = change.after or {}
    return {path: value for path, value in values.items() if path != PREVENT_DESTROY}
