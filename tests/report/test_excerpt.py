"""The line above a caret, and where the caret stands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxops.report.excerpt import display_width, excerpt


@pytest.mark.parametrize(
    ("line", "column", "shown", "caret"),
    [
        pytest.param("active: yes", 9, "active: yes", 8, id="below the character"),
        pytest.param("a\tb: 1", 3, "a   b: 1", 4, id="a tab fills up to the next stop"),
        pytest.param("\t\tb: 1", 3, "        b: 1", 8, id="tabs at the start"),
        pytest.param("受付: x", 5, "受付: x", 6, id="wide characters take two columns"),
        pytest.param("e\u0301te: x", 7, "e\u0301te: x", 5, id="combining characters take none"),
        pytest.param("\x1bx: 1", 2, "\\u{1b}x: 1", 6, id="escapes take what they show"),
        pytest.param("##[x]: 1", 6, "\\u{23}#[x]: 1", 10, id="escaped commands too"),
        pytest.param("key:", 5, "key:", 4, id="right behind the end"),
        pytest.param("", 1, "", 0, id="an empty line"),
        pytest.param("key:", 9, "key:", None, id="no caret beyond what is known"),
    ],
)
def test_the_caret_stands_below_its_character(
    line: str, column: int, shown: str, caret: int | None
) -> None:
    found = excerpt(line, column)

    assert (found.line, found.caret) == (shown, caret)


def test_a_long_line_is_cut_on_both_sides_of_the_caret() -> None:
    found = excerpt("a" * 300 + "!" + "b" * 300, 301)

    assert found.line == "..." + "a" * 60 + "!" + "b" * 59 + "..."
    assert found.caret is not None
    assert found.line[found.caret] == "!"


@pytest.mark.parametrize("column", [1, 30, 300])
def test_a_long_line_is_not_cut_where_it_begins_or_ends(column: int) -> None:
    line = "".join(chr(ord("a") + index % 26) for index in range(300))

    found = excerpt(line, column)

    assert found.caret is not None
    assert found.line[found.caret] == line[column - 1]
    assert found.line.startswith("...") == (column == 300)
    assert found.line.endswith("...") == (column != 300)


@given(st.text(st.sampled_from("ab\t受\x1b#[:"), max_size=400), st.integers(1, 401))
def test_the_caret_always_stands_below_the_character_as_it_is_shown(line: str, column: int) -> None:
    found = excerpt(line, column)

    assert display_width(found.line) <= 126
    if column > len(line):
        assert found.caret is None or column == len(line) + 1
        return
    assert found.caret is not None
    at = next(i for i in range(len(found.line)) if display_width(found.line[:i]) == found.caret)
    character = line[column - 1]
    shown = {"\t": " ", "\x1b": "\\u{1b}"}.get(character, character)
    assert found.line[at:].startswith((shown, "\\u{"))
