"""A repository from its pull request to the morning after, by the ready-made workflows."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.live import Served
from tests.cli.test_interrupts import wait_for
from tests.forge.stand_in import StandIn
from tests.golden import check_golden
from tests.pipelines.conftest import telnyx
from tests.pipelines.github_runner import Event, Github, Job, Run
from tests.pipelines.repository import Repository
from tests.pipelines.scripts import ROOT

pytestmark = pytest.mark.slow

WORKFLOWS = ROOT / "examples" / "pipelines" / "github"
PLAN, APPLY, DRIFT = (WORKFLOWS / f"{name}.yml" for name in ("plan", "apply", "drift"))
GOLDEN = Path(__file__).parent / "golden"
MAIN = Event("push", "refs/heads/main")
MORNING = Event("schedule", "refs/heads/main")


def keys(account: Served) -> list[str]:
    """The live applications."""
    return [each["application_name"] for each in account.applications()]


def codes(jobs: dict[str, Job]) -> dict[str, int]:
    """How each job ended."""
    return {name: job.code for name, job in jobs.items()}


def test_a_change_from_its_pull_request_to_the_morning_after(
    github: Github, repository: Repository, account: Served, stand_in: StandIn
) -> None:
    first = Run(github, APPLY, MAIN, "first").all()
    assert codes(first) == {"plan": 0, "apply": 0}, first["plan"].log
    assert keys(account) == ["intake"]

    repository.push("feature", telnyx("intake", "lab").replace("lab:", "lab: {"))
    broken = Run(github, PLAN, repository.pull_request("feature"), "broken").all()
    assert codes(broken) == {"plan": 3}
    assert "::error file=telnyx/faxops.yaml,line=" in broken["plan"].log
    assert "The run failed, so there is no plan." in stand_in.bodies()[0]

    repository.push("feature", telnyx("intake", "lab"))
    planned = Run(github, PLAN, repository.pull_request("feature"), "planned").all()
    assert codes(planned) == {"plan": 0}, planned["plan"].log
    assert len(stand_in.notes) == 1
    assert "**Plan: 1 to add, 0 to change, 0 to destroy.**" in stand_in.bodies()[0]
    assert "1 by this branch" in stand_in.bodies()[0]
    assert keys(account) == ["intake"]

    merged = Run(github, APPLY, repository.merge("feature"), "merged")
    assert codes(merged.all()) == {"plan": 0, "apply": 0}
    assert keys(account) == ["intake", "lab"]
    assert "1 added" in merged.jobs["apply"].summary
    report = merged.artifacts["apply-report"].read_text(encoding="utf-8")
    assert json.loads(report)["summary"]["added"] == 1

    assert codes(Run(github, DRIFT, MORNING, "quiet").all()) == {"drift": 0}
    lab = account.applications()[1]
    account.change(lab["id"], webhook_timeout_secs=29)
    morning = Run(github, DRIFT, MORNING, "morning").all()
    assert codes(morning) == {"drift": 2}
    assert "webhook_timeout_secs" in morning["drift"].summary

    # Mended by hand: there is nothing to approve, so nobody is asked.
    account.change(lab["id"], webhook_timeout_secs=lab["webhook_timeout_secs"])
    nothing = Run(github, APPLY, MAIN, "nothing").all()
    assert codes(nothing) == {"plan": 0}


def test_a_stale_plan_is_not_carried_out_and_the_job_says_why(
    github: Github, repository: Repository, account: Served
) -> None:
    Run(github, APPLY, MAIN, "first").all()
    slower = telnyx("intake", fields="webhook_timeout_secs: 20")
    run = Run(github, APPLY, repository.push("main", slower), "stale")
    run.job("plan")
    account.change(account.applications()[0]["id"], webhook_timeout_secs=29)

    job = run.job("apply")

    assert job is not None
    assert job.code == 6
    assert account.applications()[0]["webhook_timeout_secs"] == 29
    check_golden(GOLDEN / "stale-log.txt", job.log)
    check_golden(GOLDEN / "stale-summary.md", job.summary)
    report = run.artifacts["apply-report"].read_text(encoding="utf-8")
    assert json.loads(report)["plan"]["diagnostics"][0]["code"] == "FX760"


def test_two_merges_that_race_create_nothing_twice(
    tmp_path: Path,
    github: Github,
    repository: Repository,
    serve: Callable[..., Served],
) -> None:
    # Long enough for the other job to start on a machine that is busy.
    slow = serve({"method": "POST", "times": 1, "fault": {"kind": "hang", "seconds": 6}})
    state = f"sqlite:///{tmp_path}/state.db"
    shared = replace(
        github,
        secrets={**github.secrets, "FAXOPS_STATE": state},
        variables={**github.variables, "TELNYX_BASE_URL": slow.url},
    )
    repository.push("one", telnyx("intake", "lab"))
    one = Run(shared, APPLY, repository.merge("one"), "one")
    repository.push("two", telnyx("intake", "lab", "pharmacy"))
    two = Run(shared, APPLY, repository.merge("two"), "two")
    one.job("plan")
    two.job("plan")

    racing = threading.Thread(target=one.job, args=("apply",))
    racing.start()
    wait_for(slow, "POST")
    two.job("apply")
    racing.join()

    assert (one.jobs["apply"].code, two.jobs["apply"].code) == (0, 6)
    assert "Waiting for the lock of the stack clinic-prod, held by octo" in two.jobs["apply"].log
    again = Run(shared, APPLY, two.event, "again").all()
    assert codes(again) == {"plan": 0, "apply": 0}
    assert keys(slow) == ["intake", "lab", "pharmacy"]
    assert slow.writes == ["POST", "POST", "POST"]


def test_a_fork_gets_a_plan_without_key_account_and_comment(
    github: Github, repository: Repository, account: Served, stand_in: StandIn
) -> None:
    repository.push("stranger", telnyx("intake", "lab"))
    event = repository.pull_request("stranger", "stranger/fax")

    jobs = Run(github, PLAN, event).all()

    assert codes(jobs) == {"plan-of-a-fork": 0}, jobs["plan-of-a-fork"].log
    assert "fax_application.lab will be created" in jobs["plan-of-a-fork"].log
    assert "1 to add" in jobs["plan-of-a-fork"].summary
    assert account.requests == ()
    assert stand_in.requests == []
