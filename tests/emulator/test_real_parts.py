from __future__ import annotations

import pytest

from tests.real_parts import real_part


def test_a_part_that_is_there_is_used() -> None:
    assert real_part("A tool", found=True, how_to_get="")


def test_a_missing_part_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("REQUIRE_REAL_PARTS", raising=False)
    with pytest.warns(UserWarning, match=r"A tool is missing.* Install it\."):
        assert not real_part("A tool", found=False, how_to_get="Install it.")


def test_a_missing_part_fails_where_real_parts_are_required(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUIRE_REAL_PARTS", "1")
    with pytest.raises(AssertionError, match=r"A tool is missing.* Install it\."):
        real_part("A tool", found=False, how_to_get="Install it.")
