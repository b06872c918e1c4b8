"""The plan for people, compared as a whole with what was reviewed."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time

import pytest

from faxops.errors import (
    ConfigurationInvalid,
    FaxopsError,
    StalePlan,
)
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.reconcile.plan import Plan
from faxops.report.json_text import json_text
from faxops.report.plan_document import failed_plan_document, plan_document
from faxops.report.plan_text import plan_text
from faxops.report.style import Style
from tests.golden import check_golden
from tests.report.plan_cases import PLAN_CASES, plan_case
from tests.report.plans import context, desired, golden_json, planned, stack
from tests.report.schema_check import check_document

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.parametrize("name", PLAN_CASES)
def test_every_plan_reads_as_reviewed(name: str) -> None:
    check_golden(GOLDEN / f"plan-{name}.txt", plan_text(plan_case(name), Style()))


@pytest.mark.parametrize("name", PLAN_CASES)
def test_every_plan_is_what_the_schema_describes(name: str) -> None:
    check_document("plan", plan_case(name))


@pytest.mark.parametrize("name", PLAN_CASES)
def test_a_plan_read_from_json_reads_like_the_fresh_one(name: str) -> None:
    document = plan_case(name)

    again = json.loads(json_text(document))

    assert again == document
    assert plan_text(again, Style()) == plan_text(document, Style())


def test_colours_set_apart_and_change_no_word() -> None:
    coloured = plan_text(plan_case("one-of-each"), Style(color=True))

    check_golden(GOLDEN / "plan-one-of-each.colour.txt", coloured)
    for code in ("0", "1", "1;31", "2", "31", "32", "33", "36"):
        coloured = coloured.replace(f"\x1b[{code}m", "")
    assert coloured == plan_text(plan_case("one-of-each"), Style())


@pytest.mark.parametrize("name", ["one-of-each", "refused", "sensitive", "sensitive-saved"])
def test_the_json_of_a_plan_is_as_reviewed(name: str) -> None:
    check_golden(GOLDEN / f"plan-{name}.json", golden_json(plan_case(name)))


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(FaxopsError("The account could not be read.", hint="Try."), id="a failure"),
        pytest.param(StalePlan(("fax_application.intake: gone",)), id="a stale plan"),
        pytest.param(
            ConfigurationInvalid((Diagnostic(Severity.ERROR, "FX101", "No."),)), id="a wrong file"
        ),
    ],
)
def test_a_run_without_a_plan_has_a_document_with_the_same_keys(error: FaxopsError) -> None:
    document = failed_plan_document(error, context())

    check_document("plan", document)
    assert document.keys() == plan_case("empty").keys()
    assert document["errored"]
    assert "No changes" not in plan_text(document, Style())


def test_a_plan_of_a_later_minor_version_can_be_read() -> None:
    document = plan_case("one-of-each")
    change = document["resource_changes"][-1]
    change |= {"type": "fax_gateway", "reason": "new_reason", "novelty": 1}
    change["risks"] = [{"name": "new_risk", "severity": "high", "detail": "x", "path": None}]

    check_document("plan", document)
    assert "high risk: new_risk (x)" in plan_text(document, Style())


def test_doing_nothing_to_an_application_is_adopting_it() -> None:
    document = plan_case("one-of-each")
    (intake,) = (each for each in document["resource_changes"] if each["key"] == "intake")
    intake["change"]["actions"] = ["no-op"]

    check_document("plan", document)
    assert "intake will be imported" in plan_text(document, Style())


def test_no_line_ends_in_a_space_and_no_two_are_empty() -> None:
    for name in PLAN_CASES:
        text = plan_text(plan_case(name), Style())
        assert all(line == line.rstrip() for line in text.splitlines()), name
        assert "\n\n\n" not in text, name
        assert text.endswith("\n"), name
        assert not text.startswith("\n"), name


def test_the_text_of_ten_thousand_creates_takes_well_under_a_second() -> None:
    plan = many_creates(1000)
    document = plan_document(plan, context("never-there"))
    document["resource_changes"] *= 10

    start = process_time()
    text = plan_text(document, Style())

    assert process_time() - start < 1
    assert text.count("will be created") == 10_000


def many_creates(count: int) -> Plan:
    """A plan that creates `count` applications."""
    return planned(stack(*[desired(f"clinic-{number}") for number in range(count)]))
