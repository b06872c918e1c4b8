"""The plan as a document: what is hidden, and what a fingerprint stands for."""

from __future__ import annotations

from typing import Any

from faxops.reconcile.plan import Plan
from faxops.report.plan_document import PlanContext, change_document, plan_document, shown_raw
from tests.report.plan_cases import plan_case
from tests.report.plans import application, context, desired, live, planned, stack

_CHOICE = "inbound.sip_subdomain_receive_settings"


def only_change(plan: Plan, how: PlanContext) -> dict[str, Any]:
    """The document of a plan's single change."""
    (change,) = plan.changes
    return change_document(change, how.masker)


def test_what_is_hidden_is_marked_on_the_side_where_it_is() -> None:
    change = plan_case("sensitive")["resource_changes"][0]["change"]

    hidden = {"webhook_event_url": True, "fax_email_recipient": True}
    assert change["after_sensitive"] == hidden
    assert change["before_sensitive"] == {**hidden, "application_name": True, "tags": True}


def test_a_value_in_the_open_is_not_hidden_from_its_own_diff() -> None:
    recipient = "open@clinic.example"
    after = application("Reception", fax_email_recipient=recipient)
    plan = planned(
        stack(desired("intake", after)),
        [live(1, "intake", application(fax_email_recipient=recipient))],
    )

    change = only_change(plan, context())["change"]

    assert change["before"]["fax_email_recipient"] == recipient
    assert change["before_sensitive"] == {}


def test_a_hidden_choice_where_the_api_shows_no_section_is_no_failure() -> None:
    raw = application(inbound={"sip_subdomain_receive_settings": "only_my_connections"})
    resource = desired("intake", raw, masks={_CHOICE: ((0, 19),)})
    plan = planned(stack(resource), [live(1, "intake", application(inbound=None))])

    change = only_change(plan, context())["change"]

    assert change["before"]["inbound"]["sip_subdomain_receive_settings"] == "(sensitive)"


def test_the_fingerprint_follows_the_live_object_and_hides_what_is_secret_in_it() -> None:
    def fingerprint(note: str, salt: bytes = b"") -> str:
        account = [live(1, "intake", application(note=note))]
        plan = planned(stack(desired("intake", application(active=False))), account)
        return only_change(plan, context("s3cr3t", salt=salt))["fingerprint"]

    assert fingerprint("a") == fingerprint("a")
    assert fingerprint("a") != fingerprint("b")
    assert fingerprint("s3cr3t") == fingerprint("(sensitive)")


def test_the_digest_of_a_write_only_value_is_not_shown() -> None:
    raw = application(tags=["faxops.w.0123456789ab", "team"])
    found = live(1, "intake", raw)
    (change,) = planned(stack(), [found]).changes

    shown = shown_raw(change, found, context().masker)

    assert shown["tags"] == ["(sensitive)", "team", "faxops.clinic-prod.intake"]
    assert found.raw["tags"][0] == "faxops.w.0123456789ab"


def test_the_same_plan_under_the_same_salt_is_the_same_document() -> None:
    assert plan_case("sensitive-saved") == plan_case("sensitive-saved")


def test_an_environment_and_an_account_that_are_unknown_are_null() -> None:
    plan = planned(stack(desired("intake")), [live(1, "intake")])
    unnamed = Plan(
        stack=plan.stack,
        environment="",
        account="",
        base_url=plan.base_url,
        config_digest=plan.config_digest,
        changes=(),
        refusals=(),
        warnings=(),
        unmanaged=(),
        owned=1,
        desired=1,
    )

    document = plan_document(unnamed, context())

    assert (document["environment"], document["account"]) == (None, None)
