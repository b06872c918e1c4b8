"""One run of `drift`: the account read, compared, and asked who it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from faxops.cli.connection import Connection, api_name, connect
from faxops.cli.drift_metrics import Tally
from faxops.cli.drift_who import who_changed
from faxops.cli.options import ConnectionChoice
from faxops.cli.output import Output
from faxops.cli.planning import document_of
from faxops.config.stack import Stack
from faxops.errors import ApiError
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.reconcile.guards import GUARD_CODES
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions
from faxops.reconcile.reading import PlanReader
from faxops.report.drift_document import with_first_seen, with_warning, with_who
from faxops.store.lock import Scope
from faxops.system_clock import SystemClock

if TYPE_CHECKING:
    from faxops.store.database import Database
    from faxops.store.drifts import Drift

_REACH: Final = timedelta(days=30)
"""How long before a drift was first seen somebody may have made it."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What a run found. `differences` says which drifts there are, to compare with other runs."""

    plan: Plan
    document: Document
    differences: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class DriftRun:
    """What one run works with. `database` keeps since when each drift is known, if there is one."""

    stack: Stack
    connection: ConnectionChoice
    screen: Output
    tally: Tally
    database: Database | None
    who: bool
    show_unmanaged: bool

    async def read(self) -> Found:
        """Compare the account with the configuration. Sends only GET.

        Raises what `connect`, `PlanReader.plan` and the store do.
        """
        async with connect(self.connection, self.screen, observer=self.tally) as way:
            reader = PlanReader(way.provider, way.account, self.stack, PlanOptions())
            plan = _without_guards(await reader.plan())
            self.tally.planned(plan)
            document = document_of(plan, self.screen.masker, show_unmanaged=self.show_unmanaged)
            known = await self._known(way, plan)
            if self.database is not None:
                document = _with_first_seen(document, known)
            if self.who and plan.changes:
                oldest = min([SystemClock().now(), *known.values()])
                document = await self._with_who(way, plan, document, oldest - _REACH)
        return Found(plan, document, tuple(sorted(known)))

    async def _known(self, way: Connection, plan: Plan) -> Mapping[Drift, datetime]:
        """Since when each drift is known; nothing without a store."""
        if self.database is None:
            return {}
        from faxops.cli.drift_memory import remembered  # noqa: PLC0415 - SQLAlchemy is slow to load

        scope = Scope(api_name(self.connection), way.account.organization, self.stack.name)
        return await remembered(self.database, scope, self.stack, plan)

    async def _with_who(
        self, way: Connection, plan: Plan, document: Document, since: datetime
    ) -> Document:
        """Who made the drift, or one finding that says why nobody is named."""
        masker = self.screen.masker
        try:
            return with_who(document, await who_changed(way.client, plan, since, masker))
        except ApiError as error:
            warning = Diagnostic(
                Severity.WARNING,
                "FX815",
                f"The audit log could not be read, so nobody is named: {error.message}",
            )
            return with_warning(document, warning, masker)


def _with_first_seen(document: Document, known: Mapping[Drift, datetime]) -> Document:
    from faxops.cli.drift_memory import first_seen  # noqa: PLC0415 - SQLAlchemy is slow to load

    return with_first_seen(document, first_seen(known))


def _without_guards(plan: Plan) -> Plan:
    """The plan without what only forbids applying it: drift is drift however large it is."""
    kept = tuple(each for each in plan.refusals if each.code not in GUARD_CODES)
    return replace(plan, refusals=kept)
