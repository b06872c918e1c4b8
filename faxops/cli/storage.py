"""`--state`: the database for locks and history. It is loaded only where it is named."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click
from click.core import ParameterSource

from faxops.errors import UsageError
from faxops.system_clock import SystemClock

if TYPE_CHECKING:
    from faxops.store.database import Database
    from faxops.store.lock import Lock

F = TypeVar("F", bound=Callable[..., Any])

_HELP: Final = "sqlite:///FILE or postgresql://USER@HOST/DATABASE."


def state_option(purpose: str) -> Callable[[F], F]:
    """--state; the command takes `state: str | None`. `purpose` begins the help's sentence."""
    return click.option(
        "--state",
        envvar="FAXOPS_STATE",
        show_envvar=True,
        metavar="URL",
        callback=_checked,
        help=f"{purpose}: {_HELP}",
    )


def open_store(state: str | None) -> Database:
    """The store that is there already. Raises `UsageError` without one, and `StoreFailed`."""
    if not state:
        raise UsageError(
            "No store is named.", hint="Name the one that apply uses, in --state or FAXOPS_STATE."
        )
    from faxops.store.database import Database  # noqa: PLC0415 - SQLAlchemy is slow to load

    return Database(state, create=False)


def make_store(state: str) -> Database:
    """The store, made if it is not there yet. Raises `UsageError` and `StoreFailed`."""
    from faxops.store.database import Database  # noqa: PLC0415 - SQLAlchemy is slow to load

    return Database(state, create=True)


def open_lock(database: Database | None, tell: Callable[[str], None]) -> Lock:
    """The lock in the database, or without one, that of this machine."""
    if database is not None:
        from faxops.store.leases import DatabaseLock  # noqa: PLC0415 - SQLAlchemy is slow to load

        return DatabaseLock(database, SystemClock(), tell)
    from faxops.store.file_lock import FileLock, default_folder  # noqa: PLC0415 - either or

    return FileLock(default_folder(), SystemClock(), tell)


def _checked(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if not value or ctx.get_parameter_source(param.name or "") is not ParameterSource.COMMANDLINE:
        return value
    from faxops.store.database import has_password  # noqa: PLC0415 - SQLAlchemy is slow to load

    if has_password(value):
        raise UsageError(
            "--state holds a password, and every user of this machine can read command lines.",
            hint="Give the URL in FAXOPS_STATE, or the password in PGPASSWORD or a ~/.pgpass file.",
        )
    return value
