"""Which dangers a change is said to hold."""

from __future__ import annotations

from typing import Any

import pytest

from faxops.reconcile.risks import RISKS, host_of
from tests.reconcile.builders import desired, live, plan, stack

OTHER = "https://evil.example/fax"
HOOKS = "https://hooks.clinic.example/failover"
MAIL: dict[str, Any] = {"fax_email_recipient": "a@clinic.example"}

UPDATES: list[tuple[str, dict[str, Any], dict[str, Any], list[str]]] = [
    ("another host", {}, {"webhook_event_url": OTHER}, ["webhook_host_changed"]),
    (
        "another path of the same host",
        {},
        {"webhook_event_url": "https://HOOKS.clinic.example:8443/other"},
        [],
    ),
    (
        "a failover at a new host",
        {},
        {"webhook_event_failover_url": OTHER},
        ["webhook_host_changed"],
    ),
    (
        "a failover at the webhook's host",
        {},
        {"webhook_event_failover_url": HOOKS},
        ["failover_same_host"],
    ),
    (
        "webhook and failover trade places",
        {"webhook_event_failover_url": OTHER},
        {
            "webhook_event_url": OTHER,
            "webhook_event_failover_url": "https://hooks.clinic.example/fax",
        },
        ["webhook_host_changed"],
    ),
    (
        "another path of the failover's host",
        {"webhook_event_failover_url": OTHER},
        {"webhook_event_failover_url": "https://evil.example/other"},
        [],
    ),
    ("a failover that goes", {"webhook_event_failover_url": OTHER}, {}, []),
    (
        "from https to http",
        {},
        {"webhook_event_url": "http://hooks.clinic.example/fax"},
        ["webhook_not_https"],
    ),
    (
        "http that was http",
        {"webhook_event_url": "http://a.example/"},
        {"webhook_event_url": "http://a.example/", "webhook_timeout_secs": 3},
        [],
    ),
    (
        "an http failover",
        {},
        {"webhook_event_failover_url": "HTTP://hooks.clinic.example/"},
        ["webhook_not_https", "failover_same_host"],
    ),
    ("a recipient", {}, MAIL, ["recipient_changed"]),
    (
        "another recipient",
        {"fax_email_recipient": "b@clinic.example"},
        MAIL,
        ["recipient_changed"],
    ),
    ("a recipient that goes", MAIL, {}, ["recipient_changed"]),
    ("the same recipient", MAIL, {**MAIL, "webhook_timeout_secs": 3}, []),
    ("switched off", {}, {"active": False}, ["deactivated"]),
    ("switched on", {"active": False}, {}, []),
    ("off as before", {"active": False}, {"active": False, "webhook_timeout_secs": 3}, []),
    (
        "a subdomain for anyone",
        {},
        {"inbound": {"sip_subdomain": "a"}},
        ["open_to_anyone"],
    ),
    (
        "a subdomain for the own connections",
        {},
        {
            "inbound": {
                "sip_subdomain": "a",
                "sip_subdomain_receive_settings": "only_my_connections",
            }
        },
        [],
    ),
    (
        "a subdomain that is opened",
        {
            "inbound": {
                "sip_subdomain": "a",
                "sip_subdomain_receive_settings": "only_my_connections",
            }
        },
        {"inbound": {"sip_subdomain": "a"}},
        ["open_to_anyone"],
    ),
    ("a first limit", {}, {"outbound": {"channel_limit": 5}}, ["channel_limit_cut"]),
    (
        "a lower limit",
        {"inbound": {"channel_limit": 5}},
        {"inbound": {"channel_limit": 4}},
        ["channel_limit_cut"],
    ),
    (
        "a higher limit",
        {"inbound": {"channel_limit": 5}},
        {"inbound": {"channel_limit": 6}},
        [],
    ),
    (
        "the same limit",
        {"inbound": {"channel_limit": 5}},
        {"inbound": {"channel_limit": 5}, "webhook_timeout_secs": 3},
        [],
    ),
    ("a limit that goes", {"inbound": {"channel_limit": 5}}, {}, []),
    ("another name", {}, {"application_name": "Other"}, []),
]


def _named(fields: dict[str, Any]) -> dict[str, Any]:
    return {"application_name": "Application 1", **fields}


@pytest.mark.parametrize(
    ("before", "after", "expected"), [pytest.param(*row, id=name) for name, *row in UPDATES]
)
def test_an_update_is_dangerous_as(
    before: dict[str, Any], after: dict[str, Any], expected: list[str]
) -> None:
    wanted = stack(desired("intake", **_named(after)))
    planned = plan(wanted, live(1, "intake", **before))

    assert [risk.name for each in planned.changes for risk in each.risks] == expected


def test_a_danger_names_the_field_it_comes_from() -> None:
    wanted = desired(
        "intake",
        number=1,
        webhook_event_url="http://evil.example/",
        webhook_event_failover_url="http://evil.example/failover",
        active=False,
        inbound={"sip_subdomain": "a", "channel_limit": 1},
        outbound={"channel_limit": 1},
        **MAIL,
    )
    (change,) = plan(stack(wanted), live(1, "intake")).changes

    assert [(risk.name, risk.path) for risk in change.risks] == [
        ("deactivated", "active"),
        ("recipient_changed", "fax_email_recipient"),
        ("webhook_host_changed", "webhook_event_failover_url"),
        ("webhook_host_changed", "webhook_event_url"),
        ("webhook_not_https", "webhook_event_failover_url"),
        ("webhook_not_https", "webhook_event_url"),
        ("channel_limit_cut", "inbound.channel_limit"),
        ("channel_limit_cut", "outbound.channel_limit"),
        ("open_to_anyone", "inbound.sip_subdomain_receive_settings"),
        ("failover_same_host", "webhook_event_failover_url"),
    ]


def test_a_create_is_dangerous_in_itself_alone() -> None:
    risky = desired(
        "intake",
        webhook_event_url="http://hooks.clinic.example/",
        webhook_event_failover_url=HOOKS,
        active=False,
        inbound={"sip_subdomain": "a", "channel_limit": 1},
        **MAIL,
    )
    (change,) = plan(stack(risky)).changes

    assert [(risk.name, risk.level.value) for risk in change.risks] == [
        ("webhook_not_https", "high"),
        ("open_to_anyone", "medium"),
        ("failover_same_host", "low"),
    ]


def test_a_destroy_is_dangerous() -> None:
    (change,) = plan(stack(), live(1, "old")).changes

    assert [risk.name for risk in change.risks] == ["destroyed"]


def test_the_levels_are_those_that_were_promised() -> None:
    assert {name: level.value for name, (level, _) in RISKS.items()} == {
        "webhook_host_changed": "high",
        "webhook_not_https": "high",
        "recipient_changed": "high",
        "deactivated": "high",
        "destroyed": "high",
        "open_to_anyone": "medium",
        "channel_limit_cut": "medium",
        "failover_same_host": "low",
    }


@pytest.mark.parametrize(
    ("url", "host"),
    [
        pytest.param("https://Hooks.Clinic.example:8443/x", "hooks.clinic.example", id="a URL"),
        pytest.param("https://[::1", "", id="a broken address"),
        pytest.param("hooks.clinic.example/fax", "", id="no scheme"),
        pytest.param(None, "", id="nothing"),
        pytest.param(5, "", id="a number"),
    ],
)
def test_the_host_of(url: object, host: str) -> None:
    assert host_of(url) == host
