"""The web page, in a real Chromium."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
import pytest

from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.scenario import parse_scenario
from faxops.emulator.seed import parse_seed
from faxops.system_clock import SystemClock
from tests.chromium import Page, opened
from tests.emulator.account import URL, Account
from tests.real_parts import chromium
from tests.served import served

HOSTILE = {
    "markup": "<img src=x onerror=\"document.title='broken'\"><script>alert(1)</script></td>",
    "direction": "invoice\u202efdp.exe",
    "control": "bell\u0007 and \u200bnothing",
    "length": "Records " * 10_000,
    "quotes": "\"'`${document.title = 'broken'}",
}
# The page looks every second; a test need not wait that long. `looks` counts.
HURRIED = """
const wait = window.setTimeout;
window.looks = 0;
window.setTimeout = (act, ms) => {
  if (ms === 1000) window.looks += 1;
  return wait(act, ms / 20);
};
"""


def _seed() -> Mapping[str, Any]:
    applications = [
        {"id": str(place), "application_name": name, "webhook_event_url": URL}
        for place, name in enumerate(HOSTILE.values(), start=1)
    ]
    applications.append(
        {"id": "9", "application_name": "Intake", "webhook_event_url": "http://127.0.0.1:9/fax"}
    )
    return {"fax_applications": applications}


@contextmanager
def _serving() -> Generator[str]:
    """The address of an emulator with hostile names, in which faxes take no time."""
    emulator = create_emulator(
        EmulatorSettings(
            clock=SystemClock(),
            scenario=parse_scenario({"faxes": {"step_seconds": 0}}),
            seed=parse_seed(_seed()),
        )
    )
    with served(emulator) as url:
        yield url.removesuffix("/v2")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Generator[Page | None]:
    """One Chromium for the module; None where there is none."""
    program = chromium()
    if program is None:
        yield None
        return
    with opened(program, tmp_path_factory.mktemp("profile")) as tab:
        tab.send("Page.addScriptToEvaluateOnNewDocument", source=HURRIED)
        yield tab


def _texts(page: Page, table: str, column: int) -> list[str]:
    """What a column of a table shows, from the top."""
    cells = f"#{table} tbody tr td:nth-child({column})"
    return page.value(f"Array.from(document.querySelectorAll('{cells}'), (c) => c.textContent)")


def _receive(address: str, application: str = "9") -> None:
    given = {"connection_id": application}
    reply = httpx.post(f"{address}/_emulator/faxes", json=given, trust_env=False)
    assert reply.status_code == 201, reply.text


@pytest.mark.slow
def test_hostile_names_are_shown_as_text_and_do_nothing(page: Page | None) -> None:
    if page is None:
        return
    with _serving() as address:
        page.open(f"{address}/")
        page.until("document.querySelectorAll('#fax_applications tbody tr').length === 6")
        assert _texts(page, "fax_applications", 1) == [
            "Intake",
            HOSTILE["quotes"],
            ("Records " * 25) + "…",
            r"bell\u0007 and \u200bnothing",
            r"invoice\u202efdp.exe",
            HOSTILE["markup"],
        ]
        assert page.value("document.title") == "faxops emulator"
        assert page.value("document.querySelectorAll('img, script').length") == 1
        assert page.complaints == []


@pytest.mark.slow
def test_the_page_follows_what_happens_until_it_is_paused(page: Page | None) -> None:
    if page is None:
        return
    with _serving() as address:
        page.open(f"{address}/_emulator/")
        page.until("document.getElementById('count').textContent.includes('0 faxes')")
        assert _texts(page, "faxes", 1) == ["No fax yet. faxops fax send sends one."]
        _receive(address)
        page.until("document.getElementById('faxes').textContent.includes('received')")
        page.until("document.getElementById('deliveries').textContent.includes('not connected')")
        page.value("document.getElementById('pause').click()")
        _receive(address)
        page.until(f"looks > {page.value('looks') + 2}")
        assert len(_texts(page, "faxes", 1)) == 1
        page.value("document.getElementById('pause').click()")
        page.until("document.querySelectorAll('#faxes tbody tr').length === 2")


@pytest.mark.slow
def test_a_webhook_to_another_machine_is_shown_as_not_sent(page: Page | None) -> None:
    if page is None:
        return
    with _serving() as address:
        page.open(f"{address}/")
        _receive(address, "1")
        page.until("document.querySelectorAll('#deliveries td.pending').length === 3")
        assert set(_texts(page, "deliveries", 1)) == {"not sent: another host"}
        assert set(_texts(page, "deliveries", 4)) == {URL}


@pytest.mark.slow
def test_the_page_fits_every_window(page: Page | None) -> None:
    if page is None:
        return
    with _serving() as address:
        _receive(address)
        page.open(f"{address}/")
        page.until("document.getElementById('deliveries').textContent.includes('not connected')")
        grounds: set[str] = set()
        for width in (390, 900, 1400):
            for dark in (False, True):
                page.resize(width, dark=dark)
                assert page.value("document.documentElement.scrollWidth") <= width
                grounds.add(
                    page.value("getComputedStyle(document.body.parentNode).backgroundColor")
                )
        assert len(grounds) == 2


@pytest.mark.slow
def test_the_page_says_when_the_emulator_is_gone(page: Page | None) -> None:
    if page is None:
        return
    with _serving() as address:
        page.open(f"{address}/")
        page.until("document.querySelectorAll('#fax_applications tbody tr').length === 6")
        assert page.value("document.getElementById('gone').textContent") == ""
    page.until("/does not answer.*:.. UTC/.test(document.getElementById('gone').textContent)")
    assert len(_texts(page, "fax_applications", 1)) == 6


def _without_key(path: str) -> httpx.Response:
    account = Account(seed=_seed())
    return account.request("GET", f"http://emulator{path}", headers={})


@pytest.mark.parametrize("path", ["/", "/_emulator/"])
def test_the_page_needs_no_key_and_lets_nothing_else_in(path: str) -> None:
    reply = _without_key(path)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    policy = reply.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; connect-src 'self'; ")
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_the_page_names_no_other_host() -> None:
    assert "//" not in _without_key("/").text.replace("// ", "").lower()


def test_the_page_is_labelled_for_who_cannot_see_it() -> None:
    text = _without_key("/").text
    assert '<html lang="en">' in text
    assert text.count("<caption>") == text.count("<table") == 3
    assert text.count("<th ") == text.count('scope="col"') > 0
    assert 'aria-live="polite"' in text


def test_the_overview_counts_all_and_shows_the_newest_first() -> None:
    account = Account()
    for number in range(60):
        account.made(application_name=f"app-{number}")
    overview = account.request("GET", "http://emulator/_emulator/overview", headers={}).json()
    applications = overview["fax_applications"]
    assert applications["total"] == 60
    names = [each["application_name"] for each in applications["newest"]]
    assert names == [f"app-{number}" for number in range(59, 9, -1)]
    assert overview["faxes"] == overview["deliveries"] == {"total": 0, "newest": []}
    assert overview["events_waiting"] == 0


def test_other_methods_on_the_root_are_the_apis_404() -> None:
    reply = Account().request("POST", "http://emulator/", json={})
    assert reply.status_code == 404
    assert reply.json()["errors"][0]["code"] == "10005"
