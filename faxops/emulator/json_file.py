"""JSON files that users write for the emulator, read with errors that say where."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

from faxops.emulator.description import Schema
from faxops.errors import UsageError


def read_json(path: Path, what: str) -> object:
    """The file's content. Raises `UsageError` if it cannot be read or is not JSON."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
        # Half of a surrogate pair is no text; nothing below could store it.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except OSError as error:
        raise UsageError(
            f"The {what} file {path} cannot be read: {error.strerror}.",
            hint="Check the path and its permissions.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(
            f"The {what} file {path} is not JSON: {error}.",
            hint="Write one JSON object in UTF-8.",
        ) from error
    return value


def checked(schema: Schema, data: object, source: str) -> Mapping[str, Any]:
    """The object `data`, which meets the schema.

    Raises `UsageError` with every violation, each with `source` and its JSON pointer.
    """
    problems = schema.problems(data)
    if problems:
        lines = [f"{source}: {each.pointer or '/'}: {each.message}" for each in problems]
        raise UsageError("\n".join(lines), hint="Correct these places and start again.")
    return cast("Mapping[str, Any]", data)
