"""Who runs this, where, and from which commit: for the holder of a lock and for the history."""

from __future__ import annotations

import getpass
import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from faxops.report.masking import Masker
from faxops.store.lock import Holder

# Each CI system's own variables, by its documentation of predefined variables.
_ACTORS: Final = (
    "GITHUB_ACTOR",
    "GITLAB_USER_LOGIN",
    "BUILDKITE_BUILD_CREATOR",
    "CIRCLE_USERNAME",
    "BUILD_REQUESTEDFOR",  # Azure
)
_RUN_URLS: Final = ("CI_JOB_URL", "BUILDKITE_BUILD_URL", "CIRCLE_BUILD_URL", "BUILD_URL")
_COMMITS: Final = (
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "BUILDKITE_COMMIT",
    "CIRCLE_SHA1",
    "GIT_COMMIT",  # Jenkins
    "BUILD_SOURCEVERSION",  # Azure
)
_GIT_SECONDS: Final = 10


def holder_of(run_id: str, environ: Mapping[str, str], masker: Masker) -> Holder:
    """This process: in CI whoever started the job, else the user of the machine."""
    return Holder(
        run_id,
        actor=masker.redacted(_first(_ACTORS, environ) or _user()),
        host=socket.gethostname(),
        pid=os.getpid(),
        run_url=masker.redacted(_run_url(environ)),
    )


def git_commit(folder: Path, environ: Mapping[str, str]) -> str:
    """The commit checked out around `folder`, with `-dirty` behind it when files were changed.

    Where git can't tell, the commit that the CI system names; empty if there is neither.
    """
    command = ["git", "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"]
    try:
        done = subprocess.run(  # noqa: S603 - nothing in it comes from outside
            command, cwd=folder, capture_output=True, text=True, timeout=_GIT_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return _first(_COMMITS, environ)
    return done.stdout.strip() or _first(_COMMITS, environ)


def _run_url(environ: Mapping[str, str]) -> str:
    github = [environ.get(f"GITHUB_{name}", "") for name in ("SERVER_URL", "REPOSITORY", "RUN_ID")]
    if all(github):
        server, repository, run = github
        return f"{server}/{repository}/actions/runs/{run}"
    return _first(_RUN_URLS, environ)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a user without a name, as in a bare container
        return "unknown"


def _first(names: tuple[str, ...], environ: Mapping[str, str]) -> str:
    return next((environ[name] for name in names if environ.get(name)), "")
