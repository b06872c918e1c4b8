"""GitHub's runner, as far as the ready-made workflows need it: their scripts run as written.

Only what would come from elsewhere has a stand-in: checkout, artifacts, and the installed faxops.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.config.test_commit_reader import git
from tests.pipelines.expressions import Contexts, filled, holds
from tests.pipelines.scripts import ROOT, Tree, environment, finished, read_yaml, start_script

ACTION = ROOT / "action.yml"
REPOSITORY = "clinic/fax"
INSTALL = "Install faxops"


@dataclass(frozen=True, slots=True)
class Event:
    """What a workflow runs for. `ref` is what is checked out."""

    name: str
    ref: str
    base_ref: str = ""
    head_repository: str = REPOSITORY
    number: int = 7

    @property
    def is_of_a_fork(self) -> bool:
        """Whether the job gets no secrets."""
        return self.head_repository != REPOSITORY

    def payload(self) -> Tree:
        """The event as the workflow reads it."""
        if self.name != "pull_request":
            return {}
        head = {"repo": {"full_name": self.head_repository}}
        return {"pull_request": {"number": self.number, "head": head}}


@dataclass(frozen=True, slots=True)
class Github:
    """Where workflows run: the remote repository, its secrets, and what every job finds."""

    folder: Path
    remote: Path
    secrets: Mapping[str, str]
    variables: Mapping[str, str]


@dataclass(slots=True)
class Job:
    """A job as it runs. `folder` is its machine; `code` is that of the first step that failed.

    `process` is that of the step under way, to which a cancelled job's signal goes.
    """

    github: Github
    event: Event
    folder: Path
    contexts: Tree
    artifacts: dict[str, Path]
    code: int = 0
    log: str = ""
    summary: str = ""
    outputs: dict[str, str] = field(default_factory=dict[str, str])
    process: subprocess.Popen[str] | None = None
    _count: int = 0

    @property
    def workspace(self) -> Path:
        """The folder in which steps run."""
        return self.folder / "workspace"

    @property
    def temp(self) -> Path:
        """RUNNER_TEMP."""
        return self.folder / "temp"

    def run(self, steps: Sequence[Tree]) -> None:
        """Run the steps, each unless its condition says no."""
        for folder in (self.workspace, self.temp):
            folder.mkdir(parents=True, exist_ok=True)
        self._run(steps, self.contexts, {})

    def use(self, inputs: Mapping[str, str], env: Mapping[str, str] | None = None) -> Tree:
        """Run the action with inputs, and return its outputs."""
        action = read_yaml(ACTION)
        defaults = {name: each.get("default", "") for name, each in action["inputs"].items()}
        given = {name: filled(str(text), self.contexts) for name, text in defaults.items()}
        contexts = {**self.contexts, "inputs": {**given, **inputs}, "steps": {}}
        steps = [each for each in action["runs"]["steps"] if each["name"] != INSTALL]
        self._run(steps, contexts, env or {})
        return {name: filled(each["value"], contexts) for name, each in action["outputs"].items()}

    def _run(self, steps: Sequence[Tree], contexts: Tree, outer: Mapping[str, str]) -> None:
        for step in steps:
            if not holds(step.get("if", ""), contexts, succeeded=self.code == 0):
                continue
            env = {**outer, **_filled(step.get("env", {}), contexts)}
            if "run" in step:
                outputs = self._script(filled(step["run"], contexts), env)
            else:
                outputs = self._used(step["uses"], _filled(step.get("with", {}), contexts), env)
            contexts["steps"][step.get("id", "")] = {"outputs": outputs}

    def _script(self, text: str, env: Mapping[str, str]) -> dict[str, str]:
        self._count += 1
        output, summary = (self.temp / f"{name}-{self._count}" for name in ("output", "summary"))
        for file in (output, summary):
            file.touch()
        files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(summary)}
        script = self.temp / f"script-{self._count}.sh"
        variables = {**self._variables(), **files, **env}
        self.process = start_script(text, self.workspace, variables, script)
        ran = finished(self.process)
        self.code = self.code or ran.code
        self.log += ran.log
        self.summary += summary.read_text(encoding="utf-8")
        lines = output.read_text(encoding="utf-8").splitlines()
        return dict(line.split("=", 1) for line in lines)

    def _used(self, name: str, given: Mapping[str, str], env: Mapping[str, str]) -> Tree:
        match name.partition("@")[0]:
            case "actions/checkout":
                self._check_out(given.get("fetch-depth", "1"))
            case "actions/upload-artifact":
                shelf = self.folder / "artifacts" / given["name"]
                shelf.mkdir(parents=True)
                self.artifacts[given["name"]] = Path(
                    shutil.copy(self.workspace / given["path"], shelf)
                )
            case "actions/download-artifact":
                shutil.copy(self.artifacts[given["name"]], self.workspace)
            case "faxops/faxops":
                return self.use(given, env)
            case _:
                raise AssertionError(f"no stand-in for {name}")
        return {}

    def _check_out(self, depth: str) -> None:
        where, ref = self.workspace, self.event.ref
        git(where, "init", "-q", "-b", "main")
        git(where, "remote", "add", "origin", f"file://{self.github.remote}")
        every = ["+refs/heads/*:refs/remotes/origin/*"] if depth == "0" else []
        shallow = [] if depth == "0" else [f"--depth={depth}"]
        git(where, "fetch", "-q", *shallow, "origin", *every, f"+{ref}:refs/remotes/run/{ref}")
        git(where, "checkout", "-q", "--force", "--detach", f"refs/remotes/run/{ref}")

    def _variables(self) -> dict[str, str]:
        event = self.folder / "event.json"
        event.write_text(json.dumps(self.event.payload()), encoding="utf-8")
        return {
            **environment(self.folder / "home"),
            "GITHUB_ACTIONS": "true",
            "GITHUB_ACTION_PATH": str(ROOT),
            "GITHUB_ACTOR": "octo",
            "GITHUB_BASE_REF": self.event.base_ref,
            "GITHUB_EVENT_NAME": self.event.name,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_REF": self.event.ref,
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_WORKSPACE": str(self.workspace),
            "RUNNER_TEMP": str(self.temp),
            **self.github.variables,
        }


class Run:
    """A run of a workflow, whose jobs a test may run one by one."""

    def __init__(self, github: Github, workflow: Path, event: Event, name: str = "run") -> None:
        self.github, self.event, self.name = github, event, name
        self.jobs: dict[str, Job] = {}
        self._workflow = read_yaml(workflow)
        self.artifacts: dict[str, Path] = {}

    def all(self) -> dict[str, Job]:
        """Run every job whose condition holds, in the order in which they stand."""
        for name in self._workflow["jobs"]:
            self.job(name)
        return self.jobs

    def job(self, name: str) -> Job | None:
        """Run a job; None if its condition says no."""
        declared: Tree = self._workflow["jobs"][name]
        contexts = self._contexts(declared)
        needed = declared.get("needs")
        succeeded = needed is None or (needed in self.jobs and self.jobs[needed].code == 0)
        if not holds(declared.get("if", ""), contexts, succeeded=succeeded):
            return None
        folder = self.github.folder / f"{self.name}-{name}"
        contexts["runner"] = {"temp": str(folder / "temp")}
        job = Job(self.github, self.event, folder, contexts, self.artifacts)
        job.run(declared["steps"])
        job.outputs = _filled(declared.get("outputs", {}), contexts)
        self.jobs[name] = job
        return job

    def _contexts(self, declared: Tree) -> Tree:
        needed = declared.get("needs")
        outputs = self.jobs[needed].outputs if needed in self.jobs else {}
        token = self.github.secrets.get("GITHUB_TOKEN", "")
        return {
            "github": {
                "base_ref": self.event.base_ref,
                "event": self.event.payload(),
                "ref": self.event.ref,
                "repository": REPOSITORY,
                "token": token,
            },
            "secrets": {} if self.event.is_of_a_fork else dict(self.github.secrets),
            "needs": {needed: {"outputs": outputs}} if needed else {},
            "steps": {},
        }


def _filled(tree: Mapping[str, Any], contexts: Contexts) -> dict[str, str]:
    return {name: filled(str(text), contexts) for name, text in tree.items()}
