"""Webhook events for people, made from their documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from faxops.report.escape import terminal
from faxops.report.style import Style

Document = Mapping[str, Any]

_COUNTED: Final = {
    "duplicates": "came again",
    "unverified": "not verified",
    "too_large": "too large",
    "cut_short": "cut short",
    "unsaved": "not saved",
    "failed": "failed internally",
    "forwarded": "forwarded",
    "not_forwarded": "not forwarded",
    "executed": "executed",
    "not_executed": "not executed",
}


def verified_text(document: Document, style: Style) -> str:
    """The verdict, and each field that came on a line; nothing of what is not verified."""
    event = document["event"]
    if event is None:
        return ""
    shown = {name: value for name, value in event.items() if name != "raw" and value is not None}
    width = max(map(len, shown), default=0)
    lines = [f"{style.faint(f'{name:<{width}}')} = {terminal(shown[name])}" for name in shown]
    return "\n".join([style.create("Verified."), *lines]) + "\n"


def event_line(document: Document, style: Style) -> str:
    """One event of a stream: when, which fax, what happened, and what belongs to it."""
    pages = document["page_count"]
    parts = [
        style.faint(terminal(document["occurred_at"] or "-")),
        terminal(document["fax_id"] or "-"),
        style.strong(terminal(document["event_type"] or "(no event_type)")),
    ]
    if document["from"] or document["to"]:
        parts.append(f"{terminal(document['from'] or '-')} -> {terminal(document['to'] or '-')}")
    if pages is not None:
        parts.append(f"{pages} page{'' if pages == 1 else 's'}")
    if document["failure_reason"]:
        parts.append(style.error(terminal(document["failure_reason"])))
    return "  ".join(parts) + "\n"


def counts_text(document: Document, _: Style) -> str:
    """What a listener did, on one line: the events, and of all else what there was any of."""
    counts: Mapping[str, int] = document["counts"]
    events = counts["events"]
    told = [f"{events:,} event{'' if events == 1 else 's'}"]
    told += [f"{counts[name]:,} {words}" for name, words in _COUNTED.items() if counts[name]]
    return ", ".join(told) + ".\n"
