"""SECURITY.md names tests that are really there, one in each line of what it claims."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
PROOFS = sorted(set(re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize(("file", "test"), PROOFS, ids=[":".join(each) for each in PROOFS])
def test_a_proof_that_the_page_names_exists(file: str, test: str) -> None:
    text = (ROOT / file).read_text(encoding="utf-8")
    assert f"def {test}(" in text or not test


def test_every_claim_has_its_proof() -> None:
    claims = [line for line in PAGE.splitlines() if line.startswith("| C") or "| Who" in line]
    assert len(claims) > 30
    assert [
        line for line in claims if not re.search(r"\| `tests/[\w/]+\.py(::\w+)?` \|$", line)
    ] == []
