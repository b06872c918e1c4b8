"""The history: what every apply was going to do, and what became of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Row, Select, and_, insert, select, update

from faxops.store.database import LEASES, RUNS, Database
from faxops.store.lock import Holder, Scope

Document = Mapping[str, Any]

NEWEST: Final = 100
"""How many runs are listed."""


class Status(StrEnum):
    """Whether a run has ended. One is interrupted if its lease ended before it reported."""

    RUNNING = "running"
    INTERRUPTED = "interrupted"
    FINISHED = "finished"


@dataclass(frozen=True, slots=True)
class Run:
    """One apply under the lease `token`.

    `git_commit` is the configuration's, with `-dirty` behind it when files were changed, or empty.
    `finished_at` and `exit_code` are None until the run has reported.
    """

    token: int
    scope: Scope
    holder: Holder
    environment: str
    git_commit: str
    started_at: datetime
    finished_at: datetime | None = None
    exit_code: int | None = None


@dataclass(frozen=True, slots=True)
class KeptRun:
    """A run as it stands in the history. `summary` is that of its report."""

    run: Run
    status: Status
    summary: Document


@dataclass(frozen=True, slots=True)
class KeptReport:
    """A run whole. `report` is its outcome document, masked; until it has finished, one in which
    no outcome is known, with every object as it was before. `requests` are the writes it sent,
    once it has finished, each with `method`, `path`, `status` and `request_id`.
    """

    kept: KeptRun
    report: Document
    requests: tuple[Document, ...]


@dataclass(frozen=True, slots=True)
class Runs:
    """The history in a database. `keep` is awaited; the others block, for commands that only read.

    All raise `StoreFailed`.
    """

    database: Database

    async def keep(self, run: Run, report: Document, requests: tuple[Document, ...] = ()) -> None:
        """Write the run, or what has become of it since it was first written.

        The report is stored as it is: it must be masked already.
        """
        values = {
            **_columns(run),
            "summary": json.dumps(report["summary"]),
            "requests": json.dumps(requests),
            "report": json.dumps(report),
        }
        await self.database.run(lambda connection: _write(connection, values))

    def newest(self) -> tuple[KeptRun, ...]:
        """The newest `NEWEST` runs, the newest first."""
        columns = [column for column in RUNS.c if column not in {RUNS.c.report, RUNS.c.requests}]
        statement = self._selected(*columns).order_by(RUNS.c.token.desc()).limit(NEWEST)
        with self.database.transaction() as connection:
            return tuple(map(_kept, connection.execute(statement)))

    def find(self, run_id: str) -> tuple[KeptReport, ...]:
        """The runs whose id begins with `run_id`, the newest first; at most two."""
        found = RUNS.c.run_id.startswith(run_id, autoescape=True)
        statement = self._selected(*RUNS.c).where(found).order_by(RUNS.c.token.desc()).limit(2)
        with self.database.transaction() as connection:
            return tuple(
                KeptReport(_kept(row), json.loads(row.report), tuple(json.loads(row.requests)))
                for row in connection.execute(statement)
            )

    def _selected(self, *columns: ColumnElement[Any]) -> Select[*tuple[Any, ...]]:
        held = and_(LEASES.c.token == RUNS.c.token, LEASES.c.expires_at > self.database.now)
        lease = LEASES.c.token.label("lease")
        return select(*columns, lease).select_from(RUNS.outerjoin(LEASES, held))


def _write(connection: Connection, values: dict[str, Any]) -> None:
    changed = connection.execute(update(RUNS).where(RUNS.c.token == values["token"]).values(values))
    if not changed.rowcount:
        connection.execute(insert(RUNS).values(values))


def _columns(run: Run) -> dict[str, Any]:
    return {
        "token": run.token,
        "run_id": run.holder.run_id,
        "base_url": run.scope.base_url,
        "account": run.scope.account,
        "stack": run.scope.stack,
        "environment": run.environment,
        "actor": run.holder.actor,
        "host": run.holder.host,
        "pid": run.holder.pid,
        "run_url": run.holder.run_url,
        "git_commit": run.git_commit,
        "started_at": run.started_at.isoformat(timespec="milliseconds"),
        "finished_at": run.finished_at and run.finished_at.isoformat(timespec="milliseconds"),
        "exit_code": run.exit_code,
    }


def _kept(row: Row[*tuple[Any, ...]]) -> KeptRun:
    run = Run(
        token=row.token,
        scope=Scope(row.base_url, row.account, row.stack),
        holder=Holder(row.run_id, row.actor, row.host, row.pid, row.run_url),
        environment=row.environment,
        git_commit=row.git_commit,
        started_at=datetime.fromisoformat(row.started_at),
        finished_at=datetime.fromisoformat(row.finished_at) if row.finished_at else None,
        exit_code=row.exit_code,
    )
    if run.finished_at is not None:
        status = Status.FINISHED
    else:
        status = Status.INTERRUPTED if row.lease is None else Status.RUNNING
    return KeptRun(run, status, json.loads(row.summary))
