"""Faxes as a document, as text, as CSV and as ndjson, hostile ones among them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from faxops.errors import ObjectNotFound
from faxops.model.fax import Fax
from faxops.model.fax_failures import FAX_FAILURES, failure_of
from faxops.report.fax_document import (
    FIELDS,
    Deletion,
    DeletionOutcome,
    deletions_document,
    failed_faxes_document,
    fax_document,
    faxes_document,
    saved_document,
)
from faxops.report.fax_lines import COLUMNS, csv_head, csv_line, ndjson_line
from faxops.report.fax_text import (
    deletions_text,
    fax_end_text,
    fax_list_text,
    fax_text,
    media_text,
    saved_text,
)
from faxops.report.masking import Masker
from faxops.report.style import Style
from tests.golden import check_golden
from tests.report.schema_check import check_document

GOLDEN = Path(__file__).parent / "golden"


def fax(number: int, **fields: Any) -> Fax:  # noqa: ANN401 - any JSON
    return Fax.read(
        {
            "id": f"0ccc7b54-4df3-4bca-a65a-3da1ecc777f{number}",
            "record_type": "fax",
            "direction": "outbound",
            "status": "delivered",
            "from": "+13127367276",
            "to": "+13125550100",
            "connection_id": "1293384261075731499",
            "created_at": "2026-11-24T10:00:00.123456Z",
            "updated_at": "2026-11-24T10:01:00Z",
            **fields,
        }
    )


FAILED = fax(2, status="failed", failure_reason="user_busy", internal_failure_reason="486")
HOSTILE = fax(
    4,
    direction="inbound",
    status="paused\x1b[31m",
    created_at="yesterday\n::error::",
    **{
        "from": '=HYPERLINK("http://evil.example";"診療所")\r\n',
        "new_field": {"in\u202e": "##[x]"},
    },
)
FAXES = (
    fax(1, page_count=3, stored_media_url="https://storage.example/x?sig=1"),
    FAILED,
    fax(3, direction="inbound", status="received", created_at="2026-11-24T11:00:00+02:00"),
    HOSTILE,
    Fax.read({"id": "5"}),
)


def test_a_list_lines_up_whatever_the_faxes_hold() -> None:
    document = faxes_document(FAXES)
    check_document("fax", document)
    check_golden(GOLDEN / "fax-list.txt", fax_list_text(document, Style()))


def test_a_list_of_nothing_says_so() -> None:
    nothing = faxes_document([])
    assert fax_list_text(nothing, Style()) == "There are no faxes in this account.\n"
    found = fax_list_text(nothing, Style(), filtered=True)
    assert found == "There is no such fax in this account.\n"


@pytest.mark.parametrize(("name", "one"), [("failed", FAILED), ("hostile", HOSTILE)])
def test_one_fax_shows_every_field_that_the_api_sent(name: str, one: Fax) -> None:
    check_golden(GOLDEN / f"fax-{name}.txt", fax_text(faxes_document([one]), Style()))


def test_an_end_is_a_sentence_with_its_reason() -> None:
    texts = [fax_end_text(faxes_document([each]), Style()) for each in FAXES]
    check_golden(GOLDEN / "fax-ends.txt", "".join(texts))


def test_a_document_has_every_field_and_what_the_api_added() -> None:
    document = fax_document(HOSTILE)
    assert set(document) == {*FIELDS, "record_type", "new_field", "failure"}
    assert document["page_count"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", 5), ("from", ["+1"]), ("page_count", "3"), ("page_count", True), ("media_url", {})],
)
def test_a_field_of_another_type_is_taken_for_missing(field: str, value: object) -> None:
    document = faxes_document([fax(1, **{field: value})])
    assert document["faxes"][0][field] is None
    check_document("fax", document)


def test_what_the_api_calls_failure_does_not_pass_for_our_explanation() -> None:
    assert fax_document(fax(1, failure="x"))["failure"] is None


@pytest.mark.parametrize("reason", FAX_FAILURES)
def test_every_known_reason_is_two_sentences(reason: str) -> None:
    known = FAX_FAILURES[reason]
    assert failure_of(fax(1, status="failed", failure_reason=reason)) is known
    for sentence in (known.happened, known.advice):
        assert sentence.endswith(".")
        assert sentence[0].isupper()


def test_a_reason_that_nobody_knows_is_shown_as_it_is() -> None:
    unknown = failure_of(fax(1, status="failed", failure_reason="phase_of_the_moon"))
    assert unknown is not None
    assert "phase_of_the_moon" in unknown.happened
    internal = failure_of(fax(1, status="failed", internal_failure_reason="486"))
    assert internal is not None
    assert "486" in internal.happened
    missing = failure_of(fax(1, status="failed"))
    assert missing is not None
    assert missing.happened == "The API gives no reason."
    assert failure_of(fax(1, failure_reason="user_busy")) is None  # it did not fail


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def test_csv_is_what_other_programs_read() -> None:
    text = csv_head() + "".join(csv_line(fax_document(each)) for each in FAXES)
    check_golden(GOLDEN / "faxes.csv", text)
    rows = read_csv(text)
    assert rows[0] == list(COLUMNS)
    assert {len(row) for row in rows} == {len(COLUMNS)}
    assert text.count("\r\n") == text.count("\n") == len(FAXES) + 1


@pytest.mark.parametrize(
    ("given", "written"),
    [
        pytest.param("+13127367276", "+13127367276", id="a number stays"),
        pytest.param("=1+1", "'=1+1", id="a formula"),
        pytest.param("+1-1|cmd", "'+1-1|cmd", id="a formula that begins like a number"),
        pytest.param("-1", "'-1", id="a minus"),
        pytest.param("@SUM(1)", "'@SUM(1)", id="an at"),
        pytest.param("\t=1", "\\t=1", id="behind a tab"),
        pytest.param('a,"b"', 'a,"b"', id="commas and quotes"),
    ],
)
def test_no_cell_is_run_by_a_spreadsheet(given: str, written: str) -> None:
    [row] = read_csv(csv_line(fax_document(fax(1, **{"from": given}))))
    assert row[COLUMNS.index("from")] == written


def test_links_are_not_in_csv() -> None:
    assert "storage.example" not in csv_line(fax_document(FAXES[0]))


def test_ndjson_is_a_line_that_acts_on_nothing() -> None:
    line = ndjson_line(fax_document(HOSTILE))
    assert json.loads(line) == fax_document(HOSTILE)
    assert line.count("\n") == 1
    assert line.isascii()
    assert "##[" not in line
    assert line.strip().isprintable()


DELETIONS = (
    Deletion("a\x1b[31m", DeletionOutcome.APPLIED),
    Deletion(
        "b",
        DeletionOutcome.NOT_APPLIED,
        ObjectNotFound("There is no b.\x1b", request="GET /faxes/b", hint="Look."),
    ),
    Deletion("c", DeletionOutcome.UNKNOWN, ObjectNotFound("Lost.", request="DELETE /faxes/c")),
    Deletion("d", DeletionOutcome.NOT_ATTEMPTED),
)


def test_each_deletion_is_told() -> None:
    document = deletions_document(DELETIONS, Masker())
    check_document("fax", document)
    check_golden(GOLDEN / "fax-deletions.txt", deletions_text(document, Style()))


def test_what_was_saved_is_told_and_a_link_stands_alone() -> None:
    document = saved_document(fax(1, media_url="https://x.example/\x1b"), "a\nb.pdf", 12)
    check_document("fax", document)
    assert saved_text(document, Style()).endswith(" as a\\nb.pdf, 12 bytes.\n")
    assert media_text(document, Style()) == "https://x.example/\\u{1b}\n"


def test_a_failure_keeps_the_faxes_that_are_known() -> None:
    error = ObjectNotFound("Gone with KEY1234.", request="GET /faxes/x")
    document = failed_faxes_document(error, Masker(frozenset({"KEY1234"})), [FAILED])
    check_document("fax", document)
    assert [each["id"] for each in document["faxes"]] == [FAILED.id]
    assert "KEY1234" not in json.dumps(document)
