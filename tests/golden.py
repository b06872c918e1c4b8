"""Whole rendered outputs kept as files; `make golden` rewrites them, and reviews read the diff."""

from __future__ import annotations

import os
from pathlib import Path


def check_golden(path: Path, text: str) -> None:
    """Assert that `text` is what the file holds, or write it there under `UPDATE_GOLDEN=1`.

    Files are UTF-8 with their line ends as they are. In CI the variable is refused: a run that
    writes what it should compare proves nothing.
    """
    if os.environ.get("UPDATE_GOLDEN") == "1":
        assert os.environ.get("CI", "").lower() not in {"true", "1"}, (
            "UPDATE_GOLDEN is set in CI, where golden files are compared and never written."
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode())
        return
    assert path.exists(), f"{path} is missing; `make golden` writes it."
    assert text == path.read_bytes().decode(), f"differs from {path}; `make golden` rewrites it"
