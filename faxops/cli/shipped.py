"""The schemas and examples that ship with faxops: beside the package, or in it once installed."""

from __future__ import annotations

from pathlib import Path


def shipped(folder: str, *parts: str) -> Path:
    """A file of `schemas/` or `examples/`.

    In a checkout they stand at the top level; the wheel carries them inside the package.
    """
    package = Path(__file__).parents[1]
    installed = package / folder
    return (installed if installed.is_dir() else package.parent / folder).joinpath(*parts)
