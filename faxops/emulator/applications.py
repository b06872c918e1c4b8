"""Fax applications: the five operations, the defaults, and what may be set to what."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, cast

from faxops.emulator import audit_events
from faxops.emulator.behaviours import Behaviours
from faxops.emulator.description import load_description
from faxops.emulator.replies import Listing, Problem, Rejected, Shown, dump
from faxops.emulator.store import Condition, Row, holds, name_contains
from faxops.emulator.world import (
    FAX_APPLICATION,
    OUTBOUND_VOICE_PROFILE,
    PHONE_NUMBER,
    Call,
    Handler,
    World,
    find,
    joined,
    long_enough,
    page,
    refuse,
    sorted_by,
)

_RECIPIENT: Final = "fax_email_recipient"
_FAILOVER: Final = "webhook_event_failover_url"
_PROFILE: Final = "outbound_voice_profile_id"
_READ_ONLY: Final = frozenset({"id", "record_type", "created_at", "updated_at"})
# API description: error 10003.
_LONGEST_URL: Final = 2000
_NESTED_DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "inbound": {
        "channel_limit": None,
        "sip_subdomain": None,
        "sip_subdomain_receive_settings": "from_anyone",
    },
    "outbound": {"channel_limit": None},
}
_ORDERS: Final = {
    "created_at": "created_at {0}, seq {0}",
    "application_name": "name {0}, seq {0}",
    "active": "json_extract(body, '$.active') {0}, seq {0}",
}


def complete(given: Mapping[str, Any]) -> dict[str, Any]:
    """An application, which has an id, with the API's default for every field not given.

    Fields that the API does not document are kept as they are.
    """
    application: dict[str, Any] = {
        "id": given["id"],
        "record_type": FAX_APPLICATION,
        "active": True,
        "anchorsite_override": "Latency",
        "tags": [],
        "webhook_timeout_secs": None,
        **{key: value for key, value in given.items() if key != _RECIPIENT},
        _FAILOVER: given.get(_FAILOVER) or "",
    }
    for key, defaults in _NESTED_DEFAULTS.items():
        application[key] = _without_unset_profile({**defaults, **given.get(key, {})})
    return application


def hidden_text(recipient: str | None) -> str | None:
    """How the store keeps the recipient, apart from what replies show; unset is None."""
    return recipient or None


def _list(world: World, call: Call) -> Listing:
    filters = call.query.get("filter", {})
    conditions: list[Condition] = []
    name = filters.get("application_name", {}).get("contains")
    if name is not None:
        name = long_enough(name, "filter[application_name][contains]")
        conditions.append(name_contains(name))
    profile = filters.get(_PROFILE)
    if profile is not None:
        conditions.append(holds(f"outbound.{_PROFILE}", profile))
    newest_first = world.behaviours.default_order == "newest_first"
    unsorted = "-created_at" if newest_first else "created_at"
    return page(
        world,
        call,
        FAX_APPLICATION,
        condition=joined(conditions),
        order=sorted_by(call, _ORDERS, unsorted),
        show=lambda row: show(row, world.behaviours),
    )


def _get(world: World, call: Call) -> Shown:
    return Shown(show(find(world, FAX_APPLICATION, call.object_id), world.behaviours))


def _create(world: World, call: Call) -> Shown:
    behaviours = world.behaviours
    body = _loosened(call.body, behaviours)
    assert call.operation.body is not None  # noqa: S101 - the description gives POST a body
    refuse(call.operation.body.problems(body))
    recipient = None
    if behaviours.recipient_on_create == "accepted":
        recipient = body.get(_RECIPIENT)
    elif behaviours.recipient_on_create == "rejected" and _RECIPIENT in body:
        raise Rejected(422, Problem("10015", "This field is not reachable here.", f"/{_RECIPIENT}"))
    _judge(world, body, own_id=None)
    known = load_description().properties("CreateFaxApplicationRequest")
    return Shown(make(world, {key: body[key] for key in known if key in body}, recipient), 201)


def make(world: World, body: Mapping[str, Any], recipient: str | None) -> str:
    """Store a new application; returns it as replies show it."""
    stamp = world.stamp()
    given = {
        "id": world.store.next_id(FAX_APPLICATION),
        "record_type": FAX_APPLICATION,
        "created_at": stamp,
        "updated_at": stamp,
        **body,
        "tags": _stored_tags(body.get("tags", []), world.behaviours),
    }
    for key in _NESTED_DEFAULTS:
        given[key] = _known_keys(body.get(key, {}), {}, key)
    application = complete(given)
    world.store.insert(
        FAX_APPLICATION,
        application["id"],
        created_at=stamp,
        name=application["application_name"],
        body=dump(application),
        hidden=hidden_text(recipient),
    )
    audit_events.note(
        world, "create", application["id"], {}, _told(application, hidden_text(recipient))
    )
    return show(find(world, FAX_APPLICATION, application["id"]), world.behaviours)


def _update(world: World, call: Call) -> Shown:
    row = find(world, FAX_APPLICATION, call.object_id)
    body = _loosened(call.body, world.behaviours)
    assert call.operation.body is not None  # noqa: S101 - the description gives PATCH a body
    problems = call.operation.body.problems(body)
    if world.behaviours.patch_fields == "partial":
        problems = tuple(each for each in problems if each.keyword != "required")
    refuse(problems)
    _judge(world, body, own_id=row.id)
    return Shown(change(world, row, body))


def change(world: World, row: Row, body: Mapping[str, Any]) -> str:
    """Store what a PATCH does to an application; returns it as replies show it.

    A field that neither the description nor the stored object has is ignored.
    """
    application: dict[str, Any] = json.loads(row.body)
    known = load_description().properties("UpdateFaxApplicationRequest")
    for key, value in body.items():
        if key in _NESTED_DEFAULTS:
            replaces = world.behaviours.nested_patch == "replace"
            base = _NESTED_DEFAULTS[key] if replaces else application[key]
            given = _known_keys(value, application[key], key)
            application[key] = _without_unset_profile({**base, **given})
        elif key == "tags":
            application[key] = _stored_tags(value, world.behaviours)
        elif key == _FAILOVER:
            application[key] = value or ""
        elif (key in known or key in application) and key not in _READ_ONLY | {_RECIPIENT}:
            application[key] = value
    application["updated_at"] = world.stamp()
    hidden = hidden_text(body[_RECIPIENT]) if _RECIPIENT in body else row.hidden
    name = application["application_name"]
    world.store.update(row, name=name, body=dump(application), hidden=hidden)
    before, after = _told(json.loads(row.body), row.hidden), _told(application, hidden)
    audit_events.note(world, "update", row.id, before, after)
    return show(find(world, FAX_APPLICATION, row.id), world.behaviours)


def _delete(world: World, call: Call) -> Shown:
    row = find(world, FAX_APPLICATION, call.object_id)
    attached = world.store.select(PHONE_NUMBER, holds("connection_id", row.id))
    if attached and world.behaviours.attached_delete != "allowed":
        statuses = {"unprocessable": 422, "conflict": 409, "bad_request": 400}
        detail = "The resource can not be removed as it is still in use by phone numbers."
        raise Rejected(statuses[world.behaviours.attached_delete], Problem("10021", detail))
    for number in attached:
        detached = json.loads(number.body) | {"connection_id": None}
        world.store.update(number, name=number.name, body=dump(detached), hidden=number.hidden)
    world.store.delete(row)
    audit_events.note(world, "delete", row.id, _told(json.loads(row.body), row.hidden), {})
    return Shown(show(row, world.behaviours))


def show(row: Row, behaviours: Behaviours) -> str:
    """The application as replies show it. The stored text is the answer of the defaults."""
    if (
        behaviours.recipient_in_replies == "absent"
        and behaviours.unset_failover_url == "empty_text"
        and behaviours.unset_tags == "empty_list"
        and behaviours.unset_voice_profile == "absent"
    ):
        return row.body
    application = json.loads(row.body)
    if behaviours.recipient_in_replies == "present":
        application[_RECIPIENT] = row.hidden
    if behaviours.unset_failover_url == "null":
        application[_FAILOVER] = application[_FAILOVER] or None
    if behaviours.unset_tags == "absent" and not application["tags"]:
        del application["tags"]
    if behaviours.unset_voice_profile == "null":
        application["outbound"].setdefault(_PROFILE, None)
    return dump(application)


def _told(application: Mapping[str, Any], recipient: str | None) -> Mapping[str, Any]:
    """The application as the audit log compares it, the recipient included."""
    return {**application, _RECIPIENT: recipient}


def _loosened(body: Mapping[str, Any], behaviours: Behaviours) -> Mapping[str, Any]:
    """The body with values that are accepted although the description's letter forbids them."""
    loosened = dict(body)
    if loosened.get(_FAILOVER) == "":
        loosened[_FAILOVER] = None  # the documented default, which is no URI
    outbound = loosened.get("outbound")
    if behaviours.null_voice_profile == "accepted" and isinstance(outbound, dict):
        nested = cast("dict[str, Any]", outbound)
        if nested.get(_PROFILE, "") is None:
            loosened["outbound"] = nested | {_PROFILE: ""}
    return loosened


def _judge(world: World, body: Mapping[str, Any], *, own_id: str | None) -> None:
    """Answer 422 for what no schema can say: blanks, lengths, duplicates, references."""
    problems = [*_text_problems(body), *_tag_problems(body, world.behaviours)]
    if world.behaviours.duplicate_name == "rejected" and "application_name" in body:
        named = Condition("name = ?", (body["application_name"],))
        if _taken(world, named, own_id):
            problems.append(Problem("10012", "has already been taken", "/application_name"))
    subdomain = body.get("inbound", {}).get("sip_subdomain")
    if (
        world.behaviours.duplicate_sip_subdomain == "rejected"
        and subdomain
        and _taken(world, holds("inbound.sip_subdomain", subdomain), own_id)
    ):
        problems.append(Problem("10012", "has already been taken", "/inbound/sip_subdomain"))
    profile = body.get("outbound", {}).get(_PROFILE)
    if (
        world.behaviours.unknown_voice_profile == "rejected"
        and profile
        and world.store.get(OUTBOUND_VOICE_PROFILE, profile) is None
    ):
        problems.append(Problem("10017", "There is no such profile.", f"/outbound/{_PROFILE}"))
    if problems:
        raise Rejected(422, *problems)


def _text_problems(body: Mapping[str, Any]) -> list[Problem]:
    problems = [
        Problem("10015", "can't be blank", f"/{key}")
        for key in ("application_name", "webhook_event_url")
        if key in body and not body[key].strip()
    ]
    problems += [
        Problem("10003", f"is longer than {_LONGEST_URL} characters", f"/{key}")
        for key in ("webhook_event_url", _FAILOVER)
        if len(body.get(key) or "") > _LONGEST_URL
    ]
    recipient = body.get(_RECIPIENT)
    if isinstance(recipient, str) and recipient and "@" not in recipient:
        problems.append(Problem("10019", "is not an e-mail address", f"/{_RECIPIENT}"))
    return problems


def _tag_problems(body: Mapping[str, Any], behaviours: Behaviours) -> list[Problem]:
    if behaviours.tags != "colons_rejected":
        return []
    return [
        Problem("10015", "may not contain a colon", f"/tags/{place}")
        for place, tag in enumerate(body.get("tags", ()))
        if ":" in tag
    ]


def _taken(world: World, condition: Condition, own_id: str | None) -> bool:
    rows = world.store.select(FAX_APPLICATION, condition, limit=2)
    return any(row.id != own_id for row in rows)


def _stored_tags(tags: list[str], behaviours: Behaviours) -> list[str]:
    match behaviours.tags:
        case "dropped":
            return []
        case "lower_cased":
            return [tag.lower() for tag in tags]
        case "reordered":
            return sorted(tags, reverse=True)
        case "kept" | "colons_rejected":
            return tags


def _known_keys(given: Mapping[str, Any], stored: Mapping[str, Any], key: str) -> dict[str, Any]:
    documented = load_description().properties(key.capitalize())
    return {name: value for name, value in given.items() if name in documented or name in stored}


def _without_unset_profile(nested: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in nested.items() if key != _PROFILE or value}


HANDLERS: Final[Mapping[str, Handler]] = {
    "ListFaxApplications": _list,
    "CreateFaxApplication": _create,
    "GetFaxApplication": _get,
    "UpdateFaxApplication": _update,
    "DeleteFaxApplication": _delete,
}
