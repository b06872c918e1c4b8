"""Running a program for each delivery."""

from __future__ import annotations

import asyncio
import os
import shlex
import shutil
import signal
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from faxops.errors import UsageError
from faxops.listener.delivery import Delivery
from faxops.model.webhook_event import WebhookEvent

TIMEOUT_SECONDS: Final = 60.0


class Executor:
    """Runs `command`, split as a shell would and without one, with the body on standard input.

    The environment is `environ` and the event (`FAX_EVENT_TYPE`, `FAX_ID`, …). What the program
    writes goes to the file descriptor `output`. It has 60 s, then it and its children are killed.

    Raises `UsageError` if there is no such program.
    """

    def __init__(
        self,
        command: str,
        environ: Mapping[str, str],
        output: int,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        self._words = _split(command)
        self._environ = environ
        self._output = output
        self._timeout = timeout_seconds

    async def run(self, delivery: Delivery) -> bool:
        """Run it for one delivery; whether it ended in 0."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._words,
                stdin=PIPE,
                stdout=self._output,
                stderr=self._output,
                env={**self._environ, **event_variables(delivery.event)},
                # Ctrl-C is for faxops, which then waits for the program.
                start_new_session=True,
            )
        except OSError:
            return False
        try:
            async with asyncio.timeout(self._timeout):
                await process.communicate(delivery.body)
        except TimeoutError:
            return False
        finally:
            await _end(process)
        return process.returncode == 0


def event_variables(event: WebhookEvent) -> dict[str, str]:
    """The event as environment variables; what was not sent is empty."""
    fields = {
        "FAX_ID": event.fax_id,
        "FAX_EVENT_ID": event.id,
        "FAX_EVENT_TYPE": event.event_type,
        "FAX_OCCURRED_AT": event.occurred_at,
        "FAX_DIRECTION": event.direction,
        "FAX_STATUS": event.status,
        "FAX_FROM": event.from_,
        "FAX_TO": event.to,
        "FAX_CONNECTION_ID": event.connection_id,
        "FAX_PAGE_COUNT": "" if event.page_count is None else str(event.page_count),
        "FAX_FAILURE_REASON": event.failure_reason,
        "FAX_MEDIA_URL": event.media_url,
        "FAX_CLIENT_STATE": event.client_state,
    }
    return {name: _as_variable(value) for name, value in fields.items()}


def _as_variable(value: str) -> str:
    """`value` without what no variable can hold: NUL, and half a character."""
    return value.replace("\0", "").encode(errors="replace").decode()


def _split(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise UsageError(
            f"--exec: the command can't be split into words: {error}.",
            hint="Close every quote, or name a script that does the rest.",
        ) from error
    if not words or shutil.which(words[0]) is None:
        raise UsageError(
            f"--exec: there is no program {words[0] if words else 'in an empty command'}.",
            hint="Name a program by its path or as PATH finds it. There is no shell: for pipes and"
            " variables write sh -c '…'.",
        )
    return words


async def _end(process: Process) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
