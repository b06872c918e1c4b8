"""Each command doing its job, as a newcomer would use it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from faxops.errors import FaxopsError
from faxops.model.codes import CODES
from tests.cli.live import (
    KEY,
    ORGANIZATION,
    Served,
    configuration,
    methods_of_writes,
    recorded,
    seeded,
)
from tests.cli.running import Program
from tests.golden import check_golden
from tests.report.schema_check import check_document

GOLDEN = Path(__file__).parent / "golden"
ROOT = Path(__file__).parents[2]
Serve = Callable[..., Served]


@pytest.fixture
def account(serve: Serve) -> Served:
    return serve(seed=seeded("unmanaged"))


@pytest.fixture
def program(faxops: Program, account: Served) -> Program:
    """faxops beside a configuration that was applied to an account with one other application."""
    program = Program(faxops.folder, account.variables)
    program.write("faxops.yaml", configuration("intake"))
    assert program("apply", "--auto-approve").code == 0
    return program


def drifted(account: Served) -> None:
    live = next(each for each in account.applications() if each["application_name"] == "intake")
    account.change(live["id"], webhook_event_url="https://elsewhere.example/fax")


def test_init_then_validate_then_apply(embedded: Program) -> None:
    begun = embedded("init")
    check_golden(GOLDEN / "init.txt", begun.transcript("init"))
    validated = embedded("validate")
    check_golden(GOLDEN / "validate.txt", validated.transcript("validate"))
    assert embedded("apply", "--auto-approve").code == 0
    again = embedded("plan", "--detailed-exitcode")
    assert (again.code, again.out) == (
        0,
        "No changes. Your fax applications match the configuration.\n",
    )


def test_init_never_overwrites(faxops: Program) -> None:
    faxops.write("faxops.yaml", "mine")
    failed = faxops("init")
    assert failed.code == 64
    assert (faxops.folder / "faxops.yaml").read_text() == "mine"
    assert not (faxops.folder / "faxops.schema.json").exists()
    check_golden(GOLDEN / "init-again.txt", failed.transcript("init"))


def test_init_writes_where_it_is_told(faxops: Program) -> None:
    begun = faxops("init", "-f", "fax/prod.yaml")
    assert begun.code == 0
    assert "faxops plan -f fax/prod.yaml" in begun.err
    assert faxops("validate", "-f", "fax/prod.yaml").code == 0


def test_init_in_a_folder_that_can_not_be_written_is_1(faxops: Program) -> None:
    faxops.write("file", "")
    failed = faxops("init", "-f", "file/faxops.yaml")
    assert failed.code == 1
    assert "file/faxops.yaml cannot be written" in failed.err


def test_what_init_writes_is_valid_by_the_schema_beside_it(faxops: Program) -> None:
    assert faxops("init").code == 0
    written = yaml.safe_load((faxops.folder / "faxops.yaml").read_text())
    schema = json.loads((faxops.folder / "faxops.schema.json").read_text())
    assert jsonschema_rs.validator_for(schema).is_valid(written)


def test_schema_prints_what_is_published(faxops: Program) -> None:
    shown = faxops("schema")
    assert (shown.code, shown.err) == (0, "")
    assert shown.document == json.loads((ROOT / "schemas/faxops.schema.json").read_text())


def test_validate_names_every_problem_of_every_environment(faxops: Program) -> None:
    faxops.write(
        "faxops.yaml",
        "version: 1\n"
        "environments:\n"
        "  prod: {stack: clinic-prod, variables: {host: hooks.clinic.example}}\n"
        "  staging: {stack: clinic-staging}\n"
        "fax_applications:\n"
        "  intake: {webhook_event_url: 'https://${var.host}/x', webhook_timeout_secs: 31}\n",
    )
    whole, one = faxops("validate"), faxops("validate", "-e", "prod")
    assert (whole.code, one.code) == (3, 3)
    assert whole.out.endswith("2 errors.\n")
    assert one.out.endswith("1 error.\n")
    check_golden(GOLDEN / "validate-wrong.txt", whole.transcript("validate"))
    in_json = faxops("validate", "--format", "json")
    assert in_json.code == 3
    check_document("validate", in_json.document)
    assert in_json.document["valid"] is False


@pytest.mark.parametrize("command", ["validate", "plan", "apply --auto-approve"])
def test_what_the_policy_forbids_is_refused_at_its_place(embedded: Program, command: str) -> None:
    policy = "policy: {webhook_hosts: [other.example]}"
    embedded.write("faxops.yaml", configuration("intake", top=policy))
    failed = embedded(*command.split())
    assert failed.code == 5
    assert "at faxops.yaml:6:" in failed.out
    assert methods_of_writes(recorded(embedded.folder / "account.db")) == []
    in_json = embedded(*command.split(), "--format", "json")
    assert in_json.code == 5
    if command == "validate":
        check_document("validate", in_json.document)
        assert in_json.document["valid"] is False


def test_a_wrong_file_tells_of_the_policy_too_and_is_3(embedded: Program) -> None:
    policy = "policy: {webhook_hosts: [other.example]}"
    fields = "webhook_timeout_secs: 31"
    embedded.write("faxops.yaml", configuration("intake", top=policy, fields=fields))
    failed = embedded("validate")
    assert failed.code == 3
    assert failed.out.endswith("2 errors.\n")


def test_validate_needs_no_key_and_sends_nothing(program: Program, account: Served) -> None:
    before = len(account.requests)
    assert Program(program.folder)("validate").code == 0
    assert program("validate").code == 0
    assert len(account.requests) == before


def test_plan_tells_in_its_exit_code_only_when_asked(program: Program, account: Served) -> None:
    drifted(account)
    planned = program("plan", "--show-unmanaged")
    assert planned.code == 0
    assert program("plan", "--detailed-exitcode").code == 2
    check_golden(GOLDEN / "plan.txt", planned.transcript("plan --show-unmanaged"))
    in_json = program("plan", "--detailed-exitcode", "--format", "json")
    assert in_json.code == 2
    check_document("plan", in_json.document)


def test_drift_is_0_in_sync_and_2_when_it_differs(program: Program, account: Served) -> None:
    assert program("drift").code == 0
    drifted(account)
    found = program("drift")
    assert found.code == 2
    check_golden(GOLDEN / "drift.txt", found.transcript("drift"))
    in_json = program("drift", "--format", "json")
    assert in_json.code == 2
    check_document("plan", in_json.document)


def test_drift_is_2_however_large(program: Program) -> None:
    program.write("faxops.yaml", configuration())
    assert program("drift").code == 2


def test_unmanaged_applications_fail_a_drift_only_when_asked(program: Program) -> None:
    assert program("drift").code == 0
    found = program("drift", "--fail-on-unmanaged")
    assert found.code == 2
    check_golden(GOLDEN / "drift-unmanaged.txt", found.transcript("drift --fail-on-unmanaged"))


def test_apply_with_nothing_to_do_says_so(program: Program, account: Served) -> None:
    before = account.writes
    applied = program("apply", "--auto-approve")
    assert applied.code == 0
    assert account.writes == before
    check_golden(GOLDEN / "apply-nothing.txt", applied.transcript("apply --auto-approve"))
    check_document("outcome", program("apply", "--auto-approve", "--format", "json").document)


def test_apply_ends_with_the_line_that_scripts_parse(program: Program, account: Served) -> None:
    drifted(account)
    program.write("faxops.yaml", configuration("billing", "intake"))
    applied = program("apply", "--auto-approve")
    assert applied.code == 0
    assert "Plan: 1 to add, 1 to change, 0 to destroy.\n" in applied.out
    assert applied.out.endswith("Apply complete! Resources: 1 added, 1 changed, 0 destroyed.\n")


@pytest.mark.parametrize(
    ("flags", "added"),
    [
        (["--target", "b"], ["b"]),
        (["--target", "b", "--target", "c"], ["b", "c"]),
        (["--exclude", "b*"], ["c"]),
        (["--target", "b*", "--exclude", "bb"], ["b"]),
    ],
    ids=" ".join,
)
def test_apply_selects(program: Program, flags: list[str], added: list[str]) -> None:
    program.write("faxops.yaml", configuration("b", "bb", "c", "intake"))
    applied = program("apply", "--auto-approve", "--format", "json", *flags)
    assert applied.code == 0
    assert [each["key"] for each in applied.document["changes"]] == added


def test_an_application_is_adopted_by_its_id(program: Program, account: Served) -> None:
    other = next(each for each in account.applications() if each["application_name"] == "unmanaged")
    imports = f"imports: [{{id: '{other['id']}', to: unmanaged}}]"
    program.write("faxops.yaml", configuration("intake", "unmanaged", top=imports))
    planned = program("plan")
    assert "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy.\n" in planned.out
    assert program("apply", "--auto-approve").code == 0
    assert program("plan", "--detailed-exitcode").code == 0
    program.write("faxops.yaml", configuration("intake", top="removed: [{key: unmanaged}]"))
    assert "0 to destroy, 1 to forget.\n" in program("plan").out
    assert program("apply", "--auto-approve").code == 0
    assert len(account.applications()) == 2


def test_app_list_and_get_show_what_is_there(program: Program, account: Served) -> None:
    listed = program("app", "list")
    check_golden(GOLDEN / "app-list.txt", listed.transcript("app list"))
    live = next(each for each in account.applications() if each["application_name"] == "intake")
    got = program("app", "get", live["id"])
    check_golden(GOLDEN / "app-get.txt", got.transcript("app get ID"))
    assert program("app", "get", live["id"], "--format", "json").document["object"] == live


@pytest.mark.parametrize("object_id", ["1293384261075731499", "nonsense", "../phone_numbers"])
def test_an_application_that_is_not_there_is_1(program: Program, object_id: str) -> None:
    failed = program("app", "get", object_id)
    assert (failed.code, failed.out) == (1, "")
    assert object_id in failed.err
    assert "`faxops app list` names those that are there" in failed.err
    in_json = program("app", "get", object_id, "--format", "json")
    assert in_json.code == 1
    assert in_json.document["diagnostics"][0]["severity"] == "error"


def test_doctor_says_that_all_is_well(program: Program) -> None:
    found = program("doctor")
    text = re.sub(r"Python .*", "Python <version>", found.transcript("doctor"))
    check_golden(GOLDEN / "doctor.txt", text)
    assert program("doctor", "--format", "json").document["healthy"] is True


@pytest.mark.parametrize(
    ("name", "code", "change"),
    [
        ("no-key", 4, {"TELNYX_API_KEY": ""}),
        ("wrong-key", 4, {"TELNYX_API_KEY": "KEY-other"}),
    ],
)
def test_doctor_names_what_is_wrong(
    program: Program, name: str, code: int, change: dict[str, str]
) -> None:
    found = program("doctor", env=change)
    assert found.code == code
    text = re.sub(r"Python .*", "Python <version>", found.transcript("doctor"))
    check_golden(GOLDEN / f"doctor-{name}.txt", text)
    in_json = program("doctor", "--format", "json", env=change)
    assert (in_json.code, in_json.document["healthy"]) == (code, False)


def test_doctor_checks_the_environment_that_is_chosen(program: Program) -> None:
    program.write(
        "faxops.yaml",
        """\
        version: 1
        environments:
          prod: {stack: clinic-prod, account: another-organization}
          staging: {stack: clinic-staging}
        fax_applications: {}
        """,
    )
    assert program("doctor").code == 0
    assert program("doctor", "-e", "staging").code == 0
    chosen = program("doctor", "-e", "prod")
    assert chosen.code == 4
    assert "the configuration is for another-organization" in chosen.out
    unknown = program("doctor", "-e", "prd")
    assert unknown.code == 64
    assert "Did you mean `prod`?" in unknown.out


def test_doctor_tells_whose_key_it_is(program: Program) -> None:
    program.write("faxops.yaml", configuration("intake", top="account: 7a1c0000-another"))
    found = program("doctor")
    assert found.code == 4
    assert ORGANIZATION in found.out
    assert "7a1c0000-another" in found.out


def test_doctor_takes_a_key_from_a_pipe(program: Program) -> None:
    reader, writer = os.pipe()
    os.write(writer, KEY.encode())
    os.close(writer)
    env = program.environment({"TELNYX_API_KEY_FILE": f"/dev/fd/{reader}"})
    del env["TELNYX_API_KEY"]
    command = [sys.executable, "-m", "faxops", "doctor"]
    done = subprocess.run(
        command, cwd=program.folder, env=env, pass_fds=[reader], capture_output=True, check=False
    )
    os.close(reader)
    assert (done.returncode, done.stderr) == (0, b"")


def test_explain_describes_every_code_of_the_catalogue(faxops: Program) -> None:
    shown = faxops("explain", "fx101")
    check_golden(GOLDEN / "explain.txt", shown.transcript("explain fx101"))
    assert "FX101" in CODES


def test_every_code_that_a_failure_prints_is_explained() -> None:
    def codes(kind: type[FaxopsError]) -> set[str]:
        return {kind.code}.union(*map(codes, kind.__subclasses__()))

    assert codes(FaxopsError) <= set(CODES)


@pytest.mark.slow
def test_reading_commands_send_only_get(program: Program, account: Served) -> None:
    drifted(account)
    program.write("faxops.yaml", configuration("intake", "new"))
    (first, *_) = account.applications()
    before, writes = account.applications(), account.writes
    commands = [
        "validate",
        "plan",
        "plan --format json --out plan.json",
        "plan --destroy --max-deletes 100%",
        "show plan.json",
        "drift --fail-on-unmanaged",
        "export --out exported",
        "doctor",
        "app list",
        f"app get {first['id']}",
        "schema",
        "init -f other/faxops.yaml",
    ]
    for command in commands:
        done = program(*command.split())
        assert done.code in {0, 2}, (command, done)
    assert account.writes == writes
    assert account.applications() == before


def test_unmanaged_applications_are_left_byte_for_byte(program: Program, account: Served) -> None:
    def others() -> str:
        return json.dumps([each for each in account.applications() if not each["tags"]])

    before = others()
    program.write("faxops.yaml", configuration("other", fields="active: false"))
    assert program("apply", "--auto-approve", "--destroy", "--max-deletes", "1").code == 0
    assert others() == before
    assert "unmanaged" in before
