"""`faxops fax send`: send a fax, or a table of them, each exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import click

from faxops.cli.fax_following import code_of
from faxops.cli.fax_options import (
    SendingChoice,
    application_options,
    max_wait_option,
    request_options,
    usage_error,
)
from faxops.cli.fax_sending import SendRun
from faxops.cli.live_application import Applications
from faxops.cli.options import (
    ConfigurationChoice,
    ConnectionChoice,
    OutputChoice,
    connection_options,
    output_options,
)
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.errors import ExitCode, FaxopsError, UsageError
from faxops.model.fax_request import FaxRequest
from faxops.report.masking import Masker
from faxops.report.sending_document import SendingOutcome, sending_document
from faxops.report.sending_text import sending_text
from faxops.telnyx.media_file import read_media_file

_SENT_NOW: Final = frozenset({SendingOutcome.SENT, SendingOutcome.FOUND})


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
@max_wait_option("How long --wait follows it at most.")
@click.option(
    "--batch",
    type=click.Path(path_type=Path),
    envvar="FAXOPS_BATCH",
    show_envvar=True,
    metavar="FILE.csv",
    help="Send a fax for each row; its columns are named like the API's fields, `file` and `app`.",
)
@click.option(
    "--rate",
    type=click.FloatRange(min=0.01, max=100),
    envvar="FAXOPS_RATE",
    show_envvar=True,
    metavar="N",
    help="How many faxes of a batch to begin in a second.  [default: 2]",
)
@click.option(
    "--results",
    type=click.Path(path_type=Path),
    envvar="FAXOPS_RESULTS",
    show_envvar=True,
    metavar="FILE",
    help="Where a batch is written down, and resumed from.  [default: FILE.csv.results.ndjson]",
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
    max_wait: float,
    dry_run: bool,
    batch: Path | None,
    rate: float | None,
    results: Path | None,
    **fields: Any,  # noqa: ANN401 - the flags of request_options
) -> ExitCode:
    """Send a fax, exactly once.

    When the answer is lost, the fax is looked for among those of the account, and never sent a
    second time. With --batch, the results file says which rows were sent: the same command again
    sends what is left.
    """
    sending = SendingChoice(
        app,
        ConfigurationChoice(config, env, variables),
        idempotency_key,
        wait,
        max_wait,
        dry_run,
        batch,
        rate,
        results,
    )
    given = {name: value for name, value in fields.items() if value is not None}
    if connection_id:
        given["connection_id"] = connection_id
    screen = Output(output)
    if batch is not None:
        from faxops.cli.fax_batch_command import send_table  # noqa: PLC0415 - only a batch pays for it

        return send_table(sending, batch, given, connection, screen)
    return _send_one(sending, given, connection, screen)


def _send_one(
    sending: SendingChoice, given: Mapping[str, Any], connection: ConnectionChoice, screen: Output
) -> ExitCode:
    run: SendRun | None = None
    with screen.reporting_failures(lambda error: _failed(error, screen, run)):
        request = FaxRequest(**given)
        _check(request, sending)
        applications = Applications(sending.configuration, screen)
        if sending.app is not None:
            applications.check(sending.app)
        screen.masker = Masker(screen.masker.secrets | request.secrets)
        media = read_media_file(Path(request.file)) if request.file else None
        run = SendRun(
            request,
            media,
            connection,
            screen,
            applications.stack,
            sending.app,
            sending.idempotency_key,
            sending.dry_run,
            _report,
            sending.max_wait if sending.wait else None,
        )
        if sending.dry_run and sending.app is None:
            run.outcome = SendingOutcome.DRY_RUN
            _report(run)
        else:
            asyncio.run(run.go())
        code = code_of(run.fax) if sending.wait and run.fax else ExitCode.DONE
    if screen.lost and code is ExitCode.DONE and run.outcome in _SENT_NOW:
        # Not 1, which says that nothing was done and invites a second try.
        return ExitCode.PARTLY_APPLIED
    return screen.delivered(code)


def _check(request: FaxRequest, sending: SendingChoice) -> None:
    if sending.rate is not None or sending.results is not None:
        raise UsageError(
            "--rate and --results are for a batch.", hint="Give a table with --batch FILE.csv."
        )
    if bool(sending.app) == bool(request.connection_id):
        raise UsageError(
            "Give exactly one of --app and --connection-id.",
            hint="--app KEY sends through an application of the configuration, --connection-id ID"
            " through any; `faxops app list` names the ids.",
        )
    if sending.idempotency_key is not None and request.client_state:
        raise UsageError(
            "--idempotency-key and --client-state can't go together: the key is kept in the"
            " client_state.",
            hint="Leave one of them out.",
        )
    if sending.idempotency_key == "":
        raise UsageError("--idempotency-key is empty.", hint="Name what is sent, e.g. invoice-17.")
    if problems := tuple(request.problems()):
        raise usage_error(problems)


def _report(run: SendRun) -> None:
    screen = run.screen
    document = sending_document(run.outcome, run.request, run.media, screen.masker, fax=run.fax)
    screen.result(document_renderers(document, sending_text))
    for line in _doubts(run):
        screen.note(line)


def _doubts(run: SendRun) -> Iterator[str]:
    """What the API may not do as asked."""
    unlisted = [name for name in run.request.not_for_uploads if name != "client_state"]
    if unlisted:
        yield (
            f"The API description does not list {', '.join(unlisted)} for an uploaded file; check"
            " the fax if that matters."
        )
    if run.idempotency_key is not None and run.fax is not None and not run.fax.client_state:
        yield (
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
