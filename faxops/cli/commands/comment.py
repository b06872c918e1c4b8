"""`faxops comment`: a plan, or what an apply did, as the one comment of its pull request."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from faxops.cli import saved_plan
from faxops.cli.options import OutputChoice, WholeNumber, max_chars_option, screen_options
from faxops.cli.output import Output
from faxops.cli.pull_request import (
    MergeRequestAddress,
    PullRequestAddress,
    merge_request,
    pull_request,
)
from faxops.errors import CommentNotPermitted, ExitCode, Interrupted, UsageError
from faxops.forge.client import ForgeClient
from faxops.forge.comments import Conversation, Published, publish
from faxops.forge.github import PullRequest, github_client
from faxops.forge.gitlab import MergeRequest, gitlab_client, without_commands
from faxops.report.escape import terminal
from faxops.report.markdown import markdown_text
from faxops.report.masking import Masker
from faxops.report.outcome_page import outcome_page
from faxops.report.plan_page import plan_page
from faxops.system_clock import SystemClock

Address = PullRequestAddress | MergeRequestAddress


@click.command()
@click.option(
    "--plan",
    "path",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    envvar="FAXOPS_PLAN",
    show_envvar=True,
    metavar="PLAN",
    help="A saved plan, or the JSON report of plan, drift or apply; of a failed run, too.",
)
@click.option(
    "--github",
    is_flag=True,
    envvar="FAXOPS_GITHUB",
    show_envvar=True,
    help="On a pull request; needs GITHUB_TOKEN.",
)
@click.option(
    "--gitlab",
    is_flag=True,
    envvar="FAXOPS_GITLAB",
    show_envvar=True,
    help="On a merge request; needs GITLAB_TOKEN.",
)
@click.option(
    "--pull-request",
    "pull_number",
    type=WholeNumber(min=1),
    envvar="FAXOPS_PULL_REQUEST",
    show_envvar=True,
    metavar="N",
    help="With --github: which; else the one that the workflow runs for.",
)
@click.option(
    "--merge-request",
    "merge_number",
    type=WholeNumber(min=1),
    envvar="FAXOPS_MERGE_REQUEST",
    show_envvar=True,
    metavar="N",
    help="With --gitlab: which; else the one that the pipeline runs for.",
)
@max_chars_option("comment")
@screen_options
def command(
    path: Path,
    output: OutputChoice,
    *,
    github: bool,
    gitlab: bool,
    pull_number: int | None,
    merge_number: int | None,
    max_chars: int,
) -> ExitCode:
    """Comment a plan on its pull request, in the one comment of its stack.

    The comment is created, or updated if it is there already.
    """
    screen = Output(output)
    with screen.reporting_failures():
        _check_flags(pull_number, merge_number, github=github, gitlab=gitlab)
        address: Address = (
            pull_request(os.environ, pull_number)
            if github
            else merge_request(os.environ, merge_number)
        )
        screen.masker = Masker(screen.masker.secrets | {address.token})
        body = _text(saved_plan.read_report(path), screen.masker, max_chars)
        if gitlab:
            body = without_commands(body)
        try:
            published = asyncio.run(_publish(address, body, screen))
        except CommentNotPermitted as error:
            if _write_summary(body, screen):
                error.hint += " The text stands in the job's summary instead."
            raise
        except KeyboardInterrupt as stop:
            raise Interrupted(
                "Interrupted; the comment may have been written or not.",
                hint="Run again: what is there by then is found.",
            ) from stop
    screen.print(_sentence(published, address))
    return screen.delivered(ExitCode.DONE)


def _check_flags(
    pull_number: int | None, merge_number: int | None, *, github: bool, gitlab: bool
) -> None:
    if github == gitlab:
        raise UsageError(
            "Where the comment goes is not told."
            if not github
            else "The comment goes to one place, and both --github and --gitlab are given.",
            hint="Give --github for a pull request, or --gitlab for a merge request.",
        )
    if (gitlab and pull_number) or (github and merge_number):
        wrong, right = ("--pull-request", "--github") if gitlab else ("--merge-request", "--gitlab")
        raise UsageError(f"{wrong} goes with {right}.", hint=f"Leave out {wrong}, or give {right}.")


def _text(document: Mapping[str, Any], masker: Masker, max_chars: int) -> str:
    shown: Any = masker.redacted_tree(document)
    page = outcome_page(shown) if saved_plan.is_outcome(shown) else plan_page(shown)
    return markdown_text(page, max_chars)


async def _publish(address: Address, body: str, screen: Output) -> Published:
    async with _client(address, screen) as client:
        conversation: Conversation = (
            PullRequest(client, address.repository, address.number)
            if isinstance(address, PullRequestAddress)
            else MergeRequest(client, address.project, address.number)
        )
        return await publish(conversation, body, client.clock)


def _client(address: Address, screen: Output) -> ForgeClient:
    def told(method: str, path: str, status: int | None, seconds: float) -> None:
        if screen.choice.verbose:
            screen.note(f"{method} {path} {status or 'no reply'} {seconds * 1000:.0f} ms")

    opened = github_client if isinstance(address, PullRequestAddress) else gitlab_client
    jitter = random.Random()  # noqa: S311 - no secret
    return opened(address.api_url, address.token, SystemClock(), jitter, told=told)


def _write_summary(body: str, screen: Output) -> bool:
    """Append the text to the summary of the job on GitHub, where there is one."""
    path = os.environ.get("GITHUB_STEP_SUMMARY", "")
    if not path:
        return False
    try:
        with Path(path).open("a", encoding="utf-8") as file:
            file.write(f"{body}\n")
    except OSError as error:
        screen.note(f"The job's summary could not be written: {error.strerror}.")
        return False
    return True


def _sentence(published: Published, address: Address) -> str:
    sign = "#" if isinstance(address, PullRequestAddress) else "!"
    where = (
        terminal(published.comment.url) or f"note {published.comment.id} of {sign}{address.number}"
    )
    told = {
        "created": "Created the comment",
        "updated": "Updated the comment",
        "unchanged": "The comment is up to date",
    }[published.deed]
    removed = f" Removed {published.removed} more of the same." if published.removed else ""
    return f"{told}: {where}.{removed}\n"
