"""What a plan says would be done, and what it refuses although it could be done."""

from __future__ import annotations

from typing import Any

import pytest

from faxops.config.stack import Limit
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.model.marks import written_digest
from faxops.reconcile.plan import UNREADABLE, Action, Change, FieldChange, Plan
from tests.reconcile.builders import (
    app_id,
    desired,
    imports,
    live,
    moved,
    plan,
    raw,
    removed,
    stack,
    told,
)

RECIPIENT = "fax_email_recipient"
MAIL = "intake@clinic.example"
WRITTEN = "faxops.w." + written_digest(app_id(1), RECIPIENT, MAIL)
STALE = "faxops.w." + written_digest(app_id(1), RECIPIENT, "old@clinic.example")


def the(planned: Plan) -> Change:
    """The one change of a plan that nothing forbids."""
    assert planned.refusals == ()
    (change,) = planned.changes
    return change


@pytest.mark.parametrize(
    "found",
    [
        pytest.param({"webhook_event_failover_url": None}, id="null failover"),
        pytest.param({"webhook_event_failover_url": ""}, id="empty failover"),
        pytest.param({"inbound": {"sip_subdomain": ""}}, id="empty subdomain"),
        pytest.param({"outbound": {"outbound_voice_profile_id": None}}, id="null profile"),
        pytest.param({"outbound": {"outbound_voice_profile_id": ""}}, id="empty profile"),
        pytest.param({RECIPIENT: None}, id="a recipient that reads null"),
        pytest.param({RECIPIENT: ""}, id="a recipient that reads empty"),
        pytest.param({"is_new": [1, {"deep": None}]}, id="a field of a newer API"),
        pytest.param({"inbound": {"codec": "t38"}}, id="a nested field of a newer API"),
    ],
)
def test_forms_of_the_same_value_are_no_difference(found: dict[str, Any]) -> None:
    planned = plan(stack(desired("intake", number=1)), live(1, "intake", **found))

    assert planned.is_empty


def test_a_live_object_without_tags_can_be_imported() -> None:
    old = {name: value for name, value in raw(1).items() if name != "tags"}
    wanted = stack(desired("intake", number=1), imports=[imports(1, "intake")])

    assert the(plan(wanted, LiveResource.read(FAX_APPLICATION, old))).action is Action.NO_OP


def test_tags_are_a_set() -> None:
    wanted = stack(desired("intake", number=1, tags=["a", "b", "a"]))

    assert plan(wanted, live(1, "intake", tags=["b", "a"])).is_empty


def test_reserved_tags_are_hidden_from_a_change_of_tags() -> None:
    wanted = stack(desired("intake", number=1, tags=["new"]))
    change = the(plan(wanted, live(1, "intake", tags=["old", "faxops.unknown"])))

    assert change.fields == (FieldChange("tags", frozenset({"old"}), frozenset({"new"})),)
    assert change.marks.others == {"faxops.unknown"}


def test_a_line_that_is_gone_resets_the_field() -> None:
    change = the(
        plan(
            stack(desired("intake", number=1)),
            live(1, "intake", webhook_timeout_secs=9, inbound={"channel_limit": 4}, tags=["x"]),
        )
    )

    assert {each.path: each.after for each in change.fields} == {
        "webhook_timeout_secs": None,
        "inbound.channel_limit": None,
        "tags": frozenset(),
    }


def test_a_live_value_that_the_table_does_not_know_is_shown_and_replaced() -> None:
    change = the(
        plan(
            stack(desired("intake", number=1)),
            live(1, "intake", anchorsite_override="Montreal, Canada"),
        )
    )

    assert change.fields == (FieldChange("anchorsite_override", "Montreal, Canada", "Latency"),)


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        pytest.param("active", {"active": False}, id="top level"),
        pytest.param("outbound.channel_limit", {"outbound": {"channel_limit": 3}}, id="nested"),
        pytest.param("tags", {"tags": ["x"]}, id="tags"),
        pytest.param(RECIPIENT, {RECIPIENT: "b@clinic.example"}, id="readable recipient"),
        pytest.param("anchorsite_override", {"anchorsite_override": "Montreal"}, id="unknown"),
        pytest.param("application_name", {"application_name": "Renamed"}, id="required"),
    ],
)
def test_an_ignored_field_keeps_its_live_value(path: str, fields: dict[str, Any]) -> None:
    found = live(1, "intake", **fields)
    same = desired("intake", number=1, ignore_changes=[path])
    other = desired("intake", number=1, ignore_changes=[path], webhook_timeout_secs=5)

    assert plan(stack(same), found).is_empty
    change = the(plan(stack(other), found))
    assert [each.path for each in change.fields] == ["webhook_timeout_secs"]
    assert change.after is not None
    assert change.after[path] == found.values[path]


def test_a_create_uses_the_files_value_of_an_ignored_field() -> None:
    wanted = desired(
        "intake", ignore_changes=["active", RECIPIENT], active=False, fax_email_recipient=MAIL
    )
    change = the(plan(stack(wanted)))

    assert change.after is not None
    assert change.after["active"] is False
    assert change.after[RECIPIENT] == MAIL


def test_prevent_destroy_is_planned_like_a_field() -> None:
    protect = the(plan(stack(desired("intake", number=1, prevent_destroy=True)), live(1, "intake")))
    release = the(plan(stack(desired("intake", number=1)), live(1, "intake", "keep")))

    assert protect.fields == (FieldChange("lifecycle.prevent_destroy", before=False, after=True),)
    assert protect.marks.keep
    assert release.fields == (FieldChange("lifecycle.prevent_destroy", before=True, after=False),)
    assert not release.marks.keep
    assert release.action is Action.UPDATE


RECIPIENTS = [
    pytest.param({RECIPIENT: MAIL}, [], {}, [FieldChange(RECIPIENT, UNREADABLE, MAIL)], id="new"),
    pytest.param({RECIPIENT: MAIL}, [WRITTEN], {}, [], id="sent before"),
    pytest.param(
        {RECIPIENT: MAIL}, [STALE], {}, [FieldChange(RECIPIENT, UNREADABLE, MAIL)], id="changed"
    ),
    pytest.param({}, [WRITTEN], {}, [FieldChange(RECIPIENT, UNREADABLE, None)], id="line gone"),
    pytest.param(
        {RECIPIENT: None}, [WRITTEN], {}, [FieldChange(RECIPIENT, UNREADABLE, None)], id="set null"
    ),
    pytest.param({}, [], {}, [], id="never set"),
    pytest.param({RECIPIENT: None}, [], {}, [], id="never set but to null"),
    pytest.param({RECIPIENT: MAIL}, [WRITTEN], {RECIPIENT: MAIL}, [], id="readable, same"),
    pytest.param({RECIPIENT: MAIL}, [], {RECIPIENT: MAIL}, [], id="readable, same, no digest"),
    pytest.param(
        {RECIPIENT: MAIL},
        [WRITTEN],
        {RECIPIENT: "x@y.example"},
        [FieldChange(RECIPIENT, "x@y.example", MAIL)],
        id="readable, changed by someone else",
    ),
    pytest.param(
        {},
        [],
        {RECIPIENT: "x@y.example"},
        [FieldChange(RECIPIENT, "x@y.example", None)],
        id="readable, and the file is the whole truth",
    ),
]


@pytest.mark.parametrize(("wanted", "tags", "found", "expected"), RECIPIENTS)
def test_the_recipient_is_sent_when(
    wanted: dict[str, Any], tags: list[str], found: dict[str, Any], expected: list[FieldChange]
) -> None:
    planned = plan(
        stack(desired("intake", number=1, **wanted)), live(1, "intake", tags=tags, **found)
    )

    assert [field for change in planned.changes for field in change.fields] == expected


@pytest.mark.parametrize(
    ("wanted", "tags", "written"),
    [
        pytest.param(MAIL, [STALE], {WRITTEN}, id="a new digest replaces the old"),
        pytest.param(None, [WRITTEN], set[str](), id="cleared takes the digest off"),
    ],
)
def test_the_digest_follows_the_recipient(
    wanted: str | None, tags: list[str], written: set[str]
) -> None:
    values: dict[str, Any] = {RECIPIENT: wanted} if wanted else {}
    change = the(plan(stack(desired("intake", number=1, **values)), live(1, "intake", tags=tags)))

    assert {each for each in change.marks.tags if each.startswith("faxops.w.")} == written


def test_an_ignored_recipient_keeps_its_digest_and_is_not_sent() -> None:
    wanted = desired(
        "intake",
        number=1,
        active=False,
        ignore_changes=[RECIPIENT],
        fax_email_recipient="n@w.example",
    )
    change = the(plan(stack(wanted), live(1, "intake", tags=[WRITTEN])))

    assert [each.path for each in change.fields] == ["active"]
    assert WRITTEN in change.marks.tags


def test_an_ignored_field_of_another_kind_keeps_no_digest() -> None:
    wanted = desired("intake", number=1, ignore_changes=["active"], fax_email_recipient=MAIL)
    change = the(plan(stack(wanted), live(1, "intake", tags=[STALE])))

    assert change.marks.tags == {"faxops.clinic.intake", WRITTEN}


@pytest.mark.parametrize("protected", [True, False], ids=["protected", "not protected"])
def test_what_is_created_and_what_is_destroyed_tells_if_it_is_protected(*, protected: bool) -> None:
    marks = ["old", *(["keep"] if protected else [])]
    planned = plan(stack(desired("new", prevent_destroy=protected)), live(1, *marks))

    created, destroyed = planned.changes
    assert created.after is not None
    assert created.after["lifecycle.prevent_destroy"] is protected
    assert destroyed.before is not None
    assert destroyed.before["lifecycle.prevent_destroy"] is protected


@pytest.mark.parametrize(
    ("found", "action"),
    [
        pytest.param({}, Action.NO_OP, id="one that nobody can read stays"),
        pytest.param({RECIPIENT: "x@y.example"}, Action.UPDATE, id="a readable one is cleared"),
    ],
)
def test_an_import_with_a_live_recipient_that_the_file_does_not_set(
    found: dict[str, Any], action: Action
) -> None:
    wanted = stack(desired("intake", number=1), imports=[imports(1, "intake")])

    assert the(plan(wanted, live(1, **found))).action is action


def test_an_unreadable_recipient_that_is_not_sent_is_no_part_of_a_change() -> None:
    wanted = desired("intake", number=1, active=False, fax_email_recipient=MAIL)
    change = the(plan(stack(wanted), live(1, "intake", tags=[WRITTEN])))

    assert change.after is not None
    assert RECIPIENT not in change.after
    assert "recipient_changed" not in {risk.name for risk in change.risks}
    assert WRITTEN in change.marks.tags


def test_a_hand_over_takes_the_other_stacks_mark_off() -> None:
    wanted = stack(desired("intake", number=1), moved=[moved("hospital/desk", "intake")])
    change = the(plan(wanted, live(1, "hospital/desk", tags=["mine", "faxops.w.0123456789ab"])))

    assert {each.tag for each in change.marks.owners} == {"faxops.clinic.intake"}


def test_forgetting_takes_every_tag_of_ours_and_leaves_the_users() -> None:
    wanted = stack(removed=[removed("old")])
    change = the(plan(wanted, live(1, "old", "keep", tags=["mine", WRITTEN])))

    assert change.action is Action.FORGET
    assert change.marks.tags == frozenset()
    assert change.before == change.after


def test_forgetting_leaves_what_another_stack_needs() -> None:
    wanted = stack(removed=[removed("old")])
    change = the(plan(wanted, live(1, "old", "hospital/lab", "keep", tags=[WRITTEN])))

    assert change.marks.tags == {"faxops.hospital.lab", "faxops.keep", WRITTEN}


@pytest.mark.parametrize(
    ("found", "code"),
    [
        pytest.param(live(2, "old", "keep"), "FX720", id="protected"),
        pytest.param(live(2, "old", "hospital/lab"), "FX721", id="another stack's too"),
    ],
)
@pytest.mark.parametrize("entry", [[], [removed("old", destroy=True)]], ids=["gone", "removed"])
@pytest.mark.parametrize("options", [{}, {"destroy": True, "max_deletes": Limit(9)}])
def test_a_destroy_is_refused_whatever_the_flags_when_it_is(
    found: LiveResource,
    code: str,
    entry: list[Any],
    options: dict[str, Any],
) -> None:
    wanted = stack(desired("intake", number=1), removed=entry)

    assert told(plan(wanted, live(1, "intake"), found, **options)) == [
        "delete old",
        f"refused {code}",
    ]


def test_a_destroy_is_refused_while_numbers_point_to_it() -> None:
    planned = plan(
        stack(desired("intake", number=1)),
        live(1, "intake"),
        live(2, "old"),
        attached={app_id(2): ("+13125550100", "+13125550101")},
    )

    (refusal,) = planned.refusals
    assert refusal.code == "FX722"
    assert "2 phone numbers still point to it: +13125550100, +13125550101" in refusal.summary


def test_a_protected_duplicate_can_only_be_released_by_hand() -> None:
    wanted = stack(desired("intake", number=1), removed=[removed(number=2)])
    (refusal,) = plan(wanted, live(1, "intake"), live(2, "intake", "keep")).refusals

    assert refusal.code == "FX720"
    assert "faxops.keep" in refusal.suggestion
    assert "prevent_destroy: false" not in refusal.suggestion


def test_a_live_choice_that_is_not_in_the_table_is_warned_of_and_set_back() -> None:
    planned = plan(
        stack(desired("intake")), live(1, "intake", anchorsite_override="Montreal, Canada")
    )

    assert told(planned) == ["update intake", "warned FX713"]
