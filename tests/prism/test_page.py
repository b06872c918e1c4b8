"""docs/api-differences.md names code and tests that are really there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "api-differences.md").read_text(encoding="utf-8")
PLACES = sorted(set(re.findall(r"`((?:faxops|tests)/[\w/]+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize(("file", "test"), PLACES, ids=[":".join(each) for each in PLACES])
def test_a_place_that_the_page_names_exists(file: str, test: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert f"def {test}(" in text or not test


def test_every_row_of_the_page_names_its_code_and_its_test() -> None:
    rows = [line for line in PAGE.splitlines() if re.match(r"\| (?!what|---)", line)]
    assert len(rows) > 20
    assert [row for row in rows if not re.search(r"`faxops/.*`tests/", row)] == []
