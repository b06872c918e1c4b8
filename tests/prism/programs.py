"""The programs that run: the served emulator, Prism before it, and faxops as users start it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[2]
NODE_PARTS = ROOT / "tests" / "node" / "node_modules"
PRISM = NODE_PARTS / "@stoplight" / "prism-cli" / "dist" / "index.js"
_READY_SECONDS = 30


@contextmanager
def emulator(*arguments: str) -> Generator[str]:
    """The emulator on a free port until the block ends: its base URL."""
    command = [sys.executable, "-m", "faxops", "emulator", "--port", "0", "--quiet", *arguments]
    with _running(command, ready=r"listening on (\S+)") as url:
        yield url


@contextmanager
def prism(node: str, description: Path, upstream: str, *arguments: str) -> Generator[str]:
    """Prism between a client and `upstream` on a free port until the block ends: its base URL."""
    # Through node itself, so that the process to stop is the server and not a starter of it.
    command = [node, str(PRISM), "proxy", "-h", "127.0.0.1", "-p", "0", *arguments]
    command += [str(description), upstream]
    with _running(command, ready=r"listening on (\S+)") as url:
        yield url


@contextmanager
def _running(command: Sequence[str], ready: str) -> Generator[str]:
    """A program until the block ends; yields what the group of `ready` finds in its output."""
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=_environment({}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as program:
        assert program.stdout is not None
        drain = threading.Thread(target=program.stdout.read)
        try:
            found = _first(program, program.stdout, ready)
            # A full pipe would stop the program.
            drain.start()
            yield found
        finally:
            program.terminate()
            if drain.ident is not None:
                drain.join()


def _first(program: subprocess.Popen[str], output: IO[str], pattern: str) -> str:
    """What `pattern` finds first; AssertionError if the program ends, or takes too long."""
    patience = threading.Timer(_READY_SECONDS, program.kill)
    patience.start()
    read: list[str] = []
    try:
        for line in output:
            read.append(line)
            if found := re.search(pattern, line):
                return found[1]
    finally:
        patience.cancel()
    raise AssertionError(f"{program.args} did not get ready:\n{''.join(read)}")


def faxops(folder: Path, base_url: str, *arguments: str, key: str) -> tuple[int, str]:
    """Run one command in `folder`: its exit code, and all that it printed."""
    ran = subprocess.run(
        [sys.executable, "-m", "faxops", *arguments],
        cwd=folder,
        env=_environment({"TELNYX_BASE_URL": base_url, "TELNYX_API_KEY": key}),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    return ran.returncode, ran.stdout


def _environment(added: dict[str, str]) -> dict[str, str]:
    """What the programs need of the environment, and nothing that would steer them."""
    kept = ("PATH", "HOME", "LANG", "SYSTEMROOT", "TMPDIR")
    inherited = {name: os.environ[name] for name in kept if name in os.environ}
    return {**inherited, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **added}
