"""`faxops history [RUN]`: the applies that a store remembers."""

from __future__ import annotations

from collections.abc import Mapping

import click

from faxops.cli.options import OutputChoice, output_options
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.cli.storage import open_store, state_option
from faxops.errors import ExitCode, FaxopsError, UsageError
from faxops.report.history_document import (
    failed_history_document,
    history_document,
    run_document,
)
from faxops.report.history_text import history_text, run_text
from faxops.store.runs import Runs


@click.command()
@click.argument("run", required=False)
@state_option("The database that apply keeps its history in")
@output_options("text", "json")
def command(output: OutputChoice, *, run: str | None, state: str | None) -> ExitCode:
    """List the newest applies of a store, or show one whole.

    RUN is its id or how that begins. Needs no key and sends nothing to Telnyx.
    """
    screen = Output(output)
    with screen.reporting_failures(lambda error: _failed(error, screen)):
        runs = Runs(open_store(state))
        renderers = (
            _one(runs, run)
            if run
            else document_renderers(history_document(runs.newest()), history_text)
        )
    screen.result(renderers)
    return screen.delivered(ExitCode.DONE)


def _one(runs: Runs, run_id: str) -> Mapping[str, Renderer]:
    match runs.find(run_id):
        case (run,):
            return document_renderers(run_document(run), run_text)
        case ():
            raise UsageError(
                f"There is no run {run_id} in this history.",
                hint="`faxops history` lists the newest.",
            )
        case _:
            raise UsageError(
                f"Several runs begin with {run_id}.",
                hint="Write more of the id; `faxops history --format json` shows it whole.",
            )


def _failed(error: FaxopsError, screen: Output) -> Mapping[str, Renderer]:
    return document_renderers(failed_history_document(error, screen.masker), history_text)
