"""The account as it was read for one plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from faxops.model.live import LiveResource


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything live that a plan is made from.

    `account` is the organization id that the key belongs to, empty when the API did not tell.
    `live` holds, by kind name, every object of the account, ours or not. `attached` holds, by
    object id, the phone numbers that point at it; only objects to be destroyed are looked up.
    """

    account: str
    base_url: str
    live: Mapping[str, tuple[LiveResource, ...]]
    attached: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
