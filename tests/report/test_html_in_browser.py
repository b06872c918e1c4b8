"""The HTML reports in a real Chromium: judged by axe-core, at three widths, light and dark."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path

import pytest

from faxops.report.html import html_text
from faxops.report.page import Page as Report
from tests.chromium import Page, opened
from tests.real_parts import chromium, real_part
from tests.report.test_pages import PAGES, page_of

pytestmark = pytest.mark.slow

AXE = Path(__file__).parents[1] / "node" / "node_modules" / "axe-core" / "axe.min.js"
WIDTHS = (390, 900, 1400)


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Generator[Page | None]:
    """A tab; None where a part is missing."""
    program = chromium()
    judged = real_part("axe-core", found=AXE.exists(), how_to_get="Run `make real-parts`.")
    if program is None or not judged:
        yield None
        return
    with opened(program, tmp_path_factory.mktemp("profile")) as page:
        yield page


def shown(browser: Page, folder: Path, report: Report, width: int, *, dark: bool = False) -> None:
    file = folder / "report.html"
    file.write_text(html_text(report), encoding="utf-8")
    browser.open(file.as_uri(), width=width, dark=dark)


@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_nothing_is_cut_off(
    name: str, browser: Page | None, tmp_path: Path
) -> None:
    if browser is None:
        return
    report = page_of(name)
    for width in WIDTHS[:1] if name == "plan-three-hundred" else WIDTHS:
        for dark in (False, True):
            shown(browser, tmp_path, report, width, dark=dark)

            beyond = browser.value("document.documentElement.scrollWidth - innerWidth")
            browser.value(AXE.read_text(encoding="utf-8") + "; 0")
            found = browser.value(
                "axe.run().then((r) => JSON.stringify([r.passes.length > 10, ...r.violations.map("
                "(v) => [v.id, v.help, v.nodes.map((n) => n.html).slice(0, 3)])]))"
            )
            assert json.loads(found) == [True], (width, dark)
            assert beyond <= 0, (width, dark)
            assert browser.complaints == []


def test_every_change_is_reached_by_a_link(browser: Page | None, tmp_path: Path) -> None:
    if browser is None:
        return
    shown(browser, tmp_path, page_of("plan-one-of-each"), 900)

    reached = browser.value(
        "[...document.querySelectorAll('.fleet a')].map((a) => document.querySelector("
        "a.getAttribute('href')).querySelector('h3 code').textContent)"
    )

    assert reached == [
        "fax_application.adopted",
        "fax_application.given-up",
        "fax_application.gone",
        "fax_application.intake",
        "fax_application.new",
    ]
