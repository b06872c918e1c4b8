"""The seed file: the objects that an empty account starts with."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from faxops.emulator import applications, fax_progress, faxes, numbers, profiles
from faxops.emulator.description import Schema, load_description
from faxops.emulator.fax_course import FAILED, INBOUND, OUTBOUND, TERMINAL
from faxops.emulator.fax_files import LINK_SECONDS
from faxops.emulator.fax_progress import Progress
from faxops.emulator.json_file import checked, read_json
from faxops.emulator.replies import dump
from faxops.emulator.world import (
    FAX_APPLICATION,
    OUTBOUND_VOICE_PROFILE,
    PHONE_NUMBER,
    World,
    moment,
    stamp,
)
from faxops.errors import UsageError

_NAMESPACE: Final = uuid.UUID("9b0a1d9e-6c1f-4c0e-9d8e-6f6b3b2f9d10")


@dataclass(frozen=True, slots=True)
class Seed:
    """The objects, each as the API shows it; fields left out get the API's defaults."""

    fax_applications: tuple[Mapping[str, Any], ...] = ()
    faxes: tuple[Mapping[str, Any], ...] = ()
    phone_numbers: tuple[Mapping[str, Any], ...] = ()
    outbound_voice_profiles: tuple[Mapping[str, Any], ...] = ()


def load_seed(path: Path) -> Seed:
    """Read a seed file. Raises `UsageError` naming the file and the place."""
    return parse_seed(read_json(path, "seed"), str(path))


def parse_seed(content: object, source: str = "seed") -> Seed:
    """Read a seed. Raises `UsageError` naming `source` and the place."""
    data = checked(Schema(_schema()), content, source)
    for section, items in data.items():
        ids = Counter(item["id"] for item in items if "id" in item)
        for twice in (each for each, times in ids.items() if times > 1):
            raise UsageError(
                f"{source}: /{section}: the id {twice} is there twice.",
                hint="Give each object its own id, or leave the ids out.",
            )
    for place, fax in enumerate(data.get("faxes", ())):
        for name in ("created_at", "updated_at"):
            _check_moment(fax.get(name), f"{source}: /faxes/{place}/{name}")
    return Seed(**{section: tuple(items) for section, items in data.items()})


def _check_moment(text: str | None, place: str) -> None:
    """The schema lets moments through that no clock shows, such as one in the year 0."""
    try:
        moment(text or "1970-01-01T00:00:00Z")
    except ValueError as error:
        raise UsageError(f"{place}: {error}", hint="Write a moment of our time.") from error


def _schema() -> Mapping[str, Any]:
    """The seed's schema, from the description's reply schemas."""
    recipient = load_description().properties("UpdateFaxApplicationRequest")["fax_email_recipient"]
    # What no reply schema says, and what every object here must keep to.
    kept = {
        "id": {"pattern": "^[0-9]{1,19}$"},
        "created_at": {"format": "date-time"},
        "fax_email_recipient": recipient,
    }

    def section(name: str, *required: str) -> dict[str, Any]:
        item = {
            "type": "object",
            "required": required,
            "properties": load_description().properties(name),
            "allOf": [{"properties": kept}],
        }
        return {"type": "array", "items": item}

    application = section("FaxApplication", "application_name", "webhook_event_url")
    fax = section("Fax", "connection_id", "from", "to")
    # Its ids are no numbers, and its status is one of its direction.
    fax["items"]["allOf"] = [
        {
            "if": {"properties": {"direction": {"const": direction}}, **condition},
            "then": {"properties": {"status": {"enum": [*statuses, FAILED]}}},
        }
        for direction, statuses, condition in (
            ("outbound", OUTBOUND, {}),
            ("inbound", INBOUND, {"required": ["direction"]}),
        )
    ]
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "fax_applications": application,
            "faxes": fax,
            "phone_numbers": section("PhoneNumber", "phone_number"),
            "outbound_voice_profiles": section("OutboundVoiceProfile", "name"),
        },
        "components": load_description().document["components"],
    }


def plant(world: World, seed: Seed) -> None:
    """Put the objects in an account that never held one; in another, do nothing.

    So a served emulator that is started again with the same seed keeps what happened meanwhile.
    """
    store = world.store
    with store.transaction():
        if not store.is_empty():
            return
        for kind, completed, name, hidden in _objects(world, seed):
            store.insert(
                kind,
                completed["id"],
                created_at=completed.get("created_at") or world.stamp(),
                name=name,
                body=dump(completed),
                hidden=hidden,
            )
        for place, given in enumerate(seed.faxes):
            _plant_fax(world, {"id": str(uuid.uuid5(_NAMESPACE, str(place))), **given})


def _plant_fax(world: World, given: Mapping[str, Any]) -> None:
    """Store a fax: one that is not over goes on from now, and gets through.

    The link of a received one works from when it was last changed.
    """
    fax = faxes.complete(given, world.stamp())
    progress = Progress(
        world.stamp(),
        world.faxes.step_seconds,
        world.faxes.pages,
        webhook_url=given.get("webhook_url") or None,
    )
    if fax["status"] not in TERMINAL:
        steps = progress.steps(fax)
        place = [step.status for step in steps].index(fax["status"])
        started = world.now() - timedelta(seconds=steps[place].after_seconds)
        progress = replace(progress, started=stamp(started), place=place)
    elif fax["status"] == "received" and "media_url" not in fax:
        changed = int(moment(fax["updated_at"]).timestamp())
        progress = replace(progress, links={"media_url": changed + LINK_SECONDS})
    fax_progress.add(world, fax, progress)


def _objects(world: World, seed: Seed) -> Iterator[tuple[str, dict[str, Any], str, str | None]]:
    stamp = world.stamp()
    stamps = {"created_at": stamp, "updated_at": stamp}
    for given in seed.outbound_voice_profiles:
        profile = profiles.complete(_identified(world, OUTBOUND_VOICE_PROFILE, given), stamp)
        yield OUTBOUND_VOICE_PROFILE, profile, profile["name"], None
    for given in seed.fax_applications:
        recipient = given.get("fax_email_recipient")
        application = applications.complete(
            _identified(world, FAX_APPLICATION, {**stamps, **given})
        )
        hidden = applications.hidden_text(recipient)
        yield FAX_APPLICATION, application, application["application_name"], hidden
    for given in seed.phone_numbers:
        number = numbers.complete(_identified(world, PHONE_NUMBER, given), stamp)
        yield PHONE_NUMBER, number, number["phone_number"], None


def _identified(world: World, kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": given["id"] if "id" in given else world.store.next_id(kind), **given}
