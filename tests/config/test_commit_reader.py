"""The folder of a configuration in a git commit: read as the folder itself would be."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from faxops.config.commit_reader import CommitReader, merge_base
from faxops.config.reader import FolderReader, Unreadable
from faxops.errors import NoMergeBase

FILES = {
    "faxops.yaml": "version: 1\n",
    "apps/a.yaml": "a",
    "apps/b.yml": "b",
    "apps/deep/er/c.yaml": "c",
    "apps/.hidden.yaml": "h",
    "apps/ünï [x].yaml": "u",
    ".config/d.yaml": "d",
    "rows.csv": "code\n",
}
PATTERNS = (
    "*.yaml",
    "apps/*.yaml",
    "apps/*",
    "apps/**/*.yaml",
    "**/*.yaml",
    "apps/.*.yaml",
    ".config/*.yaml",
    "apps/[ab].*",
    "apps/?.yaml",
    "nothing/*.yaml",
    "rows.csv",
    "links/*.yaml",
)


def git(folder: Path, *arguments: str) -> str:
    """Run git with no configuration but its own."""
    clean = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    identity = ["-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false"]
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=folder, env=clean, capture_output=True, check=True
    )
    return done.stdout.decode().strip()


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A configuration in a subfolder of a repository with one commit, unchanged since."""
    repository = tmp_path_factory.mktemp("repository")
    git(repository, "init", "-q", "-b", "main")
    folder = repository / "telnyx"
    write(folder, FILES)
    write(repository, {"outside.yaml": "o"})
    (folder / "links").mkdir()
    (folder / "links" / "one.yaml").symlink_to("../apps/a.yaml")
    (folder / "out.yaml").symlink_to("../outside.yaml")
    (folder / "loop.yaml").symlink_to("loop.yaml")
    git(repository, "add", "-A", "-f")
    git(repository, "commit", "-q", "-m", "one")
    return folder


@pytest.fixture
def reader(folder: Path) -> CommitReader:
    return CommitReader(folder / "faxops.yaml", git(folder, "rev-parse", "HEAD"))


@pytest.mark.parametrize("pattern", PATTERNS)
def test_a_commit_is_matched_as_its_folder_is(
    pattern: str, folder: Path, reader: CommitReader
) -> None:
    on_disk = FolderReader(folder / "faxops.yaml")
    if pattern in {"*.yaml", "**/*.yaml"}:  # these meet the links that are refused
        for each in (on_disk, reader):
            with pytest.raises(Unreadable):
                each.glob(pattern)
        return

    found = reader.glob(pattern)

    assert found == on_disk.glob(pattern)
    assert [reader.read(path) for path in found] == [on_disk.read(path) for path in found]


@pytest.mark.parametrize("path", ["out.yaml", "loop.yaml", "missing.yaml", "../outside.yaml"])
def test_what_the_folder_refuses_the_commit_refuses(path: str, reader: CommitReader) -> None:
    with pytest.raises(Unreadable):
        reader.read(path)


@pytest.mark.parametrize("pattern", ["../*.yaml", "/etc/*"])
def test_no_pattern_leads_out_of_the_folder(pattern: str, reader: CommitReader) -> None:
    with pytest.raises(Unreadable):
        reader.glob(pattern)


def test_messages_name_the_commit(reader: CommitReader, folder: Path) -> None:
    assert reader.shown("apps/a.yaml") == f"{git(folder, 'rev-parse', 'HEAD')[:7]}:apps/a.yaml"


def test_a_commit_without_the_file_says_so(folder: Path) -> None:
    commit = git(folder, "rev-parse", "HEAD")

    assert CommitReader(folder / "faxops.yaml", commit).has_main
    assert not CommitReader(folder / "other.yaml", commit).has_main


@pytest.fixture
def branched(tmp_path: Path) -> Path:
    """A clone on a branch that left main one commit ago."""
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "-q", "-b", "main")
    for number in range(3):
        write(origin, {"faxops.yaml": f"# {number}\n"})
        git(origin, "add", "-A")
        git(origin, "commit", "-q", "-m", str(number))
    git(tmp_path, "clone", "-q", origin.as_uri(), "clone")
    clone = tmp_path / "clone"
    git(clone, "checkout", "-q", "-b", "feature", "HEAD~1")
    write(clone, {"faxops.yaml": "# mine\n"})
    git(clone, "commit", "-q", "-a", "-m", "mine")
    return clone


def test_the_merge_base_is_where_the_branch_left(branched: Path) -> None:
    assert merge_base(branched, "origin/main") == git(branched, "rev-parse", "HEAD~1")


@pytest.mark.parametrize("ref", ["nowhere", "--all", "-h", "", "HEAD:faxops.yaml"])
def test_an_unknown_ref_is_named_and_never_taken_for_a_flag(ref: str, branched: Path) -> None:
    with pytest.raises(NoMergeBase, match="finds no commit"):
        merge_base(branched, ref)


def test_a_shallow_clone_is_told_how_to_become_whole(branched: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--depth", "1", "-b", "feature", branched.as_uri(), "shallow")

    with pytest.raises(NoMergeBase, match="shallow") as caught:
        merge_base(tmp_path / "shallow", "origin/main")

    assert "fetch-depth: 0" in caught.value.hint


def test_a_folder_outside_of_git_is_named(tmp_path: Path) -> None:
    with pytest.raises(NoMergeBase, match="needs a git repository"):
        merge_base(tmp_path, "main")


def test_git_is_asked_about_the_folder_whatever_a_hook_exports(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git(folder, "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(folder.parent / ".git"))
    monkeypatch.setenv("GIT_INDEX_FILE", str(folder / "none"))

    reader = CommitReader(folder / "faxops.yaml", commit)

    assert reader.has_main
    assert reader.read("apps/a.yaml") == b"a"


def test_a_repository_of_another_user_is_refused_in_the_words_of_git(
    branched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    monkeypatch.setenv("HOME", str(branched))

    with pytest.raises(NoMergeBase, match="dubious ownership") as caught:
        merge_base(branched, "origin/main")

    assert "git config --global --add safe.directory" in caught.value.hint


def test_no_git_on_the_path_is_told(branched: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(branched))

    with pytest.raises(NoMergeBase, match="git on the PATH"):
        merge_base(branched, "origin/main")


def test_a_commit_that_is_not_there_is_no_empty_folder(branched: Path) -> None:
    with pytest.raises(NoMergeBase, match="cannot list"):
        CommitReader(branched / "faxops.yaml", "0" * 40)
