"""Findings as commands that GitHub's runner turns into annotations of the file.

Source: GitHub docs: workflow commands, setting an error message.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faxops.report.escape import terminal
from faxops.report.sarif import full_message

Document = Mapping[str, Any]


def annotations_text(document: Document) -> str:
    """A line for each finding of a document that has `diagnostics`; nothing else is a command."""
    return "".join(f"{_annotation(each)}\n" for each in document["diagnostics"])


def _annotation(finding: Document) -> str:
    properties = {"title": f"faxops {finding['code']}"}
    if finding["file"] is not None:
        place = {"file": finding["file"], "line": finding["line"], "col": finding["column"]}
        properties = {**place, **properties}
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{finding['severity']} {told}::{_message(full_message(finding))}"


def _message(text: str) -> str:
    return "%0A".join(terminal(line).replace("%", "%25") for line in text.split("\n"))


def _property(value: object) -> str:
    return terminal(value).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
