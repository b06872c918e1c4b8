"""The lock of one machine: a file that the operating system locks, and frees when a holder dies."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

import filelock
from platformdirs import user_state_path

from faxops.errors import ReportUnwritable
from faxops.model.clock import Clock
from faxops.store.lock import Busy, Held, Holder, Lease, Scope, wait_for

_NAME_DIGITS: Final = 16


def default_folder() -> Path:
    """Where this user's locks lie, by the platform's custom (XDG_STATE_HOME on Linux)."""
    return user_state_path("faxops", appauthor=False) / "locks"


@dataclass(frozen=True, slots=True)
class FileLease:
    """Nobody takes a lock of the operating system away from a living process."""

    token: None = None

    def check(self) -> str:
        """Nothing ever forbids a write."""
        return ""


@dataclass(frozen=True, slots=True)
class FileLock:
    """Locks in `folder`, for the processes of one user on one machine. `tell` is told of waits."""

    folder: Path
    clock: Clock
    tell: Callable[[str], None]

    @asynccontextmanager
    async def hold(self, scope: Scope, holder: Holder, *, patience: float) -> AsyncGenerator[Lease]:
        """Hold the lock for the block (`faxops.store.lock.Lock`).

        Raises `Locked`, and `ReportUnwritable` when the folder can't be written to.
        """
        path = self.folder / _name(scope)
        description = path.with_suffix(".json")

        async def attempt() -> filelock.FileLock | Busy:
            lock = filelock.FileLock(path, mode=0o600)
            try:
                lock.acquire(blocking=False)
            except filelock.Timeout:
                return Busy(_read(description, scope))
            return lock

        with ExitStack() as at_the_end:
            try:
                self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock = await wait_for(
                    attempt, scope, patience=patience, clock=self.clock, tell=self.tell
                )
                at_the_end.callback(lock.release)
                _write(description, holder, self.clock.now())
                # Before the release: after it, the description may be another holder's.
                at_the_end.callback(description.unlink, missing_ok=True)
            except OSError as error:
                raise ReportUnwritable(
                    f"The lock {path} cannot be made: {error.strerror}.",
                    hint="Set XDG_STATE_HOME to a folder that may be written to, or keep the lock"
                    " in a database with --state.",
                ) from error
            yield FileLease()


def _name(scope: Scope) -> str:
    text = json.dumps([scope.base_url, scope.account, scope.stack])
    return f"{scope.stack}-{sha256(text.encode()).hexdigest()[:_NAME_DIGITS]}.lock"


def _write(path: Path, holder: Holder, since: datetime) -> None:
    """Put the description there at once, so that nobody reads half of it."""
    text = json.dumps({**asdict(holder), "since": since.isoformat()})
    draft = path.with_suffix(f".{holder.pid}.tmp")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _read(path: Path, scope: Scope) -> Held | None:
    """The description that the holder wrote; None if it has not done so yet."""
    try:
        found = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        since = datetime.fromisoformat(found.pop("since"))
        return Held(scope, Holder(**found), since)
    except (OSError, ValueError, LookupError, TypeError):
        return None  # who it is only helps people; that it is busy is certain
