"""Which pull or merge request this job is about, from the variables of its CI system.

Sources: GitHub docs: variables reference, events that trigger workflows; GitLab docs: predefined
CI/CD variables, CI/CD job token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

from faxops.errors import UsageError

_GITHUB_API: Final = "https://api.github.com"
_REPOSITORY: Final = re.compile(r"(?!\.+/)[\w.-]+/(?!\.+$)[\w.-]+", re.ASCII)
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
_ON_GITHUB: Final = (
    "Add to the step `env: {GITHUB_TOKEN: ${{ github.token }}}`, and to the job"
    " `permissions: {contents: read, pull-requests: write}`."
)
_ON_GITLAB: Final = (
    "Make a project access token with the role Reporter and the scope `api`, and add it to the"
    " CI/CD variables as GITLAB_TOKEN, masked."
)


@dataclass(frozen=True, slots=True)
class PullRequestAddress:
    """Where on which GitHub, and with which token. `repository` is owner/name."""

    api_url: str
    token: str
    repository: str
    number: int


@dataclass(frozen=True, slots=True)
class MergeRequestAddress:
    """Where on which GitLab, and with which token."""

    api_url: str
    token: str
    project: int
    number: int


def pull_request(environ: Mapping[str, str], number: int | None) -> PullRequestAddress:
    """The pull request of this job on GitHub, or the one of that `number`.

    Raises `UsageError` for a variable that is missing or makes no sense.
    """
    token = environ.get("GITHUB_TOKEN", "").strip()
    if not token:
        raise UsageError("GITHUB_TOKEN is not set.", hint=_ON_GITHUB)
    repository = environ.get("GITHUB_REPOSITORY", "")
    if not _REPOSITORY.fullmatch(repository):
        raise UsageError(
            "GITHUB_REPOSITORY is not set." if not repository else "GITHUB_REPOSITORY is no name.",
            hint="GitHub Actions sets it; elsewhere write it as OWNER/NAME.",
        )
    number = number or _number_of_event(environ) or _number_of_ref(environ)
    if number is None:
        raise UsageError(
            "This job is not about one pull request.",
            hint="Run it `on: pull_request`, or name the pull request: --pull-request NUMBER.",
        )
    api_url = environ.get("GITHUB_API_URL") or _GITHUB_API
    return PullRequestAddress(api_url, token, repository, number)


def merge_request(environ: Mapping[str, str], number: int | None) -> MergeRequestAddress:
    """The merge request of this job on GitLab, or the one of that `number`.

    Raises `UsageError` for a variable that is missing or makes no sense.
    """
    token = environ.get("GITLAB_TOKEN", "").strip()
    if not token:
        why = (
            "GITLAB_TOKEN is not set, and CI_JOB_TOKEN can't write comments."
            if environ.get("CI_JOB_TOKEN")
            else "GITLAB_TOKEN is not set."
        )
        raise UsageError(why, hint=_ON_GITLAB)
    api_url = environ.get("CI_API_V4_URL", "")
    if not api_url:
        raise UsageError(
            "CI_API_V4_URL is not set.",
            hint="GitLab CI sets it; elsewhere write it like https://gitlab.com/api/v4.",
        )
    # The pipeline of a fork runs in the fork; the merge request is in the project it goes to.
    name = "CI_MERGE_REQUEST_PROJECT_ID" if number is None else ""
    project = _whole(environ.get(name, "")) or _whole(environ.get("CI_PROJECT_ID", ""))
    if project is None:
        raise UsageError(
            "CI_PROJECT_ID is not set to a number.",
            hint="GitLab CI sets it; elsewhere take it from the project's settings.",
        )
    number = number or _whole(environ.get("CI_MERGE_REQUEST_IID", ""))
    if number is None:
        raise UsageError(
            "This job is not about a merge request.",
            hint="Add to the job `rules: [{if: $CI_PIPELINE_SOURCE == 'merge_request_event'}]`, or"
            " name the merge request: --merge-request NUMBER.",
        )
    return MergeRequestAddress(api_url, token, project, number)


def _number_of_event(environ: Mapping[str, str]) -> int | None:
    """The pull request that the event of the workflow is about, if it is one and only one."""
    path = environ.get("GITHUB_EVENT_PATH", "")
    if not path:
        return None
    try:
        event = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise UsageError(
            f"The event of the workflow can't be read from {path} (GITHUB_EVENT_PATH).",
            hint="Name the pull request: --pull-request NUMBER.",
        ) from error
    issue = _member(event, "issue")
    places = [_member(event, "pull_request"), issue if _member(issue, "pull_request") else None]
    runs = _member(_member(event, "workflow_run"), "pull_requests")
    listed = cast("list[Any]", runs) if isinstance(runs, list) else []
    places += listed if len(listed) == 1 else []
    numbers = (_member(place, "number") for place in places)
    return next((number for number in numbers if type(number) is int and number > 0), None)


def _number_of_ref(environ: Mapping[str, str]) -> int | None:
    found = re.fullmatch(r"refs/pull/([0-9]+)/(?:merge|head)", environ.get("GITHUB_REF", ""))
    return _whole(found[1]) if found else None


def _member(value: object, name: str) -> Any:  # noqa: ANN401 - any JSON
    return cast("dict[str, Any]", value).get(name) if isinstance(value, dict) else None


def _whole(text: str) -> int | None:
    return int(text) if _NUMBER.fullmatch(text) else None
