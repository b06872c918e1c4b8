"""What `drift --state` knows of earlier runs. Loaded only then: SQLAlchemy is slow to load."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import astuple
from datetime import datetime
from typing import Final

from faxops.cli.planning import masker_of
from faxops.config.stack import Stack
from faxops.reconcile.plan import Plan
from faxops.report.drift_document import digests_of, identity_of
from faxops.report.plan_document import change_document
from faxops.store.database import Database
from faxops.store.drifts import Drift, Drifts
from faxops.store.lock import Scope

_SALT_BYTES: Final = 16


async def remembered(
    database: Database, scope: Scope, stack: Stack, plan: Plan
) -> Mapping[Drift, datetime]:
    """Every difference of the plan, and since when it is known. Raises `StoreFailed`."""
    return await Drifts(database).first_seen(scope, _drifts_of(scope, stack, plan))


def first_seen(known: Mapping[Drift, datetime]) -> Mapping[tuple[str, str], datetime]:
    """Since when each change is known, by address and id: its oldest difference counts."""
    oldest: dict[tuple[str, str], datetime] = {}
    for drift, moment in known.items():
        identity = (drift.address, drift.object_id)
        oldest[identity] = min(moment, oldest.get(identity, moment))
    return oldest


def _drifts_of(scope: Scope, stack: Stack, plan: Plan) -> Iterator[Drift]:
    # What is secret goes into a digest as one that is salted, and costs time to guess at. A salt
    # need not be secret itself, only another than that of any other stack.
    salt = hashlib.sha256("\n".join(astuple(scope)).encode()).digest()[:_SALT_BYTES]
    salted = masker_of(stack, salt)
    for change in plan.changes:
        document = change_document(change, salted)
        for path, digest in digests_of(document):
            yield Drift(*identity_of(document), path, digest)
