"""Every example configuration loads, in each of its environments."""

from __future__ import annotations

from pathlib import Path

import pytest

from faxops.config.load import load_all
from faxops.config.reader import FolderReader
from faxops.config.stack import Limit, Stack

EXAMPLES = Path(__file__).parents[1] / "examples"
ENVIRON = {"INTAKE_MAILBOX": "intake@clinic.example"}


def loaded(name: str, policy: Path | None = None) -> tuple[Stack, ...]:
    reader = FolderReader(EXAMPLES / name / "faxops.yaml")
    return load_all(reader, environ=ENVIRON, policy=policy)


@pytest.mark.parametrize(
    "name", sorted(path.parent.name for path in EXAMPLES.glob("*/faxops.yaml"))
)
def test_the_example_is_valid_and_has_no_warnings(name: str) -> None:
    stacks = loaded(name)
    assert [stack.warnings for stack in stacks] == [()] * len(stacks)


def test_the_clinic_differs_by_environment() -> None:
    prod, staging = loaded("clinic")
    assert [each.key for each in prod.resources] == [
        "billing", "clinic-harbor", "clinic-north", "clinic-south", "intake",
    ]  # fmt: skip
    assert [each.key for each in staging.resources] == [
        "clinic-harbor", "clinic-north", "clinic-south", "intake",
    ]  # fmt: skip
    hosts = {each.values["webhook_event_url"] for each in staging.resources}
    assert all(str(url).startswith("https://hooks.staging.clinic.example/") for url in hosts)
    assert {each.prevent_destroy for each in prod.resources} == {True}
    assert {each.prevent_destroy for each in staging.resources} == {False}


def test_the_clinic_s_mailbox_is_a_secret_and_its_harbor_has_no_limit() -> None:
    prod, _ = loaded("clinic")
    by_key = {each.key: each for each in prod.resources}
    assert prod.secrets == {"intake@clinic.example"}
    assert by_key["intake"].masks == {"fax_email_recipient": ((0, 21),)}
    assert by_key["clinic-harbor"].values["inbound.channel_limit"] is None
    assert by_key["clinic-south"].values["application_name"] == "Clinic South, Building 2"


def test_the_law_firm_takes_over_what_was_there() -> None:
    (stack,) = loaded("law-firm")
    assert [(each.id, each.key) for each in stack.imports] == [("1293384261075731499", "reception")]
    assert [(each.from_stack, each.from_key, each.to_key) for each in stack.moved] == [
        ("law-firm", "front-desk", "reception"),
        ("law-firm-notary", "deeds", "deeds"),
    ]
    assert [(each.key, each.id, each.destroy) for each in stack.removed] == [
        ("legacy", None, False),
        (None, "1293384261075731500", True),
    ]


def test_the_law_firm_stays_within_its_policy_file() -> None:
    (stack,) = loaded("law-firm", EXAMPLES / "law-firm" / "policy.yaml")
    assert stack.warnings == ()
    assert stack.guards.max_deletes == Limit(1)
    assert stack.policy.webhook_hosts == ("*.offices.law.example", "hooks.law.example")
