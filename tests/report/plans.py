"""Plans made by the real planner from a few lines each, for what is rendered from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from faxops import __version__
from faxops.config.stack import (
    DesiredResource,
    Guards,
    Import,
    Limit,
    Moved,
    Policy,
    Removed,
    Stack,
)
from faxops.model.diagnostic import Diagnostic, Place
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.model.registry import KINDS
from faxops.model.sensitive import Span
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions, make_plan
from faxops.reconcile.snapshot import Snapshot
from faxops.report.json_text import json_text
from faxops.report.masking import Masker
from faxops.report.plan_document import PlanContext

NOW = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)
STACK = "clinic-prod"
URL = "https://hooks.clinic.example/fax/intake"

ANYTHING_GOES = Guards(*[Limit(100, percent=True)] * 3)

Raw = Mapping[str, Any]


def context(*secrets: str, salt: bytes = b"", show_unmanaged: bool = False) -> PlanContext:
    """A context at a fixed moment that hides `secrets`."""
    return PlanContext(NOW, Masker(frozenset(secrets), salt), show_unmanaged)


def application(name: str = "Intake", url: str = URL, **fields: object) -> dict[str, Any]:
    """The fields of an application as YAML or the API would write them."""
    return {"application_name": name, "webhook_event_url": url, **fields}


def desired(
    key: str,
    raw: Raw | None = None,
    *,
    masks: Mapping[str, tuple[Span, ...]] | None = None,
    file: str = "faxops.yaml",
    line: int = 12,
    prevent_destroy: bool = False,
) -> DesiredResource:
    """A resource of the file."""
    values = FAX_APPLICATION.canonical(raw or application())
    place = Place(file, line, 3)
    return DesiredResource(
        FAX_APPLICATION.name, key, values, masks or {}, place, prevent_destroy=prevent_destroy
    )


def live(
    number: int, key: str | None, raw: Raw | None = None, *, stack: str = STACK, keep: bool = False
) -> LiveResource:
    """A live application, marked unless `key` is None; `number` ends its id."""
    fields = raw or application()
    tags = [*fields.get("tags", [])]
    tags += [f"faxops.{stack}.{key}"] if key else []
    tags += ["faxops.keep"] if keep else []
    return LiveResource.read(
        FAX_APPLICATION,
        {
            "id": str(1293384261075731500 + number),
            "record_type": "fax_application",
            "created_at": f"2026-01-{number:02}T09:00:00Z",
            **fields,
            "tags": tags,
        },
    )


def stack(
    *resources: DesiredResource,
    imports: tuple[Import, ...] = (),
    moved: tuple[Moved, ...] = (),
    removed: tuple[Removed, ...] = (),
    guards: Guards = ANYTHING_GOES,
    policy: Policy = Policy(),  # noqa: B008 - frozen
    warnings: tuple[Diagnostic, ...] = (),
) -> Stack:
    """A stack whose guards, unless others are given, allow everything."""
    return Stack(
        name=STACK,
        environment="prod",
        account="",
        resources=resources,
        imports=imports,
        moved=moved,
        removed=removed,
        guards=guards,
        policy=policy,
        config_digest="0" * 64,
        secrets=frozenset(),
        warnings=warnings,
    )


def planned(
    configuration: Stack,
    account: Iterable[LiveResource] = (),
    options: PlanOptions | None = None,
    attached: Mapping[str, tuple[str, ...]] | None = None,
) -> Plan:
    """What the planner makes of it; everything may be destroyed unless `options` say otherwise."""
    found = Snapshot(
        account="7a1c0000-0000-4000-8000-000000000001",
        base_url="https://api.telnyx.com/v2",
        live={**{kind.name: () for kind in KINDS}, FAX_APPLICATION.name: tuple(account)},
        attached=attached or {},
    )
    return make_plan(configuration, found, options or PlanOptions(destroy=True))


def golden_json(document: Mapping[str, Any]) -> str:
    """The document's JSON, in which a new version of faxops changes nothing."""
    return json_text(document).replace(
        f'"faxops_version": "{__version__}"', '"faxops_version": "X"'
    )


def undated(text: str) -> str:
    """A page in which a new version of faxops changes nothing."""
    return text.replace(f"by faxops {__version__}", "by faxops X")
