"""A repository on a forge: a bare remote, and the clone of who works on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tests.config.test_commit_reader import git
from tests.pipelines.github_runner import REPOSITORY, Event

CONFIGURATION = "telnyx/faxops.yaml"


@dataclass(frozen=True, slots=True)
class Repository:
    """The remote, and the clone."""

    remote: Path
    clone: Path

    @classmethod
    def begun(cls, folder: Path, text: str) -> Repository:
        """One with a first commit on main."""
        made = cls(folder / "remote.git", folder / "clone")
        for path in (made.remote, made.clone):
            path.mkdir()
        git(made.remote, "init", "-q", "--bare", "-b", "main")
        git(made.clone, "init", "-q", "-b", "main")
        git(made.clone, "remote", "add", "origin", str(made.remote))
        made.push("main", text)
        return made

    def push(self, branch: str, text: str) -> Event:
        """Commit a configuration on a branch, which begins at main if it is new, and push it."""
        if branch != "main" and branch not in git(self.clone, "branch", "--list", branch):
            git(self.clone, "branch", "-q", branch, "main")
        if git(self.clone, "branch", "--show-current") != branch:
            git(self.clone, "checkout", "-q", branch)
        path = self.clone / CONFIGURATION
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        git(self.clone, "add", "-A")
        git(self.clone, "commit", "-q", "-m", f"change {branch}")
        git(self.clone, "push", "-q", "origin", branch)
        return Event("push", f"refs/heads/{branch}")

    def pull_request(self, branch: str, head_repository: str = REPOSITORY) -> Event:
        """The event of a pull request of the branch; what is checked out is its merge."""
        git(self.clone, "checkout", "-q", "--detach", "main")
        git(self.clone, "merge", "-q", "--no-ff", "-m", "merge", branch)
        git(self.clone, "push", "-q", "--force", "origin", "HEAD:refs/pull/7/merge")
        return Event("pull_request", "refs/pull/7/merge", "main", head_repository)

    def merge(self, branch: str) -> Event:
        """Merge a branch into main; each such push stands for itself, as it does for a workflow."""
        git(self.clone, "checkout", "-q", "main")
        git(self.clone, "merge", "-q", "--no-ff", "-m", f"merge {branch}", branch)
        git(self.clone, "push", "-q", "origin", "main", f"HEAD:refs/merges/{branch}")
        return Event("push", f"refs/merges/{branch}")
