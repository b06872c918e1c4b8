"""`faxops test`: one application from end to end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import click

from faxops.cli.application_check import ApplicationCheck, Destination
from faxops.cli.fax_options import usage_error
from faxops.cli.options import (
    ConfigurationChoice,
    ConnectionChoice,
    OutputChoice,
    configuration_options,
    connection_options,
    output_options,
)
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.cli.refusal import failed_check
from faxops.errors import ExitCode, FaxopsError
from faxops.model.fax_request import number_problem
from faxops.report.application_check import (
    Step,
    application_check_document,
    application_check_text,
    closing_text,
    step_document,
    step_text,
)
from faxops.system_clock import SystemClock


@click.command()
@click.argument("key", metavar="KEY")
@click.option(
    "--to",  # from no variable: what reaches a person and costs money is typed each time
    metavar="NUMBER",
    help="Send a test page to this fax number, and follow it to its end.",
)
@click.option(
    "--from",
    "from_",
    envvar="FAXOPS_FROM",
    show_envvar=True,
    metavar="NUMBER",
    help="The number to send it from.  [default: the first one attached]",
)
@configuration_options
@connection_options
@output_options("text", "json")
def command(
    *,
    key: str,
    to: str | None,
    from_: str | None,
    configuration: ConfigurationChoice,
    connection: ConnectionChoice,
    output: OutputChoice,
) -> ExitCode:
    """Check the application KEY from end to end.

    Its webhooks, numbers and voice profile are checked, and with --to a fax is sent: it costs what
    a page costs, and somebody receives it. Without --to, Telnyx is only read.
    """
    screen = Output(output)
    check = ApplicationCheck(key, screen=screen, clock=SystemClock(), told=_teller(screen))
    with screen.reporting_failures(lambda error: _renderers(check, screen, error)):
        destination = _destination(to, from_)
        try:
            asyncio.run(check.run(configuration, connection, destination))
        except KeyboardInterrupt:
            raise check.page.interrupted() from None
    renderers = _renderers(check, screen)
    if output.format == "text":
        screen.print(closing_text(_document(check, screen), screen.style))
        screen.report(renderers)
    else:
        screen.result(renderers)
    return screen.delivered(check.code)


def _teller(screen: Output) -> Callable[[Step], None]:
    """What prints each step as it ends; a document is printed whole at the end."""
    if screen.choice.format != "text":
        return lambda _: None
    return lambda step: screen.print(step_text(step_document(step, screen.masker), screen.style))


def _destination(to: str | None, from_: str | None) -> Destination | None:
    """Where to send. Raises `UsageError` for a number that is not in E.164."""
    given = [(name, text) for name, text in (("to", to), ("from", from_)) if text is not None]
    found = [number_problem(name, text, beside=from_ or "") for name, text in given]
    if problems := tuple(filter(None, found)):
        raise usage_error(problems)
    return None if to is None else Destination(to, from_)


def _renderers(
    check: ApplicationCheck, screen: Output, error: FaxopsError | None = None
) -> Mapping[str, Renderer]:
    return document_renderers(_document(check, screen, error), application_check_text)


def _document(
    check: ApplicationCheck, screen: Output, error: FaxopsError | None = None
) -> dict[str, Any]:
    """What was found; what ended the run early is its last step."""
    ended = [] if error is None else [Step(failed_check(error), 0.0)]
    return application_check_document(check.subject, [*check.steps, *ended], screen.masker)
