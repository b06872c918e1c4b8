"""The table of the fax application, and what is derived from it."""

from __future__ import annotations

from typing import Any

import pytest

from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.model.marks import Mark
from faxops.model.registry import KINDS

MINIMAL = {"id": "1", "application_name": "Intake", "webhook_event_url": "https://h.example/"}


def test_an_object_with_nothing_but_what_is_required_has_the_defaults() -> None:
    values = FAX_APPLICATION.canonical(MINIMAL)

    assert values["active"] is True
    assert values["anchorsite_override"] == "Latency"
    assert values["inbound.sip_subdomain_receive_settings"] == "from_anyone"
    assert values["tags"] == frozenset()
    assert values["webhook_event_failover_url"] is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("webhook_event_failover_url", "", id="the failover URL"),
        pytest.param("inbound", {"sip_subdomain": ""}, id="the SIP subdomain"),
        pytest.param("outbound", {"outbound_voice_profile_id": ""}, id="the voice profile"),
        pytest.param("inbound", None, id="a whole nested object"),
        pytest.param("tags", None, id="the tags of an old application"),
    ],
)
def test_empty_null_and_absent_are_one_value(field: str, value: object) -> None:
    assert FAX_APPLICATION.canonical({**MINIMAL, field: value}) == FAX_APPLICATION.canonical(
        MINIMAL
    )


def test_a_write_only_field_that_was_not_returned_is_unknown_and_not_null() -> None:
    assert "fax_email_recipient" not in FAX_APPLICATION.canonical(MINIMAL)
    shown = FAX_APPLICATION.canonical({**MINIMAL, "fax_email_recipient": None})
    assert shown["fax_email_recipient"] is None


def test_a_value_the_table_does_not_know_is_kept_as_it_is() -> None:
    values = FAX_APPLICATION.canonical({**MINIMAL, "anchorsite_override": "Montreal, Canada"})
    assert values["anchorsite_override"] == "Montreal, Canada"


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        pytest.param({"active": 1}, {"active": True}, id="one-for-true"),
        pytest.param({"active": 1.0}, {"active": True}, id="a-float-for-true"),
        pytest.param({"active": 0}, {"active": False}, id="zero-for-false"),
        pytest.param(
            {"webhook_timeout_secs": True}, {"webhook_timeout_secs": 1}, id="true-for-one"
        ),
        pytest.param(
            {"inbound": {"channel_limit": False}}, {"inbound": {"channel_limit": 0}}, id="nested"
        ),
    ],
)
def test_a_boolean_and_a_number_are_never_one_value(
    wrong: dict[str, Any], right: dict[str, Any]
) -> None:
    """To Python, `1 == True`: a live `active: 1` would count as what the file says."""
    assert FAX_APPLICATION.canonical({**MINIMAL, **wrong}) != FAX_APPLICATION.canonical(
        {**MINIMAL, **right}
    )


def test_a_whole_float_is_the_integer_that_it_is_to_json() -> None:
    values = FAX_APPLICATION.canonical({**MINIMAL, "webhook_timeout_secs": 10.0})
    assert values["webhook_timeout_secs"] == 10


def test_canonical_values_become_the_nested_object_again() -> None:
    raw: dict[str, Any] = {
        **MINIMAL,
        "tags": ["b", "a"],
        "inbound": {"channel_limit": 3, "sip_subdomain": "intake"},
    }
    nested = FAX_APPLICATION.nested(FAX_APPLICATION.canonical(raw))

    assert nested["tags"] == ["a", "b"]
    assert nested["inbound"]["channel_limit"] == 3
    assert FAX_APPLICATION.canonical(nested) == FAX_APPLICATION.canonical(raw)


def test_a_live_object_hides_reserved_tags_from_its_values() -> None:
    live = LiveResource.read(FAX_APPLICATION, {**MINIMAL, "tags": ["team", "faxops.clinic.intake"]})

    assert live.values["tags"] == {"team"}
    assert live.marks.owners == {Mark("clinic", "intake")}


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_what_a_patch_requires_and_the_name_are_fields_of_the_table(kind: ResourceKind) -> None:
    assert {*kind.patch_requires, kind.name_field} <= kind.by_path.keys()
    assert all(field.required for field in kind.fields if field.path in kind.patch_requires)
    assert len(kind.by_path) == len(kind.fields)
