"""The ready-made pieces and the SARIF of `validate`, judged by the official schemas and linters."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from jsonschema import validate

from tests.pipelines.gitlab_runner import COMPONENT, expanded
from tests.pipelines.scripts import ROOT
from tests.real_parts import real_part

pytestmark = pytest.mark.slow

PIPELINES = ROOT / "examples" / "pipelines"
WORKFLOWS = sorted((PIPELINES / "github").glob("*.yml"))
NODE_PARTS = ROOT / "tests" / "node" / "node_modules"
ACTIONLINT = NODE_PARTS / "@tktco" / "node-actionlint" / "bin" / "node-actionlint.js"
SARIF = NODE_PARTS / "@microsoft" / "jest-sarif" / "lib" / "schemas" / "sarif-2.1.0-rtm.5.json"
HOW_TO_GET = "Install Node.js 20 or newer, then run `make real-parts`."


def judged(schema: str, *files: Path) -> str:
    """What check-jsonschema finds; empty if nothing."""
    program = Path(sys.executable).with_name("check-jsonschema")
    done = subprocess.run(
        [program, "--builtin-schema", schema, *files], capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr if done.returncode else ""


def test_the_action_fits_github_s_schema() -> None:
    assert judged("vendor.github-actions", ROOT / "action.yml") == ""


def test_the_workflows_fit_github_s_schema_and_none_runs_for_hours() -> None:
    assert len(WORKFLOWS) == 3
    assert judged("vendor.github-workflows", *WORKFLOWS) == ""
    assert judged("custom.github-workflows-require-timeout", *WORKFLOWS) == ""


def test_actionlint_finds_nothing_in_the_workflows(tmp_path: Path) -> None:
    node = shutil.which("node")
    found = bool(node) and ACTIONLINT.exists()
    if not real_part("actionlint", found=found, how_to_get=HOW_TO_GET):
        return
    wrong = WORKFLOWS[0].read_text(encoding="utf-8").replace("needs.plan", "needs.no-such-job")
    (tmp_path / "wrong.yml").write_text(wrong, encoding="utf-8")
    ended = [
        subprocess.run([str(node), ACTIONLINT, files], cwd=ROOT, check=False).returncode
        for files in ("examples/pipelines/github/*.yml", str(tmp_path / "wrong.yml"))
    ]
    assert ended == [0, 1]


def test_pre_commit_reads_the_hooks() -> None:
    program = Path(sys.executable).with_name("pre-commit")
    subprocess.run([program, "validate-manifest", ROOT / ".pre-commit-hooks.yaml"], check=True)


def test_the_component_and_its_use_fit_gitlab_s_schema(tmp_path: Path) -> None:
    header, jobs = tmp_path / "header.yml", tmp_path / "jobs.yml"
    header.write_text(COMPONENT.read_text(encoding="utf-8").split("\n---\n")[0], encoding="utf-8")
    jobs.write_text(expanded(), encoding="utf-8")
    files = (header, jobs, PIPELINES / "gitlab" / ".gitlab-ci.yml")
    assert judged("vendor.gitlab-ci", *files) == ""
    jobs.write_text(expanded().replace("when: manual", "when: later"), encoding="utf-8")
    assert "later" in judged("vendor.gitlab-ci", jobs)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("version: 1\nstack: clinic\nfax_applications: {}\n", id="nothing"),
        pytest.param(
            "version: 1\nstack: clinic\nfax_applications:\n  a: {webhook_event_url: x, é: 1}\n"
            "  b: {webhook_event_url: 'http://hooks.clinic.example/b'}\n",
            id="errors at their places",
        ),
        pytest.param(": [", id="no YAML"),
        pytest.param(None, id="no file, so no place"),
    ],
)
def test_the_sarif_of_validate_fits_its_schema(text: str | None, tmp_path: Path) -> None:
    if not real_part("The schema of SARIF", found=SARIF.exists(), how_to_get=HOW_TO_GET):
        return
    if text is not None:
        (tmp_path / "faxops.yaml").write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "faxops", "validate", "--format", "sarif"],
        cwd=tmp_path,
        capture_output=True,
        check=False,
    )
    log = json.loads(done.stdout)
    schema = json.loads(SARIF.read_text(encoding="utf-8"))
    validate(log, schema)  # raises where it does not fit
    assert bool(log["runs"][0]["results"]) == bool(done.returncode)
