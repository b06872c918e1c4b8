"""The plan for people, made from its document: `plan`, `show PLAN` and `drift` print it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from faxops.report.change_text import change_lines, glyph_painter
from faxops.report.change_view import GLYPHS, change_view, words_of
from faxops.report.diagnostics import diagnostics_text
from faxops.report.escape import terminal
from faxops.report.literal import literal
from faxops.report.style import Style

_DRIFTED: Final = "The account differs from the configuration. An apply would do this:"

_CAUSES: Final = {
    "config": "by this branch",
    "drift": "by drift",
    "both": "by both",
}

NO_CHANGES: Final = "No changes. Your fax applications match the configuration."

Document = Mapping[str, Any]


def plan_text(document: Document, style: Style) -> str:
    """The whole report, ending in a line break.

    `document` is that of `plan_document`, fresh or read from a saved plan.
    """
    would = "would" if document["errored"] else "will"
    return _text(document, style, f"faxops {would} perform these actions:")


def drift_text(document: Document, style: Style) -> str:
    """The same for `drift`, which performs nothing."""
    return _text(document, style, _DRIFTED)


def _text(document: Document, style: Style, opening: str) -> str:
    blocks: list[list[str]] = []
    changes = cast("list[Document]", document["resource_changes"])
    if changes:
        blocks.append([opening, *_legend(changes, style)])
        views = (change_view(change, document["stack"]) for change in changes)
        blocks += [list(change_lines(view, style)) for view in views]
        causes = cause_line(document)
        blocks.append([style.strong(summary_line(document["summary"])), *([causes] * bool(causes))])
    elif not document["errored"]:
        blocks.append([style.strong(NO_CHANGES)])
    limits = limits_text(document)
    blocks.append(
        [f"This plan is limited by {limits}; the rest was not looked at."] if limits else []
    )
    unmanaged = unmanaged_lines(document["unmanaged"])
    blocks.append([*map(style.faint, unmanaged[:1]), *unmanaged[1:]])
    blocks.append(diagnostics_text(document["diagnostics"], style)[:-1])
    if document["errored"] and document["config_digest"] is not None:
        refused = style.error("Refused.")
        blocks.append([f"{refused} Nothing can be applied until this is resolved."])
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def summary_line(summary: Mapping[str, int]) -> str:
    """The line that scripts parse; imports and forgets are named only when there are some."""
    parts = [f"{summary['import']} to import"] if summary["import"] else []
    parts += [
        f"{summary['add']} to add",
        f"{summary['change']} to change",
        f"{summary['destroy']} to destroy",
    ]
    if summary["forget"]:
        parts.append(f"{summary['forget']} to forget")
    return f"Plan: {', '.join(parts)}."


def cause_line(document: Document) -> str:
    """How many changes are of this branch and how many drift; empty if that was not looked at."""
    found = [change["cause"] for change in document["resource_changes"]]
    counts = {words: found.count(cause) for cause, words in _CAUSES.items()}
    told = [f"{count} {words}" for words, count in counts.items() if count]
    return f"Caused: {', '.join(told)}." if told else ""


def _legend(changes: list[Document], style: Style) -> Iterator[str]:
    present = {word for change in changes for word in words_of(change)}
    for word, text in GLYPHS.items():
        if word in present:
            yield f"  {glyph_painter(word, style)(text)}"


def limits_text(document: Document) -> str:
    """The flags that limit the plan to a part of the stack, or nothing."""
    flags = [f"--target {terminal(glob)}" for glob in document["target"]]
    return " ".join([*flags, *(f"--exclude {terminal(glob)}" for glob in document["exclude"])])


def unmanaged_lines(unmanaged: Document) -> list[str]:
    """The sentence on live applications of others, and a line each if they are to be listed."""
    count = unmanaged["count"]
    if not count:
        return []
    one = count == 1
    sentence = (
        f"{count} live application{'' if one else 's'} {'is' if one else 'are'} not managed by"
        " this stack and will not be touched."
    )
    return [sentence, *map(_unmanaged, unmanaged["resources"])]


def _unmanaged(each: Document) -> str:
    owner = f", owned by {terminal(each['owner'])}" if each["owner"] else ""
    name = "(no name)" if each["name"] is None else literal(each["name"])
    return f"  {terminal(each['id'])}  {name}{owner}"
