"""Ownership as it stands among an object's tags."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxops.model.marks import Mark, Marks, is_reserved, written_digest


def test_each_reserved_form_is_read() -> None:
    marks = Marks.read(["team", "faxops.clinic.intake", "faxops.keep", "faxops.w.0123456789ab"])

    assert marks.owners == {Mark("clinic", "intake")}
    assert marks.keep
    assert marks.written == {"0123456789ab"}
    assert marks.others == frozenset()


@pytest.mark.parametrize(
    "tag",
    [
        pytest.param("faxops.clinic", id="no key"),
        pytest.param("faxops.clinic.", id="an empty key"),
        pytest.param("faxops..intake", id="an empty stack"),
        pytest.param("faxops.clinic.a.b", id="no key has a dot"),
        pytest.param("faxops.", id="nothing at all"),
    ],
)
def test_a_reserved_tag_of_no_known_form_owns_nothing_and_is_kept(tag: str) -> None:
    marks = Marks.read([tag])

    assert marks.owners == frozenset()
    assert marks.tags == {tag}


@given(st.frozensets(st.text("faxops.wkep-_0a", max_size=16).map("faxops.".__add__)))
def test_reading_and_writing_the_reserved_tags_loses_none(tags: frozenset[str]) -> None:
    assert Marks.read(tags).tags == tags
    assert all(map(is_reserved, tags))


def test_only_the_marks_of_the_stack_are_its_own() -> None:
    marks = Marks.read(["faxops.b.x", "faxops.a.y", "faxops.a.x"])

    assert marks.of("a") == (Mark("a", "x"), Mark("a", "y"))
    assert marks.of("c") == ()


def test_a_digest_is_bound_to_object_field_and_value() -> None:
    digest = written_digest("1", "fax_email_recipient", "a@clinic.example")

    assert digest == written_digest("1", "fax_email_recipient", "a@clinic.example")
    others = {
        written_digest("2", "fax_email_recipient", "a@clinic.example"),
        written_digest("1", "other_field", "a@clinic.example"),
        written_digest("1", "fax_email_recipient", "b@clinic.example"),
    }
    assert digest not in others
    assert len(others) == 3
    assert len(digest) == 12
