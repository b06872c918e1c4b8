"""A fax as the API shows it, and what its status means.

Source: API description: schema `Fax`; Telnyx docs: receiving webhooks for programmable fax.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

FINAL_STATUSES: Final = frozenset({"delivered", "failed", "received"})
"""A fax in one of these changes no more."""

GOOD_ENDS: Final = frozenset({"delivered", "received"})
"""The final statuses of a fax that arrived."""

OUTBOUND_STATUSES: Final = ("queued", "media.processed", "originated", "sending", "delivered")
INBOUND_STATUSES: Final = ("initiated", "receiving", "media.processing", "received")
"""The usual order of either direction; `failed` may end any of it. The set is open: the API may
show a status that is not here."""

CANCELLABLE_STATUSES: Final = frozenset({"queued", "media.processed", "originated", "sending"})
"""An outbound fax in one of these can be cancelled (API description: CancelFax)."""


@dataclass(frozen=True, slots=True)
class Fax:
    """One fax, sent or received.

    `direction` is `outbound` or `inbound`, `from_` and `to` are numbers in E.164 or, for `from_`,
    what the other side sent. `created_at` and `updated_at` are the API's texts (ISO 8601).
    A text that the API did not send is empty, and `page_count` is None. `media_url`,
    `stored_media_url` and `preview_url` are links that live for ten minutes. `raw` is the API's
    object whole, unknown fields included.
    """

    id: str
    direction: str
    status: str
    from_: str
    to: str
    connection_id: str
    created_at: str
    updated_at: str
    client_state: str = ""
    failure_reason: str = ""
    internal_failure_reason: str = ""
    media_name: str = ""
    media_url: str = ""
    stored_media_url: str = ""
    preview_url: str = ""
    page_count: int | None = None
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, compare=False)

    @classmethod
    def read(cls, raw: Mapping[str, Any]) -> Self:
        """Read one object of a reply, whose `id` the caller has checked to be a text."""
        pages = raw.get("page_count")
        return cls(
            id=raw["id"],
            **{name: _text(raw.get(name.rstrip("_"))) for name in _TEXTS},
            page_count=pages if type(pages) is int else None,
            raw=raw,
        )

    @property
    def is_final(self) -> bool:
        """Whether its status is an end."""
        return self.status in FINAL_STATUSES


_TEXTS: Final = (
    "direction",
    "status",
    "from_",
    "to",
    "connection_id",
    "created_at",
    "updated_at",
    "client_state",
    "failure_reason",
    "internal_failure_reason",
    "media_name",
    "media_url",
    "stored_media_url",
    "preview_url",
)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
