"""`faxops validate`: every problem of the configuration at once; nothing is sent."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from faxops.cli.options import (
    ConfigurationChoice,
    OutputChoice,
    configuration_options,
    output_options,
)
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.cli.repository_paths import in_repository
from faxops.config.load import load_all
from faxops.config.reader import FolderReader
from faxops.errors import ConfigurationInvalid, ExitCode, FaxopsError
from faxops.report.diagnostics import diagnostics_of
from faxops.report.json_text import json_text
from faxops.report.style import Style
from faxops.report.validate_document import validate_document, validate_text


@click.command()
@configuration_options
@output_options("text", "json", "sarif", "github", "gitlab")
def command(configuration: ConfigurationChoice, output: OutputChoice) -> ExitCode:
    """Check the configuration, and without -e every environment of it. Nothing is sent."""
    screen = Output(output)
    code = ExitCode.DONE
    with screen.reporting_failures(lambda error: _failed(error, screen)):
        try:
            stacks = load_all(
                FolderReader(configuration.file),
                environment=configuration.env,
                assignments=configuration.variables,
                environ=os.environ,
            )
            found = list(dict.fromkeys(each for stack in stacks for each in stack.warnings))
            breaches = list(dict.fromkeys(each for stack in stacks for each in stack.breaches))
            found += breaches
            code = ExitCode.REFUSED if breaches else ExitCode.DONE
        except ConfigurationInvalid as error:
            found = list(error.diagnostics)
            code = ExitCode.CONFIGURATION_INVALID
    document = validate_document(found, screen.masker)
    screen.result(_renderers(document))
    return screen.delivered(code)


def _failed(error: FaxopsError, screen: Output) -> Mapping[str, Renderer]:
    document = validate_document(diagnostics_of(error), screen.masker)
    return _renderers(document)


def _renderers(document: Mapping[str, Any]) -> Mapping[str, Renderer]:
    located = in_repository(document, os.environ, Path.cwd())

    def sarif(_: Style) -> str:
        from faxops.report.sarif import sarif_document  # noqa: PLC0415 - one of five formats

        return json_text(sarif_document(located))

    def github(_: Style) -> str:
        from faxops.report.github_step import annotations_text  # noqa: PLC0415 - as above

        return annotations_text(located)

    def gitlab(_: Style) -> str:
        from faxops.report.gitlab import code_quality_report  # noqa: PLC0415 - as above

        return json_text(code_quality_report(located))

    plain = document_renderers(document, validate_text)
    return {**plain, "sarif": sarif, "github": github, "gitlab": gitlab}
