"""`plan --base-ref`: whose a change is, in a real repository, with and without the account."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.cli.live import KEY, Served, configuration
from tests.cli.running import Program
from tests.config.test_commit_reader import git
from tests.golden import check_golden
from tests.report.schema_check import check_document

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture
def program(faxops: Program, serve: Callable[..., Served]) -> Program:
    """A branch that changes `intake` and adds `new`, while somebody changed both live ones."""
    served = serve()
    program = Program(faxops.folder, {**served.variables, "HOME": str(faxops.folder)})
    program.write("faxops.yaml", configuration("intake", "lab"))
    program.write(".gitignore", "home\n")
    git(faxops.folder, "init", "-q", "-b", "main")
    git(faxops.folder, "add", "-A")
    git(faxops.folder, "commit", "-q", "-m", "one")
    assert program("apply", "--auto-approve").code == 0
    git(faxops.folder, "checkout", "-q", "-b", "feature")
    program.write("faxops.yaml", configuration("intake", "lab", "new"))
    _change_live(served.variables["TELNYX_BASE_URL"])
    return program


def _change_live(base_url: str) -> None:
    with httpx.Client(headers={"Authorization": f"Bearer {KEY}"}) as client:
        for each in client.get(f"{base_url}/fax_applications").json()["data"]:
            changed = {**each, "webhook_timeout_secs": 29}
            client.patch(f"{base_url}/fax_applications/{each['id']}", json=changed)


def test_every_change_is_told_with_its_cause(program: Program) -> None:
    ran = program("plan", "--base-ref", "main", "--format", "json")

    check_document("plan", ran.document)
    causes = {each["key"]: each["cause"] for each in ran.document["resource_changes"]}
    assert causes == {"intake": "drift", "lab": "drift", "new": "config"}
    assert ran.code == 0


def test_the_plan_reads_as_reviewed(program: Program) -> None:
    ran = program("plan", "--base-ref", "main")

    assert ran.out.endswith(
        "Plan: 1 to add, 2 to change, 0 to destroy.\nCaused: 1 by this branch, 2 by drift.\n"
    )
    assert "    caused by this branch\n" in ran.out


def test_changes_of_others_can_be_refused(program: Program) -> None:
    ran = program("plan", "--base-ref", "main", "--fail-on-unrelated", "--out", "plan.json")

    assert ran.code == 5
    assert "FX745" in ran.out
    assert not (program.folder / "plan.json").exists()


def test_a_plan_with_causes_is_applied_like_any(program: Program) -> None:
    assert program("plan", "--base-ref", "main", "--out", "plan.json").code == 0

    ran = program("apply", "plan.json")

    assert ran.code == 0, ran.err
    assert "Resources: 1 added, 2 changed, 0 destroyed." in ran.out


def test_offline_needs_no_key_and_shows_the_branch_alone(program: Program) -> None:
    without_key = {"TELNYX_API_KEY": "", "TELNYX_BASE_URL": "http://127.0.0.1:9"}

    ran = program("plan", "--offline", "--base-ref", "main", env=without_key)

    check_golden(GOLDEN / "plan-offline.txt", ran.transcript("plan --offline --base-ref main"))


def test_a_broken_merge_base_costs_the_causes_and_not_the_plan(program: Program) -> None:
    git(program.folder, "checkout", "-q", "main", "-f")
    program.write("faxops.yaml", "version: 1\nstack: clinic\nfax_applications: {intake: {}}\n")
    git(program.folder, "commit", "-q", "-a", "-m", "broken")
    git(program.folder, "checkout", "-q", "-b", "mended")
    program.write("faxops.yaml", configuration("intake", "lab"))

    ran = program("plan", "--base-ref", "main", "--format", "json")

    assert ran.code == 0
    assert [each["code"] for each in ran.document["diagnostics"]] == ["FX715"]
    assert {each["cause"] for each in ran.document["resource_changes"]} == {None}
    assert program("plan", "--base-ref", "main", "--fail-on-unrelated").code == 5
    offline = program("plan", "--base-ref", "main", "--offline")
    assert offline.code == 64
    assert "cannot be used" in offline.err


def test_a_renamed_file_costs_the_causes_and_is_not_the_branchs_doing(program: Program) -> None:
    git(program.folder, "mv", "faxops.yaml", "fax.yaml")

    ran = program("plan", "-f", "fax.yaml", "--base-ref", "main", "--fail-on-unrelated")

    assert ran.code == 5
    assert "has 2 applications of the stack clinic already" in ran.out


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(("--offline",), "--base-ref origin/main", id="offline alone"),
        pytest.param(("--fail-on-unrelated",), "--base-ref origin/main", id="unrelated alone"),
        pytest.param(
            ("--offline", "--base-ref", "main", "--out", "p.json"), "can't be saved", id="saved"
        ),
        pytest.param(("--base-ref", "nope"), "git fetch origin nope", id="no such branch"),
    ],
)
def test_flags_that_lack_something_say_what(
    arguments: tuple[str, ...], told: str, program: Program
) -> None:
    ran = program("plan", *arguments)

    assert ran.code == 64
    assert told in ran.err
