"""A document as JSON text, the same everywhere."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def json_text(document: Mapping[str, Any]) -> str:
    """Indented, ASCII only (so that no foreign character acts on a terminal), one line end."""
    return json.dumps(document, indent=2) + "\n"
