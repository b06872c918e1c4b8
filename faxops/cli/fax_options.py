"""The flags of `fax send` that stand for the API's fields, and those that name the application."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from faxops.cli.options import (
    DEFAULT_FILE,
    ENVIRONMENT_OPTIONS,
    ConfigurationChoice,
    Seconds,
    WholeNumber,
)
from faxops.errors import UsageError
from faxops.model.fax_request import PREVIEW_FORMATS, QUALITIES, FaxRequest, RequestProblem

F = TypeVar("F", bound=Callable[..., Any])

_DEFAULT_MAX_WAIT_SECONDS: Final = 900
_LONGEST_MAX_WAIT_SECONDS: Final = 7 * 86400
_FIELD: Final = re.compile(rf"`({'|'.join(each.name for each in fields(FaxRequest))})`")


def _text(flag: str, metavar: str, help_: str) -> Callable[[Any], Any]:
    return click.option(flag, envvar=_variable(flag), show_envvar=True, metavar=metavar, help=help_)


def _switch(flag: str, help_: str) -> Callable[[Any], Any]:
    return click.option(
        flag,
        is_flag=True,
        default=None,
        envvar=_variable(flag.partition("/")[0]),
        show_envvar=True,
        help=help_,
    )


def _variable(flag: str) -> str:
    return f"FAXOPS_{flag.removeprefix('--').replace('-', '_').upper()}"


def max_wait_option(help_: str) -> Callable[[F], F]:
    """--max-wait; the command takes `max_wait: float`, in seconds."""
    return click.option(
        "--max-wait",
        type=Seconds(min=0, max=_LONGEST_MAX_WAIT_SECONDS),
        envvar="FAXOPS_MAX_WAIT",
        show_envvar=True,
        default=_DEFAULT_MAX_WAIT_SECONDS,
        show_default=True,
        metavar="SECONDS",
        help=help_,
    )


_APPLICATION: Final = (
    _text("--app", "KEY", "Send through this application of the configuration."),
    _text("--connection-id", "ID", "Send through the application with this id."),
    click.option(
        "-f",
        "--config",
        type=click.Path(path_type=Path),
        default=DEFAULT_FILE,
        envvar="FAXOPS_FILE",
        show_envvar=True,
        show_default=True,
        help="The configuration that --app is in.",
    ),
    *ENVIRONMENT_OPTIONS,
)

_REQUEST: Final = (
    click.option(
        "--from",
        "from_",
        envvar="FAXOPS_FROM",
        show_envvar=True,
        metavar="NUMBER",
        help="The number to send from, e.g. +13125790015.",
    ),
    _text("--to", "NUMBER", "The number to send to, or a SIP URI."),
    _text("--media-url", "URL", "Where Telnyx fetches the document."),
    _text("--media-name", "NAME", "A document that was uploaded to Telnyx's media storage."),
    # No variable: FAXOPS_FILE names the configuration, and must never be faxed.
    click.option("--file", metavar="FILE", help="A document of this machine, up to 20 MB."),
    click.option(
        "--quality",
        type=click.Choice(QUALITIES),
        envvar="FAXOPS_QUALITY",
        show_envvar=True,
        help="The resolution.  [default: high]",
    ),
    _switch("--t38-enabled/--no-t38-enabled", "Use T.38.  [default: t38-enabled]"),
    _switch("--monochrome", "Send true black and white."),
    click.option(
        "--black-threshold",
        type=WholeNumber(1, 100),
        envvar="FAXOPS_BLACK_THRESHOLD",
        show_envvar=True,
        metavar="PERCENT",
        help="What counts as black, with --monochrome.  [default: 95]",
    ),
    _switch("--store-media", "Have the document stored at a temporary URL."),
    _switch("--store-preview", "Have a preview stored at a temporary URL."),
    click.option(
        "--preview-format",
        type=click.Choice(PREVIEW_FORMATS),
        envvar="FAXOPS_PREVIEW_FORMAT",
        show_envvar=True,
        help="The format of the preview.  [default: tiff]",
    ),
    _text("--from-display-name", "NAME", "The caller's name, up to 128 characters."),
    _text(
        "--client-state", "BASE64", "State for the webhooks; faxops sets a unique one if absent."
    ),
    _text("--webhook-url", "URL", "Where this fax's webhooks go instead of the application's URL."),
)


@dataclass(frozen=True, slots=True)
class SendingChoice:
    """How to send, and through what. `rate` is in faxes a second, None where it was not given.

    `app` is a key of the configuration. `batch` is the table to send, `results` where that is
    written down. With `wait`, the fax is followed for `max_wait` seconds at most.
    """

    app: str | None
    configuration: ConfigurationChoice
    idempotency_key: str | None
    wait: bool
    max_wait: float
    dry_run: bool
    batch: Path | None
    rate: float | None
    results: Path | None


def application_options(command: F) -> F:
    """--app, --connection-id and what finds the configuration."""
    return _with(command, _APPLICATION)


def request_options(command: F) -> F:
    """A flag for each field of `FaxRequest` but `connection_id`; None is what was not given."""
    return _with(command, _REQUEST)


def usage_error(problems: tuple[RequestProblem, ...]) -> UsageError:
    """All that is wrong with a request, in the names of the flags."""
    said = [f"{_flag(each.field)} {_in_flags(each.says)}." for each in problems]
    hints = [_in_flags(each.suggestion) for each in problems]
    if len(problems) == 1:
        return UsageError(said[0], hint=hints[0])
    return UsageError(" ".join(f"{a} {b}".rstrip() for a, b in zip(said, hints, strict=True)))


def _in_flags(text: str) -> str:
    """A sentence about fields, in the names of the flags."""
    return _FIELD.sub(lambda found: _flag(found[1]), text)


def _flag(field: str) -> str:
    return f"--{field.replace('_', '-')}"


def _with(command: F, options: tuple[Callable[[Any], Any], ...]) -> F:
    decorated: Any = command
    for option in reversed(options):
        decorated = option(decorated)
    return decorated
