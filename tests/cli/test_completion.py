"""Completion as a shell does it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import pytest

from tests.cli.running import Program
from tests.real_parts import real_part


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_are_syntactically_right(faxops: Program, shell: str) -> None:
    script = faxops("completion", shell)
    assert (script.code, script.err) == (0, "")
    assert "faxops" in script.out
    found = shutil.which(shell)
    if real_part(shell, found=bool(found), how_to_get=f"apt-get install {shell}"):
        file = faxops.write("script", script.out)
        done = subprocess.run([str(found), "-n", file], capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("faxops pl", ["plan"]),
        ("faxops app ", ["get", "list"]),
        ("faxops plan --detailed", ["--detailed-exitcode"]),
        ("faxops plan --format ", ["text", "json", "markdown", "html", "gitlab"]),
    ],
    ids=["command", "subcommand", "flag", "choice"],
)
def test_bash_really_completes(faxops: Program, line: str, expected: list[str]) -> None:
    bash = shutil.which("bash")
    if not real_part("bash", found=bool(bash), how_to_get="apt-get install bash"):
        return
    folder = faxops.folder / "bin"
    folder.mkdir()
    program = folder / "faxops"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m faxops "$@"\n')
    program.chmod(0o755)
    words = line.split(" ")
    script = (
        'eval "$(faxops completion bash)"\n'
        f"COMP_WORDS=({' '.join(word or chr(39) * 2 for word in words)})\n"
        f"COMP_CWORD={len(words) - 1}\n"
        "$(complete -p faxops | sed 's/.*-F \\([^ ]*\\).*/\\1/') faxops\n"
        'printf "%s\\n" "${COMPREPLY[@]}"\n'
    )
    env = faxops.environment({"PATH": f"{folder}:{os.defpath}"})
    done = subprocess.run(
        [str(bash), "--norc", "-c", script],
        env=env,
        cwd=faxops.folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stderr, done.stdout.split()) == ("", expected)
