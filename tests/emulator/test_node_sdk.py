"""The official Node SDK, unchanged, against the served emulator."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from faxops.emulator.application import Emulator
from tests.real_parts import real_part

FOLDER = Path(__file__).parents[1] / "node"
HOW_TO_GET = "Install Node.js 20 or newer, then run `npm install` in tests/node."


@pytest.mark.slow
def test_the_node_sdk_works_through_seven_hundred_applications(
    serve: Callable[..., tuple[str, Emulator]],
) -> None:
    node = shutil.which("node")
    installed = (FOLDER / "node_modules" / "telnyx").is_dir()
    if not real_part("The Node SDK", found=bool(node) and installed, how_to_get=HOW_TO_GET):
        return
    url, emulator = serve()
    command = [node or "node", "fax_applications.mjs", url]
    ran = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False
    )
    assert (ran.stdout, ran.stderr, ran.returncode) == ("ok\n", "", 0)
    pages = [each for each in emulator.requests() if each.query.startswith("page")]
    assert len(pages) == 3
