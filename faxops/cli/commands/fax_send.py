"""`faxops fax send`: send a fax, or a table of them, each exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from faxops.cli.fax_options import application_options, request_of, request_options, usage_error
from faxops.cli.fax_sending import SendRun
from faxops.cli.live_application import check_key, load_for_applications
from faxops.cli.options import (
    ConfigurationChoice,
    ConnectionChoice,
    OutputChoice,
    connection_options,
    output_options,
)
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.config.stack import Stack
from faxops.errors import ExitCode, FaxopsError, UsageError
from faxops.model.fax_request import FaxRequest
from faxops.report.masking import Masker
from faxops.report.sending_document import SendingOutcome, sending_document
from faxops.report.sending_text import sending_text
from faxops.telnyx.media_file import read_media_file


@click.command()
@application_options
@request_options
@click.option(
    "--idempotency-key",
    envvar="FAXOPS_IDEMPOTENCY_KEY",
    show_envvar=True,
    metavar="TEXT",
    help="Send nothing if a fax was sent with this key before.",
)
@click.option(
    "--wait",
    is_flag=True,
    envvar="FAXOPS_WAIT",
    show_envvar=True,
    help="Follow the fax: exit with 0 when it is delivered, 8 when it failed.",
)
@click.option(
    "--dry-run",
    is_flag=True,
    envvar="FAXOPS_DRY_RUN",
    show_envvar=True,
    help="Check everything and print the request; nothing is sent.",
)
@connection_options
@output_options("text", "json")
def command(
    connection: ConnectionChoice,
    output: OutputChoice,
    *,
    app: str | None,
    connection_id: str | None,
    config: Path,
    env: str | None,
    variables: tuple[str, ...],
    idempotency_key: str | None,
    wait: bool,
    dry_run: bool,
    **fields: Any,  # noqa: ANN401 - the flags of request_options
) -> ExitCode:
    """Send a fax, exactly once."""
    screen = Output(output)
    run: SendRun | None = None
    with screen.reporting_failures(lambda error: _failed(error, screen, run)):
        request = request_of({**fields, "connection_id": connection_id})
        _check(request, app, idempotency_key)
        stack = _stack(app, ConfigurationChoice(config, env, variables), screen)
        screen.masker = Masker(screen.masker.secrets | request.secrets)
        media = read_media_file(Path(request.file)) if request.file else None
        run = SendRun(
            request, media, connection, screen, stack, app, idempotency_key, dry_run, wait
        )
        if dry_run and app is None:
            run.outcome = SendingOutcome.DRY_RUN
        else:
            asyncio.run(run.go())
    document = sending_document(run.outcome, run.request, media, screen.masker, fax=run.fax)
    screen.result(document_renderers(document, sending_text))
    _note_doubts(screen, run)
    failed = wait and run.fax is not None and run.fax.status == "failed"
    return screen.delivered(ExitCode.PARTLY_APPLIED if failed else ExitCode.DONE)


def _check(request: FaxRequest, app: str | None, idempotency_key: str | None) -> None:
    if bool(app) == bool(request.connection_id):
        raise UsageError(
            "Give exactly one of --app and --connection-id.",
            hint="--app KEY sends through an application of the configuration, --connection-id ID"
            " through any; `faxops app list` names the ids.",
        )
    if idempotency_key is not None and request.client_state:
        raise UsageError(
            "--idempotency-key and --client-state can't go together: the key is kept in the"
            " client_state.",
            hint="Leave one of them out.",
        )
    if idempotency_key == "":
        raise UsageError("--idempotency-key is empty.", hint="Name what is sent, e.g. invoice-17.")
    if problems := tuple(request.problems()):
        raise usage_error(problems)


def _stack(app: str | None, configuration: ConfigurationChoice, screen: Output) -> Stack | None:
    if app is None:
        return None
    stack = load_for_applications(configuration, screen)
    check_key(stack, app)
    return stack


def _note_doubts(screen: Output, run: SendRun) -> None:
    """What the API may not do as asked."""
    unlisted = [name for name in run.request.not_for_uploads if name != "client_state"]
    if unlisted:
        screen.note(
            f"The API description does not list {', '.join(unlisted)} for an uploaded file; check"
            " the fax if that matters."
        )
    if run.idempotency_key is not None and run.fax is not None and not run.fax.client_state:
        screen.note(
            "The API shows the fax without client_state, where the idempotency key is kept: another"
            " run with this key can't tell that it was sent."
        )


def _failed(error: FaxopsError, screen: Output, run: SendRun | None) -> Mapping[str, Renderer]:
    document = sending_document(
        run.outcome if run else SendingOutcome.NOT_SENT,
        run.request if run else None,
        run.media if run else None,
        screen.masker,
        fax=run.fax if run else None,
        error=error,
    )
    return document_renderers(document, sending_text)
