"""What `drift` adds to a plan's document, in every format, and what it keeps to itself."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from faxops.model.audit_event import AuditEvent, Edit
from faxops.reconcile.plan import Change
from faxops.report.drift_document import (
    digests_of,
    identity_of,
    who_documents,
    with_first_seen,
    with_who,
)
from faxops.report.html import html_text
from faxops.report.markdown import markdown_text
from faxops.report.masking import Masker
from faxops.report.plan_document import change_document
from faxops.report.plan_page import drift_page
from faxops.report.plan_text import drift_text
from faxops.report.style import Style
from tests.golden import check_golden
from tests.report.plan_cases import plan_case
from tests.report.plans import application, desired, live, planned, stack
from tests.report.schema_check import check_document

GOLDEN = Path(__file__).parent / "golden-drift"
SEEN = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
PLAIN = Masker()
HOSTILE = "</pre><script>alert(1)</script>`\n::error::\x1b[2J\u202e"


def observed(*events: dict[str, Any]) -> dict[str, Any]:
    """A plan of one of each action, known since the same moment, whose update has the events."""
    document = plan_case("one-of-each")
    identities = [identity_of(each) for each in document["resource_changes"]]
    seen = with_first_seen(document, dict.fromkeys(identities, SEEN))
    return with_who(seen, {each: list(events) for each in identities if "intake" in each[0]})


def event(**fields: object) -> dict[str, Any]:
    return {
        "at": "2026-11-20T08:12:00Z",
        "actor": "550e8400-e29b-41d4-a716-446655440001",
        "actor_kind": "organization_member",
        "field": "active",
        "from": True,
        "to": False,
        **fields,
    }


def updated(before: dict[str, Any], after: dict[str, Any]) -> Change:
    plan = planned(stack(desired("intake", after)), [live(1, "intake", before)])
    (change,) = plan.changes
    return change


def told(change: Change, *edits: Edit, masker: Masker = PLAIN) -> list[dict[str, Any]]:
    found = AuditEvent("t", "u", "telnyx", "update", frozenset({change.id or ""}), edits)
    return list(who_documents(change, found, masker))


@pytest.mark.parametrize("ending", ["txt", "md", "html"])
def test_since_when_and_who_are_as_reviewed(ending: str) -> None:
    document = observed(event(), event(field="update", **{"from": None, "to": None}))
    check_document("plan", document)
    made = {
        "txt": lambda: drift_text(document, Style()),
        "md": lambda: markdown_text(drift_page(document), 65_000),
        "html": lambda: html_text(drift_page(document)),
    }
    check_golden(GOLDEN / f"who.{ending}", made[ending]())


def test_a_hostile_event_stays_a_text_on_one_line() -> None:
    document = observed(
        event(at=HOSTILE, actor=HOSTILE, actor_kind=HOSTILE, field=HOSTILE, to=HOSTILE),
        event(to={"a": [HOSTILE]}),
    )
    check_document("plan", document)
    text = drift_text(document, Style())
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert len(text.splitlines()) == len(
        drift_text(observed(event(), event()), Style()).splitlines()
    )
    assert "<script>" not in html_text(drift_page(document))
    fenced = markdown_text(drift_page(document), 65_000).split("```")
    assert all("<script>" not in outside for outside in fenced[::2])


def test_a_long_value_is_cut() -> None:
    document = observed(event(to="x" * 5000))
    assert max(map(len, drift_text(document, Style()).splitlines())) < 500


def test_nothing_is_said_where_nothing_was_asked() -> None:
    document = plan_case("one-of-each")
    before = copy.deepcopy(document)
    assert "first seen" not in drift_text(document, Style())
    observed(event())
    assert document == before


def test_a_digest_changes_with_either_value_and_with_nothing_else() -> None:
    plain, other = application(), application(active=False)
    renamed = application("Renamed", active=False)

    def digests(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
        return dict(digests_of(change_document(updated(before, after), PLAIN)))

    assert set(digests(plain, other)) == {"active"}
    assert digests(plain, other) == digests(plain, other)
    assert digests(plain, other) != digests(other, plain)
    assert digests(plain, renamed)["active"] == digests(plain, other)["active"]


def test_an_object_that_differs_whole_has_one_digest() -> None:
    (change,) = planned(stack(), [live(3, "gone", application("Gone"))]).changes
    (found,) = digests_of(change_document(change, PLAIN))
    assert found[0] == ""


def test_only_edits_of_what_differs_are_told() -> None:
    change = updated(application(), application(active=False))
    edits = (Edit("tags", [], ["a"]), Edit("active", before=False, after=True))
    (found,) = told(change, *edits)
    assert (found["field"], found["from"], found["to"]) == ("active", False, True)
    assert told(change, edits[0]) == []


def test_an_event_without_edits_is_told_by_its_kind() -> None:
    change = updated(application(), application(active=False))
    (found,) = told(change)
    assert (found["field"], found["from"], found["to"]) == ("update", None, None)


def test_of_an_object_that_differs_whole_the_event_alone_is_told() -> None:
    (change,) = planned(stack(), [live(3, "gone", application("Gone"))]).changes
    (found,) = told(change, Edit("active", before=True, after=False))
    assert (found["field"], found["from"], found["to"]) == ("update", None, None)


def test_a_recipient_that_the_file_does_not_say_is_hidden() -> None:
    was = application(fax_email_recipient="was@clinic.example")
    change = updated(was, application(fax_email_recipient="open@clinic.example"))
    edit = Edit("fax_email_recipient", "open@clinic.example", "was@clinic.example")
    (found,) = told(change, edit)
    assert (found["from"], found["to"]) == ("open@clinic.example", "(sensitive)")


def test_secrets_are_hidden_in_whatever_an_event_says() -> None:
    change = updated(application(tags=["a"]), application(tags=["b"]))
    masker = Masker(frozenset({"hush-hush"}))
    (found,) = told(change, Edit("tags", ["hush-hush"], {"x": "a hush-hush b"}), masker=masker)
    assert (found["from"], found["to"]) == (["(sensitive)"], {"x": "a (sensitive) b"})


def test_the_digest_of_a_recipient_is_hidden_among_the_tags() -> None:
    change = updated(application(tags=["a"]), application(tags=["b"]))
    (found,) = told(change, Edit("tags", ["b", "faxops.w.0123456789ab"], ["a"]))
    assert (found["from"], found["to"]) == (["b", "(sensitive)"], ["a"])


def test_a_protection_that_differs_is_told_as_the_tag_that_it_is() -> None:
    resource = desired("intake", application(), prevent_destroy=True)
    (change,) = planned(stack(resource), [live(1, "intake")]).changes
    (found,) = told(change, Edit("tags", ["faxops.keep"], []))
    assert (found["field"], found["from"]) == ("tags", ["faxops.keep"])
