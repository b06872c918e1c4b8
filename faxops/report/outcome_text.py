"""What an apply did, for people, made from its document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from faxops.report.escape import terminal
from faxops.report.style import Style

Document = Mapping[str, Any]

_DONE: Final = {
    "create": "created",
    "update": "updated",
    "delete": "destroyed",
    "no-op": "imported",
    "import": "imported",
    "forget": "forgotten",
}


def outcome_text(document: Document, style: Style) -> str:
    """The report after an apply, ending in a line break.

    Changes that went well were told while they happened; here stand the others, what the API
    stored differently, and the line that scripts parse.
    """
    lines: list[str] = []
    for change in document["changes"]:
        if change["outcome"] != "applied" or change["error"]:
            lines += [*_trouble(change, style), ""]
    lines += _stored_differently(document["stored_differently"], style)
    if document["unconfirmed"]:
        why = terminal(document["unconfirmed"])
        warning = style.warning("Warning")
        lines += [f"{warning}: the account could not be read again after the apply: {why}", ""]
    if document["stopped"]:
        lines += [f"Sending stopped: {terminal(document['stopped'])}.", ""]
    lines.append(style.strong(last_line(document)))
    return "\n".join(lines) + "\n"


def last_line(document: Document) -> str:
    """`Apply complete! …`, or what is left when it is not."""
    counts = document["summary"]
    parts = [
        f"{counts['added']} added",
        f"{counts['changed']} changed",
        f"{counts['destroyed']} destroyed",
    ]
    if counts["imported"]:
        parts.insert(0, f"{counts['imported']} imported")
    if counts["forgotten"]:
        parts.append(f"{counts['forgotten']} forgotten")
    done = ", ".join(parts)
    if not document["errored"]:
        return f"Apply complete! Resources: {done}."
    left = [
        f"{counts[name]} {name.replace('_', ' ')}"
        for name in ("failed", "unknown", "not_attempted")
        if counts[name]
    ]
    return f"Apply incomplete. Resources: {', '.join([done, *left])}."


def progress_line(address: str, action: str, object_id: str | None, style: Style) -> str:
    """One change that went well, as it is told while the apply runs."""
    where = f" ({object_id})" if object_id else ""
    return f"{style.create('done')} {address}: {_DONE[action]}{where}"


def _trouble(change: Document, style: Style) -> Iterator[str]:
    partly = change["outcome"] == "applied"
    word = "partly applied" if partly else change["outcome"].replace("_", " ")
    paint = style.warning if change["outcome"] == "not_attempted" else style.error
    where = f" ({change['id']})" if change["id"] else ""
    yield f"{paint(word)} {change['address']}: {change['action']}{where}"
    if change["reason"]:
        yield f"  {terminal(change['reason'])}"
    error = change["error"]
    if error and error["request_id"]:
        yield f"  Request id: {terminal(error['request_id'])}"
    if change["outcome"] == "unknown":
        yield "  -> Run `faxops plan` to see what it became; running apply again is safe."


def _stored_differently(entries: list[Document], style: Style) -> Iterator[str]:
    for entry in entries:
        sent, stored = terminal(entry["sent"]), terminal(entry["stored"])
        yield (
            f"{style.warning('Stored differently')} {entry['address']} ({entry['id']}):"
            f" {entry['path']} was sent as {sent} and is shown as {stored}"
        )
    if entries:
        yield "-> Write the value that the API shows into the file, or report it to Telnyx."
        yield ""
