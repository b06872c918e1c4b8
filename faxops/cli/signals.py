"""Signals while a command waits for an answer, and while it writes."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from functools import partial
from typing import Final, TypeVar

from faxops.cli.output import print_error
from faxops.errors import ExitCode, Interrupted

GRACE_SECONDS: Final = 5.0
"""How long a request under way may still take after a signal."""

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

Result = TypeVar("Result")


async def typed_line() -> str:
    """What is typed on the terminal, without spaces around it. A signal ends the wait at once.

    A plain read would miss a signal that comes just before it blocks.
    """
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[bool] = loop.create_future()

    def settle(*, line: bool) -> None:
        if not typed.done():
            typed.set_result(line)

    numbers = (signal.SIGINT, signal.SIGTERM)
    previous = {number: signal.getsignal(number) for number in numbers}
    loop.add_reader(sys.stdin, partial(settle, line=True))
    for number in numbers:
        loop.add_signal_handler(number, partial(settle, line=False))
    try:
        if not await typed:
            raise Interrupted("Interrupted; nothing was changed.")
        return sys.stdin.readline().strip()
    finally:
        loop.remove_reader(sys.stdin)
        for number, handler in previous.items():
            loop.remove_signal_handler(number)
            signal.signal(number, handler)


async def until_stopped(
    work: Awaitable[Result], stop: asyncio.Event, grace: Callable[[], float] = lambda: GRACE_SECONDS
) -> Result | None:
    """The result of `work`, or None when it was cancelled: `grace()` seconds after `stop` was set.

    Raises what `work` does.
    """
    working = asyncio.ensure_future(work)
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({working, stopped}, return_when=asyncio.FIRST_COMPLETED)
    stopped.cancel()
    if not working.done():
        await asyncio.wait({working}, timeout=grace())
    if not working.done():
        working.cancel()
        await asyncio.wait({working})
    return None if working.cancelled() else working.result()


@contextmanager
def stopping_on_signals() -> Generator[asyncio.Event]:
    """An event that the first SIGINT or SIGTERM sets; a second one ends the process at once."""
    stop = asyncio.Event()

    def interrupted() -> None:
        if stop.is_set():
            os._exit(ExitCode.UNKNOWN_OUTCOME)
        print_error("Interrupted: nothing new is sent; requests under way get 5 s to end.")
        stop.set()

    with handled_signals(interrupted):
        yield stop


@contextmanager
def handled_signals(interrupted: Callable[[], None]) -> Generator[None]:
    """Have the running loop call `interrupted` for each SIGINT and SIGTERM."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, interrupted)
    try:
        yield
    finally:
        release_signals()


def release_signals() -> None:
    """Let the next signal end the process, as if none had been handled."""
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.remove_signal_handler(number)
