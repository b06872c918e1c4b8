"""`faxops init`: a first configuration that is valid and explains itself."""

from __future__ import annotations

from pathlib import Path

import click

from faxops.cli.options import DEFAULT_FILE, OutputChoice, screen_options
from faxops.cli.output import Output
from faxops.cli.shipped import shipped
from faxops.errors import ExitCode, ReportUnwritable, UsageError

_SCHEMA = "faxops.schema.json"


@click.command()
@click.option(
    "-f",
    "--file",
    type=click.Path(path_type=Path, dir_okay=False),
    default=DEFAULT_FILE,
    envvar="FAXOPS_FILE",
    show_envvar=True,
    show_default=True,
    help="Where to write it.",
)
@screen_options
def command(file: Path, output: OutputChoice) -> ExitCode:
    """Write a commented first configuration, and the schema that editors check it with."""
    screen = Output(output)
    with screen.reporting_failures():
        text = shipped("examples", "starter", "faxops.yaml").read_text(encoding="utf-8")
        schema = shipped("schemas", _SCHEMA).read_text(encoding="utf-8")
        if file.exists():
            raise UsageError(
                f"{file} is there already; init never overwrites.",
                hint="Move it away, or write to another file with -f.",
            )
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            (file.parent / _SCHEMA).write_text(schema, encoding="utf-8")
            with file.open("x", encoding="utf-8") as new:
                new.write(text)
        except OSError as error:
            raise ReportUnwritable(f"{file} cannot be written: {error.strerror}.") from error
    screen.print(f"Wrote {file}, and {_SCHEMA} beside it for your editor.\n")
    at = "" if str(file) == DEFAULT_FILE else f" -f {file}"
    screen.note(
        f"Next: edit it, then run `faxops validate{at}` and `faxops plan{at}`.\n"
        f"To try it without an account: `faxops apply{at} --base-url emulator:demo.db`."
    )
    return screen.delivered(ExitCode.DONE)
