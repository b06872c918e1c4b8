"""YAML texts to plain values and findings."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxops.config.document import Document
from faxops.config.encoding import Unparsable, decode
from faxops.config.parse import MAX_ALIASED_NODES, MAX_PROBLEMS, parse
from faxops.config.source import SNIPPET_LENGTH, Source
from faxops.model.diagnostic import Diagnostic, Place


def parsed(text: str) -> Document:
    document, problems = parse(Source("f.yaml", text))
    assert problems == []
    return document


def failure(data: bytes) -> tuple[Diagnostic, ...]:
    with pytest.raises(Unparsable) as caught:
        parse(decode("f.yaml", data))
    return caught.value.diagnostics


@pytest.mark.parametrize(
    ("written", "value"),
    [
        pytest.param("true", True, id="true"),
        pytest.param("false", False, id="false"),
        pytest.param("null", None, id="null"),
        pytest.param("", None, id="nothing at all is null"),
        pytest.param("0", 0, id="zero"),
        pytest.param("-7", -7, id="a sign"),
        pytest.param("+7", 7, id="a plus sign"),
        pytest.param("1.5", 1.5, id="a float"),
        pytest.param("1e3", 1000.0, id="an exponent"),
        pytest.param("1293384261075731499", 1293384261075731499, id="more than a float holds"),
        pytest.param("9" * 101, "9" * 101, id="more digits than anyone configures"),
        pytest.param("010", "010", id="a leading zero is no octal"),
        pytest.param("0x1F", "0x1F", id="no hexadecimal"),
        pytest.param("1_000", "1_000", id="no underscores"),
        pytest.param("12:30", "12:30", id="no sexagesimal"),
        pytest.param("2026-11-24", "2026-11-24", id="no date"),
        pytest.param("yes", "yes", id="yes is text"),
        pytest.param("On", "On", id="on is text"),
        pytest.param("True", "True", id="only small letters"),
        pytest.param("~", "~", id="a tilde is text"),
        pytest.param(".5", ".5", id="no float without a digit first"),
        pytest.param("1.", "1.", id="no float without a digit last"),
        pytest.param("1e999", "1e999", id="no infinity"),
        pytest.param(".inf", ".inf", id="no named infinity"),
        pytest.param("'true'", "true", id="single quotes make text"),
        pytest.param('"12"', "12", id="double quotes make text"),
        pytest.param("|-\n  12", "12", id="a block is text"),
        pytest.param("١٢", "١٢", id="digits of other scripts are text"),
    ],
)
def test_a_scalar_means_what_the_contract_says(written: str, value: object) -> None:
    read = parsed(f"key: {written}\n").value["key"]
    assert (type(read), read) == (type(value), value)


def test_places_count_lines_and_characters_from_one() -> None:
    document = parsed("\n# é\nä: {b: [1, x]}\n")
    assert document.spot(("ä",)).place == Place("f.yaml", 3, 4)
    assert document.spot(("ä", "b", 1)).place == Place("f.yaml", 3, 12)
    assert document.key_spot(document.value["ä"], "b").place == Place("f.yaml", 3, 5)


def test_a_byte_order_mark_and_windows_line_ends_change_no_place() -> None:
    document, _ = parse(decode("f.yaml", "\ufeffa: 1\r\nb: 2\r\n".encode()))
    assert document.value == {"a": 1, "b": 2}
    assert document.spot(("b",)).place == Place("f.yaml", 2, 4)


def test_a_path_that_ends_early_points_at_the_deepest_part_there_is() -> None:
    assert parsed("a:\n  b: 1\n").spot(("a", "c", "d")).place == Place("f.yaml", 2, 3)


def test_what_is_left_out_keeps_the_places_of_the_rest() -> None:
    document = parsed("a: [1, 2, 3]\nb: {c: 1, d: 2}\n")
    rest = document.without([("a", 0), ("a", 1), ("b", "c"), ("zzz",), ("a", 9)])
    assert rest.value == {"a": [3], "b": {"d": 2}}
    assert document.value == {"a": [1, 2, 3], "b": {"c": 1, "d": 2}}
    assert rest.spot(("a", 0)).place == Place("f.yaml", 1, 11)
    assert rest.spot(("b", "d")).place == Place("f.yaml", 2, 14)


def test_not_utf_8_is_placed_by_its_byte() -> None:
    (problem,) = failure(b"a: 1\nb: caf\xe9\n")
    assert (problem.code, problem.place) == ("FX111", Place("f.yaml", 2, 7))
    assert "Byte 12" in problem.summary


@pytest.mark.parametrize(
    ("data", "character"),
    [
        pytest.param(b"a: b\x00", "U+0000", id="NUL"),
        pytest.param(b"a: \x07", "U+0007", id="bell"),
        pytest.param("a: \x9b1m".encode(), "U+009B", id="a terminal control of one character"),
        pytest.param(b"a: \x7f", "U+007F", id="delete"),
    ],
)
def test_control_characters_are_refused(data: bytes, character: str) -> None:
    (problem,) = failure(data)
    assert problem.code == "FX112"
    assert character in problem.summary


def test_aliases_of_aliases_are_counted_as_what_they_stand_for() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    for level in range(1, 9):
        aliases = ", ".join([f"*a{level - 1}"] * 10)
        lines.append(f"a{level}: &a{level} [{aliases}]")
    (problem,) = failure("\n".join(lines).encode())
    assert problem.code == "FX108"


def test_aliases_within_the_budget_are_shared() -> None:
    times = MAX_ALIASED_NODES // 4
    value = parsed(f"a: &a [1, 2, 3]\nb: [{', '.join(['*a'] * times)}]\n").value
    assert len(value["b"]) == times
    assert value["b"][0] is value["a"]


def test_a_file_of_errors_is_given_up_in_time() -> None:
    problems = failure(b"a: 1\n" * 10_000)
    assert len(problems) == MAX_PROBLEMS


def test_a_long_line_is_cut_in_the_snippet() -> None:
    (problem,) = failure(("a: [" + "x, " * 1000).encode())
    assert len(problem.snippet) == SNIPPET_LENGTH


_text = st.text(st.characters(max_codepoint=0xFFFF, exclude_categories=["Cs"]), max_size=8)
_json: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner),
    max_leaves=12,
)


@given(st.dictionaries(_text, _json, max_size=4))
def test_json_is_read_as_json(value: dict[str, Any]) -> None:
    text = json.dumps(value, ensure_ascii=True)
    assert parsed(text).value == value


@given(st.text(max_size=80) | st.text(alphabet=" \n\t-:?[]{}&*!|>'\"%@`#,<x1\\", max_size=60))
def test_random_text_is_read_or_refused_with_findings(text: str) -> None:
    for each in findings(text.encode("utf-8", "surrogatepass")):
        assert each.code.startswith("FX1")
        assert each.place is not None


@given(st.binary(max_size=60))
def test_random_bytes_are_read_or_refused_with_findings(data: bytes) -> None:
    assert all(each.code.startswith("FX1") for each in findings(data))


def findings(data: bytes) -> tuple[Diagnostic, ...]:
    """What is found wrong; any failure but `Unparsable` fails the test."""
    try:
        document, problems = parse(decode("f.yaml", data))
    except Unparsable as error:
        return error.diagnostics
    assert isinstance(document.value, dict)
    return tuple(problems)
