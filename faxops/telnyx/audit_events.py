"""The account's audit log, from now backwards.

Source: Telnyx docs: audit logs: "a best-effort, eventually consistent record of significant
account-related changes", with `filter[created_after]`, `sort` and pages. It is for telling people,
never for deciding.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import suppress
from datetime import datetime
from typing import Final

from faxops.model.audit_event import AuditEvent
from faxops.telnyx.client import TelnyxClient

# No document names the largest page; the examples have 10 and 25.
_PAGE_SIZE: Final = 100
_MOST_PAGES: Final = 50


async def audit_events(client: TelnyxClient, since: datetime) -> AsyncGenerator[AuditEvent]:
    """The account's events since then, the newest first; at most 5,000 of them.

    Costs one request for each hundred that is asked for. Raises an `ApiError`.
    """
    query = {"filter[created_after]": since.isoformat().replace("+00:00", "Z"), "sort": "desc"}
    for number in range(1, _MOST_PAGES + 1):
        paging = {"page[number]": number, "page[size]": _PAGE_SIZE}
        answer = await client.request("GET", "/audit_events", params={**paging, **query})
        items = answer.the_items()
        for item in items:
            event = AuditEvent.read(item)
            if _is_before(event, since):
                return
            yield event
        if len(items) < _PAGE_SIZE:
            return


def _is_before(event: AuditEvent, since: datetime) -> bool:
    """Whether the API went on past the filter's moment."""
    with suppress(ValueError, TypeError):
        return datetime.fromisoformat(event.at) < since
    return False
