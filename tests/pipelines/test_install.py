"""How the ready-made pieces install faxops: from this checkout, as their scripts say it.

The packages that faxops needs are those of this environment, so nothing is fetched: pip finds them
on PYTHONPATH, and is told that there is no index.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.cli.live import configuration
from tests.config.test_commit_reader import git
from tests.pipelines.github_runner import ACTION, INSTALL
from tests.pipelines.gitlab_runner import Gitlab
from tests.pipelines.scripts import ROOT, environment, finished, read_yaml, start_script

pytestmark = pytest.mark.slow

OFFLINE = {
    "PYTHONPATH": sysconfig.get_path("purelib"),
    "PIP_NO_INDEX": "1",
    "PIP_NO_BUILD_ISOLATION": "0",  # pip reads it as the value of "build isolation"
}
BESIDE_PYTHON = Path(sys.executable).parent


def test_the_action_s_step_and_the_component_s_install_this_checkout(tmp_path: Path) -> None:
    (step,) = (each for each in read_yaml(ACTION)["runs"]["steps"] if each["name"] == INSTALL)
    path_file = tmp_path / "path"
    runner = {
        **environment(tmp_path / "home"),
        **OFFLINE,
        "RUNNER_TEMP": str(tmp_path),
        "GITHUB_ACTION_PATH": str(ROOT),
        "GITHUB_PATH": str(path_file),
    }
    ran = finished(start_script(step["run"], tmp_path, runner, tmp_path / "install.sh"))
    assert ran.code == 0, ran.log
    installed = Path(path_file.read_text().strip())
    found = [str(installed / "faxops"), "--version"]
    assert subprocess.check_output(found, env=OFFLINE, text=True).startswith("faxops ")

    (tmp_path / "checkout").mkdir()
    (tmp_path / "checkout" / "faxops.yaml").write_text(configuration("intake"), encoding="utf-8")
    image = {
        **OFFLINE,
        "PATH": os.pathsep.join([str(installed), os.defpath]),
        "TELNYX_BASE_URL": "emulator:",
        "PACKAGE": f"{ROOT}[notify,postgres]",
    }
    (installed / "faxops").unlink()
    ran = Gitlab(tmp_path / "checkout", image).job("faxops-plan-of-main", installs=True)
    assert ran.code == 0, ran.log
    assert (tmp_path / "checkout" / "faxops-plan.json").exists()


def test_pre_commit_tries_this_repository(tmp_path: Path) -> None:
    folder = tmp_path / "repository"
    files = {
        "faxops.yaml": configuration("intake"),
        "a b/$(touch pwned)/faxops.yml": configuration("lab").replace("https:", "hxxps:"),
        "other-faxops.yaml": "not for faxops",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", "-A")

    home = tmp_path / "home"
    ran = subprocess.run(
        [BESIDE_PYTHON / "pre-commit", "try-repo", ROOT, "--color=never", "--all-files"],
        cwd=folder,
        env={**environment(home), **OFFLINE, "PRE_COMMIT_HOME": str(home / "pre-commit")},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )

    assert ran.returncode == 1, ran.stdout
    # Each of the two hooks finds the one file right, the other wrong, and no third one.
    assert ran.stdout.count("Failed\n") == 2
    assert ran.stdout.count("Success! The configuration is valid.") == 2
    assert ran.stdout.count("at a b/$(touch pwned)/faxops.yml:") == 2
    assert "other-faxops.yaml" not in ran.stdout
    assert not list(tmp_path.rglob("pwned"))
