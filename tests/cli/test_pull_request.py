"""Which pull or merge request a job is about, by every way that its variables tell."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from faxops.cli.pull_request import merge_request, pull_request
from faxops.errors import UsageError
from tests.forge.stand_in import TOKEN

GITHUB = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "clinic/fax"}
GITLAB = {
    "GITLAB_TOKEN": TOKEN,
    "CI_API_V4_URL": "https://gitlab.example/api/v4",
    "CI_PROJECT_ID": "42",
    "CI_MERGE_REQUEST_IID": "7",
}


def _event(folder: Path, event: object) -> dict[str, str]:
    path = folder / "event.json"
    path.write_text(json.dumps(event))
    return {**GITHUB, "GITHUB_EVENT_PATH": str(path)}


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"pull_request": {"number": 7}}, id="pull_request"),
        pytest.param({"issue": {"number": 7, "pull_request": {"url": "u"}}}, id="issue_comment"),
        pytest.param({"workflow_run": {"pull_requests": [{"number": 7}]}}, id="workflow_run"),
    ],
)
def test_the_event_of_a_workflow_names_its_pull_request(tmp_path: Path, event: object) -> None:
    found = pull_request(_event(tmp_path, event), None)
    assert (found.api_url, found.repository, found.number) == (
        "https://api.github.com",
        "clinic/fax",
        7,
    )


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"issue": {"number": 7}}, id="a comment on an issue"),
        pytest.param({"workflow_run": {"pull_requests": []}}, id="a run of a fork"),
        pytest.param(
            {"workflow_run": {"pull_requests": [{"number": 7}, {"number": 8}]}}, id="one of two"
        ),
        pytest.param({"pull_request": {"number": "7"}}, id="a number that is a text"),
        pytest.param({"pull_request": {"number": True}}, id="a number that is a boolean"),
        pytest.param({"pull_request": None}, id="null"),
        pytest.param([], id="no object"),
        pytest.param({}, id="a push"),
    ],
)
def test_an_event_without_one_pull_request_is_told(tmp_path: Path, event: object) -> None:
    with pytest.raises(UsageError, match="not about one pull request"):
        pull_request(_event(tmp_path, event), None)


def test_the_ref_tells_where_the_event_does_not() -> None:
    assert pull_request({**GITHUB, "GITHUB_REF": "refs/pull/12/merge"}, None).number == 12
    with pytest.raises(UsageError):
        pull_request({**GITHUB, "GITHUB_REF": "refs/heads/pull/12/merge"}, None)


def test_a_flag_wins_over_all_of_them(tmp_path: Path) -> None:
    assert pull_request(_event(tmp_path, {"pull_request": {"number": 7}}), 9).number == 9
    assert pull_request({**GITHUB, "GITHUB_EVENT_PATH": str(tmp_path / "none")}, 9).number == 9
    assert merge_request(GITLAB, 9).number == 9


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000], ids=["empty", "broken", "too deep"])
def test_an_event_that_can_t_be_read_is_told(tmp_path: Path, content: str) -> None:
    (tmp_path / "event.json").write_text(content)
    variables = {**GITHUB, "GITHUB_EVENT_PATH": str(tmp_path / "event.json")}
    with pytest.raises(UsageError, match="GITHUB_EVENT_PATH"):
        pull_request(variables, None)


@pytest.mark.parametrize(
    "repository", ["", "fax", "a/b/c", "../user", "clinic/..", "clinic/fax?x", "clinic/fax\n"]
)
def test_a_repository_that_would_lead_elsewhere_is_refused(repository: str) -> None:
    with pytest.raises(UsageError, match="GITHUB_REPOSITORY"):
        pull_request({**GITHUB, "GITHUB_REPOSITORY": repository}, 7)


def test_a_merge_request_is_found_in_the_project_it_goes_to() -> None:
    found = merge_request(GITLAB, None)
    assert (found.project, found.number) == (42, 7)
    fork = {**GITLAB, "CI_PROJECT_ID": "99", "CI_MERGE_REQUEST_PROJECT_ID": "42"}
    assert merge_request(fork, None).project == 42
    assert merge_request(fork, 7).project == 99


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        pytest.param({"GITLAB_TOKEN": ""}, "GITLAB_TOKEN is not set.", id="no token"),
        pytest.param(
            {"GITLAB_TOKEN": "", "CI_JOB_TOKEN": "x"}, "CI_JOB_TOKEN can't", id="the job's token"
        ),
        pytest.param({"CI_API_V4_URL": ""}, "CI_API_V4_URL", id="no API"),
        pytest.param({"CI_PROJECT_ID": "group/fax"}, "CI_PROJECT_ID", id="a path for a number"),
        pytest.param({"CI_MERGE_REQUEST_IID": ""}, "not about a merge request", id="a branch"),
        pytest.param({"CI_MERGE_REQUEST_IID": "0"}, "not about a merge request", id="number 0"),
    ],
)
def test_what_gitlab_did_not_set_is_told(variables: Mapping[str, str], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        merge_request({**GITLAB, **variables}, None)
    assert said in caught.value.message
    assert caught.value.hint
