"""What came from the environment is masked in every output, also when something fails."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cli.live import Served, configuration
from tests.cli.running import Program

Serve = Callable[..., Served]
MAILBOX = "Jane.Doe+intake@clinic.example"
TOP = "env: [MAILBOX]"
FIELD = 'fax_email_recipient: "${env.MAILBOX}"'


def said(program: Program, *arguments: str) -> str:
    """Everything that a run wrote anywhere but into a saved plan."""
    files = ["--report", "r.json", "--report", "r.txt"]
    ended = program(*arguments, *files)
    written = [(program.folder / name).read_text() for name in files[1::2]]
    return "".join([ended.out, ended.err, *written])


def forms(secret: str) -> list[str]:
    """The secret and how others may repeat it."""
    return [secret, secret.lower(), json.dumps(secret)[1:-1], secret.replace("@", "%40")]


@pytest.mark.slow
@pytest.mark.parametrize(
    "rule",
    [
        pytest.param({}, id="all goes well"),
        pytest.param(
            {"method": "PATCH", "fault": {"kind": "status", "status": 422}},
            id="a write is rejected",
        ),
        pytest.param(
            {"method": "POST", "fault": {"kind": "status", "status": 200, "acts": True}},
            id="a strange answer",
        ),
    ],
)
def test_a_secret_is_nowhere(faxops: Program, serve: Serve, rule: dict[str, Any]) -> None:
    account = serve(*([rule] if rule else []))
    program = Program(faxops.folder, {**account.variables, "MAILBOX": MAILBOX})
    name = 'application_name: "To ${env.MAILBOX}"'
    program.write("faxops.yaml", configuration("a", top=TOP, fields=f"{FIELD}\n    {name}"))
    told = said(program, "validate", "-v") + said(program, "plan", "-v")
    told += said(program, "plan", "--format", "json")
    told += said(program, "apply", "-v", "--auto-approve")
    told += said(program, "drift", "--format", "json")
    program.write("faxops.yaml", configuration("a", top=TOP, fields=f"{FIELD}\n    active: false"))
    told += said(program, "plan", "--out", "plan.json") + said(program, "show", "plan.json")
    told += (program.folder / "plan.json").read_text()
    assert not [form for form in forms(MAILBOX) if form in told]
    assert any(MAILBOX in each.body for each in account.requests)


@pytest.mark.parametrize(
    "field",
    [
        pytest.param('webhook_event_url: "https://${env.MAILBOX}/x"', id="in a host"),
        pytest.param('anchorsite_override: "${env.MAILBOX}"', id="in a choice"),
        pytest.param('webhook_timeout_secs: "${env.MAILBOX}"', id="in a number"),
        pytest.param('tags: ["${env.MAILBOX}"]', id="in a tag"),
        pytest.param('active: "${env.MAILBOX}"', id="in a truth"),
    ],
)
def test_a_secret_in_the_wrong_place_is_not_repeated(embedded: Program, field: str) -> None:
    text = configuration("a", top=TOP)
    text = text.replace("    webhook_event_url: https://hooks.clinic.example/fax/a\n", "")
    if "webhook_event_url" not in field:
        field = f"webhook_event_url: https://h.example\n    {field}"
    embedded.write("faxops.yaml", f"{text}    {field}\n")
    program = Program(embedded.folder, {**embedded.variables, "MAILBOX": MAILBOX})
    assert program("validate").code == 3
    told = said(program, "validate", "--format", "json") + said(program, "plan")
    told += said(program, "doctor")
    assert not [form for form in forms(MAILBOX) if form in told]


@pytest.mark.slow
def test_an_older_mailbox_that_the_api_shows_is_masked_too(faxops: Program, serve: Serve) -> None:
    account = serve(behaviours={"recipient_in_replies": "present"})
    program = Program(faxops.folder, {**account.variables, "MAILBOX": MAILBOX})
    program.write("faxops.yaml", configuration("a", top=TOP, fields=FIELD))
    assert program("apply", "--auto-approve").code == 0
    (live,) = account.applications()
    account.change(live["id"], fax_email_recipient="old.secret@clinic.example")
    told = said(program, "plan") + said(program, "plan", "--format", "json")
    told += said(program, "drift") + said(program, "apply", "--auto-approve")
    assert "recipient_changed" in told
    assert "old.secret" not in told
    assert MAILBOX not in told
