"""faxops as its users meet it: a process with arguments, an environment and a folder."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FAXOPS = (sys.executable, "-m", "faxops")
PATIENCE_SECONDS = 30.0
_VARYING = (
    (re.compile(r"\b[0-9]+ ms\b"), "N ms"),
    (re.compile(r"\b20\d\d-\d\d-\d\dT[0-9:.]+(?:Z|\+00:00)"), "<time>"),
    (re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b"), "<uuid>"),
    (re.compile(r"127\.0\.0\.1:[0-9]+"), "127.0.0.1:<port>"),
)


@dataclass(frozen=True, slots=True)
class Finished:
    """How a run ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.out)

    def transcript(self, command: str) -> str:
        """All of it as one text, with what differs from run to run replaced by its kind."""
        text = (
            f"$ faxops {command}\n[exit {self.code}]\n--- stdout\n{self.out}--- stderr\n{self.err}"
        )
        for pattern, word in _VARYING:
            text = pattern.sub(word, text)
        return text


@dataclass(frozen=True, slots=True)
class Program:
    """Runs faxops in `folder`, with a clean environment and an empty home."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict[str, str])

    def environment(self, env: Mapping[str, str] | None = None) -> dict[str, str]:
        """What a process gets, and nothing else: `env` comes on top."""
        home = self.folder / "home"
        home.mkdir(exist_ok=True)
        clean = {"HOME": str(home), "PATH": os.defpath, "COLUMNS": "80", "LANG": "C.UTF-8"}
        return {**clean, **self.variables, **(env or {})}

    def __call__(
        self,
        *arguments: str | Path,
        env: Mapping[str, str] | None = None,
        typed: str = "",
        timeout: float = PATIENCE_SECONDS,
    ) -> Finished:
        """Run to the end, with `typed` on standard input, which is no terminal."""
        done = subprocess.run(
            [*FAXOPS, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(env),
            input=typed,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        return Finished(done.returncode, done.stdout, done.stderr)

    def start(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None
    ) -> subprocess.Popen[str]:
        """Begin a run that the test sends signals to."""
        return subprocess.Popen(
            [*FAXOPS, *map(str, arguments)],
            cwd=self.folder,
            env=self.environment(env),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def on_terminal(
        self, *arguments: str | Path, env: Mapping[str, str] | None = None
    ) -> TerminalRun:
        """Begin a run on a terminal of its own."""
        return TerminalRun([*FAXOPS, *map(str, arguments)], self.folder, self.environment(env))

    def write(self, name: str, text: str | bytes) -> Path:
        """A file of the folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path


class TerminalRun:
    """A process whose three streams are one terminal, of which a test is the keyboard."""

    def __init__(self, command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
        self.seen = ""
        self._pid, self._terminal = pty.fork()
        if self._pid == 0:
            os.chdir(folder)
            os.execve(command[0], command, dict(environment))  # noqa: S606 - the program under test

    def see(self, text: str) -> None:
        """Read until `text` is on the screen."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while text not in self.seen:
            assert time.monotonic() < limit, f"never showed {text!r}:\n{self.seen}"
            assert self._read(1.0), f"ended without {text!r}:\n{self.seen}"

    def type(self, text: str) -> None:
        """Press keys; `\\r` is Enter and `\\x03` is Ctrl-C."""
        os.write(self._terminal, text.encode())

    def send(self, number: signal.Signals) -> None:
        """Send a signal as `kill` does."""
        os.kill(self._pid, number)

    def end(self) -> Finished:
        """Read to the end; `out` is the whole screen."""
        limit = time.monotonic() + PATIENCE_SECONDS
        while self._read(1.0):
            assert time.monotonic() < limit, f"did not end:\n{self.seen}"
        os.close(self._terminal)
        _, status = os.waitpid(self._pid, 0)
        return Finished(os.waitstatus_to_exitcode(status), self.seen.replace("\r\n", "\n"), "")

    def _read(self, seconds: float) -> bool:
        """Take what there is. False once the other side has closed the terminal."""
        readable, _, _ = select.select([self._terminal], [], [], seconds)
        if not readable:
            return True
        try:
            piece = os.read(self._terminal, 65536)
        except OSError:  # what Linux says where others give an empty read
            return False
        self.seen += piece.decode("utf-8", "replace")
        return bool(piece)
