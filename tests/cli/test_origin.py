"""Who is said to have run an apply, and from which commit."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from faxops.cli.origin import git_commit, holder_of
from faxops.report.masking import Masker


@pytest.mark.parametrize(
    ("environ", "actor", "run_url"),
    [
        pytest.param(
            {
                "GITHUB_ACTOR": "octo",
                "GITHUB_SERVER_URL": "https://github.example",
                "GITHUB_REPOSITORY": "clinic/fax",
                "GITHUB_RUN_ID": "77",
            },
            "octo",
            "https://github.example/clinic/fax/actions/runs/77",
            id="github",
        ),
        pytest.param(
            {"GITLAB_USER_LOGIN": "fox", "CI_JOB_URL": "https://gitlab.example/-/jobs/7"},
            "fox",
            "https://gitlab.example/-/jobs/7",
            id="gitlab",
        ),
        pytest.param(
            {"BUILD_URL": "https://jenkins.example/job/7/", "LOGNAME": "me"},
            None,
            "https://jenkins.example/job/7/",
            id="jenkins",
        ),
        pytest.param({"GITHUB_REPOSITORY": "clinic/fax"}, None, "", id="half-of-github"),
        pytest.param({}, None, "", id="no-ci"),
    ],
)
def test_a_ci_system_names_actor_and_run(
    environ: dict[str, str], actor: str | None, run_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LOGNAME", "me")
    holder = holder_of("run-1", environ, Masker())
    assert holder.actor == (actor or "me")
    assert holder.run_url == run_url


def test_a_secret_in_what_a_ci_system_says_is_masked() -> None:
    holder = holder_of("run-1", {"GITHUB_ACTOR": "nurse-7f3a"}, Masker(frozenset({"nurse-7f3a"})))
    assert "7f3a" not in holder.actor


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def test_the_commit_is_the_one_checked_out_and_changed_files_are_told(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "faxops.yaml").write_text("a")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "first")
    git(tmp_path, "tag", "v1")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert git_commit(tmp_path, {"GITHUB_SHA": "of-the-merge"}) == commit
    (tmp_path / "faxops.yaml").write_text("b")
    assert git_commit(tmp_path, {}) == f"{commit}-dirty"


def test_without_a_repository_the_ci_systems_commit_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert git_commit(tmp_path, {"CI_COMMIT_SHA": "abc"}) == "abc"
    assert git_commit(tmp_path, {}) == ""


def test_without_git_the_ci_systems_commit_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git_commit(tmp_path, {"CI_COMMIT_SHA": "abc"}) == "abc"
