"""`faxops comment` over HTTP: what a pipeline's variables lead to, and what it says."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack
from pathlib import Path

import pytest

from faxops.cli import saved_plan
from faxops.errors import PlanUnreadable
from tests.cli.live import configuration
from tests.cli.running import PATIENCE_SECONDS, Finished, Program
from tests.forge.stand_in import APP, TOKEN, Fault, StandIn, served
from tests.golden import check_golden

# Each starts the program, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
_POST = r"POST .*/(comments|notes)"
_FORBIDDEN = "Resource not accessible by integration"

Commenting = Callable[[StandIn], "Job"]


class Job:
    """A job of a pipeline, in which `faxops` runs with the variables of its CI system."""

    def __init__(self, program: Program, stand_in: StandIn, url: str) -> None:
        self.program = program
        self.stand_in = stand_in
        self.summary = program.folder / "summary.md"
        event = program.write("event.json", json.dumps({"pull_request": {"number": 7}}))
        self.variables: Mapping[str, str] = {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": "clinic/fax",
            "GITHUB_API_URL": url,
            "GITHUB_EVENT_PATH": str(event),
            "GITHUB_STEP_SUMMARY": str(self.summary),
        }
        if stand_in.forge == "gitlab":
            self.variables = {
                "GITLAB_TOKEN": TOKEN,
                "CI_API_V4_URL": f"{url}/api/v4",
                "CI_PROJECT_ID": "42",
                "CI_MERGE_REQUEST_IID": "7",
            }

    def comment(self, plan: Path, *arguments: str) -> Finished:
        """Comment a plan."""
        flag = f"--{self.stand_in.forge}"
        return self.program("comment", "--plan", plan, flag, *arguments, env=self.variables)


@pytest.fixture
def job(faxops: Program) -> Generator[Commenting]:
    """Open a job beside a stand-in that is served until the test ends."""
    with ExitStack() as stack:

        def opened(stand_in: StandIn) -> Job:
            return Job(faxops, stand_in, stack.enter_context(served(stand_in)))

        yield opened


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    """The documents that a pipeline leaves: of good runs, and of ones that failed."""
    folder = tmp_path_factory.mktemp("reports")
    program = Program(folder, {"TELNYX_BASE_URL": "emulator:account.db"})
    program.write("faxops.yaml", configuration("intake"))
    program.write("broken.yaml", "version: 1\nstack: clinic\nfax_application: {}\n")
    runs = {
        "saved": ("plan", "--out", "saved.json"),
        "plan": ("plan", "--report", "plan.json"),
        "broken": ("plan", "-f", "broken.yaml", "--report", "broken.json"),
        "missing": ("plan", "-f", "missing.yaml", "--report", "missing.json"),
        "apply": ("apply", "--auto-approve", "--report", "apply.json"),
        "drift": ("drift", "--report", "drift.json"),
    }
    for arguments in runs.values():
        program(*arguments)
    return {name: folder / f"{name}.json" for name in runs}


def _job_document(stand_in: StandIn) -> str:
    assert len(stand_in.notes) == 1
    return stand_in.bodies()[0]


def test_a_pull_request_of_github_from_its_first_plan_to_the_apply(
    job: Commenting, reports: Mapping[str, Path]
) -> None:
    stand_in = StandIn()
    stand_in.write("stranger", "<!-- faxops stack=clinic environment= -->\nfake")
    opened = job(stand_in)
    told = [opened.comment(reports[name]) for name in ("broken", "plan", "saved", "apply", "drift")]
    assert [(each.code, each.err) for each in told] == [(0, "")] * 5
    url = "https://github.com/clinic/fax/pull/7#issuecomment-1002"
    assert [each.out for each in told] == [
        f"Created the comment: {url}.\n",
        f"Updated the comment: {url}.\n",
        f"The comment is up to date: {url}.\n",
        f"Updated the comment: {url}.\n",
        f"Updated the comment: {url}.\n",
    ]
    assert list(stand_in.notes) == [1001, 1002]
    assert stand_in.bodies()[0].endswith("fake")
    assert "No changes." in stand_in.bodies()[1]


def test_a_merge_request_of_gitlab_gets_the_same(
    job: Commenting, reports: Mapping[str, Path]
) -> None:
    stand_in = StandIn("gitlab", login="project_42_bot")
    opened = job(stand_in)
    told = [opened.comment(reports[name]) for name in ("missing", "plan", "plan", "apply")]
    assert [(each.code, each.out) for each in told] == [
        (0, "Created the comment: note 1001 of !7.\n"),
        (0, "Updated the comment: note 1001 of !7.\n"),
        (0, "The comment is up to date: note 1001 of !7.\n"),
        (0, "Updated the comment: note 1001 of !7.\n"),
    ]
    assert "Apply complete!" in _job_document(stand_in)


def test_no_text_of_others_becomes_a_command_to_gitlab(
    job: Commenting, reports: Mapping[str, Path]
) -> None:
    stand_in = StandIn("gitlab")
    opened = job(stand_in)
    document = json.loads(reports["apply"].read_text())
    hostile = {**document, "stopped": "/close", "unconfirmed": "/merge ```` ```"}
    odd = opened.program.write("odd.json", json.dumps(hostile))
    assert [opened.comment(odd).code, opened.comment(odd).code] == [0, 0]
    assert stand_in.writes == ["POST"]
    lines = _job_document(stand_in).splitlines()
    assert [line for line in lines if "/close" in line or "/merge" in line] == [
        " /close",
        " /merge ```` ```",
    ]


@pytest.mark.parametrize("name", ["broken", "missing", "plan", "apply"])
def test_what_is_written_is_the_markdown_of_the_document(
    job: Commenting, reports: Mapping[str, Path], name: str
) -> None:
    stand_in = StandIn()
    assert job(stand_in).comment(reports[name]).code == 0
    text = _job_document(stand_in)
    check_golden(GOLDEN / f"comment-{name}.md", text.replace(str(reports[name].parent), "<folder>"))


def test_a_fork_s_text_goes_to_the_summary_of_the_job(
    job: Commenting, reports: Mapping[str, Path]
) -> None:
    stand_in = StandIn(faults=[Fault(_POST, 403, _FORBIDDEN)])
    opened = job(stand_in)
    opened.summary.write_text("before\n")
    ended = opened.comment(reports["plan"])
    check_golden(GOLDEN / "comment-fork.txt", ended.transcript("comment --plan PLAN --github"))
    assert opened.summary.read_text().startswith(
        "before\n<!-- faxops stack=clinic environment= -->"
    )
    assert "Plan: 1 to add" in opened.summary.read_text()
    assert stand_in.notes == {}


def test_without_a_summary_a_fork_is_told_the_same_but_that(
    job: Commenting, reports: Mapping[str, Path]
) -> None:
    opened = job(StandIn(faults=[Fault(_POST, 403, _FORBIDDEN)]))
    for path in ("", str(opened.program.folder / "no" / "summary.md")):
        opened.variables = {**opened.variables, "GITHUB_STEP_SUMMARY": path}
        opened.stand_in.faults[0].times = 1
        ended = opened.comment(reports["plan"])
        assert (ended.code, "instead" in ended.err) == (4, False)


def test_a_lost_answer_over_http_is_looked_for(
    job: Commenting, reports: Mapping[str, Path]
) -> None:
    stand_in = StandIn(faults=[Fault(_POST, done=True)])
    ended = job(stand_in).comment(reports["plan"], "-v")
    assert (ended.code, stand_in.writes, len(stand_in.notes)) == (0, ["POST"], 1)
    assert "POST /repos/clinic/fax/issues/7/comments no reply" in ended.err
    assert TOKEN not in ended.err


def test_an_interrupted_run_does_not_say_that_nothing_was_written(
    job: Commenting, reports: Mapping[str, Path]
) -> None:
    stand_in = StandIn()
    opened = job(stand_in)
    arguments = ("comment", "--plan", reports["plan"], "--github")
    met = threading.Barrier(2)

    def met_and_waiting() -> None:
        stand_in.on_list = lambda: None
        met.wait(PATIENCE_SECONDS)
        met.wait(PATIENCE_SECONDS)

    stand_in.on_list = met_and_waiting
    with opened.program.start(*arguments, env=opened.variables) as running:
        met.wait(PATIENCE_SECONDS)
        running.send_signal(signal.SIGTERM)
        _, err = running.communicate(timeout=PATIENCE_SECONDS)
        met.wait(PATIENCE_SECONDS)
    assert (running.returncode, "may have been written or not" in err) == (130, True)


def test_max_chars_is_the_length_of_the_comment(
    job: Commenting, reports: Mapping[str, Path]
) -> None:
    stand_in = StandIn()
    assert job(stand_in).comment(reports["plan"], "--max-chars", "1000").code == 0
    assert len(_job_document(stand_in)) <= 1000


def test_neither_the_token_nor_the_key_gets_into_the_comment(
    job: Commenting, reports: Mapping[str, Path]
) -> None:
    stand_in = StandIn(login=APP)
    opened = job(stand_in)
    opened.variables = {**opened.variables, "TELNYX_API_KEY": "KEY-that-leaked"}
    text = reports["plan"].read_text().replace("intake", f"KEY-that-leaked {TOKEN}")
    leaky = opened.program.write("leaky.json", text)
    assert opened.comment(leaky).code == 0
    assert "KEY-that-leaked" not in _job_document(stand_in)
    assert TOKEN not in _job_document(stand_in)


def test_a_wrong_use_is_told_with_what_to_add(faxops: Program, reports: Mapping[str, Path]) -> None:
    plan = str(reports["plan"])
    github = {"GITHUB_TOKEN": TOKEN, "GITHUB_REPOSITORY": "clinic/fax"}
    gitlab = {"GITLAB_TOKEN": TOKEN, "CI_API_V4_URL": "https://g/api/v4", "CI_PROJECT_ID": "4"}
    uses: list[tuple[tuple[str, ...], dict[str, str]]] = [
        (("--plan", plan), {}),
        (("--plan", plan, "--github", "--gitlab"), {}),
        (("--plan", plan, "--github", "--merge-request", "7"), github),
        (("--plan", plan, "--gitlab", "--pull-request", "7"), gitlab),
        (("--plan", plan, "--github"), {}),
        (("--plan", plan, "--github"), github),
        (("--plan", plan, "--gitlab"), {"CI_JOB_TOKEN": "x"}),
        (("--plan", plan, "--gitlab"), gitlab),
        (("--github",), {}),
    ]
    told = [faxops("comment", *arguments, env=env) for arguments, env in uses]
    assert [each.code for each in told] == [64] * len(uses)
    shown = "\n".join(
        f"$ faxops comment {' '.join(arguments)}\n{each.err}"
        for (arguments, _), each in zip(uses, told, strict=True)
    )
    check_golden(GOLDEN / "comment-usage.txt", shown.replace(plan, "PLAN"))


def test_a_file_that_is_no_report_is_refused_before_anything_is_sent(job: Commenting) -> None:
    stand_in = StandIn()
    opened = job(stand_in)
    ended = opened.comment(opened.program.write("odd.json", "[]"))
    assert (ended.code, "FX902" in ended.err) == (64, True)
    assert stand_in.requests == []


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"format_version": "2.0"}, id="a newer major version"),
        pytest.param({"changes": [1, 2]}, id="changes that are none"),
        pytest.param({"plan": {}}, id="no plan in it"),
        pytest.param({"summary": 7}, id="a summary that is a number"),
        pytest.param({"resource_changes": []}, id="both kinds at once"),
    ],
)
def test_a_report_that_lacks_what_is_shown_is_refused(
    reports: Mapping[str, Path], tmp_path: Path, members: dict[str, object]
) -> None:
    document = json.loads(reports["apply"].read_text())
    (tmp_path / "odd.json").write_text(json.dumps({**document, **members}))
    with pytest.raises(PlanUnreadable, match="neither a plan nor a JSON report"):
        saved_plan.read_report(tmp_path / "odd.json")


def test_an_outcome_of_other_changes_than_its_plan_has_is_refused(
    reports: Mapping[str, Path], tmp_path: Path
) -> None:
    document = json.loads(reports["apply"].read_text())
    document["changes"] *= 2
    (tmp_path / "odd.json").write_text(json.dumps(document))
    with pytest.raises(PlanUnreadable, match="neither a plan nor a JSON report"):
        saved_plan.read_report(tmp_path / "odd.json")
