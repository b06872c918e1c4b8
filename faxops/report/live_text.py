"""Live objects for people, made from their documents."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from faxops.model.registry import KINDS
from faxops.report.escape import terminal
from faxops.report.excerpt import display_width
from faxops.report.style import Style

Document = Mapping[str, Any]


def live_list_text(document: Document, style: Style) -> str:
    """A table: id, name, whether it is active, owner."""
    rows = [_row(each) for each in cast("list[Document]", document["resources"])]
    if not rows:
        return "There is no fax application in this account.\n"
    head = ("ID", "NAME", "ACTIVE", "OWNER")
    widths = [max(map(display_width, column)) for column in zip(head, *rows, strict=True)]
    lines = [style.strong(_line(head, widths)), *(_line(row, widths) for row in rows)]
    return "\n".join(lines) + "\n"


def live_text(document: Document, style: Style) -> str:
    """One object: every field on a line, nested ones by their dotted path."""
    pairs = list(_flat(document["object"]))
    owners = ", ".join(document["owners"]) or "nobody: it is unmanaged"
    pairs.append(("owner", terminal(owners)))
    width = max(len(name) for name, _ in pairs)
    return "".join(f"{style.faint(f'{name:<{width}}')} = {value}\n" for name, value in pairs)


def _row(document: Document) -> tuple[str, str, str, str]:
    name_field = next(kind.name_field for kind in KINDS if kind.name == document["type"])
    name = terminal(document["object"].get(name_field, ""))
    active = "yes" if document["object"].get("active", True) else "no"
    return (terminal(document["id"]), name, active, terminal(", ".join(document["owners"]) or "-"))


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = zip(row, widths, strict=True)
    return "  ".join(text + " " * (width - display_width(text)) for text, width in cells).rstrip()


def _flat(values: Document, prefix: str = "") -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        path = terminal(prefix + name)
        if isinstance(value, Mapping):
            yield from _flat(cast("Document", value), f"{path}.")
        else:
            yield path, terminal(json.dumps(value, ensure_ascii=False))
