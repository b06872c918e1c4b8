"""A script of a pipeline as its runner starts it: bash, a file, and an environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 120.0
_BESIDE_PYTHON = str(Path(sys.executable).parent)

Tree = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ran:
    """How a script ended, and its log: both of its streams, in order."""

    code: int
    log: str


def start_script(
    text: str, folder: Path, env: Mapping[str, str], file: Path
) -> subprocess.Popen[str]:
    """Start a script as a file, in `folder`, with nothing of this process's environment.

    GitHub docs, workflow syntax: `shell: bash` is `bash --noprofile --norc -eo pipefail {0}`.
    GitLab's runner gives a job's lines to bash in the same way, joined, after the same options.
    """
    file.write_text(text, encoding="utf-8")
    return subprocess.Popen(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(file)],
        cwd=folder,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finished(process: subprocess.Popen[str]) -> Ran:
    """Wait for the end of a script."""
    with process:
        log, _ = process.communicate(timeout=PATIENCE_SECONDS)
    return Ran(process.returncode, log)


def environment(home: Path) -> dict[str, str]:
    """What any machine has: a home, and a path on which the faxops under test is the first."""
    home.mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([_BESIDE_PYTHON, os.defpath])
    return {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8", "CI": "true"}


def read_yaml(path: Path) -> Tree:
    """The one document of a file."""
    return yaml.safe_load(path.read_text(encoding="utf-8"))
