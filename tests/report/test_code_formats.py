"""Findings as SARIF, GitHub annotations and GitLab reports, and a plan for GitLab's widget."""

from __future__ import annotations

import re

from faxops.model.diagnostic import Diagnostic, Place, Severity
from faxops.report.github_step import annotations_text, outputs_text
from faxops.report.gitlab import code_quality_report, terraform_report
from faxops.report.masking import Masker
from faxops.report.sarif import sarif_document
from faxops.report.validate_document import validate_document
from tests.report.outcome_cases import OUTCOME_CASES
from tests.report.plan_cases import plan_case

PLACE = Place("apps/a b.yaml", 4, 7)
FINDINGS = (
    Diagnostic(Severity.ERROR, "FX201", "Unknown.", "Why", "Do\nthis", PLACE, "  actve: yes"),
    Diagnostic(
        Severity.ERROR,
        "FX201",
        "Unknown.",
        "Why",
        "Do\nthis",
        Place("apps/a b.yaml", 9, 7),
        "  actve: yes",
    ),
    Diagnostic(Severity.WARNING, "FX190", "\x1b[31m::error::100%, a:b", "", ""),
)
DOCUMENT = validate_document(FINDINGS[:2], Masker())
HOSTILE = validate_document(FINDINGS[2:], Masker())


def test_annotations_name_the_place_and_what_to_do() -> None:
    first = annotations_text(DOCUMENT).splitlines()[0]

    assert first == (
        "::error file=apps/a b.yaml,line=4,col=7,title=faxops FX201::Unknown.%0AWhy%0ADo%0Athis"
    )


def test_a_foreign_text_is_no_command_and_no_property() -> None:
    hostile = Diagnostic(Severity.ERROR, "FX201", "x", place=Place("a,line=1::\n::stop.yaml", 1, 1))

    text = annotations_text(validate_document([hostile], Masker()))

    assert text.count("\n") == 1
    assert text.startswith("::error file=a%2Cline=1%3A%3A\\n%3A%3Astop.yaml,line=1,col=1,title=")
    message = annotations_text(HOSTILE).split("::", 2)[2]
    assert message == "\\u{1b}[31m::error::100%25, a:b\n"


def test_sarif_names_a_file_whose_name_is_no_text() -> None:
    finding = Diagnostic(Severity.ERROR, "FX201", "x", place=Place("a\udcff:b.yaml", 1, 1))

    (run,) = sarif_document(validate_document([finding], Masker()))["runs"]

    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "a%FF%3Ab.yaml"


def test_sarif_has_a_rule_for_each_code_and_a_place_for_each_finding() -> None:
    (run,) = sarif_document(DOCUMENT)["runs"]

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["FX201"]
    place = run["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "apps/a%20b.yaml"
    assert place["region"] == {"startLine": 4, "startColumn": 7}


def test_no_two_findings_have_one_fingerprint_and_lines_above_change_none() -> None:
    before = [each["fingerprint"] for each in code_quality_report(DOCUMENT)]
    moved = [
        Diagnostic(
            Severity.ERROR,
            "FX201",
            "Unknown.",
            "Why",
            "",
            Place("apps/a b.yaml", n, 7),
            "  actve: yes",
        )
        for n in (14, 19)
    ]

    after = [
        each["fingerprint"] for each in code_quality_report(validate_document(moved, Masker()))
    ]

    assert len(set(before)) == 2
    assert after == before


def test_code_quality_has_the_place_that_gitlab_needs() -> None:
    assert [each["location"] for each in code_quality_report(DOCUMENT)] == [
        {"path": "apps/a b.yaml", "lines": {"begin": 4}},
        {"path": "apps/a b.yaml", "lines": {"begin": 9}},
    ]


def test_the_widget_counts_every_change_once() -> None:
    assert terraform_report(plan_case("one-of-each")) == {"create": 1, "update": 3, "delete": 1}
    assert terraform_report(plan_case("imported-and-updated")) == {
        "create": 0,
        "update": 1,
        "delete": 0,
    }


def test_outputs_are_lines_of_counts() -> None:
    assert outputs_text(plan_case("one-of-each")).splitlines() == [
        "changes=true",
        "import=1",
        "add=1",
        "change=1",
        "destroy=1",
        "forget=1",
    ]
    assert "add=2\n" in outputs_text(OUTCOME_CASES["partly"]())
    assert outputs_text(plan_case("empty")).startswith("changes=false\n")


def test_an_apply_is_annotated_where_it_failed() -> None:
    lines = annotations_text(OUTCOME_CASES["hostile"]()).splitlines()

    assert len(lines) == 1
    assert re.match(
        r"::error file=faxops\.yaml,line=12,title=faxops apply::fax_application\.", lines[0]
    )
    assert "s3cr3t" not in lines[0]
