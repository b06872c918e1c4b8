"""Which webhook is to be POSTed when, and what became of it, in the store.

An event is a row of kind `EVENT`. Its progress is kept beside it, so that after a restart every
delivery goes on where it stood. Telnyx docs: webhook fundamentals, retries and failover.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, Literal

from faxops.emulator.replies import dump
from faxops.emulator.scenario import Webhooks
from faxops.emulator.store import Condition, Row
from faxops.emulator.world import EVENT, World, stamp

DELIVERY: Final = "delivery"
ATTEMPTS_PER_URL: Final = 3
TIMEOUT_SECONDS: Final = 2.0
# The word for a POST that was never tried, because its host may not receive any.
NOT_SENT: Final = "not_sent"
# How long `reorder` holds an event back, at most. Several stages of a fax fit in.
_HELD_SECONDS: Final = 10.0

Outcome = Literal["delivered", "given_up", "no_url"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the delivery of one event is.

    `due` is when to POST next (ISO 8601), None once it is over. `failures` counts failed attempts
    over all URLs, `copies` the POSTs still to be made after the first good one, `posts` all made.
    """

    due: str | None = None
    failures: int = 0
    copies: int = 0
    posts: int = 0
    outcome: Outcome | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One POST that is due: attempt number `attempt`, from 1, counted over all URLs."""

    event: Row
    url: str
    attempt: int
    timeout_seconds: float

    def body(self) -> bytes:
        """The envelope around the event, as it is signed and sent."""
        meta = {"attempt": self.attempt, "delivered_to": self.url}
        return dump({"data": json.loads(self.event.body)["event"], "meta": meta}).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What a receiver said: a status, or in `error` the word for why there is none.

    The words are `timed_out`, `not_connected`, `connection_lost`, `bad_url` and `not_sent`.
    """

    status: int | None
    error: str = ""


def due_posts(world: World, webhooks: Webhooks, busy: Collection[str], limit: int) -> list[Post]:
    """The POSTs that are due, the first due first, at most `limit`; not those of `busy` events.

    Events seen for the first time are taken on.
    """
    _take_on(world, webhooks)
    rows = world.store.select(
        EVENT,
        Condition("json_extract(hidden, '$.due') <= ?", (world.stamp(),)),
        order="json_extract(hidden, '$.due'), seq",
        limit=limit + len(busy),
    )
    return [_post(world, row) for row in rows if row.id not in busy][:limit]


def next_post(world: World, busy: Collection[str]) -> datetime | None:
    """When the next POST is due, those of `busy` events aside."""
    rows = world.store.select(
        EVENT,
        Condition("json_extract(hidden, '$.due') IS NOT NULL"),
        order="json_extract(hidden, '$.due'), seq",
        limit=1 + len(busy),
    )
    moments = [_progress(row).due for row in rows if row.id not in busy]
    return datetime.fromisoformat(moments[0]) if moments and moments[0] else None


def count_waiting(world: World) -> int:
    """How many events are still to be delivered."""
    waits = "(hidden IS NULL OR json_extract(hidden, '$.due') IS NOT NULL)"
    return world.store.count(EVENT, Condition(waits))


def keep(world: World, webhooks: Webhooks, post: Post, answer: Answer) -> None:
    """Keep an attempt with its answer, and what follows from it for the event."""
    event = json.loads(post.event.body)["event"]
    before = _progress(post.event)
    good = _is_success(world, answer)
    _write_attempt(world, post, event, answer, before.posts + 1, accepted=good)
    posted = replace(before, posts=before.posts + 1)
    if good or before.outcome == "delivered":
        after = _accepted(posted, world.now())
    else:
        # A URL that may not be sent to is given up at once.
        left = ATTEMPTS_PER_URL - before.failures % ATTEMPTS_PER_URL
        failures = before.failures + (left if answer.error == NOT_SENT else 1)
        failed = replace(posted, failures=failures)
        after = _refused(failed, world.now(), len(_urls(post.event)), webhooks.retry_seconds)
    _write_progress(world, post.event, after)


def _write_attempt(
    world: World,
    post: Post,
    event: Mapping[str, Any],
    answer: Answer,
    number: int,
    *,
    accepted: bool,
) -> None:
    at = world.stamp()
    attempt = {
        "event_id": post.event.id,
        "event_type": event["event_type"],
        "fax_id": post.event.name,
        "url": post.url,
        "attempt": post.attempt,
        "status": answer.status,
        "error": answer.error,
        "accepted": accepted,
        "at": at,
    }
    world.store.insert(
        DELIVERY,
        f"{post.event.id}/{number}",
        created_at=at,
        name=post.event.id,
        body=dump(attempt),
        hidden=None,
    )


def _take_on(world: World, webhooks: Webhooks) -> None:
    for row in world.store.select(EVENT, Condition("hidden IS NULL")):
        _write_progress(world, row, _first(row, webhooks))


def _first(row: Row, webhooks: Webhooks) -> Progress:
    if not _urls(row):
        return Progress(outcome="no_url")
    # Seeded by the event, so that a scenario runs the same way each time it runs.
    chance = Random(row.id)  # noqa: S311 - no secret
    whole = int(webhooks.duplicates)
    copies = whole + (chance.random() < webhooks.duplicates - whole)
    held = chance.random() * _HELD_SECONDS if webhooks.reorder else 0.0
    due = datetime.fromisoformat(row.created_at) + timedelta(seconds=held)
    return Progress(stamp(due), copies=copies)


def _accepted(posted: Progress, now: datetime) -> Progress:
    # The first good answer leaves the copies to be made; each further POST is one of them.
    copies = posted.copies - (posted.outcome == "delivered")
    due = stamp(now) if copies else None
    return replace(posted, due=due, copies=copies, outcome="delivered")


def _refused(failed: Progress, now: datetime, urls: int, retry_seconds: float) -> Progress:
    if failed.failures == urls * ATTEMPTS_PER_URL:
        return replace(failed, due=None, outcome="given_up")
    at_this_url = failed.failures % ATTEMPTS_PER_URL
    # The failover URL is tried as soon as the primary one is given up.
    wait = retry_seconds * 2 ** (at_this_url - 1) if at_this_url else 0
    return replace(failed, due=stamp(now + timedelta(seconds=wait)))


def _is_success(world: World, answer: Answer) -> bool:
    if world.behaviours.webhook_success == "any_2xx":
        return answer.status is not None and 200 <= answer.status < 300  # noqa: PLR2004 - 2xx
    return answer.status == 200  # noqa: PLR2004 - the one status of success


def _post(world: World, row: Row) -> Post:
    failures = _progress(row).failures
    own = json.loads(row.body)["timeout_secs"]
    by_application = world.behaviours.webhook_timeout == "application" and own
    timeout = float(own) if by_application else TIMEOUT_SECONDS
    return Post(row, _urls(row)[failures // ATTEMPTS_PER_URL], failures + 1, timeout)


def _urls(row: Row) -> list[str]:
    return [url for url in json.loads(row.body)["urls"] if url]


def _progress(row: Row) -> Progress:
    return Progress(**json.loads(row.hidden or "{}"))


def _write_progress(world: World, row: Row, progress: Progress) -> None:
    world.store.update(row, name=row.name, body=row.body, hidden=dump(asdict(progress)))
