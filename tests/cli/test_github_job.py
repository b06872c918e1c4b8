"""plan, apply and drift as steps of a GitHub job: summary, outputs, annotations, cancelling."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.live import Served, configuration
from tests.cli.running import Program
from tests.cli.test_interrupts import wait_for

pytestmark = pytest.mark.slow

Serve = Callable[..., Served]
MARKER = "<!-- faxops stack=clinic environment= -->"


@pytest.fixture
def program(faxops: Program, serve: Serve) -> Program:
    return in_a_job(faxops, serve())


def in_a_job(faxops: Program, served: Served) -> Program:
    step = {
        "CI": "true",
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(faxops.folder / "summary.md"),
        "GITHUB_OUTPUT": str(faxops.folder / "outputs"),
    }
    program = Program(faxops.folder, {**served.variables, **step})
    program.write("faxops.yaml", configuration("intake", "lab"))
    return program


def outputs(folder: Path) -> dict[str, str]:
    lines = (folder / "outputs").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines)


def summary(folder: Path) -> str:
    return (folder / "summary.md").read_text(encoding="utf-8")


def test_a_plan_tells_the_job_its_counts_and_shows_itself(program: Program) -> None:
    ran = program("plan", "--detailed-exitcode")

    assert ran.code == 2
    assert outputs(program.folder) == {
        "changes": "true",
        "import": "0",
        "add": "2",
        "change": "0",
        "destroy": "0",
        "forget": "0",
        "exit_code": "2",
    }
    assert summary(program.folder).startswith(MARKER)
    assert "**Plan: 2 to add, 0 to change, 0 to destroy.**" in summary(program.folder)
    assert "::" not in ran.err


def test_a_plan_that_is_shown_again_is_not_told_twice(program: Program) -> None:
    assert program("plan", "--out", "plan.json").code == 0

    ran = program("show", "plan.json", "--format", "markdown")

    assert ran.code == 0
    assert ran.out == summary(program.folder)


def test_an_apply_adds_what_it_did_below_what_is_there(program: Program) -> None:
    program.write("summary.md", "# Deploy\n")

    ran = program("apply", "--auto-approve", "--format", "json")

    assert ran.code == 0
    assert ran.document["summary"]["added"] == 2
    assert summary(program.folder).startswith("# Deploy\n" + MARKER)
    assert "**Apply complete! Resources: 2 added, 0 changed, 0 destroyed.**" in summary(
        program.folder
    )
    assert outputs(program.folder)["add"] == "2"


def test_nothing_to_do_says_no_changes(program: Program) -> None:
    program("apply", "--auto-approve")

    assert program("drift").code == 0

    assert outputs(program.folder)["changes"] == "false"


def test_a_wrong_file_is_annotated_and_told(program: Program) -> None:
    program.write("faxops.yaml", "version: 1\nstack: clinic\nfax_applications: {intake: {}}\n")

    ran = program("plan")

    assert ran.code == 3
    assert "\n::error file=faxops.yaml,line=3,col=" in ran.err
    assert "The run failed, so there is no plan." in summary(program.folder)
    told = outputs(program.folder)
    assert told.pop("exit_code") == "3"
    assert told == dict.fromkeys(("changes", "import", "add", "change", "destroy", "forget"), "")


def test_a_change_that_failed_is_annotated_at_its_line(faxops: Program, serve: Serve) -> None:
    rule = {"method": "POST", "after": 1, "fault": {"kind": "status", "status": 422}}
    program = in_a_job(faxops, serve(rule))

    ran = program("apply", "--auto-approve")

    assert ran.code == 8
    found = [line for line in ran.err.splitlines() if line.startswith("::")]
    assert len(found) == 1
    assert found[0].startswith("::error file=faxops.yaml,line=")
    assert "title=faxops apply::fax_application." in found[0]
    assert outputs(program.folder)["exit_code"] == "8"


def test_files_that_cannot_be_written_cost_no_apply(program: Program) -> None:
    nowhere = {"GITHUB_STEP_SUMMARY": str(program.folder / "no" / "summary")}

    ran = program("apply", "--auto-approve", env=nowhere)

    assert ran.code == 8
    assert "The summary of the job could not be written" in ran.err
    assert "Resources: 2 added" in ran.out


def test_outside_of_a_job_nothing_is_told(program: Program) -> None:
    assert program("plan", env={"GITHUB_ACTIONS": "false"}).code == 0

    assert not (program.folder / "summary.md").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_cancelled_step_leaves_its_report(
    number: signal.Signals, faxops: Program, serve: Serve
) -> None:
    account = serve({"method": "POST", "fault": {"kind": "hang", "seconds": 25}})
    program = in_a_job(faxops, account)
    with program.start("apply", "--auto-approve", "--report", "report.json") as run:
        wait_for(account, "POST")
        run.send_signal(number)
        # Ten seconds after the first signal the runner kills what is left.
        run.communicate(timeout=10)

    assert run.returncode == 9
    assert "Apply incomplete." in summary(program.folder)
    assert outputs(program.folder)["exit_code"] == "9"
    assert (program.folder / "report.json").stat().st_size > 0


def test_annotations_name_files_from_the_root_of_the_checkout(program: Program) -> None:
    program.write("telnyx/faxops.yaml", "version: 1\nstack: clinic\nfax_applications: {a: {}}\n")
    program.write("outside.yaml", "version: 1\n")
    inner = Program(program.folder / "telnyx", program.variables)
    checkout = {"GITHUB_WORKSPACE": str(program.folder)}

    assert "::error file=telnyx/faxops.yaml,line=3," in inner("plan", env=checkout).err
    found = inner("validate", "--format", "github", env=checkout).out
    assert found.startswith("::error file=telnyx/faxops.yaml,line=3,")
    quality = inner("validate", "--format", "gitlab", env={"CI_PROJECT_DIR": str(program.folder)})
    assert '"path": "telnyx/faxops.yaml"' in quality.out
    elsewhere = {"GITHUB_WORKSPACE": str(program.folder / "telnyx")}
    assert "file=../outside.yaml," in inner("plan", "-f", "../outside.yaml", env=elsewhere).err
