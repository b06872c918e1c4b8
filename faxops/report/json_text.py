"""A document as JSON text, the same everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

# GitHub's and Azure's runners take these for commands anywhere in a line of a log. Outside of
# texts JSON has no "#", and in them \u0023 is the same.
_CI_COMMANDS: Final = ("##[", "##vso[")


def json_text(document: Mapping[str, Any] | Sequence[Any]) -> str:
    """Indented, ASCII only (so that no foreign character acts on a terminal), one line end."""
    return _harmless(json.dumps(document, indent=2)) + "\n"


def json_line(document: Mapping[str, Any]) -> str:
    """The same as one line, for a stream of documents."""
    return _harmless(json.dumps(document)) + "\n"


def _harmless(text: str) -> str:
    for command in _CI_COMMANDS:
        text = text.replace(command, f"\\u0023{command[1:]}")
    return text
