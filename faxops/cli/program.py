"""The program: finds the command, runs it, and ends the process in one of the exit codes."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final, NoReturn

import click

from faxops import __version__
from faxops.cli.environment import check_names, known_key
from faxops.cli.github_job import GithubJob
from faxops.cli.lazy_group import LazyGroup
from faxops.errors import FaxopsError, Interrupted, UsageError

COMMANDS: Final = {
    "init": "Write a commented first configuration.",
    "validate": "Check the configuration; nothing is sent.",
    "plan": "Show what apply would do.",
    "show": "Show a saved plan.",
    "apply": "Make the account match the configuration.",
    "drift": "Tell whether the account still matches.",
    "comment": "Comment a plan on its pull request.",
    "history": "Show what past applies did.",
    "unlock": "Remove the lock of a dead run.",
    "export": "Write a whole account as configuration.",
    "app": "Look at live applications.",
    "fax": "Send, follow and read faxes.",
    "webhook": "Verify and receive webhook deliveries.",
    "test": "Check one application end to end.",
    "doctor": "Check key, connection, clock and account.",
    "schema": "Print the JSON Schema of the configuration.",
    "explain": "Describe an error code.",
    "emulator": "Serve the embedded emulator.",
    "completion": "Print a shell's completion script.",
}
"""Every command and its line in the help. Its module is imported only when it runs."""


@click.command(cls=LazyGroup, summaries=COMMANDS, invoke_without_command=True)
@click.version_option(__version__, prog_name="faxops", message="%(prog)s %(version)s")
@click.pass_context
def program(ctx: click.Context) -> None:
    """Telnyx fax applications as code.

    Keep them in Git as YAML: plan in the pull request, apply in the pipeline, drift from cron.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


def run(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run one command line (by default the process's own) and exit. Prints every failure."""
    # SIGINT too: a shell starts a background job with it ignored, and a pipeline that cancels the
    # job sends it all the same.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    code = _code_of(arguments)
    job = GithubJob.of(os.environ)
    if job is not None:
        with suppress(OSError):  # a step may have no such file, and the code itself is told below
            job.tell(outputs=f"exit_code={code}\n")
    sys.exit(code)


def _code_of(arguments: Sequence[str] | None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        check_names(os.environ)
        code: Any = program.main(given, prog_name="faxops", standalone_mode=False)
        return int(code or 0)
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else f"faxops {_command_of(given)}".rstrip()
        hint = f"`{path} --help` lists what there is."
        return _refused(given, UsageError(_sentence(error.format_message()), hint=hint))
    except (click.Abort, KeyboardInterrupt):
        return _refused(given, Interrupted("Interrupted; nothing was changed."))
    except FaxopsError as error:
        return _refused(given, error)
    except Exception as bug:  # noqa: BLE001 - the last place where a bug can be put in words
        from faxops.cli.output import internal_error  # noqa: PLC0415 - keeps start-up small

        return _refused(given, internal_error(bug))


def _refused(arguments: Sequence[str], error: FaxopsError) -> int:
    """Tell people and, if they asked for it, machines why the command did not run."""
    from faxops.cli.output import explain, style_on  # noqa: PLC0415 - keeps start-up small
    from faxops.cli.refusal import refusal_text  # noqa: PLC0415 - keeps start-up small
    from faxops.report.masking import Masker  # noqa: PLC0415 - keeps start-up small

    masker = Masker(known_key(os.environ))
    explain(error, masker, style_on(sys.stderr, no_color="--no-color" in arguments))
    sys.stdout.write(refusal_text(_command_of(arguments), arguments, os.environ, error, masker))
    return error.exit_code


def _command_of(arguments: Sequence[str]) -> str:
    """The command's name among arguments that click could not read to the end, or nothing."""
    return arguments[0] if arguments and arguments[0] in COMMANDS else ""


def _sentence(message: str) -> str:
    return message if message.endswith((".", "?", ")")) else f"{message}."
