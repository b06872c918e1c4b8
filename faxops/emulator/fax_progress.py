"""Faxes on their way: what is kept of one, how it comes to the present, and the events it leaves.

A fax row has the moment of its next change as its name, and no name once it is over, so that what
is due is found by the index of names. What replies do not show of it is its `Progress`.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from faxops.emulator.fax_course import (
    FAILED,
    SENDER_CANCELED,
    TERMINAL,
    Step,
    call_seconds,
    course,
)
from faxops.emulator.fax_files import LINK_SECONDS, link
from faxops.emulator.replies import dump
from faxops.emulator.store import Condition, Row
from faxops.emulator.world import EVENT, FAX, FAX_APPLICATION, World, moment, stamp

_IDS: Final = uuid.UUID("3f2c6a3e-54d7-4f0b-8f6a-0f6f5d1b7c21")


@dataclass(frozen=True, slots=True)
class Progress:
    """What the account knows of a fax and does not show.

    `started` is when its first status was reached (ISO 8601), `place` the index of the step that
    it stands at. `base_url` is where the emulator was reached when the fax was made; None for a
    fax of a seed. `webhook_url` is the fax's own. `preview_format` is None without a preview.
    `links` says until when (Unix time) the link in a field works.
    """

    started: str
    step_seconds: float
    pages: int
    failure_reason: str | None = None
    place: int = 0
    canceled: bool = False
    base_url: str | None = None
    webhook_url: str | None = None
    preview_format: str | None = None
    links: Mapping[str, int] = field(default_factory=dict[str, int])

    @staticmethod
    def of(row: Row) -> Progress:
        """The progress of a stored fax."""
        return Progress(**json.loads(row.hidden or "{}"))

    def steps(self, fax: Mapping[str, Any]) -> tuple[Step, ...]:
        """The whole course of the fax."""
        return course(
            fax["direction"],
            failure_reason=self.failure_reason,
            pages=self.pages,
            step_seconds=self.step_seconds,
        )


def new_id(world: World) -> str:
    """An id for a new fax."""
    return str(uuid.uuid5(_IDS, world.store.next_id(FAX)))


def add(world: World, fax: Mapping[str, Any], progress: Progress) -> Row:
    """Store a fax where it stands; one that has just begun tells so."""
    world.store.insert(
        FAX,
        fax["id"],
        created_at=stamp(moment(fax["created_at"])),
        name=_due(fax, progress),
        body=dump(fax),
        hidden=dump(asdict(progress)),
    )
    return _stored(world, fax["id"])


def begin(world: World, fax: Mapping[str, Any], progress: Progress) -> Row:
    """Store a fax that has just begun, and its first event."""
    row = add(world, fax, progress)
    _tell(world, fax, progress, progress.steps(fax)[0], world.stamp())
    return row


def advance(world: World) -> None:
    """Bring every fax to the present, in the order of the changes. Inside a transaction.

    It does not matter how often or when it is called: the changes are the same, at the same times.
    """
    now = world.stamp()
    due = Condition("name > '' AND name <= ?", (now,))
    while rows := world.store.select(FAX, due, order="name, seq", limit=1):
        _step(world, rows[0])


def next_due(world: World) -> datetime | None:
    """When the next fax changes; None if none will. Inside a transaction."""
    rows = world.store.select(FAX, Condition("name > ''"), order="name", limit=1)
    return moment(rows[0].name) if rows else None


def cancel(world: World, row: Row) -> None:
    """End an outbound fax now, as its sender wishes."""
    fail(world, row, SENDER_CANCELED, world.stamp())


def cancel_later(world: World, row: Row) -> None:
    """Have an outbound fax end at its next step."""
    keep(world, row, json.loads(row.body), replace(Progress.of(row), canceled=True))


def refresh(world: World, row: Row, fax: Mapping[str, Any], progress: Progress) -> None:
    """Give a received fax a fresh link."""
    expires = int(world.now().timestamp()) + LINK_SECONDS
    links = {**progress.links, "media_url": expires}
    keep(world, row, fax, replace(progress, links=links))


def fail(world: World, row: Row, reason: str, at: str) -> None:
    """End a fax at that moment with this reason."""
    fax = json.loads(row.body) | {
        "status": FAILED,
        "failure_reason": reason,
        "internal_failure_reason": reason,
        "updated_at": at,
    }
    progress = Progress.of(row)
    keep(world, row, fax, progress)
    _tell(world, fax, progress, Step(FAILED, 0), at)


def keep(world: World, row: Row, fax: Mapping[str, Any], progress: Progress) -> None:
    """Store what became of a fax."""
    world.store.update(row, name=_due(fax, progress), body=dump(fax), hidden=dump(asdict(progress)))


def _step(world: World, row: Row) -> None:
    fax, progress = json.loads(row.body), Progress.of(row)
    if progress.canceled:
        fail(world, row, SENDER_CANCELED, row.name)
        return
    step = progress.steps(fax)[progress.place + 1]
    if step.status == FAILED:
        assert progress.failure_reason is not None  # noqa: S101 - no course fails without one
        fail(world, row, progress.failure_reason, row.name)
        return
    fax |= {"status": step.status, "updated_at": row.name}
    links = _links(fax, progress, step, moment(row.name))
    progress = replace(progress, place=progress.place + 1, links={**progress.links, **links})
    keep(world, row, fax, progress)
    _tell(world, fax, progress, step, row.name)


def _links(
    fax: Mapping[str, Any], progress: Progress, step: Step, at: datetime
) -> Mapping[str, int]:
    """The links that a fax gains with a step: until when each works."""
    expires = int(at.timestamp()) + LINK_SECONDS
    if step.status == "received":
        return {"media_url": expires}
    if step.status != "media.processed":
        return {}
    wanted = {"stored_media_url": fax["store_media"], "preview_url": progress.preview_format}
    return {name: expires for name, is_wanted in wanted.items() if is_wanted}


def _due(fax: Mapping[str, Any], progress: Progress) -> str:
    """When the fax changes next, as its row is named; empty is never."""
    if fax["status"] in TERMINAL:
        return ""
    following = progress.steps(fax)[progress.place + 1]
    return stamp(moment(progress.started) + timedelta(seconds=following.after_seconds))


def _tell(
    world: World, fax: Mapping[str, Any], progress: Progress, step: Step, occurred_at: str
) -> None:
    """Store the webhook event of a step, if it has one and the application is there and active."""
    row = world.store.get(FAX_APPLICATION, fax["connection_id"])
    application = json.loads(row.body) if row else {"active": False}
    if step.event is None or not application["active"]:
        return
    event_id = str(uuid.uuid5(_IDS, f"{fax['id']} {step.event}"))
    event = {
        "event_type": step.event,
        "id": event_id,
        "occurred_at": occurred_at,
        "record_type": "event",
        "payload": _payload(world, fax, progress, step),
    }
    urls = [
        progress.webhook_url or application["webhook_event_url"],
        application["webhook_event_failover_url"],
    ]
    body = {
        "event": event,
        "urls": [url for url in urls if url],
        "timeout_secs": application["webhook_timeout_secs"],
    }
    world.store.insert(
        EVENT,
        event_id,
        created_at=occurred_at,
        name=fax["id"],
        body=dump(body),
        hidden=None,
    )


def _payload(
    world: World, fax: Mapping[str, Any], progress: Progress, step: Step
) -> Mapping[str, Any]:
    """What an event says. Source: API description and Telnyx docs: payloads of fax webhooks."""
    payload: dict[str, Any] = {
        "connection_id": fax["connection_id"],
        "direction": fax["direction"],
        "fax_id": fax["id"],
        "from": fax["from"],
        "status": step.status,
        "to": fax["to"],
        "user_id": world.organization_id,
    }
    if fax["direction"] == "outbound":
        told = {"client_state": "client_state", "media_name": "media_name"}
        told |= {"media_url": "original_media_url"}
        payload |= {name: fax[key] for key, name in told.items() if key in fax}
    else:
        payload["caller_id"] = fax["from"]
    if step.status in ("delivered", "media.processing", "received"):
        payload["page_count"] = progress.pages
    if step.status in ("delivered", "received"):
        payload["call_duration_secs"] = call_seconds(progress.steps(fax))
    if step.status == "received":
        payload["partial_content"] = False
        if progress.base_url is not None:
            expires = progress.links["media_url"]
            payload["media_url"] = link(world, progress.base_url, fax["id"], "media_url", expires)
    if step.status == FAILED:
        payload |= {key: fax[key] for key in ("failure_reason", "internal_failure_reason")}
    return payload


def _stored(world: World, fax_id: str) -> Row:
    row = world.store.get(FAX, fax_id)
    assert row is not None  # noqa: S101 - it was stored just now
    return row
