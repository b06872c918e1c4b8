"""Two canonical forms in, the fields that differ out."""

from __future__ import annotations

import sys

import pytest

from faxops.model.field import Value
from faxops.reconcile.diff import diff
from faxops.reconcile.plan import UNREADABLE, FieldChange

DIFFERENCES: list[tuple[str, Value, Value]] = [
    ("texts", "a", "b"),
    ("texts that differ in case", "Latency", "latency"),
    ("texts that differ in a trailing space", "a", "a "),
    ("numbers", 1, 2),
    ("zero and nothing", 0, None),
    ("a text and nothing", "a", None),
    ("a number and its text", 1, "1"),
    ("booleans", True, False),
    ("tags", frozenset({"a", "b"}), frozenset({"a"})),
    ("tags of half a character", frozenset({"\ud800"}), frozenset({"\ud801"})),
    ("tags and none", frozenset({"a"}), frozenset[str]()),
]


@pytest.mark.parametrize(
    ("before", "after"), [pytest.param(*row, id=name) for name, *row in DIFFERENCES]
)
def test_a_field_differs_when_its_values_are(before: Value, after: Value) -> None:
    same = {"other": "same", "__private": 1}

    assert diff({**same, "field": before}, {**same, "field": after}) == (
        FieldChange("field", before, after),
    )
    assert diff({"field": after}, {"field": before}) == (FieldChange("field", after, before),)


def test_every_field_differs_in_the_order_of_what_shall_be() -> None:
    found = diff({"a": 1, "b.c": 1, "d": 1}, {"d": 2, "b.c": 2, "a": 2})

    assert [each.path for each in found] == ["d", "b.c", "a"]


def test_a_field_that_could_not_be_read_differs() -> None:
    assert diff({}, {"a": "x"}) == (FieldChange("a", UNREADABLE, "x"),)


def test_forms_with_hardly_a_field_in_common_are_compared_field_by_field() -> None:
    assert diff({"a": 1, "b": 1, "c": 1}, {"c": 1, "d": 2}) == (FieldChange("d", UNREADABLE, 2),)


def test_a_field_that_the_file_cannot_say_does_not_differ() -> None:
    assert diff({"a": 1, "b": 1}, {"a": 1}) == ()


def test_equal_forms_are_compared_without_deepdiff(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "deepdiff", None)

    assert diff({"a": frozenset("xy")}, {"a": frozenset("yx")}) == ()
