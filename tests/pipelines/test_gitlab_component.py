"""The GitLab component: merge request, apply by hand, schedule, a fork, and inputs as data."""

from __future__ import annotations

import json
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.live import Served
from tests.config.test_commit_reader import git
from tests.forge.stand_in import TOKEN, StandIn, served
from tests.pipelines.conftest import telnyx
from tests.pipelines.gitlab_runner import Gitlab
from tests.pipelines.repository import CONFIGURATION, Repository

pytestmark = pytest.mark.slow

STACK = {"file": CONFIGURATION, "environment": "prod"}


@pytest.fixture
def forge() -> StandIn:
    return StandIn("gitlab", login="project_42_bot")


@pytest.fixture
def gitlab(tmp_path: Path, account: Served, forge: StandIn) -> Generator[Gitlab]:
    """A merge request that adds `lab`, checked out."""
    repository = Repository.begun(tmp_path, telnyx("intake"))
    base = git(repository.clone, "rev-parse", "HEAD")
    repository.push("feature", telnyx("intake", "lab"))
    request = {
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_MERGE_REQUEST_PROJECT_ID": "42",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "42",
    }
    with served(forge) as url:
        api = {"CI_API_V4_URL": f"{url}/api/v4", "GITLAB_TOKEN": TOKEN}
        yield Gitlab(repository.clone, {**account.variables, **request, **api}, STACK)


def test_from_the_merge_request_to_the_schedule(
    gitlab: Gitlab, account: Served, forge: StandIn
) -> None:
    planned = gitlab.job("faxops-plan")
    assert planned.code == 0, planned.log
    assert "Caused: 1 by this branch, 1 by drift." in planned.log
    assert json.loads(gitlab.left("faxops-terraform.json")) == {
        "create": 2, "update": 0, "delete": 0,
    }  # fmt: skip
    assert json.loads(gitlab.left("faxops-quality.json")) == []
    assert "**Plan: 2 to add, 0 to change, 0 to destroy.**" in forge.bodies()[0]

    assert gitlab.job("faxops-plan-of-main").code == 0
    applied = gitlab.job("faxops-apply")
    assert applied.code == 0, applied.log
    assert [each["application_name"] for each in account.applications()] == ["intake", "lab"]
    assert json.loads(gitlab.left("faxops-apply.json"))["summary"]["added"] == 2

    assert gitlab.job("faxops-drift").code == 0
    account.change(account.applications()[0]["id"], webhook_timeout_secs=29)
    assert gitlab.job("faxops-drift").code == 2


def test_a_wrong_configuration_stands_in_the_widgets_and_the_comment(
    gitlab: Gitlab, forge: StandIn
) -> None:
    text = telnyx("intake").replace("https:", "hxxps:")
    (gitlab.checkout / CONFIGURATION).write_text(text, encoding="utf-8")

    ran = gitlab.job("faxops-plan")

    assert ran.code == 3
    (finding,) = json.loads(gitlab.left("faxops-quality.json"))
    assert finding["location"]["path"] == CONFIGURATION
    assert "The run failed, so there is no plan." in forge.bodies()[0]


def test_a_fork_is_planned_without_key_and_account(
    gitlab: Gitlab, account: Served, forge: StandIn
) -> None:
    ran = gitlab.job(
        "faxops-plan",
        {"CI_MERGE_REQUEST_SOURCE_PROJECT_ID": "77", "TELNYX_API_KEY": "", "GITLAB_TOKEN": ""},
    )

    assert ran.code == 0, ran.log
    assert "Plan: 1 to add, 0 to change, 0 to destroy." in ran.log
    assert account.requests == ()
    assert forge.requests == []


def test_merged_results_are_compared_with_the_tip_of_the_target(gitlab: Gitlab) -> None:
    tip = git(gitlab.checkout, "rev-parse", "HEAD")

    ran = gitlab.job("faxops-plan", {"CI_MERGE_REQUEST_TARGET_BRANCH_SHA": tip})

    assert "Caused: 2 by drift." in ran.log


@pytest.mark.parametrize("text", ["$(touch pwned)", "`touch pwned`", "'; touch pwned; '"])
def test_an_input_is_no_command(gitlab: Gitlab, text: str) -> None:
    for name in ("file", "environment", "package"):
        asked = replace(gitlab, inputs={**STACK, name: text})
        no_index = {"PIP_NO_INDEX": "1"}

        ran = asked.job("faxops-plan-of-main", no_index, installs=name == "package")

        assert ran.code != 0
        assert list(gitlab.checkout.parent.rglob("pwned")) == []


@pytest.mark.parametrize("text", ["$(touch pwned)", '"; touch pwned; "', "a\nb"])
def test_a_variable_is_no_command(gitlab: Gitlab, text: str) -> None:
    names = ("CI_MERGE_REQUEST_TARGET_BRANCH_SHA", "CI_MERGE_REQUEST_SOURCE_PROJECT_ID")

    ran = gitlab.job("faxops-plan", dict.fromkeys(names, text))

    assert ran.code == 64
    assert list(gitlab.checkout.parent.rglob("pwned")) == []
