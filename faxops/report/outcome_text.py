"""What an apply did, for people, made from its document."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from faxops.report.diagnostics import diagnostics_text
from faxops.report.escape import terminal
from faxops.report.literal import literal
from faxops.report.style import Style

Document = Mapping[str, Any]

DONE: Final = {
    "create": "created",
    "update": "updated",
    "delete": "destroyed",
    "no-op": "imported",
    "import": "imported",
    "forget": "forgotten",
}
"""What became of an object, by the action that was done to it."""

_LEFT: Final = ("failed", "unknown", "not_attempted", "stored_differently")


def outcome_text(document: Document, style: Style) -> str:
    """The report after an apply, ending in a line break.

    Changes that went well were told while they happened; here stand the others, what the API
    stored differently, and the line that scripts parse. Of an apply that sent no write, here
    stands why.
    """
    stopped = document["stopped"]
    if document["errored"] and not document["changes"]:
        causes = diagnostics_text(document["plan"]["diagnostics"], style)
        return "\n".join([*causes, style.strong(last_line(document))]) + "\n"
    blocks = [
        list(trouble_lines(change, style))
        for change in document["changes"]
        if change["error"] or change["outcome"] not in {"applied", "not_attempted"}
    ]
    blocks.append(list(_not_attempted(document["changes"], stopped, style)))
    blocks.append(list(differently_lines(document["stored_differently"], style)))
    if document["unconfirmed"]:
        why = terminal(document["unconfirmed"])
        warning = style.warning("Warning")
        blocks.append([f"{warning}: the apply could not be confirmed: {why}"])
    if stopped:
        blocks.append([f"Sending stopped: {terminal(stopped)}."])
    blocks.append([style.strong(last_line(document))])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def last_line(document: Document) -> str:
    """`Apply complete! …`, or what is left when it is not."""
    counts = document["summary"]
    if document["errored"] and not document["changes"]:
        return "Apply failed. Nothing was changed."
    parts = [
        f"{counts['added']} added",
        f"{counts['changed']} changed",
        f"{counts['destroyed']} destroyed",
    ]
    if counts["imported"]:
        parts.insert(0, f"{counts['imported']} imported")
    if counts["forgotten"]:
        parts.append(f"{counts['forgotten']} forgotten")
    if not document["errored"]:
        return f"Apply complete! Resources: {', '.join(parts)}."
    counts = {**counts, "stored_differently": len(document["stored_differently"])}
    parts += [f"{counts[name]} {name.replace('_', ' ')}" for name in _LEFT if counts[name]]
    if document["unconfirmed"]:
        parts.append("not confirmed")
    return f"Apply incomplete. Resources: {', '.join(parts)}."


def progress_line(address: str, action: str, object_id: str | None, style: Style) -> str:
    """One change that went well, as it is told while the apply runs."""
    where = f" ({terminal(object_id)})" if object_id else ""
    return f"{style.create('done')} {terminal(address)}: {DONE[action]}{where}"


def trouble_lines(change: Document, style: Style) -> Iterator[str]:
    """One change that did not go well, why, and what to do."""
    partly = change["outcome"] == "applied"
    word = "partly applied" if partly else change["outcome"].replace("_", " ")
    yield _line(style.error(word), change)
    if change["reason"]:
        yield f"  {terminal(change['reason'])}"
    error = change["error"]
    if error and error["request_id"] and error["request_id"] not in change["reason"]:
        yield f"  Request id: {terminal(error['request_id'])}"
    if change["outcome"] == "unknown":
        yield "  -> Run `faxops plan` to see what it became; running apply again is safe."


def _not_attempted(changes: list[Document], stopped: str | None, style: Style) -> Iterator[str]:
    """A line each, close together: there may be thousands, mostly for the one reason."""
    for change in changes:
        if change["outcome"] == "not_attempted":
            yield _line(style.warning("not attempted"), change)
            if change["reason"] and change["reason"] != stopped:
                yield f"  {terminal(change['reason'])}"


def _line(word: str, change: Document) -> str:
    where = f" ({terminal(change['id'])})" if change["id"] else ""
    return f"{word} {terminal(change['address'])}: {terminal(change['action'])}{where}"


def differently_lines(entries: list[Document], style: Style) -> Iterator[str]:
    """What the API stored otherwise than it was sent, field by field."""
    for entry in entries:
        head = f"{style.warning('stored differently')} {terminal(entry['address'])}"
        yield f"{head} ({terminal(entry['id'])})"
        if entry["path"] is None:
            yield "  The API does not show the tags by which faxops knows its own applications."
            continue
        yield f"  {terminal(entry['path'])} was sent as {literal(entry['sent'])}"
        yield f"  {' ' * len(entry['path'])} and is shown as {literal(entry['stored'])}"
    if any(entry["path"] for entry in entries):
        yield "  -> Write the value that the API shows into the file, or report it to Telnyx."
