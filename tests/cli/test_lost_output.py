"""Standard output or a report that can not be written: never a lost change, never a false 0."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.live import configuration, methods_of_writes, recorded
from tests.cli.running import FAXOPS, Program
from tests.report.schema_check import check_document

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

FULL = Path("/dev/full")


@pytest.fixture
def program(embedded: Program) -> Program:
    embedded.write("faxops.yaml", configuration("intake", "billing"))
    return embedded


def writes(program: Program) -> list[str]:
    return methods_of_writes(recorded(program.folder / "account.db"))


def into(program: Program, target: str, *arguments: str) -> tuple[int, str]:
    """Run with standard output into `target`, a full disk or a pipe that nobody reads."""
    if target == "full disk":
        output = os.open(FULL, os.O_WRONLY)
    else:
        reader, output = os.pipe()
        os.close(reader)
    try:
        done = subprocess.run(
            [*FAXOPS, *arguments],
            cwd=program.folder,
            env=program.environment(),
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    finally:
        os.close(output)
    return done.returncode, done.stderr


@pytest.mark.parametrize("target", ["full disk", "closed pipe"])
@pytest.mark.parametrize("format_", ["text", "json"])
def test_an_apply_goes_on_and_turns_0_into_8(program: Program, target: str, format_: str) -> None:
    code, told = into(program, target, "apply", "--auto-approve", "--format", format_)
    assert code == 8
    assert writes(program) == ["POST", "POST"]
    assert "Traceback" not in told
    assert "BrokenPipe" not in told
    assert program("plan", "--detailed-exitcode").code == 0


def test_an_apply_says_what_was_lost(program: Program) -> None:
    _, told = into(program, "full disk", "apply", "--auto-approve")
    assert "Standard output could not be written: No space left on device" in told


@pytest.mark.parametrize("target", ["full disk", "closed pipe"])
def test_another_code_than_0_stays(program: Program, target: str) -> None:
    code, _ = into(program, target, "apply", "--auto-approve", "--max-creates", "0")
    assert code == 5
    assert writes(program) == []


def test_a_report_on_a_full_disk_turns_0_into_8(program: Program) -> None:
    (program.folder / "report.json").symlink_to(FULL)
    command = ["apply", "--auto-approve", "--report", "report.json", "--report", "good.json"]
    ended = program(*command)
    assert ended.code == 8
    assert "report.json could not be written: No space left on device" in ended.err
    assert "Apply complete! Resources: 2 added" in ended.out
    check_document("outcome", json.loads((program.folder / "good.json").read_text()))
    assert writes(program) == ["POST", "POST"]


@pytest.mark.parametrize("report", ["nowhere/report.json", "folder.json", "closed/report.json"])
@pytest.mark.parametrize(
    "command", [["apply", "--auto-approve"], ["plan"], ["drift"]], ids=" ".join
)
def test_a_report_that_can_not_be_opened_stops_before_any_request(
    program: Program, command: list[str], report: str
) -> None:
    (program.folder / "folder.json").mkdir()
    program.write("closed", "not a folder")
    failed = program(*command, "--report", report, "--format", "json")
    assert failed.code in {1, 64}
    assert report in failed.err
    assert failed.document["errored"]
    assert recorded(program.folder / "account.db") == ()


def test_an_unknown_ending_is_wrong_usage(program: Program) -> None:
    failed = program("apply", "--auto-approve", "--report", "report.pdf")
    assert failed.code == 64
    assert ".json, .txt" in failed.err
    assert recorded(program.folder / "account.db") == ()


@pytest.mark.parametrize("command", ["plan", "drift", "validate", "app list", "doctor", "schema"])
def test_a_result_that_can_not_be_written_is_no_success(program: Program, command: str) -> None:
    code, told = into(program, "full disk", *command.split())
    assert code == 1
    assert "No space left on device" in told


@pytest.mark.parametrize("command", ["plan", "validate", "app list", "schema"])
def test_a_reader_that_had_enough_is_no_failure(program: Program, command: str) -> None:
    assert into(program, "closed pipe", *command.split()) == (0, "")


def test_the_report_is_the_document_of_the_same_run(program: Program) -> None:
    run = program(
        "apply", "--auto-approve", "--format", "json", "--report", "a.json", "--report", "a.txt"
    )
    assert json.loads((program.folder / "a.json").read_text()) == run.document
    text = (program.folder / "a.txt").read_text()
    assert text.endswith("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.\n")
    assert "\x1b" not in text


@pytest.mark.parametrize(
    "command", [["plan"], ["drift"], ["app", "list"], ["validate"], ["doctor"]]
)
def test_every_report_is_what_is_printed(program: Program, command: list[str]) -> None:
    as_text = program(*command, "--report", "a.txt")
    as_json = program(*command, "--format", "json", "--report", "a.json")
    assert (program.folder / "a.txt").read_text() == as_text.out
    assert json.loads((program.folder / "a.json").read_text()) == as_json.document
    assert as_text.code == as_json.code
