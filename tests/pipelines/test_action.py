"""The GitHub action by itself: its outputs, what it refuses, and inputs that are no commands."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable

import pytest

from tests.cli.live import KEY, Served
from tests.cli.test_interrupts import wait_for
from tests.forge.stand_in import TOKEN, StandIn
from tests.pipelines.conftest import telnyx
from tests.pipelines.github_runner import Event, Github, Job

pytestmark = pytest.mark.slow

NONE = {"changes": "", "add": "", "change": "", "destroy": "", "import": "", "plan_file": ""}
KEYED = {"TELNYX_API_KEY": KEY}
PROD = {"file": "faxops.yaml", "environment": "prod"}


@pytest.fixture
def job(github: Github) -> Job:
    """A job whose workspace holds a configuration of one application."""
    contexts = {"github": {"token": TOKEN}, "steps": {}}
    job = Job(
        github,
        Event("pull_request", "refs/heads/main", "main"),
        github.folder / "job",
        contexts,
        {},
    )
    job.run([])
    (job.workspace / "faxops.yaml").write_text(telnyx("intake"), encoding="utf-8")
    return job


def test_a_plan_tells_what_it_counts_and_where_it_is(job: Job) -> None:
    outputs = job.use({"command": "plan", **PROD}, KEYED)

    assert outputs == {
        "changes": "true",
        "add": "1",
        "change": "0",
        "destroy": "0",
        "import": "0",
        "plan_file": "faxops-plan.json",
        "exit_code": "0",
    }
    assert (job.workspace / "faxops-plan.json").exists()
    assert (job.temp / "faxops-plan.json").exists()


def test_a_refused_plan_has_no_file_even_if_an_earlier_one_had(job: Job) -> None:
    job.use({"command": "plan", **PROD}, KEYED)

    outputs = job.use({"command": "plan", **PROD, "arguments": "--max-creates\n0\n"}, KEYED)

    assert (job.code, outputs["exit_code"], outputs["plan_file"]) == (5, "5", "")
    assert not (job.workspace / "faxops-plan.json").exists()


def test_arguments_are_one_a_line_whatever_is_in_them(job: Job) -> None:
    outputs = job.use(
        {"command": "drift", **PROD, "arguments": "--report\n$(touch pwned) a 'b'.json\n\n"}, KEYED
    )

    assert (job.code, outputs["exit_code"]) == (2, "2")
    assert (job.workspace / "$(touch pwned) a 'b'.json").exists()
    assert not (job.workspace / "pwned").exists()


@pytest.mark.parametrize(
    ("inputs", "told"),
    [
        pytest.param({"command": "destroy"}, "command must be plan, apply or drift", id="command"),
        pytest.param(
            {"command": "plan", "plan_file": "a\nadd=7"}, "plan_file must be one line", id="lines"
        ),
        pytest.param({"command": "plan", "arguments": "--no-such"}, "No such option", id="flag"),
    ],
)
def test_a_wrong_use_ends_with_64_and_no_other_output(
    job: Job, inputs: dict[str, str], told: str
) -> None:
    outputs = job.use({**PROD, **inputs}, KEYED)

    assert (job.code, outputs) == (64, {**NONE, "exit_code": "64"})
    assert told in job.log


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("$(touch pwned)", id="substitution"),
        pytest.param("`touch pwned`", id="backquotes"),
        pytest.param('"; touch pwned; "', id="double quotes"),
        pytest.param("'; touch pwned; '", id="single quotes"),
        pytest.param("a\ntouch pwned\n", id="a new line"),
        pytest.param("--help", id="a flag"),
    ],
)
def test_an_input_is_no_command(job: Job, text: str) -> None:
    for name in ("command", "file", "environment", "plan_file"):
        job.code = 0
        outputs = job.use({"command": "plan", **PROD, name: text}, KEYED)

        fine = name == "plan_file" and "\n" not in text
        assert (outputs["changes"] == "true") == fine
        assert not list(job.folder.rglob("pwned"))


def test_a_plan_that_did_not_get_so_far_is_not_commented_on_with_an_older_one(
    job: Job, stand_in: StandIn
) -> None:
    commenting = {"command": "plan", **PROD, "comment": "true"}
    job.use({"command": "plan", **PROD}, KEYED)

    job.use({**commenting, "arguments": "--no-such"}, KEYED)

    assert stand_in.requests == []


def test_a_cancelled_apply_leaves_its_report(job: Job, serve: Callable[..., Served]) -> None:
    account = serve({"method": "POST", "fault": {"kind": "hang", "seconds": 25}})
    inputs = {"command": "apply", **PROD, "arguments": "--auto-approve"}
    env = {**KEYED, "TELNYX_BASE_URL": account.url}
    step = threading.Thread(target=job.use, args=(inputs, env))
    step.start()
    wait_for(account, "POST")
    assert job.process is not None
    job.process.send_signal(signal.SIGINT)
    # Ten seconds after the first signal the runner kills what is left.
    step.join(timeout=10)

    assert not step.is_alive()
    assert job.code == 9
    assert json.loads((job.temp / "faxops-apply.json").read_text())["summary"]["unknown"] == 1
    assert "Apply incomplete." in job.summary
