"""`--metrics FILE`: how a run of `drift` went, for node-exporter, however it ended."""

from __future__ import annotations

import os
import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import click

from faxops.cli.output import Output, print_error
from faxops.errors import ExitCode
from faxops.reconcile.plan import Plan
from faxops.system_clock import SystemClock
from faxops.telnyx.observer import Exchange

_TELLS_OF_DRIFT: Final = frozenset({ExitCode.DONE, ExitCode.CHANGES})
_READABLE_BY_ALL: Final = 0o644  # node-exporter runs as another user


@dataclass(slots=True)
class Tally:
    """What a run has found and sent so far; an `Observer` of its requests."""

    requests: Counter[tuple[str, int | None]] = field(
        default_factory=Counter[tuple[str, int | None]]
    )
    drifted: int | None = None
    unmanaged: int | None = None

    def exchanged(self, exchange: Exchange) -> None:
        """Count the try."""
        self.requests[exchange.method, exchange.status] += 1

    def planned(self, plan: Plan) -> None:
        """The account was read whole."""
        self.drifted, self.unmanaged = len(plan.changes), len(plan.unmanaged)


def measured(path: Path | None, screen: Output, work: Callable[[Tally], ExitCode]) -> ExitCode:
    """Run `work`, and write the metrics to `path` whether it returns or ends the command.

    Metrics that can't be written turn an exit of 0 or 2 into 1: an alert would miss them.
    """
    clock = SystemClock()
    began = clock.monotonic()
    tally = Tally()
    try:
        code = work(tally)
    except click.exceptions.Exit as end:
        code = ExitCode(end.exit_code)
    if path is None or _write(path, screen, tally, code, clock.monotonic() - began):
        return code
    return ExitCode.FAILED if code in _TELLS_OF_DRIFT else code


def _write(path: Path, screen: Output, tally: Tally, code: ExitCode, seconds: float) -> bool:
    from faxops.report import metrics  # noqa: PLC0415 - prometheus-client is slow to load

    measurement = metrics.Measurement(
        stack=screen.stack,
        environment=screen.environment,
        exit_code=code,
        succeeded=code in _TELLS_OF_DRIFT,
        ended_at=SystemClock().now().timestamp(),
        seconds=seconds,
        drifted=tally.drifted,
        unmanaged=tally.unmanaged,
        requests={
            (method, metrics.NO_REPLY if status is None else str(status)): count
            for (method, status), count in tally.requests.items()
        },
    )
    try:
        _replace(path, metrics.metrics_text(measurement, _earlier(path)))
    except OSError as error:
        print_error(f"Error: The metrics {path} could not be written: {error.strerror}.")
        return False
    return True


def _earlier(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text(encoding="utf-8")
    return ""


def _replace(path: Path, text: str) -> None:
    """Give `path` a new content whole: the collector may read it at any moment."""
    # The collector reads *.prom alone, so an ending of its own keeps it from half a file.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), _READABLE_BY_ALL)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
