"""`drift --who`: the account's audit log asked who changed what differs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Any, Final

from faxops.reconcile.plan import Change, Plan
from faxops.report.drift_document import identity_of_change, paths_asked_for, who_documents
from faxops.report.masking import Masker
from faxops.telnyx.audit_events import audit_events
from faxops.telnyx.client import TelnyxClient

_MOST_EVENTS: Final = 5
_WHOLE: Final = ""

Who = Mapping[tuple[str, str], list[dict[str, Any]]]


async def who_changed(client: TelnyxClient, plan: Plan, since: datetime, masker: Masker) -> Who:
    """What the audit log since then says of each change of the plan, by address and id.

    The newest events come first, at most five for each change. It is read backwards until there
    is one for every field that differs. Raises an `ApiError`.
    """
    changes = {change.id: change for change in plan.changes if change.id}
    found: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    open_: dict[str, set[str]] = {id_: _asked(change) for id_, change in changes.items()}
    if not changes:
        return found
    async with aclosing(audit_events(client, since)) as events:
        async for event in events:
            for object_id in event.ids & changes.keys():
                change = changes[object_id]
                told = list(who_documents(change, event, masker))
                kept = found[identity_of_change(change)]
                kept += told[: _MOST_EVENTS - len(kept)]
                if told:
                    open_[object_id] -= {_WHOLE, *(each["field"] for each in told)}
            if not any(open_.values()):
                break
    return found


def _asked(change: Change) -> set[str]:
    return set(paths_asked_for(change)) or {_WHOLE}
