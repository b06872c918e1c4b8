"""GitLab's runner, as far as the component needs it: the scripts of a job run as written.

Sources: GitLab docs: CI/CD components (`spec:inputs`), `extends`, predefined CI/CD variables.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from tests.pipelines.scripts import ROOT, Ran, Tree, environment, finished, start_script

COMPONENT = ROOT / "templates" / "faxops.yml"
_INPUT = re.compile(r"\$\[\[ inputs\.(\w+) \]\]")


def expanded(**inputs: str) -> str:
    """The component's jobs as YAML, with its inputs filled in as GitLab does it: in the text."""
    header, jobs = COMPONENT.read_text(encoding="utf-8").split("\n---\n")
    declared: Tree = yaml.safe_load(header)["spec"]["inputs"]
    given = {name: each["default"] for name, each in declared.items()} | inputs
    return _INPUT.sub(lambda found: given[found[1]], jobs)


@dataclass(frozen=True, slots=True)
class Gitlab:
    """Where jobs run. `checkout` is the project, `inputs` are those of the component."""

    checkout: Path
    variables: Mapping[str, str]
    inputs: Mapping[str, str] = field(default_factory=dict[str, str])

    def job(
        self, name: str, env: Mapping[str, str] | None = None, *, installs: bool = False
    ) -> Ran:
        """Run a job, with the variables of its pipeline on top; `installs`: `before_script` too."""
        jobs: Tree = yaml.safe_load(expanded(**self.inputs))
        job = {**jobs[jobs[name]["extends"]], **jobs[name]}
        lines: list[str] = [*(job["before_script"] if installs else []), *job["script"]]
        variables = {
            **environment(self.checkout.parent / "home"),
            "CI_PROJECT_DIR": str(self.checkout),
            "CI_PROJECT_ID": "42",
            "GITLAB_CI": "true",
            "GITLAB_USER_LOGIN": "octo",
            **job["variables"],
            **self.variables,
            **(env or {}),
        }
        script = self.checkout.parent / f"{name}.sh"
        return finished(start_script("\n".join(lines), self.checkout, variables, script))

    def left(self, name: str) -> str:
        """A file that a job left for the merge request, or for a later job."""
        return (self.checkout / name).read_text(encoding="utf-8")
