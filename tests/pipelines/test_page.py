"""`docs/pull-requests.md`: what a reader copies from it is run, or is a file that is."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.cli.live import KEY, Served
from tests.cli.running import Program
from tests.forge.stand_in import TOKEN, StandIn
from tests.pipelines.conftest import telnyx
from tests.pipelines.github_runner import Event, Github, Job
from tests.pipelines.repository import CONFIGURATION, Repository
from tests.pipelines.scripts import ROOT, Tree, environment
from tests.pipelines.test_install import BESIDE_PYTHON

pytestmark = pytest.mark.slow

PAGE = ROOT / "docs" / "pull-requests.md"
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
HOOKS, COMMENTING, GITLAB = ".pre-commit-config.yaml", "permissions:", ".gitlab-ci.yml"


def block(language: str, holds: str) -> str:
    """The one block of the page in the language that holds a text."""
    found = [text for name, text in _BLOCK.findall(PAGE.read_text()) if name == language]
    (only,) = [text for text in found if holds in text]
    return only


def test_every_block_is_held_to_something() -> None:
    named = [(name, text.splitlines()[0]) for name, text in _BLOCK.findall(PAGE.read_text())]
    assert [name for name, _ in named] == ["yaml", "sh", "text", "yaml", "yaml"]


def test_the_use_of_the_component_is_the_example() -> None:
    example = ROOT / "examples" / "pipelines" / "gitlab" / ".gitlab-ci.yml"
    assert block("yaml", GITLAB) == example.read_text(encoding="utf-8")


def test_the_stale_plan_is_told_as_the_job_tells_it() -> None:
    golden = ROOT / "tests" / "pipelines" / "golden" / "stale-log.txt"
    assert golden.read_text(encoding="utf-8").startswith(block("text", "FX760"))


def test_the_hooks_are_this_repository_s(tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(block("yaml", HOOKS), encoding="utf-8")
    subprocess.run(
        [BESIDE_PYTHON / "pre-commit", "validate-config", file],
        env=environment(tmp_path / "home"),
        check=True,
    )
    (used,) = yaml.safe_load(file.read_text())["repos"]
    offered = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert [each["id"] for each in used["hooks"]] == [each["id"] for each in offered]


def test_the_causes_are_told_by_the_commands_of_the_page(
    repository: Repository, account: Served
) -> None:
    repository.push("feature", telnyx("intake", "lab"))
    settings = {"FAXOPS_FILE": CONFIGURATION, "FAXOPS_ENV": "prod"}
    program = Program(repository.clone, {**account.variables, **settings})
    lines = [line.split("#")[0].split() for line in block("sh", "--base-ref").splitlines()]
    assert [words[0] for words in lines] == ["faxops"] * 3

    both, refused, offline = (program(*words[1:]) for words in lines)

    assert (both.code, refused.code, offline.code) == (0, 5, 0)
    assert "Caused: 1 by this branch, 1 by drift." in both.out
    assert "Plan: 1 to add" in offline.out


def test_the_steps_that_comment_do(github: Github, stand_in: StandIn) -> None:
    steps: list[Tree] = yaml.safe_load(block("yaml", COMMENTING))["steps"]
    variables = {"FAXOPS_ENV": "prod", "TELNYX_API_KEY": KEY, **github.variables}
    runs_for = Github(github.folder, github.remote, github.secrets, variables)
    event = Event("pull_request", "refs/heads/main", "main")
    contexts: Tree = {"github": {"token": TOKEN}, "steps": {}}
    job = Job(runs_for, event, github.folder / "job", contexts, {})
    job.run([])
    (job.workspace / "faxops.yaml").write_text(telnyx("intake"), encoding="utf-8")

    job.run(steps)

    assert job.code == 0, job.log
    assert "Plan: 1 to add" in stand_in.bodies()[0]
