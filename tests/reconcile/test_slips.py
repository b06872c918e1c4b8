"""Small slips in planner and executor that once no fast test noticed; `make mutants` finds such."""

from __future__ import annotations

import pytest

from faxops.config.stack import Stack
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.sensitive import Span
from tests.reconcile.account import Account, ended
from tests.reconcile.builders import desired, live, moved, plan, raw, removed, stack, told

BOX = "a@clinic.example"


def test_a_field_that_faxops_does_not_know_counts_as_changed_since_the_plan() -> None:
    wanted = stack(desired("a", number=1, active=False))
    planned = plan(wanted, live(1, "a", newer_field=1))
    account = Account([raw(1, "a", newer_field=2)])

    outcome = account.apply(wanted, plan=planned, read_back=False)

    assert ended(outcome) == {"a": "not_applied"}
    assert account.writes() == []


def test_the_first_mark_is_written_alone_also_after_an_update() -> None:
    account = Account([raw(1, "a")], tags="dropped")
    wanted = stack(desired("a", number=1, active=False), desired("b"), desired("c"))

    account.apply(wanted, read_back=False)

    assert len(account.requests("POST")) == 1


def test_the_second_request_of_a_create_keeps_its_protection() -> None:
    account = Account()

    account.apply(stack(desired("a", prevent_destroy=True, fax_email_recipient=BOX)))

    assert account.live()[0].marks.keep


def test_what_is_given_up_keeps_reserved_tags_of_no_known_form() -> None:
    account = Account([raw(1, "a", "keep", tags=["x", "faxops.later", "faxops.w.0123456789ab"])])

    account.apply(stack(removed=[removed("a")]), destroy=True)

    assert sorted(account.live()[0].raw["tags"]) == ["faxops.later", "x"]


def test_a_known_live_value_is_no_reason_to_warn() -> None:
    found = plan(stack(desired("a", number=1)), live(1, "a", anchorsite_override="Chicago, IL"))
    assert told(found) == ["update a"]


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        pytest.param(stack(desired("b", number=1), moved=[moved("a", "b")]), "moved", id="moved"),
        pytest.param(stack(removed=[removed("a")]), "removed", id="given up"),
        pytest.param(stack(), "not_in_configuration", id="no entry"),
    ],
)
def test_a_change_names_the_reason_that_it_has(wanted: Stack, reason: str) -> None:
    (change,) = plan(wanted, live(1, "a"), destroy=True).changes
    assert change.reason == reason


@pytest.mark.parametrize(
    ("path", "masks", "sensitive"),
    [
        pytest.param("fax_email_recipient", {}, True, id="a field that the API guards"),
        pytest.param("application_name", {"application_name": ((0, 1),)}, True, id="masked"),
        pytest.param("active", {"application_name": ((0, 1),)}, False, id="another is masked"),
        pytest.param("application_name", {}, False, id="open"),
        pytest.param("lifecycle.prevent_destroy", {}, False, id="no field of the API"),
    ],
)
def test_a_value_is_sensitive_if_the_api_guards_it_or_the_environment_gave_it(
    path: str, masks: dict[str, tuple[Span, ...]], *, sensitive: bool
) -> None:
    (created,) = plan(stack(desired("a", masks=masks))).changes
    assert created.is_sensitive(path) is sensitive


def test_what_is_destroyed_is_sensitive_where_the_api_guards_it() -> None:
    (doomed,) = plan(stack(), live(1, "a"), destroy=True).changes
    assert doomed.desired is None
    sensitive = [each.path for each in FAX_APPLICATION.fields if doomed.is_sensitive(each.path)]
    assert sensitive == ["fax_email_recipient"]
