"""Plans and outcomes as Markdown and HTML: compared whole, and hostile texts stay inside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from faxops.errors import FaxopsError, StalePlan
from faxops.report.html import html_text
from faxops.report.markdown import markdown_text
from faxops.report.outcome_page import outcome_page
from faxops.report.page import Page
from faxops.report.plan_document import failed_plan_document, plan_document
from faxops.report.plan_page import drift_page, plan_page
from tests.golden import check_golden
from tests.report.outcome_cases import OUTCOME_CASES
from tests.report.plan_cases import PLAN_CASES, plan_case
from tests.report.plans import application, context, desired, live, planned, stack, undated

GOLDEN = Path(__file__).parent / "golden"
LIMIT = 65_000

PAGES = (
    "plan-empty",
    "plan-one-of-each",
    "plan-create-many-fields",
    "plan-update-many-fields",
    "plan-moved-from-another-stack-and-updated",
    "plan-risky",
    "plan-refused",
    "plan-unmanaged-shown",
    "plan-sensitive-saved",
    "plan-hostile",
    "plan-three-hundred",
    "outcome-partly",
    "outcome-refused",
    "outcome-hostile",
)


def page_of(name: str) -> Page:
    kind, _, case = name.partition("-")
    return plan_page(plan_case(case)) if kind == "plan" else outcome_page(OUTCOME_CASES[case]())


def fleet(size: int) -> Page:
    """A page of as many updates."""
    resources = [desired(f"clinic-{n}", application("New name")) for n in range(size)]
    account = [live(n, f"clinic-{n}") for n in range(size)]
    return plan_page(plan_document(planned(stack(*resources), account), context()))


@pytest.mark.parametrize("name", PAGES)
def test_the_markdown_is_as_reviewed(name: str) -> None:
    check_golden(GOLDEN / f"{name}.md", markdown_text(page_of(name), LIMIT))


@pytest.mark.parametrize("name", PAGES)
def test_the_html_is_as_reviewed(name: str) -> None:
    check_golden(GOLDEN / f"{name}.html", undated(html_text(page_of(name))))


@pytest.mark.parametrize("name", [f"plan-{n}" for n in PLAN_CASES] + ["outcome-unknown"])
def test_markdown_begins_with_the_marker_of_stack_and_environment(name: str) -> None:
    first = markdown_text(page_of(name), LIMIT).split("\n")[0]

    assert first == "<!-- faxops stack=clinic%2Dprod environment=prod -->"


def test_a_marker_cannot_be_ended_by_the_name_in_it() -> None:
    document = failed_plan_document(FaxopsError("No."), context())
    page = plan_page({**document, "environment": "--><script>x</script>\n# big"})

    first = markdown_text(page, LIMIT).split("\n")[0]

    assert first.count("<") == first.count(">") == 1
    assert first.endswith("-->")


def test_drift_says_that_it_is_drift() -> None:
    page = drift_page(plan_case("one-of-each"))

    assert markdown_text(page, LIMIT).split("\n")[1].startswith("### faxops drift of ")
    assert "<h1>faxops drift of " in html_text(page)


@pytest.mark.parametrize("limit", [1_000, 2_000, 10_000, 65_000])
@pytest.mark.parametrize("size", [1, 300])
def test_no_markdown_is_longer_than_it_may_be_and_what_is_cut_is_counted(
    size: int, limit: int
) -> None:
    text = markdown_text(fleet(size), limit)

    assert len(text) <= limit
    hidden = re.search(r"\*\*([0-9]+) of 300 changes (?:is|are) not shown here\*\*", text)
    shown = len(re.findall(r"will be updated in-place", text))
    assert shown + (int(hidden[1]) if hidden else 0) == size


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("limit", [1_000, 3_000])
def test_every_report_fits_in_a_small_space(name: str, limit: int) -> None:
    text = markdown_text(page_of(name), limit)

    assert len(text) <= limit
    assert text.startswith("<!-- faxops ")


def test_a_plan_with_thousands_of_findings_still_fits() -> None:
    document = plan_case("refused")
    diagnostics = [each for each in document["diagnostics"] for _ in range(2_000)]

    text = markdown_text(plan_page({**document, "diagnostics": diagnostics}), 1_000)

    assert len(text) <= 1_000
    assert "more of these are not listed here" in text


def test_a_finding_of_thousands_of_lines_still_tells_its_first_ones() -> None:
    differences = tuple(
        f"fax_application.clinic-{n}: after would be different" for n in range(2000)
    )
    page = plan_page(failed_plan_document(StalePlan(differences), context()))

    text = markdown_text(page, LIMIT)

    assert len(text) <= LIMIT
    told = re.findall(r"(?m)^  fax_application\.clinic-[0-9]+: after", text)
    left = re.search(r"(?m)^  and ([0-9]+) more lines$", text)
    assert told
    assert left is not None
    # The sentence above them is a line, and so is the advice below.
    assert len(told) + int(left[1]) == len(differences) + 1


def test_a_change_of_a_thousand_lines_leaves_room_for_the_next() -> None:
    many = application(tags=[f"tag-{n:04}" for n in range(1000)])
    resources = [desired("a", application(tags=["tag-0000"])), desired("b", application("New"))]
    account = [live(1, "a", many), live(2, "b")]
    page = plan_page(plan_document(planned(stack(*resources), account), context()))

    text = markdown_text(page, 10_000)

    assert "# and 941 more lines\n" in text
    assert "`~ fax_application.b` will be updated in-place" in text


def test_an_environment_that_was_mistyped_at_length_costs_no_limit() -> None:
    document = failed_plan_document(FaxopsError("No."), context())
    page = plan_page({**document, "environment": "@" * 5_000})

    assert len(markdown_text(page, 1_000)) <= 1_000


def test_what_a_refused_apply_would_have_done_is_shown() -> None:
    page = page_of("outcome-refused")

    assert page.changes
    assert {change.words for change in page.changes} == {"was not attempted"}


def test_many_harmless_changes_are_folded_and_the_risky_one_is_not() -> None:
    resources = [desired(f"clinic-{n}", application("New name")) for n in range(12)]
    account = [live(n, f"clinic-{n}") for n in range(12)]
    risky = desired("clinic-0", application("New name", active=False))
    page = plan_page(plan_document(planned(stack(risky, *resources[1:]), account), context()))

    text = markdown_text(page, LIMIT)

    assert text.count("<details>") == 11
    assert "\n`~ fax_application.clinic-0` will be updated in-place\n" in text


def test_outside_of_code_markdown_holds_only_words_of_ours() -> None:
    for name in ("plan-hostile", "outcome-hostile"):
        text = markdown_text(page_of(name), LIMIT)

        bare = re.sub(r"(?ms)^(`{3,})[a-z]+\n.*?^\1$", "", text)
        bare = re.sub(r"(`+).*?\1", "", bare)

        for foreign in ("::", "error", "owned", "Intake", "quo", "\\u{", "taken", "bell"):
            assert foreign not in bare, (name, foreign)


def test_a_fence_in_a_value_ends_no_fence() -> None:
    before = application("```\n</details>\n# Approved by @security")
    plan = planned(stack(desired("intake")), [live(1, "intake", before)])

    text = markdown_text(plan_page(plan_document(plan, context())), LIMIT)

    opened = re.search(r"(?m)^(`{4,})diff$", text)
    assert opened is not None
    assert text.count(opened[1]) == 2
    assert "\n# Approved" not in text


def test_a_long_value_is_shortened_and_says_so() -> None:
    url = "https://hooks.clinic.example/" + "x" * 1_500
    plan = planned(stack(desired("intake", application(url=url))), [live(1, "intake")])

    text = markdown_text(plan_page(plan_document(plan, context())), LIMIT)

    assert re.search(r"x… \([0-9,]+ more characters\)", text)


class _Elements(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.append(tag)
        for name, value in attrs:
            if name in {"src", "href", "style", "onclick"} and not (value or "").startswith("#"):
                self.loads.append(f"{tag} {name}={value}")
            if name == "id":
                self.ids.append(value or "")


@pytest.mark.parametrize("name", PAGES)
def test_html_has_no_script_and_loads_nothing(name: str) -> None:
    elements = _Elements()

    elements.feed(html_text(page_of(name)))

    assert "script" not in elements.names
    assert elements.loads == []
    assert len(elements.ids) == len(set(elements.ids))


def test_html_in_a_value_is_text() -> None:
    before = application("<script>alert(1)</script><b>", tags=['"><img src=x onerror=y>'])
    plan = planned(stack(desired("intake")), [live(1, "intake", before)])
    elements = _Elements()

    elements.feed(html_text(plan_page(plan_document(plan, context()))))

    assert not {"script", "b", "img"} & set(elements.names)
