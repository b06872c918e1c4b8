"""The flags that several commands share, each group turned into one value.

A flag's environment variable is FAXOPS_ and its name. `--destroy`, `--auto-approve` and the guards
have none: what lifts a protection is typed each time.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from faxops.config.stack import Limit

F = TypeVar("F", bound=Callable[..., Any])

DEFAULT_FILE: Final = "faxops.yaml"
DEFAULT_BASE_URL: Final = "https://api.telnyx.com/v2"
REPORT_ENDINGS: Final = {
    ".json": "json",
    ".txt": "text",
    ".md": "markdown",
    ".html": "html",
    ".sarif": "sarif",
}
"""The format of a report by its file's ending."""

RISKS: Final = ("none", "low", "medium", "high")


@dataclass(frozen=True, slots=True)
class ConfigurationChoice:
    """Which configuration, which environment of it, with which variables."""

    file: Path
    env: str | None
    variables: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConnectionChoice:
    """Which API; `timeout` is in seconds, for one request."""

    base_url: str
    timeout: float


@dataclass(frozen=True, slots=True)
class OutputChoice:
    """How the result is printed. `verbose` counts the -v.

    `formats` are all that the command has. `max_chars` is the length of a report in Markdown,
    where there is one.
    """

    format: str
    reports: tuple[Path, ...]
    no_color: bool
    quiet: bool
    verbose: int
    formats: tuple[str, ...] = ("text",)
    max_chars: int = 0


@dataclass(frozen=True, slots=True)
class SelectionChoice:
    """Which part of the plan, and how much of it is permitted."""

    target: tuple[str, ...]
    exclude: tuple[str, ...]
    destroy: bool
    max_deletes: Limit | None
    max_changes: Limit | None
    max_creates: Limit | None
    max_risk: str | None
    policy: Path | None


class LimitType(click.ParamType[Limit]):
    """A guard's limit on the command line: `3` or `10%`."""

    name = "N|N%"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Limit:
        """Turn the text into a `Limit`."""
        if isinstance(value, Limit):
            return value
        found = re.fullmatch(r"([0-9]{1,9})(%?)", str(value))
        if not found:
            self.fail(
                f"{value!r} is neither a number nor a percentage, such as 3 or 10%", param, ctx
            )
        return Limit(int(found[1]), percent=bool(found[2]))


class WholeNumber(click.IntRange):
    """A whole number between two others, both permitted."""

    name = "whole number"


class Seconds(click.FloatRange):
    """A number of seconds, fractions included, between two others."""

    name = "number of seconds"


ENVIRONMENT_OPTIONS: Final = (
    click.option(
        "-e",
        "--env",
        envvar="FAXOPS_ENV",
        show_envvar=True,
        metavar="NAME",
        help="The environment to use; needed once the file has some.",
    ),
    click.option(
        "--var",
        "variables",
        multiple=True,
        metavar="NAME=VALUE",
        help="Give a declared variable another value. Also: FAXOPS_VAR_NAME.",
    ),
)
"""-e/--env and --var, for a command that names the file in its own words."""


def configuration_options(command: F) -> F:
    """-f/--file, -e/--env, --var; the command takes `configuration: ConfigurationChoice`."""
    options = (
        click.option(
            "-f",
            "--file",
            type=click.Path(path_type=Path),
            default=DEFAULT_FILE,
            envvar="FAXOPS_FILE",
            show_envvar=True,
            show_default=True,
            help="The configuration.",
        ),
        *ENVIRONMENT_OPTIONS,
    )
    return _grouped(
        command, options, "configuration", ConfigurationChoice, ("file", "env", "variables")
    )


def connection_options(command: F) -> F:
    """--base-url, --timeout; the command takes `connection: ConnectionChoice`."""
    options = (
        click.option(
            "--base-url",
            envvar="TELNYX_BASE_URL",
            show_envvar=True,
            default=DEFAULT_BASE_URL,
            show_default=True,
            metavar="URL",
            help="The API. emulator:[FILE] is the embedded emulator.",
        ),
        click.option(
            "--timeout",
            type=Seconds(min=0.1, max=3600),
            envvar="FAXOPS_TIMEOUT",
            show_envvar=True,
            default=30,
            show_default=True,
            metavar="SECONDS",
            help="How long one request may take.",
        ),
    )
    return _grouped(command, options, "connection", ConnectionChoice, ("base_url", "timeout"))


def output_options(*formats: str) -> Callable[[F], F]:
    """--format, --report, --no-color, -q, -v; the command takes `output: OutputChoice`."""

    def decorate(command: F) -> F:
        options = (
            click.option(
                "--format",
                "format_",
                type=click.Choice(formats),
                default=formats[0],
                envvar="FAXOPS_FORMAT",
                show_envvar=True,
                show_default=True,
                help="What is printed on standard output.",
            ),
            click.option(
                "--report",
                "reports",
                type=click.Path(path_type=Path, dir_okay=False),
                multiple=True,
                envvar="FAXOPS_REPORT",
                show_envvar=True,
                metavar="FILE",
                help="Write the result to a file too; its ending says how"
                f" ({', '.join(_endings(formats))}).",
            ),
            *_screen_options(),
        )
        names = ("format_", "reports", "no_color", "quiet", "verbose")
        if "markdown" in formats:
            options, names = (*options, max_chars_option("Markdown")), (*names, "max_chars")
        choice = functools.partial(OutputChoice, formats=formats)
        return _grouped(command, options, "output", choice, names)

    return decorate


def _endings(formats: Sequence[str]) -> list[str]:
    return [ending for ending, format_ in REPORT_ENDINGS.items() if format_ in formats]


def max_chars_option(longest: str) -> Callable[[Any], Any]:
    """--max-chars, for what the help calls "The longest `longest`"."""
    return click.option(
        "--max-chars",
        # With 1,000 there is room for the summary and the number of what is left out.
        type=WholeNumber(1_000, 10_000_000),
        default=65_000,  # GitHub takes 65,536 for a comment
        show_default=True,
        envvar="FAXOPS_MAX_CHARS",
        show_envvar=True,
        metavar="N",
        help=f"The longest {longest}; what does not fit is counted.",
    )


def screen_options(command: F) -> F:
    """--no-color, -q, -v alone, for commands whose result has one form."""

    def choice(*, no_color: bool, quiet: bool, verbose: int) -> OutputChoice:
        return OutputChoice("text", (), no_color, quiet, verbose)

    return _grouped(command, _screen_options(), "output", choice, ("no_color", "quiet", "verbose"))


def _screen_options() -> tuple[Callable[[Any], Any], ...]:
    return (
        click.option(
            "--no-color",
            is_flag=True,
            envvar="FAXOPS_NO_COLOR",
            show_envvar=True,
            help="Print without colour, as NO_COLOR does.",
        ),
        click.option(
            "-q",
            "--quiet",
            is_flag=True,
            envvar="FAXOPS_QUIET",
            show_envvar=True,
            help="No progress and no notes on standard error.",
        ),
        click.option(
            "-v",
            "--verbose",
            count=True,
            envvar="FAXOPS_VERBOSE",
            show_envvar=True,
            help="Tell of every request on standard error.",
        ),
    )


def selection_options(command: F) -> F:
    """What limits a plan; the command takes `selection: SelectionChoice`."""
    limit = LimitType()
    options = (
        click.option(
            "--target",
            multiple=True,
            envvar="FAXOPS_TARGET",
            show_envvar=True,
            metavar="KEY",
            help="Only these keys; * and ? are wildcards.",
        ),
        click.option(
            "--exclude",
            multiple=True,
            envvar="FAXOPS_EXCLUDE",
            show_envvar=True,
            metavar="KEY",
            help="All but these keys; * and ? are wildcards.",
        ),
        click.option(
            "--destroy",
            is_flag=True,
            help="Permit destroying everything that the stack owns.",
        ),
        click.option("--max-deletes", type=limit, help="The guard on deletes.  [default: 10%]"),
        click.option(
            "--max-changes", type=limit, help="The guard on updates and imports.  [default: 100%]"
        ),
        click.option("--max-creates", type=limit, help="The guard on creates.  [default: 100%]"),
        click.option(
            "--max-risk",
            type=click.Choice(RISKS),
            envvar="FAXOPS_MAX_RISK",
            show_envvar=True,
            help="Refuse a plan with a risk above this.",
        ),
        click.option(
            "--policy",
            type=click.Path(path_type=Path, dir_okay=False),
            envvar="FAXOPS_POLICY",
            show_envvar=True,
            metavar="FILE",
            help="Guards and policy that the configuration can only tighten.",
        ),
    )
    names = (
        "target",
        "exclude",
        "destroy",
        "max_deletes",
        "max_changes",
        "max_creates",
        "max_risk",
        "policy",
    )
    return _grouped(command, options, "selection", SelectionChoice, names)


def show_unmanaged_option(command: F) -> F:
    """--show-unmanaged; the command takes `show_unmanaged: bool`."""
    option: Callable[[F], F] = click.option(
        "--show-unmanaged",
        is_flag=True,
        envvar="FAXOPS_SHOW_UNMANAGED",
        show_envvar=True,
        help="List the live applications that this stack does not own.",
    )
    return option(command)


def _grouped(
    command: F,
    options: tuple[Callable[[Any], Any], ...],
    argument: str,
    value: Callable[..., object],
    names: tuple[str, ...],
) -> F:
    """Put `options` on `command`, which takes all of them as the one `argument`."""

    @functools.wraps(command)
    def wrapped(**flags: Any) -> Any:  # noqa: ANN401 - whatever the command returns
        chosen = {name.rstrip("_"): flags.pop(name) for name in names}
        return command(**flags, **{argument: value(**chosen)})

    decorated: Any = wrapped
    for option in reversed(options):
        decorated = option(decorated)
    return decorated
