"""What a lock is, whoever keeps it: one apply at a time for a base URL, an account and a stack."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol, TypeVar

from faxops.errors import Locked
from faxops.model.clock import Clock

Taken = TypeVar("Taken")

POLL_SECONDS: Final = 1.0
"""How long to wait before a busy lock is tried again."""


@dataclass(frozen=True, slots=True)
class Scope:
    """What a lock is for. `account` is the organization's id, empty if unknown."""

    base_url: str
    account: str
    stack: str


@dataclass(frozen=True, slots=True)
class Holder:
    """The run that takes a lock; `run_url` is where its CI job can be seen, or empty."""

    run_id: str
    actor: str
    host: str
    pid: int
    run_url: str = ""


@dataclass(frozen=True, slots=True)
class Held:
    """A lock as it stands.

    `token` and `expires_in` (seconds from now, negative once it has run out) are those of a
    lease; a lock of the operating system has neither.
    """

    scope: Scope
    holder: Holder
    since: datetime
    token: int | None = None
    expires_in: float | None = None

    def __str__(self) -> str:
        holder = self.holder
        run = f", run {holder.run_url}" if holder.run_url else ""
        since = self.since.isoformat(sep=" ", timespec="seconds")
        return f"{holder.actor} on {holder.host} (pid {holder.pid}) since {since}{run}"


@dataclass(frozen=True, slots=True)
class Busy:
    """Another run has the lock; `held` is None in the moment before it has said who it is."""

    held: Held | None


class Lease(Protocol):
    """The right to write, while a lock is held."""

    @property
    def token(self) -> int | None:
        """A number that is larger than that of every lease before, or None without a store."""
        ...

    def check(self) -> str:
        """Why no write may be sent now, as the end of a sentence; empty if one may. Cheap."""
        ...


class Lock(Protocol):
    """Keeps other applies out."""

    def hold(
        self, scope: Scope, holder: Holder, *, patience: float
    ) -> AbstractAsyncContextManager[Lease]:
        """Hold the lock for the block, after waiting for it at most `patience` seconds.

        Raises `Locked` when it stays busy, and what the keeper of the lock can fail with.
        """
        ...


async def wait_for(
    attempt: Callable[[], Awaitable[Taken | Busy]],
    scope: Scope,
    *,
    patience: float,
    clock: Clock,
    tell: Callable[[str], None],
) -> Taken:
    """What `attempt` takes, tried again each second for `patience` seconds. Raises `Locked`.

    `tell` is given a line when it comes to waiting.
    """
    deadline = clock.monotonic() + patience
    told = False
    while isinstance(taken := await attempt(), Busy):
        left = deadline - clock.monotonic()
        if left <= 0:
            raise locked(scope, taken.held)
        if not told:
            tell(f"Waiting for the lock of the stack {scope.stack}, held by {_who(taken.held)}.")
            told = True
        await clock.sleep(min(POLL_SECONDS, left))
    return taken


def locked(scope: Scope, held: Held | None) -> Locked:
    """The failure to take the lock of `scope`, which `held` describes."""
    hint = "Wait for it with --lock-timeout SECONDS."
    if held is None or held.token is None:
        hint += " The lock ends with the process that holds it."
    else:
        hint += (
            " If that run is dead, its lock ends by itself within"
            f" {max(0, round(held.expires_in or 0))} s, or at once with"
            f" `faxops unlock --token {held.token}`."
        )
    return Locked(f"The stack {scope.stack} is locked by {_who(held)}.", hint=hint)


def _who(held: Held | None) -> str:
    return "another run" if held is None else str(held)
