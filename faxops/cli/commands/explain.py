"""`faxops explain CODE`: what a code means and how to get rid of it."""

from __future__ import annotations

from difflib import get_close_matches

import click

from faxops.cli.options import OutputChoice, screen_options
from faxops.cli.output import Output
from faxops.errors import ExitCode, UsageError
from faxops.model.codes import CODES
from faxops.report.code_text import code_text


@click.command()
@click.argument("code")
@screen_options
def command(code: str, output: OutputChoice) -> ExitCode:
    """Describe the error or warning CODE, such as FX101."""
    screen = Output(output)
    with screen.reporting_failures():
        wanted = code.upper()
        if wanted not in CODES:
            close = get_close_matches(wanted, CODES, n=1)
            raise UsageError(
                f"There is no code {code}.",
                hint=f"Did you mean {close[0]}?" if close else "A code looks like FX101.",
            )
        screen.print(code_text(CODES[wanted], screen.style))
    return screen.delivered(ExitCode.DONE)
