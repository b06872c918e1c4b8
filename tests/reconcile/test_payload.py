"""What is sent: whole nested objects, both required fields, and null only to clear."""

from __future__ import annotations

from typing import Any

import pytest

from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.model.marks import written_digest
from faxops.reconcile.payload import completion_payload, create_payload, update_payload
from tests.reconcile.builders import (
    HOOK,
    app_id,
    desired,
    imports,
    live,
    moved,
    plan,
    raw,
    removed,
    stack,
)

MAIL = "intake@clinic.example"
REQUIRED = {"application_name": "Application 1", "webhook_event_url": HOOK}
DIGEST = "faxops.w." + written_digest(app_id(1), "fax_email_recipient", MAIL)


def sent(found: LiveResource, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    (change,) = plan(stack(desired("intake", number=1, **fields)), found).changes
    return update_payload(change, found)


def test_a_create_sends_defaults_and_no_null() -> None:
    (change,) = plan(stack(desired("intake", tags=["b", "a"], prevent_destroy=True))).changes

    assert create_payload(change) == {
        "application_name": "intake",
        "webhook_event_url": HOOK,
        "active": True,
        "anchorsite_override": "Latency",
        "inbound": {"sip_subdomain_receive_settings": "from_anyone"},
        "tags": ["a", "b", "faxops.clinic.intake", "faxops.keep"],
    }


def test_a_create_leaves_the_recipient_to_a_patch_with_its_digest() -> None:
    wanted = desired("intake", number=1, tags=["mine"], fax_email_recipient=MAIL)
    (change,) = plan(stack(wanted)).changes

    assert "fax_email_recipient" not in create_payload(change)
    assert completion_payload(change, live(1, "intake", tags=["mine"])) == {
        **REQUIRED,
        "fax_email_recipient": MAIL,
        "tags": sorted(["mine", "faxops.clinic.intake", DIGEST]),
    }


def test_the_patch_of_a_create_keeps_its_protection() -> None:
    wanted = desired("intake", number=1, prevent_destroy=True, fax_email_recipient=MAIL)
    (change,) = plan(stack(wanted)).changes

    assert completion_payload(change, live(1, "intake", "keep"))["tags"] == [
        "faxops.clinic.intake",
        "faxops.keep",
        DIGEST,
    ]


@pytest.mark.parametrize("fields", [{}, {"fax_email_recipient": None}], ids=["unset", "null"])
def test_a_create_without_recipient_needs_no_patch(fields: dict[str, Any]) -> None:
    (change,) = plan(stack(desired("intake", number=1, **fields))).changes

    assert completion_payload(change, live(1, "intake")) == {}


def test_an_update_sends_what_changed_and_what_every_patch_needs() -> None:
    assert sent(live(1, "intake"), active=False) == {**REQUIRED, "active": False}


def test_a_nested_object_is_sent_whole() -> None:
    found = live(
        1,
        "intake",
        inbound={"channel_limit": 4, "sip_subdomain": "desk", "codec": "t38", "newer": None},
        outbound={"channel_limit": 7},
    )

    assert sent(
        found,
        inbound={"channel_limit": 5, "sip_subdomain": "desk"},
        outbound={"channel_limit": 7},
    ) == {
        **REQUIRED,
        "inbound": {
            "channel_limit": 5,
            "sip_subdomain": "desk",
            "sip_subdomain_receive_settings": "from_anyone",
            "codec": "t38",
        },
    }


def test_a_field_is_cleared_by_what_the_description_allows_and_nothing_else_is_null() -> None:
    found = live(
        1,
        "intake",
        webhook_event_failover_url="https://failover.example/",
        webhook_timeout_secs=5,
        inbound={"channel_limit": 4, "sip_subdomain": None},
        outbound={"outbound_voice_profile_id": "7"},
    )

    assert sent(found) == {
        **REQUIRED,
        "webhook_event_failover_url": None,
        "webhook_timeout_secs": None,
        "inbound": {"channel_limit": None, "sip_subdomain_receive_settings": "from_anyone"},
        "outbound": {"outbound_voice_profile_id": ""},
    }


def test_the_payload_is_made_from_the_object_as_it_is_now() -> None:
    planned_on = live(1, "intake", inbound={"channel_limit": 4})
    now = live(1, "intake", inbound={"channel_limit": 4, "codec": "new"})
    (change,) = plan(stack(desired("intake", number=1)), planned_on).changes

    assert update_payload(change, now)["inbound"]["codec"] == "new"


@pytest.mark.parametrize("section", [None, "text", []], ids=["null", "a text", "a list"])
def test_a_nested_object_that_is_none_is_made(section: object) -> None:
    found = LiveResource.read(FAX_APPLICATION, {**raw(1, "intake"), "inbound": section})

    assert sent(found, inbound={"channel_limit": 5})["inbound"] == {
        "channel_limit": 5,
        "sip_subdomain_receive_settings": "from_anyone",
    }


def test_an_ignored_nested_field_keeps_its_live_value_in_the_payload() -> None:
    found = live(1, "intake", inbound={"channel_limit": 4, "sip_subdomain": "old"})
    wanted = desired(
        "intake",
        number=1,
        inbound={"channel_limit": 9, "sip_subdomain": "new"},
        ignore_changes=["inbound.channel_limit"],
    )
    (change,) = plan(stack(wanted), found).changes

    assert update_payload(change, found)["inbound"] == {
        "channel_limit": 4,
        "sip_subdomain": "new",
        "sip_subdomain_receive_settings": "from_anyone",
    }


def test_an_ignored_required_field_is_sent_as_it_is_live() -> None:
    wanted = desired("intake", active=False, ignore_changes=["application_name"])
    (change,) = plan(stack(wanted), live(1, "intake")).changes

    assert update_payload(change, live(1, "intake")) == {**REQUIRED, "active": False}


def test_a_change_of_tags_keeps_every_reserved_one() -> None:
    found = live(1, "intake", "hospital/lab", tags=["old", "faxops.newer"])

    assert sent(found, tags=["new"])["tags"] == [
        "faxops.clinic.intake",
        "faxops.hospital.lab",
        "faxops.newer",
        "new",
    ]


def test_ignored_tags_keep_the_live_ones_and_the_marks() -> None:
    found = live(1, "intake", tags=["theirs"])
    wanted = desired(
        "intake", number=1, tags=["mine"], ignore_changes=["tags"], prevent_destroy=True
    )
    (change,) = plan(stack(wanted), found).changes

    assert update_payload(change, found) == {
        **REQUIRED,
        "tags": ["faxops.clinic.intake", "faxops.keep", "theirs"],
    }


@pytest.mark.parametrize(
    ("tags", "fields", "expected"),
    [
        pytest.param([], {"fax_email_recipient": MAIL}, (MAIL, [DIGEST]), id="sent with a digest"),
        pytest.param([DIGEST], {}, (None, list[str]()), id="cleared, and the digest taken off"),
    ],
)
def test_the_recipient_and_its_digest_go_in_one_request(
    tags: list[str], fields: dict[str, Any], expected: tuple[str | None, list[str]]
) -> None:
    recipient, digests = expected

    assert sent(live(1, "intake", tags=tags), **fields) == {
        **REQUIRED,
        "fax_email_recipient": recipient,
        "tags": ["faxops.clinic.intake", *digests],
    }


def test_an_unchanged_recipient_is_not_sent_again() -> None:
    found = live(1, "intake", tags=[DIGEST])

    assert sent(found, fax_email_recipient=MAIL, active=False) == {**REQUIRED, "active": False}


def test_an_import_without_differences_writes_the_mark_alone() -> None:
    found = live(1, tags=["mine"])
    wanted = stack(desired("intake", number=1, tags=["mine"]), imports=[imports(1, "intake")])
    (change,) = plan(wanted, found).changes

    assert update_payload(change, found) == {**REQUIRED, "tags": ["faxops.clinic.intake", "mine"]}


def test_a_move_changes_the_mark_alone() -> None:
    found = live(1, "desk", tags=["mine"])
    wanted = stack(desired("intake", number=1, tags=["mine"]), moved=[moved("desk", "intake")])
    (change,) = plan(wanted, found).changes

    assert update_payload(change, found) == {**REQUIRED, "tags": ["faxops.clinic.intake", "mine"]}


def test_a_forget_takes_our_tags_off_and_changes_nothing_else() -> None:
    found = live(1, "old", "keep", tags=["mine"], inbound={"channel_limit": 4})
    (change,) = plan(stack(removed=[removed("old")]), found).changes

    assert update_payload(change, found) == {**REQUIRED, "tags": ["mine"]}
