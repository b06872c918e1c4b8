"""The official Node SDK, unchanged, against the served emulator."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from faxops.emulator.application import Emulator
from tests.emulator.account import INTAKE
from tests.real_parts import real_part

Serve = Callable[..., tuple[str, Emulator]]
FOLDER = Path(__file__).parents[1] / "node"
HOW_TO_GET = "Install Node.js 20 or newer, then run `npm install` in tests/node."
# Webhooks of a served emulator really leave; nothing listens there, so they end at once.
SENDER = {**INTAKE, "webhook_event_url": "http://127.0.0.1:1/"}

pytestmark = pytest.mark.slow


def _node() -> str | None:
    """The Node program, if it and the SDK are there."""
    node = shutil.which("node")
    installed = (FOLDER / "node_modules" / "telnyx").is_dir()
    found = real_part("The Node SDK", found=bool(node) and installed, how_to_get=HOW_TO_GET)
    return node if found else None


def _run(*command: str) -> tuple[str, str, int]:
    """What a script prints, complains, and ends with."""
    ran = subprocess.run(
        command, cwd=FOLDER, capture_output=True, text=True, timeout=120, check=False
    )
    return ran.stdout, ran.stderr, ran.returncode


def test_the_node_sdk_works_through_seven_hundred_applications(serve: Serve) -> None:
    node = _node()
    if node is None:
        return
    url, emulator = serve()
    assert _run(node, "fax_applications.mjs", url) == ("ok\n", "", 0)
    pages = [each for each in emulator.requests() if each.query.startswith("page")]
    assert len(pages) == 3


def test_the_node_sdk_sends_receives_and_lists_faxes(serve: Serve) -> None:
    node = _node()
    if node is None:
        return
    seed = {"fax_applications": [SENDER]}
    slow, _ = serve(seed=seed, faxes={"step_seconds": 600})
    fast, emulator = serve(seed=seed, faxes={"step_seconds": 0})
    assert _run(node, "faxes.mjs", slow, fast) == ("ok\n", "", 0)
    pages = [each for each in emulator.requests() if "page" in each.query]
    assert len(pages) == 4
