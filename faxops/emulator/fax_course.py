"""The course of a fax: which statuses it passes, when, and with which webhook event. Pure.

Source: API description: status and events of faxes; Telnyx docs: receiving webhooks, receive a fax
via API. The order of the statuses is inferred from the order of the events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

Direction = Literal["inbound", "outbound"]

OUTBOUND: Final = ("queued", "media.processed", "originated", "sending", "delivered")
INBOUND: Final = ("initiated", "receiving", "media.processing", "received")
FAILED: Final = "failed"
TERMINAL: Final = frozenset({"delivered", "received", FAILED})
# API description: the outbound statuses in which a fax can be cancelled.
CANCELLABLE: Final = frozenset(OUTBOUND[:-1])
SENDER_CANCELED: Final = "sender_canceled"

# `originated` and `initiated` have no event.
EVENTS: Final = {
    "queued": "fax.queued",
    "media.processed": "fax.media.processed",
    "sending": "fax.sending.started",
    "delivered": "fax.delivered",
    "receiving": "fax.receiving.started",
    "media.processing": "fax.media.processing.started",
    "received": "fax.received",
    FAILED: "fax.failed",
}

# What is known about a fax before it is called for: its file.
_MEDIA_REASONS: Final = frozenset(
    {
        "file_format_invalid",
        "file_download_failed",
        "file_size_limit_exceeded",
        "page_count_limit_exceeded",
        "media_processing_exception",
    }
)
# What the account forbids, so that no call is made.
_ACCOUNT_REASONS: Final = frozenset(
    {
        "account_disabled",
        "connection_channel_limit_exceeded",
        "destination_invalid",
        "destination_not_in_countries_whitelist",
        "destination_not_in_service_plan",
        "no_outbound_profile",
        "outbound_profile_channel_limit_exceeded",
        "outbound_profile_daily_spend_limit_exceeded",
        "unverified_destination_not_allowed",
        "unverified_origination_number",
        "user_channel_limit_exceeded",
    }
)
# What breaks a call that is already sending pages.
_TRANSFER_REASONS: Final = frozenset(
    {
        "carrier_lost",
        "fax_initial_communication_timeout",
        "fax_signaling_error",
        "invalid_ecm_response_from_receiver",
        "receiver_call_dropped",
        "receiver_communication_error",
        "sender_call_dropped",
        "sender_communication_error",
    }
)


@dataclass(frozen=True, slots=True)
class FaxSettings:
    """What a scenario says about faxes.

    `step_seconds` is how long each status lasts, and each page. `outcomes` gives the faxes to a
    number their failure reason. `pages` is how many pages a document has that is not sent along.
    """

    step_seconds: float = 1.0
    outcomes: Mapping[str, str] = field(default_factory=dict[str, str])
    pages: int = 1


# The most pages that a fax here can be said to have, far above what the API lets through.
MOST_PAGES: Final = 10_000
DEFAULT_FAXES: Final = FaxSettings()


@dataclass(frozen=True, slots=True)
class Step:
    """One status, reached so many seconds after the fax was made."""

    status: str
    after_seconds: float

    @property
    def event(self) -> str | None:
        """The type of the webhook event that tells of it; None is no event."""
        return EVENTS.get(self.status)


def course(
    direction: Direction, *, failure_reason: str | None, pages: int, step_seconds: float
) -> tuple[Step, ...]:
    """Every step of a fax, the first at 0 s.

    Each step takes `step_seconds`; the pages take as long each. A fax that fails stops after the
    status in which its reason shows: its file when it is processed, what the account forbids
    before the call, a call that breaks while pages are sent, and every other reason when nobody
    takes the call.
    """
    statuses = OUTBOUND if direction == "outbound" else INBOUND
    if failure_reason is not None:
        last = statuses.index(_fails_in(direction, failure_reason))
        statuses = (*statuses[: last + 1], FAILED)
    steps: list[Step] = []
    after = 0.0
    for status in statuses:
        steps.append(Step(status, after))
        after += step_seconds * (pages if status in ("sending", "receiving") else 1)
    return tuple(steps)


def _fails_in(direction: Direction, reason: str) -> str:
    """The status that a fax with this reason reaches last."""
    if direction == "inbound":
        return "media.processing" if reason in _MEDIA_REASONS else "receiving"
    if reason in _MEDIA_REASONS:
        return "queued"
    if reason in _ACCOUNT_REASONS:
        return "media.processed"
    return "sending" if reason in _TRANSFER_REASONS else "originated"


def call_seconds(steps: tuple[Step, ...]) -> int:
    """How long the call of a fax that got through took, in whole seconds, at least one."""
    calling = next(each for each in steps if each.status in ("originated", "initiated"))
    return max(1, round(steps[-1].after_seconds - calling.after_seconds))
