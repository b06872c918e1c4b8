"""`faxops drift`: the plan as cron sees it."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from faxops.cli.connection import api_name
from faxops.cli.drift_metrics import Tally, measured
from faxops.cli.drift_run import DriftRun
from faxops.cli.moments import duration
from faxops.cli.notification import checked_url, sender
from faxops.cli.options import (
    ConfigurationChoice,
    ConnectionChoice,
    OutputChoice,
    SelectionChoice,
    configuration_options,
    connection_options,
    output_options,
    show_unmanaged_option,
)
from faxops.cli.output import Output, page_renderers
from faxops.cli.planning import failed_plan, load
from faxops.cli.storage import make_store, state_option
from faxops.errors import ExitCode, UsageError
from faxops.model.live import LiveResource
from faxops.reconcile.plan import Plan
from faxops.report.plan_page import drift_page
from faxops.report.plan_text import drift_text

if TYPE_CHECKING:
    from faxops.cli.drift_notices import Notices
    from faxops.store.database import Database

_NOTHING_SELECTED: Final = SelectionChoice((), (), False, None, None, None, None, None)  # noqa: FBT003 - the flags that drift does not have


@click.command()
@configuration_options
@connection_options
@click.option(
    "--fail-on-unmanaged",
    is_flag=True,
    envvar="FAXOPS_FAIL_ON_UNMANAGED",
    show_envvar=True,
    help="Exit with 2 also when the account holds applications that this stack does not own.",
)
@show_unmanaged_option
@click.option(
    "--who",
    is_flag=True,
    envvar="FAXOPS_WHO",
    show_envvar=True,
    help="Name who made each drift, from the account's audit events.",
)
@click.option(
    "--metrics",
    type=click.Path(path_type=Path, dir_okay=False),
    envvar="FAXOPS_METRICS",
    show_envvar=True,
    metavar="FILE",
    help="Write how the run went for Prometheus, however it ends.",
)
@state_option("Keep in a database since when each drift is known")
@click.option(
    "--notify",
    envvar="FAXOPS_NOTIFY",
    show_envvar=True,
    metavar="URL",
    callback=checked_url,
    help="Tell of drift, its end and failures, once each, where apprise can send to."
    " A URL with anything secret only in FAXOPS_NOTIFY. Needs --state.",
)
@click.option(
    "--remind",
    default="24h",
    show_default=True,
    envvar="FAXOPS_REMIND",
    show_envvar=True,
    metavar="DURATION",
    help="Notify again of what has lasted so long, such as 24h or 7d.",
)
@output_options("text", "json", "markdown", "html")
def command(
    configuration: ConfigurationChoice,
    connection: ConnectionChoice,
    output: OutputChoice,
    *,
    fail_on_unmanaged: bool,
    show_unmanaged: bool,
    who: bool,
    metrics: Path | None,
    state: str | None,
    notify: str | None,
    remind: str,
) -> ExitCode:
    """Tell whether the account still matches: exit 0 in sync, 2 it differs. Sends only GET."""
    screen = Output(output)
    shows_unmanaged = show_unmanaged or fail_on_unmanaged

    def run(tally: Tally) -> ExitCode:
        with screen.reporting_failures(lambda error: failed_plan(screen, error)):
            lasting = duration("--remind", remind)
            database = _store(state)
            place = f"{configuration.file.resolve()} {configuration.env or ''}"
            notices = _notices(notify, database, connection, screen, place=place, remind=lasting)
            with notices.of_failures() if notices else nullcontext():
                stack = load(configuration, _NOTHING_SELECTED, screen)
                way = DriftRun(stack, connection, screen, tally, database, who, shows_unmanaged)
                found = asyncio.run(way.read())
        screen.result(page_renderers(found.document, drift_text, drift_page, output.max_chars))
        unmanaged = found.plan.unmanaged if fail_on_unmanaged else ()
        code = _code_of(found.plan, unmanaged)
        if notices is not None:
            notices.found(found, code, unmanaged)
        return screen.delivered(code)

    return measured(metrics, screen, run)


def _store(state: str | None) -> Database | None:
    """Raises `UsageError` and `StoreFailed`."""
    if not state:
        return None
    database = make_store(state)
    database.add_missing_tables()
    return database


def _code_of(plan: Plan, unmanaged: tuple[LiveResource, ...]) -> ExitCode:
    if not plan.can_apply:
        return ExitCode.REFUSED
    return ExitCode.CHANGES if plan.changes or unmanaged else ExitCode.DONE


def _notices(
    url: str | None,
    database: Database | None,
    connection: ConnectionChoice,
    screen: Output,
    *,
    place: str,
    remind: timedelta,
) -> Notices | None:
    """What tells of the run, if anyone is to be told. Raises `UsageError`."""
    if not url:
        return None
    if database is None:
        raise UsageError(
            "--notify needs --state: without it, every run would tell of the same drift again.",
            hint="Name a database in --state or FAXOPS_STATE, such as sqlite:///faxops.db.",
        )
    from faxops.cli.drift_notices import Notices  # noqa: PLC0415 - SQLAlchemy is slow to load
    from faxops.store.drifts import Drifts  # noqa: PLC0415 - as above

    return Notices(sender(url), Drifts(database), api_name(connection), place, remind, screen)
