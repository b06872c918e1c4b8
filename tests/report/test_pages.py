"""Plans and outcomes as Markdown and HTML: compared whole, and hostile texts stay inside."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from faxops.errors import FaxopsError
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

TWELVE = (
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
    "outcome-partly",
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


@pytest.mark.parametrize("name", TWELVE)
def test_the_markdown_is_as_reviewed(name: str) -> None:
    check_golden(GOLDEN / f"{name}.md", markdown_text(page_of(name), LIMIT))


@pytest.mark.parametrize("name", TWELVE)
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


@pytest.mark.parametrize("name", TWELVE)
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


@pytest.mark.parametrize("name", TWELVE)
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
