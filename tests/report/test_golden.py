"""The golden files themselves: none is left over, and CI never writes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.golden import check_golden
from tests.report.outcome_cases import OUTCOME_CASES
from tests.report.plan_cases import PLAN_CASES

HERE = Path(__file__).parent


def test_a_difference_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPDATE_GOLDEN", raising=False)
    (tmp_path / "a.txt").write_text("old\n", encoding="utf-8")

    with pytest.raises(AssertionError, match=r"differs from .*a\.txt"):
        check_golden(tmp_path / "a.txt", "new\n")


def test_a_missing_file_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UPDATE_GOLDEN", raising=False)

    with pytest.raises(AssertionError, match="missing"):
        check_golden(tmp_path / "a.txt", "new\n")


def test_the_variable_writes_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPDATE_GOLDEN", "1")
    monkeypatch.delenv("CI", raising=False)

    check_golden(tmp_path / "new" / "a.txt", "né\r\n")

    assert (tmp_path / "new" / "a.txt").read_bytes() == "né\r\n".encode()


def test_the_variable_is_refused_in_ci(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UPDATE_GOLDEN", "1")
    monkeypatch.setenv("CI", "true")

    with pytest.raises(AssertionError, match="CI"):
        check_golden(tmp_path / "a.txt", "new\n")
    assert not (tmp_path / "a.txt").exists()


def test_every_file_belongs_to_a_case_that_still_exists() -> None:
    cases = {f"plan-{name}" for name in PLAN_CASES} | {f"outcome-{name}" for name in OUTCOME_CASES}
    tests = "".join(path.read_text(encoding="utf-8") for path in HERE.glob("test_*.py"))

    found = {path.name.split(".")[0] for path in (HERE / "golden").iterdir()}

    assert cases <= found
    # The others are named where they are compared, whole or by what follows a prefix.
    left = {
        name
        for name in found - cases
        if f'"{name.split("-")[-1]}' not in tests and f"{name}." not in tests
    }
    assert left == set()
