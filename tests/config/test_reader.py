"""Files of a folder, read within limits."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from faxops.config.reader import MAX_FILE_BYTES, FolderReader, Unreadable, read_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "work"
    (folder / "apps").mkdir(parents=True)
    (folder / "faxops.yaml").write_text("version: 1\n")
    for name in ("b.yaml", "a.yaml"):
        (folder / "apps" / name).write_text("{}\n")
    return folder


def refusal(folder: Path, pattern: str) -> Unreadable:
    with pytest.raises(Unreadable) as caught:
        read_all(folder, pattern)
    return caught.value


def read_all(folder: Path, pattern: str) -> list[bytes]:
    reader = FolderReader(folder / "faxops.yaml")
    return [reader.read(path) for path in reader.glob(pattern)]


def test_matching_files_are_sorted(folder: Path) -> None:
    assert FolderReader(folder / "faxops.yaml").glob("apps/*.yaml") == (
        "apps/a.yaml",
        "apps/b.yaml",
    )


def test_two_names_of_one_file_are_one_file(folder: Path) -> None:
    (folder / "apps" / "c.yaml").symlink_to("a.yaml")
    assert len(FolderReader(folder / "faxops.yaml").glob("**/*.yaml")) == 3


def test_hidden_files_are_passed_over_unless_the_pattern_names_them(folder: Path) -> None:
    (folder / "apps" / ".#a.yaml").symlink_to("somebody@somewhere.12345")
    (folder / "apps" / ".b.yaml").write_text("{}\n")
    reader = FolderReader(folder / "faxops.yaml")
    assert len(reader.glob("apps/*.yaml")) == 2
    assert reader.glob("apps/.b*.yaml") == ("apps/.b.yaml",)


def test_folders_are_not_files(folder: Path) -> None:
    (folder / "apps" / "d.yaml").mkdir()
    assert len(FolderReader(folder / "faxops.yaml").glob("apps/*.yaml")) == 2


def test_a_link_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.yaml").write_text("{}\n")
    (folder / "apps" / "c.yaml").symlink_to(tmp_path / "secret.yaml")
    assert refusal(folder, "apps/*.yaml").code == "FX115"


def test_a_linked_folder_out_of_the_folder_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "x.yaml").write_text("{}\n")
    (folder / "linked").symlink_to(tmp_path / "other")
    assert refusal(folder, "linked/*.yaml").code == "FX115"


def test_a_loop_of_links_is_refused(folder: Path) -> None:
    (folder / "apps" / "c.yaml").symlink_to("d.yaml")
    (folder / "apps" / "d.yaml").symlink_to("c.yaml")
    error = refusal(folder, "apps/*.yaml")
    assert (error.code, error.reason) == ("FX114", "is a link that leads back to itself.")


def test_a_link_to_nothing_is_refused(folder: Path) -> None:
    (folder / "apps" / "c.yaml").symlink_to("gone.yaml")
    assert refusal(folder, "apps/*.yaml").reason == "does not exist."


@pytest.mark.parametrize(
    "pattern",
    [
        pytest.param("../*.yaml", id="the folder above"),
        pytest.param("apps/../../*.yaml", id="above by a detour"),
        pytest.param("/etc/passwd", id="an absolute path"),
        pytest.param("~/x.yaml", id="the home folder"),
        pytest.param("a\0b", id="NUL"),
    ],
)
def test_a_pattern_that_leads_out_is_refused_by_its_text(folder: Path, pattern: str) -> None:
    assert refusal(folder, pattern).code == "FX115"


@pytest.mark.parametrize("pattern", ["", "**x", "."])
def test_a_pattern_that_is_none_is_refused(folder: Path, pattern: str) -> None:
    assert refusal(folder, pattern).code == "FX114"


def test_a_large_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(Unreadable) as caught:
        read_file(path)
    assert caught.value.code == "FX110"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is a folder"):
        read_file(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Unreadable, match="not a regular file"):
        read_file(tmp_path / "pipe")


def test_a_file_name_that_cannot_exist_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        read_file(tmp_path / ("x" * 5000))
    assert caught.value.code == "FX114"


def test_files_are_named_as_seen_from_where_the_program_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    assert FolderReader(Path("work/faxops.yaml")).shown("apps/a.yaml") == "work/apps/a.yaml"
    assert FolderReader(Path("faxops.yaml")).shown("apps/a.yaml") == "apps/a.yaml"
