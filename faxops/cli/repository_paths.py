"""Paths of files as a forge knows them: from the root of the repository, not from where we run."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

Document = Mapping[str, Any]

_ROOTS: Final = ("GITHUB_WORKSPACE", "CI_PROJECT_DIR")
"""Each CI system's variable for the checkout, by its documentation of predefined variables."""


def in_repository(document: Document, environ: Mapping[str, str], folder: Path) -> Document:
    """`document` with the paths of its findings and sources from the root of the checkout.

    They are read from `folder`, where the process runs. Outside of a CI job, and for a file
    outside of the checkout, a path stays as it is.
    """
    root = next((environ[name] for name in _ROOTS if environ.get(name)), "")
    return _moved(document, Path(root).resolve(), folder.resolve()) if root else document


def _moved(document: Document, root: Path, folder: Path) -> Document:
    def placed(entry: Document | None) -> Document | None:
        if entry is None or entry["file"] is None:
            return entry
        path = Path(os.path.normpath(folder / entry["file"]))
        inside = path.is_relative_to(root)
        return {**entry, "file": path.relative_to(root).as_posix()} if inside else entry

    moved = {**document}
    if "plan" in document:
        moved["plan"] = _moved(document["plan"], root, folder)
    if "diagnostics" in document:
        moved["diagnostics"] = [placed(each) for each in document["diagnostics"]]
    if "resource_changes" in document:
        moved["resource_changes"] = [
            {**each, "source": placed(each["source"])} for each in document["resource_changes"]
        ]
    return moved
