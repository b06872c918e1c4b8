"""Golden files, and configurations written by a test."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

# How long an example takes says nothing on a machine that does other things as well.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")

Golden = Callable[[Path, str], None]


@pytest.fixture
def golden() -> Golden:
    """Compare a text with a file; `UPDATE_GOLDEN=1` writes the file instead."""

    def compare(path: Path, text: str) -> None:
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert path.is_file(), f"{path} is missing; run with UPDATE_GOLDEN=1"
        assert text == path.read_text(encoding="utf-8")

    return compare


Written = Callable[..., Path]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Write files into a new folder; the answer is the path of `faxops.yaml` in it."""

    def write(main: str, **files: str) -> Path:
        for name, text in {"faxops.yaml": main, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return tmp_path / "faxops.yaml"

    return write
