"""Foreign text on a terminal and in a CI log."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxops.report.escape import terminal

SUSPECT = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        pytest.param("Intake 1", "Intake 1", id="plain text stays"),
        pytest.param("Zürich 受付", "Zürich 受付", id="letters of any script stay"),
        pytest.param("a\nb\rc\td", "a\\nb\\rc\\td", id="line ends and tabs are named"),
        pytest.param("\x1b[2J\x9b", "\\u{1b}[2J\\u{9b}", id="terminal controls"),
        pytest.param("\u202eevil\u2066", "\\u{202e}evil\\u{2066}", id="bidi controls"),
        pytest.param("a\u200bb\ufeff", "a\\u{200b}b\\u{feff}", id="zero width"),
        pytest.param("a\u00a0b\u3000", "a\\u{a0}b\\u{3000}", id="spaces that look like another"),
        pytest.param("\u3164\u115f", "\\u{3164}\\u{115f}", id="letters that show nothing"),
        pytest.param("a\u2028b", "a\\u{2028}b", id="separators of lines"),
        pytest.param("\ud800", "\\u{d800}", id="half a pair, which cannot be printed at all"),
        pytest.param("::error::x", "\\u{3a}:error::x", id="a workflow command"),
        pytest.param("  ::error::x", "  \\u{3a}:error::x", id="one after spaces, as runners allow"),
        pytest.param("x ::error::x", "x ::error::x", id="no command in the middle of a line"),
        pytest.param("x ##[error]y", "x \\u{23}#[error]y", id="the older form, anywhere"),
        pytest.param("x ##vso[task]", "x \\u{23}#vso[task]", id="the form of Azure, anywhere"),
        pytest.param("###[x", "#\\u{23}#[x", id="a command behind another number sign"),
        pytest.param("## heading", "## heading", id="number signs alone mean nothing"),
    ],
)
def test_only_what_acts_or_hides_is_escaped(text: str, shown: str) -> None:
    assert terminal(text) == shown


@given(st.text())
def test_no_suspect_character_and_no_command_is_left_of_any_text(text: str) -> None:
    shown = terminal(text)

    assert not {unicodedata.category(character) for character in shown} & SUSPECT
    assert not shown.lstrip().startswith("::")
    assert "##[" not in shown
    assert "##vso[" not in shown


@given(st.text())
def test_escaping_twice_changes_nothing_more(text: str) -> None:
    assert terminal(terminal(text)) == terminal(text)
