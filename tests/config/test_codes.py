"""The catalogue of codes and the findings that are really made agree."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from faxops.model.codes import CODES, Code

ROOT = Path(__file__).parents[2]
EXPECTED = sorted(Path(__file__).parent.glob("cases/*/expected.*"))
# What no text file in a case folder can show; the test that does is named.
SHOWN_ELSEWHERE = {
    "FX108": "test_parse: aliases of aliases",
    "FX110": "test_reader: a large file",
    "FX111": "test_parse: not UTF-8",
    "FX112": "test_parse: control characters",
}


def test_codes_are_unique_and_well_formed() -> None:
    assert list(CODES) == sorted(CODES)
    assert all(re.fullmatch("FX[1-9][0-9]{2}", code) for code in CODES)


def test_the_source_and_the_catalogue_have_the_same_codes() -> None:
    package = ROOT / "faxops"
    sources = set(package.rglob("*.py")) - set((package / "model" / "codes").glob("*.py"))
    used = {code for path in sources for code in re.findall('"(FX[0-9]{3})"', path.read_text())}
    assert used == set(CODES)


def test_every_code_is_found_in_a_case() -> None:
    found = {code for path in EXPECTED for code in re.findall("FX[0-9]{3}", path.read_text())}
    configuration = {code for code in CODES if code < "FX7"}
    assert configuration - found == set(SHOWN_ELSEWHERE)


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.code)
def test_an_example_of_wrong_has_one_of_right_beside_it(code: Code) -> None:
    assert bool(code.wrong) == bool(code.right)
    assert code.wrong != code.right or not code.wrong
    assert code.meaning.endswith(".")
