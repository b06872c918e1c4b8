"""A saved plan is an approval: it does exactly what it shows, or nothing."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.live import Served, configuration, methods_of_writes, recorded
from tests.cli.running import Finished, Program
from tests.golden import check_golden
from tests.report.schema_check import check_document

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
Serve = Callable[..., Served]
EMBEDDED = {"TELNYX_BASE_URL": "emulator:account.db"}
CHANGED = configuration("billing", "intake", fields="webhook_timeout_secs: 25")


@pytest.fixture
def account(serve: Serve) -> Served:
    return serve()


@pytest.fixture
def program(faxops: Program, account: Served) -> Program:
    """faxops beside a plan saved as `plan.json`: `intake` to be changed, `billing` to be made."""
    program = Program(faxops.folder, account.variables)
    program.write("faxops.yaml", configuration("intake"))
    assert program("apply", "--auto-approve").code == 0
    program.write("faxops.yaml", CHANGED)
    saved = program("plan", "--out", "plan.json")
    assert saved.code == 0
    assert saved.out.endswith("Plan: 1 to add, 1 to change, 0 to destroy.\n")
    assert "faxops apply plan.json" in saved.err
    return program


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as `program` leaves it, with the account in `account.db`; made once."""
    program = Program(tmp_path_factory.mktemp("prepared"), EMBEDDED)
    program.write("faxops.yaml", configuration("intake"))
    assert program("apply", "--auto-approve").code == 0
    program.write("faxops.yaml", CHANGED)
    assert program("plan", "--out", "plan.json").code == 0
    return program.folder


@pytest.fixture
def copied(prepared: Path, tmp_path: Path) -> Program:
    """faxops in a copy of `prepared`."""
    return Program(Path(shutil.copytree(prepared, tmp_path / "copy")), EMBEDDED)


def writes(program: Program) -> list[str]:
    return methods_of_writes(recorded(program.folder / "account.db"))


def refused(program: Program, account: Served, *flags: str) -> Finished:
    """Apply the plan, which must be refused as stale with nothing sent but reads."""
    before = len(account.writes)
    failed = program("apply", "plan.json", *flags)
    assert failed.code == 6, failed
    assert len(account.writes) == before
    return failed


def set_in(program: Program, place: str, value: object) -> None:
    """Put `value` into the saved plan; `place` is where, as a path with slashes."""
    file = program.folder / "plan.json"
    document = json.loads(file.read_text())
    *parents, last = place.split("/")
    at = document
    for name in parents:
        at = at[int(name) if name.isdigit() else name]
    at[last] = value
    file.write_text(json.dumps(document))


def test_it_does_what_it_shows_and_only_once(program: Program, account: Served) -> None:
    before = len(account.writes)
    applied = program("apply", "plan.json")
    assert applied.code == 0
    assert applied.out.endswith("Apply complete! Resources: 1 added, 1 changed, 0 destroyed.\n")
    assert sorted(account.writes[before:]) == ["PATCH", "POST"]
    again = refused(program, account)
    assert "is no longer planned" in again.err
    assert program("plan", "--detailed-exitcode").code == 0


def test_it_is_for_its_owner_alone_and_is_the_plan_document(program: Program) -> None:
    file = program.folder / "plan.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    saved = json.loads(file.read_text())
    check_document("plan", saved)
    assert sorted(each.name for each in program.folder.iterdir()) == [
        "faxops.yaml",
        "home",
        "plan.json",
    ]
    shown = program("plan", "--format", "json").document
    for changing in ("salt", "generated_at"):
        saved.pop(changing, None)
        shown.pop(changing, None)
    assert saved == shown


def test_show_needs_no_key_and_reads_like_plan(program: Program) -> None:
    planned = program("plan")
    offline = Program(program.folder)
    shown = offline("show", "plan.json", env={"TELNYX_BASE_URL": "http://127.0.0.1:1"})
    assert shown == planned
    as_json = offline("show", "plan.json", "--format", "json")
    assert as_json.document == json.loads((program.folder / "plan.json").read_text())
    assert offline("show", "plan.json", "--format", "gitlab").document == {
        "create": 1,
        "update": 1,
        "delete": 0,
    }


def test_a_changed_configuration_makes_it_stale(program: Program, account: Served) -> None:
    program.write("faxops.yaml", configuration("billing", "intake"))
    failed = refused(program, account)
    check_golden(GOLDEN / "stale-configuration.txt", failed.transcript("apply plan.json"))


def test_a_changed_variable_makes_it_stale(faxops: Program, account: Served) -> None:
    program = Program(faxops.folder, account.variables)
    program.write("faxops.yaml", configuration("intake", top="variables: {host: a.example}"))
    assert program("plan", "--out", "plan.json").code == 0
    refused(program, account, "--var", "host=b.example")


def test_a_live_change_of_what_it_touches_makes_it_stale(program: Program, account: Served) -> None:
    (intake,) = account.applications()
    account.change(intake["id"], webhook_event_url="https://elsewhere.example/fax")
    failed = refused(program, account)
    check_golden(GOLDEN / "stale-live.txt", failed.transcript("apply plan.json"))


def test_a_live_change_that_no_field_shows_makes_it_stale(
    program: Program, account: Served
) -> None:
    (intake,) = account.applications()
    account.change(intake["id"], tags=[*intake["tags"], "team-x"])
    refused(program, account)


def test_a_live_change_of_what_it_does_not_touch_is_left_alone(
    faxops: Program, account: Served
) -> None:
    program = Program(faxops.folder, account.variables)
    program.write("faxops.yaml", configuration("billing", "intake"))
    assert program("apply", "--auto-approve").code == 0
    by_name = {each["application_name"]: each["id"] for each in account.applications()}
    program.write(
        "faxops.yaml", configuration("billing", "intake").replace("fax/intake", "fax/new-intake")
    )
    assert program("plan", "--out", "plan.json").code == 0
    account.change(by_name["billing"], webhook_timeout_secs=7)
    applied = program("apply", "plan.json")
    assert applied.code == 0
    assert applied.out.endswith("Apply complete! Resources: 0 added, 1 changed, 0 destroyed.\n")
    # What was not approved is neither done nor shown as if it would be.
    assert "fax_application.billing" not in applied.out
    live = {each["id"]: each for each in account.applications()}
    assert live[by_name["billing"]]["webhook_timeout_secs"] == 7
    assert live[by_name["intake"]]["webhook_event_url"].endswith("/fax/new-intake")


def test_another_base_url_makes_it_stale(program: Program, account: Served) -> None:
    refused(program, account, "--base-url", account.url.removesuffix("/v2"))


def test_another_account_makes_it_stale(program: Program, account: Served) -> None:
    set_in(program, "account", "another")
    assert "the account" in refused(program, account).err


INTAKE = "resource_changes/1"


@pytest.mark.parametrize(
    ("place", "value"),
    [
        pytest.param(
            "resource_changes/0/change/after/webhook_event_url",
            "https://evil.example",
            id="after of a create",
        ),
        pytest.param(f"{INTAKE}/change/after/active", False, id="after of an update"),
        pytest.param(f"{INTAKE}/change/before/active", False, id="before"),
        pytest.param(f"{INTAKE}/change/actions", ["delete"], id="actions"),
        pytest.param(f"{INTAKE}/change/actions", ["create"], id="an action that fits nothing"),
        pytest.param(f"{INTAKE}/address", "fax_application.other", id="address"),
        pytest.param(f"{INTAKE}/key", "other", id="key"),
        pytest.param(f"{INTAKE}/id", "1293384261075731499", id="id"),
        pytest.param(f"{INTAKE}/fingerprint", "0" * 64, id="fingerprint"),
        pytest.param("stack", "other", id="stack"),
        pytest.param("environment", "prod", id="environment"),
        pytest.param("config_digest", "0" * 64, id="digest"),
    ],
)
def test_a_tampered_plan_does_nothing(copied: Program, place: str, value: object) -> None:
    set_in(copied, place, value)
    failed = copied("apply", "plan.json", "--format", "json")
    assert failed.code in {6, 64}
    assert writes(copied) == ["POST"]
    check_document("outcome", failed.document)
    assert failed.document["changes"] == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("missing", None),
        ("empty", b""),
        ("not-json", b"version: 1\n"),
        ("not-an-object", b"[]"),
        ("not-a-plan", b"{}"),
        ("newer", b'{"format_version": "2.0"}'),
        ("not-text", b"\xff\xfe\x00"),
        ("nested", b"[" * 100_000),
    ],
)
@pytest.mark.parametrize("command", ["apply", "show"])
def test_a_file_that_is_no_plan_is_wrong_usage(
    embedded: Program, name: str, content: bytes | None, command: str
) -> None:
    if content is not None:
        embedded.write("plan.json", content)
    failed = embedded(command, "plan.json")
    assert (failed.code, failed.out) == (64, "")
    assert recorded(embedded.folder / "account.db") == ()
    told = failed.transcript(f"{command} plan.json").replace(command, "show")
    check_golden(GOLDEN / f"no-plan-{name}.txt", told)


def test_a_plan_with_keys_of_a_newer_minor_version_is_read(
    program: Program, account: Served
) -> None:
    set_in(program, "format_version", "1.9")
    set_in(program, "news", {"of": "tomorrow"})
    assert program("show", "plan.json").code == 0
    before = len(account.writes)
    assert program("apply", "plan.json").code == 0
    assert len(account.writes) == before + 2


def test_a_failed_plan_saves_nothing_and_leaves_the_old_one(program: Program) -> None:
    file = program.folder / "plan.json"
    old = file.read_bytes()
    program.write("faxops.yaml", "version: 2\n")
    assert program("plan", "--out", "plan.json").code == 3
    assert file.read_bytes() == old


def test_a_refused_plan_is_not_saved(program: Program) -> None:
    (program.folder / "plan.json").unlink()
    failed = program("plan", "--max-creates", "0", "--out", "plan.json")
    assert failed.code == 5
    assert not (program.folder / "plan.json").exists()
    assert "Not saved" in failed.err


def test_a_plan_that_can_not_be_written_fails(program: Program, account: Served) -> None:
    failed = program("plan", "--out", "nowhere/plan.json")
    assert failed.code == 1
    assert "nowhere/plan.json" in failed.err
    assert failed.out == ""
    assert account.writes == ["POST"]


def test_a_stale_plan_counts_more_than_a_refused_one(program: Program, account: Served) -> None:
    program.write("faxops.yaml", configuration("billing", "intake", "third"))
    refused(program, account, "--max-creates", "0")


def test_an_approved_plan_is_still_held_to_the_guards(program: Program, account: Served) -> None:
    before = len(account.writes)
    failed = program("apply", "plan.json", "--max-creates", "0")
    assert failed.code == 5
    assert len(account.writes) == before


@pytest.mark.parametrize("flag", ["--target", "--exclude"])
def test_a_saved_plan_is_not_selected_from(program: Program, account: Served, flag: str) -> None:
    before = len(account.requests)
    failed = program("apply", "plan.json", flag, "intake")
    assert failed.code == 64
    assert len(account.requests) == before


def test_a_plan_of_a_part_is_applied_as_that_part(program: Program, account: Served) -> None:
    assert program("plan", "--target", "billing", "--out", "plan.json").code == 0
    applied = program("apply", "plan.json")
    assert applied.code == 0
    assert applied.out.endswith("Apply complete! Resources: 1 added, 0 changed, 0 destroyed.\n")
    assert len(account.applications()) == 2
    assert program("plan", "--detailed-exitcode").code == 2


def test_what_came_from_the_environment_is_a_digest_in_the_plan(
    faxops: Program, account: Served
) -> None:
    program = Program(faxops.folder, {**account.variables, "MAILBOX": "secret@clinic.example"})
    top = "env: [MAILBOX]"
    text = configuration("intake", top=top, fields='fax_email_recipient: "${env.MAILBOX}"')
    program.write("faxops.yaml", text)
    planned = program("plan", "--out", "plan.json")
    saved = (program.folder / "plan.json").read_text()
    assert "scrypt:" in saved
    assert "secret@" not in saved + planned.out + planned.err
    refused(Program(program.folder, {**program.variables, "MAILBOX": "x@y.example"}), account)
    assert program("apply", "plan.json").code == 0
    assert program("plan", "--detailed-exitcode").code == 0
