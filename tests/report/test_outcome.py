"""The report of an apply, as a document and for people."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from faxops.report.json_text import json_text
from faxops.report.outcome_text import last_line, outcome_text, progress_line
from faxops.report.style import Style
from tests.golden import check_golden
from tests.report.outcome_cases import OUTCOME_CASES
from tests.report.plans import golden_json
from tests.report.schema_check import check_document

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", OUTCOME_CASES)
def test_every_outcome_reads_as_reviewed(name: str) -> None:
    check_golden(GOLDEN / f"outcome-{name}.txt", outcome_text(OUTCOME_CASES[name](), Style()))


@pytest.mark.parametrize("name", OUTCOME_CASES)
def test_every_outcome_is_what_the_schema_describes(name: str) -> None:
    check_document("outcome", OUTCOME_CASES[name]())


@pytest.mark.parametrize("name", OUTCOME_CASES)
def test_an_outcome_read_from_json_reads_like_the_fresh_one(name: str) -> None:
    document = OUTCOME_CASES[name]()

    assert outcome_text(json.loads(json_text(document)), Style()) == outcome_text(document, Style())


@pytest.mark.parametrize("name", ["partly", "stored-differently", "hostile", "failed"])
def test_the_json_of_an_outcome_is_as_reviewed(name: str) -> None:
    check_golden(GOLDEN / f"outcome-{name}.json", golden_json(OUTCOME_CASES[name]()))


def test_the_outcome_has_colours_too() -> None:
    coloured = outcome_text(OUTCOME_CASES["interrupted"](), Style(color=True))

    check_golden(GOLDEN / "outcome-interrupted.colour.txt", coloured)


@pytest.mark.parametrize("name", OUTCOME_CASES)
def test_apply_complete_stands_there_only_when_nothing_is_left(name: str) -> None:
    document = OUTCOME_CASES[name]()

    assert last_line(document).startswith("Apply complete! Resources: ") != document["errored"]


@pytest.mark.parametrize(
    ("action", "done"),
    [
        ("create", "created"),
        ("update", "updated"),
        ("delete", "destroyed"),
        ("import", "imported"),
        ("forget", "forgotten"),
    ],
)
def test_progress_names_what_was_done(action: str, done: str) -> None:
    line = progress_line("fax_application.intake", action, "1\x1b", Style())

    assert line == f"done fax_application.intake: {done} (1\\u{{1b}})"
