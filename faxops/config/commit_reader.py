"""The folder of a configuration as it was in a git commit."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path, PurePosixPath
from typing import Final

from faxops.config.reader import MAX_FILE_BYTES, Unreadable, check_pattern
from faxops.errors import NoMergeBase

_LINK: Final = "120000"
_FILES: Final = frozenset({"100644", "100755", _LINK})
_MOST_LINKS: Final = 40
_SECONDS: Final = 60
_OF_A_HOOK: Final = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX"}
)
"""What git exports to its hooks: with them it would not look for the repository of the folder."""


def merge_base(folder: Path, ref: str) -> str:
    """The commit (40 hex digits) at which the branch checked out in `folder` left `ref`.

    Raises `NoMergeBase`.
    """
    named = f"{ref}^{{commit}}"
    # A ref that looks like a flag would be taken for one.
    if ref.startswith("-") or _git(folder, "rev-parse", "--verify", "--quiet", named) is None:
        raise _unknown(folder, ref)
    found = _git(folder, "merge-base", "HEAD", ref)
    if found is None:
        raise _unknown(folder, ref)
    return found.strip()


class CommitReader:
    """The folder of the main file `path`, which lies in a git repository, as in `commit`.

    A `faxops.config.reader.Reader`. Raises `NoMergeBase` if git cannot list the commit.
    """

    def __init__(self, path: Path, commit: str) -> None:
        self._folder = path.parent
        self._commit = commit
        self.main = path.name
        # Like every git command in a subfolder, this lists that folder, relative to it.
        listed = _git(self._folder, "ls-tree", "-r", "-z", commit)
        if listed is None:
            raise NoMergeBase(
                f"git cannot list the commit {commit[:12]}.",
                hint="Fetch the whole history: `git fetch --unshallow`.",
            )
        self._entries = dict(_entries(listed))

    @property
    def has_main(self) -> bool:
        """Whether the commit has the main file."""
        return self.main in self._entries

    def shown(self, path: str) -> str:
        """The path with the commit before it."""
        return f"{self._commit[:7]}:{path}"

    def read(self, path: str) -> bytes:
        """The whole file; see `Reader.read`."""
        return self._blob(self._entries[self._target(path)][1])

    def glob(self, pattern: str) -> tuple[str, ...]:
        """The matching files; see `Reader.glob`."""
        check_pattern(pattern)
        wanted = PurePosixPath(pattern).parts
        hidden = any(part.startswith(".") for part in wanted)
        found = (PurePosixPath(path).parts for path in self._entries)
        matching = [
            parts
            for parts in found
            if _matches(parts, wanted)
            and (hidden or not any(part.startswith(".") for part in parts))
        ]
        return tuple(sorted({self._target("/".join(parts)) for parts in matching}))

    def _target(self, path: str) -> str:
        """Where `path` leads through links. Never outside the folder."""
        for _ in range(_MOST_LINKS):
            if path not in self._entries:
                raise Unreadable("FX114", "does not exist.", "Check the path.")
            mode, name = self._entries[path]
            if mode != _LINK:
                return path
            target = self._blob(name).decode("utf-8", "surrogateescape")
            path = os.path.normpath((PurePosixPath(path).parent / target).as_posix())
        raise Unreadable("FX114", "is a link that leads back to itself.", "Replace the link.")

    def _blob(self, name: str) -> bytes:
        done = _run(self._folder, "cat-file", "blob", name)
        if done is None or done.returncode:
            raise Unreadable("FX114", "cannot be read from git.", "Fetch the whole history.")
        if len(done.stdout) > MAX_FILE_BYTES:
            raise Unreadable("FX110", f"is larger than 64 MiB ({len(done.stdout):,} bytes).")
        return done.stdout


def _entries(listed: str) -> Iterator[tuple[str, tuple[str, str]]]:
    for entry in filter(None, listed.split("\0")):
        about, _, path = entry.partition("\t")
        mode, _, name = about.split(" ")
        if mode in _FILES:
            yield path, (mode, name)


def _matches(parts: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    """Whether a path meets a pattern as `Path.glob` takes it: `**` is any number of folders."""
    if not wanted:
        return not parts
    if wanted[0] == "**":
        return any(_matches(parts[skipped:], wanted[1:]) for skipped in range(len(parts)))
    return bool(parts) and fnmatchcase(parts[0], wanted[0]) and _matches(parts[1:], wanted[1:])


def _unknown(folder: Path, ref: str) -> NoMergeBase:
    asked = _run(folder, "rev-parse", "--git-dir")
    if asked is not None and b"dubious ownership" in asked.stderr:
        return NoMergeBase(
            "git reads no repository of another user (dubious ownership), as it is in a container"
            " that mounts the checkout.",
            hint=f"Before faxops run: git config --global --add safe.directory"
            f" {shlex.quote(_owned_elsewhere(asked.stderr) or '*')}",
        )
    if asked is None or asked.returncode:
        return NoMergeBase(
            "--base-ref needs a git repository around the configuration, and git on the PATH.",
            hint="Run it in the repository's checkout.",
        )
    if (_git(folder, "rev-parse", "--is-shallow-repository") or "").strip() == "true":
        return NoMergeBase(
            f"This clone is shallow, so git cannot tell where the branch left {ref}.",
            hint="In a GitHub workflow give actions/checkout `with: {fetch-depth: 0}`; in GitLab"
            " set GIT_DEPTH: 0; elsewhere run `git fetch --unshallow`.",
        )
    return NoMergeBase(
        f"git finds no commit at which this branch left {ref}.",
        hint="Check the name; a branch of the remote is like origin/main. Fetch it first: git"
        f" fetch origin {ref.removeprefix('origin/')}",
    )


def _owned_elsewhere(told: bytes) -> str:
    """The folder that git names in `detected dubious ownership in repository at '…'`."""
    found = re.search(r" at '(.+)'$", told.decode("utf-8", "replace"), re.MULTILINE)
    return found[1] if found else ""


def _git(folder: Path, *arguments: str) -> str | None:
    """What git prints, or None if it fails."""
    done = _run(folder, *arguments)
    if done is None or done.returncode:
        return None
    return done.stdout.decode("utf-8", "surrogateescape")


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes] | None:
    command = ["git", *arguments]
    environ = {name: value for name, value in os.environ.items() if name not in _OF_A_HOOK}
    try:
        return subprocess.run(  # noqa: S603 - no shell, and a ref is never taken for a flag
            command,
            cwd=folder,
            env={**environ, "LC_ALL": "C"},  # its words are looked at
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
