"""When `drift --notify` tells, and what: each change of state once, and a reminder."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from faxops.cli.drift_run import Found
from faxops.cli.notification import Sender
from faxops.cli.output import Output, internal_error, print_error
from faxops.cli.planning import failure_context
from faxops.errors import ExitCode, FaxopsError
from faxops.model.live import LiveResource
from faxops.report.markdown import markdown_text
from faxops.report.plan_document import failed_plan_document
from faxops.report.plan_page import drift_page
from faxops.store.drifts import Drifts, Notice

IN_SYNC: Final = "in sync"
_MOST_CHARACTERS: Final = 4_000
_ENDS: Final = {
    ExitCode.DONE: "is in sync again",
    ExitCode.CHANGES: "has drifted",
    ExitCode.REFUSED: "has drifted, and its plan is refused",
}


@dataclass(frozen=True, slots=True)
class Notices:
    """Tells of one configuration. `place` is its file and environment, the same in every run.

    `base_url` names the API. What was told is kept only once it was sent, so that a notification
    that failed is tried again by the next run.
    """

    send: Sender
    drifts: Drifts
    base_url: str
    place: str
    remind: timedelta
    screen: Output

    @contextmanager
    def of_failures(self) -> Generator[None]:
        """Tell of a failure inside the block, which goes on its way."""
        try:
            yield
        except FaxopsError as error:
            self._failed(error)
            raise
        except Exception as bug:
            self._failed(internal_error(bug))
            raise

    def found(self, found: Found, code: ExitCode, unmanaged: tuple[LiveResource, ...]) -> None:
        """Tell of what a run found, which ends with `code`, `unmanaged` being part of it or not."""
        state = IN_SYNC
        if code is not ExitCode.DONE:
            refused = tuple(sorted(each.code for each in found.plan.refusals))
            state = _state_of(found.differences, refused, sorted(each.id for each in unmanaged))
        self._tell(state, f"{self._subject()} {_ENDS[code]}", found.document)

    def _failed(self, error: FaxopsError) -> None:
        document = failed_plan_document(error, failure_context(self.screen))
        state = f"failed {int(error.exit_code)}"
        self._tell(state, f"The drift of {self._subject()} is not known", document)

    def _subject(self) -> str:
        environment = f" in {self.screen.environment}" if self.screen.environment else ""
        return f"{self.screen.stack or 'a stack'}{environment}"

    def _tell(self, state: str, title: str, document: Mapping[str, Any]) -> None:
        try:
            asyncio.run(self._tell_if_due(state, title, document))
        except FaxopsError as error:
            print_error(f"Error: No notification was sent: {error.message}")
        except KeyboardInterrupt:  # what the run found is told already, and stays its exit code
            print_error("Error: The notification was interrupted; the next run tries again.")

    async def _tell_if_due(self, state: str, title: str, document: Mapping[str, Any]) -> None:
        # A run that fails before it knows its stack is told of by its place. The next one that
        # knows it settles both.
        subjects = [f"place {self.place}"]
        if self.screen.stack:
            subjects.append(f"stack {self.screen.stack}")
        last = await self.drifts.last_notice(self.base_url, subjects)
        if not is_due(last, state, self.remind):
            return
        if self.send(f"faxops: {title}", body_of(document)):
            await self.drifts.keep_notice(self.base_url, subjects, state)
        else:
            print_error("Error: The notification was not delivered; the next run tries again.")


def is_due(last: Notice | None, state: str, remind: timedelta) -> bool:
    """Whether `state` is to be told after what was told last."""
    if last is None:
        return state != IN_SYNC
    return last.state != state or (state != IN_SYNC and last.age >= remind)


def body_of(document: Mapping[str, Any]) -> str:
    """The Markdown of the run, without the hidden marker that a pull request needs."""
    text = markdown_text(drift_page(document), _MOST_CHARACTERS)
    return text.partition("\n")[2] if text.startswith("<!--") else text


def _state_of(*differences: object) -> str:
    """One word for all that differs, the same as long as it does."""
    return f"differs {hashlib.sha256(repr(differences).encode()).hexdigest()}"
