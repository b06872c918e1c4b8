"""Any page as Markdown: within its length, with all that is cut counted, and nothing let loose."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faxops.report.change_view import ChangeView, FieldView
from faxops.report.escape import terminal
from faxops.report.markdown import markdown_text
from faxops.report.page import Danger, Note, Page, PageChange

# What means something to Markdown, HTML, GitHub or GitLab, and characters of several bytes.
_TEXTS = st.text("`~<>@#!*_[](){}|+-$\\/:.& \nax\u202e\u00e9\U0001f4e0", max_size=500)
_LINES = st.lists(_TEXTS, max_size=30).map(tuple)
_FINDINGS = st.lists(_LINES.filter(bool), max_size=25).map(tuple)
_FIELDS = st.builds(FieldView, path=_TEXTS, before=st.none() | _TEXTS, after=_TEXTS)
_VIEWS = st.builds(
    ChangeView,
    words=st.sampled_from([("create",), ("update",), ("delete",)]),
    address=_TEXTS.map(terminal),
    verb=st.just(""),
    origin=_TEXTS,
    notes=_LINES,
    risks=st.just(()),
    fields=st.lists(_FIELDS, max_size=20).map(tuple),
)
_PAGES = st.builds(
    Page,
    title=st.just("faxops apply"),
    stack=_TEXTS,
    environment=_TEXTS,
    meta=st.just(()),
    sentence=st.just("Apply incomplete. Resources: 1 imported, 2 added, 3 changed, 4 destroyed."),
    causes=st.sampled_from(["", "Caused: 1 by this branch, 2 by drift, 3 by both."]),
    alert=st.sampled_from(["", "Refused. Nothing can be applied until this is resolved."]),
    errors=_FINDINGS,
    tiles=st.just(()),
    dangers=st.lists(
        st.builds(Danger, st.just("high risk"), _TEXTS, _TEXTS, _TEXTS), max_size=120
    ).map(tuple),
    warnings=_FINDINGS,
    changes=st.lists(st.builds(PageChange, _VIEWS, st.just("will be done")), max_size=15).map(
        tuple
    ),
    notes=st.lists(
        st.builds(Note, st.just("N"), st.just("The rest was not looked at."), _LINES), max_size=3
    ).map(tuple),
)
_FENCED = re.compile(r"(?ms)^(`{3,})[a-z]+\n.*?^\1$\n?")
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_SUMMARY = re.compile(r"<summary><code>[^<>\n]*</code> will be done</summary>")
_OURS = re.compile(r"[A-Za-z0-9 .,:*#>&()\n-]*")


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(page=_PAGES, limit=st.sampled_from([1_000, 3_000, 20_000]))
def test_any_page_keeps_its_limit_and_counts_what_it_cuts(page: Page, limit: int) -> None:
    text = markdown_text(page, limit)

    assert len(text) <= limit
    bare = _bare(text)
    shown = bare.count("will be done")
    hidden = re.search(r"\*\*([0-9]+) of ([0-9]+) changes", bare)
    assert shown + (int(hidden[1]) if hidden else 0) == len(page.changes)
    listed = bare.count("- **high risk**")
    assert listed == len(page.dangers) or "not listed here" in bare


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.large_base_example],
)
@given(page=_PAGES)
def test_outside_of_code_no_character_is_foreign(page: Page) -> None:
    marker, _, text = markdown_text(page, 20_000).partition("\n")

    assert re.fullmatch(r"<!-- faxops stack=[\w.~%]* environment=[\w.~%]* -->", marker, re.ASCII)
    bare = _bare(text)
    for ours in ("<details>", "</details>", "> [!CAUTION]", "*(empty)*"):
        bare = bare.replace(ours, "")
    assert _OURS.fullmatch(bare), bare


def _bare(text: str) -> str:
    """What is left outside of code. A summary is HTML, in which backticks are nothing."""
    unfolded = _SUMMARY.sub("will be done", _FENCED.sub("", text))
    return _SPAN.sub("", unfolded)
