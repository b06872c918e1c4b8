"""Findings and failures in one shape."""

from __future__ import annotations

from pathlib import Path

import pytest

from faxops.errors import (
    ApiError,
    ConfigurationInvalid,
    FaxopsError,
    StalePlan,
    UsageError,
)
from faxops.model.diagnostic import Diagnostic, Place, Severity
from faxops.report.diagnostics import diagnostic_document, diagnostics_of, diagnostics_text
from faxops.report.json_text import json_text
from faxops.report.masking import Masker
from faxops.report.style import Style
from faxops.report.validate_document import validate_document, validate_text
from tests.golden import check_golden
from tests.report.schema_check import check_document

GOLDEN = Path(__file__).parent / "golden"

LONG = "webhook_event_url: " + "https://hooks.clinic.example/" + "x" * 200

FINDINGS = (
    Diagnostic(
        Severity.ERROR,
        "FX101",
        "`aplication_name` is no field of a fax application.",
        suggestion="Did you mean `application_name`?",
        place=Place("faxops.yaml", 7, 5),
        snippet="    aplication_name: Intake",
    ),
    Diagnostic(
        Severity.ERROR,
        "FX102",
        "The id is a number and would lose digits elsewhere.",
        detail="Ids have 19 digits.\nMany programs keep 15 of a number.",
        suggestion='Write it in quotes: "1293384261075731499".',
        place=Place("apps/\u53d7\u4ed8.yaml", 1234, 9),
        snippet="\tid:\t\t1293384261075731499",
    ),
    Diagnostic(
        Severity.ERROR,
        "FX103",
        "The URL is too long.",
        place=Place("faxops.yaml", 8, 150),
        snippet=LONG,
    ),
    Diagnostic(
        Severity.WARNING,
        "FX190",
        "\x1b[31mred\x1b[0m is \u202eodd.",
        detail="::error::owned\n\tindented",
        suggestion="##[endgroup]",
        place=Place("a\nb.yaml", 9, 4),
        snippet="\u53d7\u4ed8: \x07s3cr3t-value",
    ),
    Diagnostic(Severity.ERROR, "FX901", "A finding in no file."),
)

MASKER = Masker(frozenset({"s3cr3t-value"}))


def test_findings_read_as_reviewed() -> None:
    document = validate_document(FINDINGS, MASKER)

    check_document("validate", document)
    check_golden(GOLDEN / "validate-findings.txt", validate_text(document, Style()))
    check_golden(GOLDEN / "validate-findings.json", json_text(document))


def test_findings_have_colours_too() -> None:
    document = validate_document(FINDINGS[:2], MASKER)

    coloured = validate_text(document, Style(color=True))

    check_golden(GOLDEN / "validate-findings.colour.txt", coloured)


@pytest.mark.parametrize(
    ("severities", "last"),
    [
        pytest.param("", "Success! The configuration is valid.", id="nothing found"),
        pytest.param("w", "Success! The configuration is valid. 1 warning.", id="a warning"),
        pytest.param("e", "1 error.", id="an error"),
        pytest.param("eewew", "3 errors, 2 warnings.", id="both, and several"),
    ],
)
def test_the_last_line_says_how_much_was_found(severities: str, last: str) -> None:
    kinds = {"e": Severity.ERROR, "w": Severity.WARNING}
    found = [Diagnostic(kinds[letter], "FX101", "Odd.") for letter in severities]

    document = validate_document(found, Masker())

    check_document("validate", document)
    assert validate_text(document, Style()).splitlines()[-1] == last
    assert document["valid"] == ("e" not in severities)
    assert document["error_count"] == severities.count("e")
    assert document["warning_count"] == severities.count("w")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        pytest.param(
            UsageError("No.", hint="Do."),
            Diagnostic(Severity.ERROR, "FX901", "No.", "", "Do."),
            id="message and hint",
        ),
        pytest.param(
            ApiError("Lost.", request="GET /x", request_id="r-1"),
            Diagnostic(Severity.ERROR, "FX800", "Lost.", "Request id: r-1"),
            id="a request id that the message lacks",
        ),
        pytest.param(
            ApiError("Lost [request id r-1].", request="GET /x", request_id="r-1"),
            Diagnostic(Severity.ERROR, "FX800", "Lost [request id r-1]."),
            id="a request id said once",
        ),
        pytest.param(
            StalePlan(("a", "b")),
            Diagnostic(Severity.ERROR, "FX760", StalePlan(()).message, "a\nb", StalePlan(()).hint),
            id="each difference of a stale plan",
        ),
    ],
)
def test_a_failure_is_a_finding(error: FaxopsError, expected: Diagnostic) -> None:
    assert diagnostics_of(error) == (expected,)


def test_a_wrong_configuration_is_its_own_findings() -> None:
    assert diagnostics_of(ConfigurationInvalid(FINDINGS)) == FINDINGS


def test_a_caret_beyond_a_cut_line_is_left_out() -> None:
    finding = Diagnostic(
        Severity.ERROR, "FX101", "Odd.", place=Place("f.yaml", 1, 5000), snippet="{a: b"
    )

    lines = diagnostics_text([diagnostic_document(finding, Masker())], Style())

    assert lines == ["Error FX101: Odd.", "  at f.yaml:1:5000", "  1 | {a: b", ""]
