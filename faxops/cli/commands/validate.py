"""`faxops validate`: every problem of the configuration at once; nothing is sent."""

from __future__ import annotations

import os
from collections.abc import Mapping

import click

from faxops.cli.options import (
    ConfigurationChoice,
    OutputChoice,
    configuration_options,
    output_options,
)
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.config.load import load_all, load_stack
from faxops.config.reader import FolderReader
from faxops.config.stack import Stack
from faxops.errors import ConfigurationInvalid, ExitCode, FaxopsError
from faxops.report.diagnostics import diagnostics_of
from faxops.report.validate_document import validate_document, validate_text


@click.command()
@configuration_options
@output_options("text", "json")
def command(configuration: ConfigurationChoice, output: OutputChoice) -> ExitCode:
    """Check the configuration, and without -e every environment of it. Nothing is sent."""
    screen = Output(output)
    code = ExitCode.DONE
    with screen.reporting_failures(lambda error: _failed(error, screen)):
        try:
            stacks = _load(configuration)
            found = list(dict.fromkeys(each for stack in stacks for each in stack.warnings))
            breaches = list(dict.fromkeys(each for stack in stacks for each in stack.breaches))
            found += breaches
            code = ExitCode.REFUSED if breaches else ExitCode.DONE
        except ConfigurationInvalid as error:
            found = list(error.diagnostics)
            code = ExitCode.CONFIGURATION_INVALID
    document = validate_document(found, screen.masker)
    screen.result(document_renderers(document, validate_text))
    return screen.delivered(code)


def _load(configuration: ConfigurationChoice) -> tuple[Stack, ...]:
    reader = FolderReader(configuration.file)
    if configuration.env is None:
        return load_all(reader, assignments=configuration.variables, environ=os.environ)
    return (
        load_stack(
            reader,
            environment=configuration.env,
            assignments=configuration.variables,
            environ=os.environ,
        ),
    )


def _failed(error: FaxopsError, screen: Output) -> Mapping[str, Renderer]:
    document = validate_document(diagnostics_of(error), screen.masker)
    return document_renderers(document, validate_text)
