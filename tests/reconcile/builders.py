"""Live objects, desired resources and stacks in a line each, for one stack named `clinic`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

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
from faxops.model.diagnostic import Place
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.model.registry import KINDS
from faxops.model.sensitive import Span
from faxops.reconcile.plan import Change, Plan
from faxops.reconcile.planner import PlanOptions, make_plan
from faxops.reconcile.snapshot import Snapshot

STACK = "clinic"
HOOK = "https://hooks.clinic.example/fax"
NOWHERE = Place("faxops.yaml")
UNLIMITED = Guards(*[Limit(1000)] * 3)


def app_id(number: int) -> str:
    """A live id, above 2**53 like the real ones."""
    return str(1293384261075731000 + number)


def raw(
    number: int,
    *marks: str,
    tags: Iterable[str] = (),
    inbound: Mapping[str, Any] | None = None,
    outbound: Mapping[str, Any] | None = None,
    **fields: Any,  # noqa: ANN401 - any JSON
) -> dict[str, Any]:
    """A live application as the API shows it. A mark is `key`, or `stack/key`, or `keep`."""
    application = {
        "id": app_id(number),
        "record_type": "fax_application",
        "application_name": f"Application {number}",
        "created_at": f"2026-11-{number:02d}T08:00:00.000Z",
        "updated_at": f"2026-11-{number:02d}T08:00:00.000Z",
        "webhook_event_url": HOOK,
        "webhook_event_failover_url": "",
        "webhook_timeout_secs": None,
        "active": True,
        "anchorsite_override": "Latency",
        "tags": [*tags, *map(tag, marks)],
        "inbound": {
            "channel_limit": None,
            "sip_subdomain": None,
            "sip_subdomain_receive_settings": "from_anyone",
            **(inbound or {}),
        },
        "outbound": {"channel_limit": None, **(outbound or {})},
    }
    return {**application, **fields}


def tag(mark: str) -> str:
    """The tag of `key` in the own stack, of `stack/key`, or of `keep`."""
    if mark == "keep":
        return "faxops.keep"
    stack, slash, key = mark.rpartition("/")
    return f"faxops.{stack if slash else STACK}.{key}"


def live(
    number: int,
    *marks: str,
    **fields: Any,  # noqa: ANN401 - any JSON
) -> LiveResource:
    """`raw`, read."""
    return LiveResource.read(FAX_APPLICATION, raw(number, *marks, **fields))


def desired(
    key: str,
    *,
    number: int = 0,
    prevent_destroy: bool = False,
    ignore_changes: Iterable[str] = (),
    masks: Mapping[str, tuple[Span, ...]] | None = None,
    **fields: Any,  # noqa: ANN401 - any JSON
) -> DesiredResource:
    """A desired resource with the values that `raw(number, …)` has, unless given."""
    values = {
        "application_name": f"Application {number}" if number else key,
        "webhook_event_url": HOOK,
        **fields,
    }
    return DesiredResource(
        kind="fax_application",
        key=key,
        values=FAX_APPLICATION.canonical(values),
        masks=masks or {},
        source=NOWHERE,
        prevent_destroy=prevent_destroy,
        ignore_changes=frozenset(ignore_changes),
    )


def imports(number: int, key: str) -> Import:
    """Adopt `raw(number)` as `key`."""
    return Import(app_id(number), key, NOWHERE)


def moved(origin: str, to: str) -> Moved:
    """`origin` is a key or `stack/key`."""
    stack, slash, key = origin.rpartition("/")
    return Moved(stack if slash else STACK, key, to, NOWHERE)


def removed(key: str | None = None, *, number: int | None = None, destroy: bool = False) -> Removed:
    """Give up a key, or with a number settle that duplicate."""
    if number is None:
        return Removed(NOWHERE, key=key, destroy=destroy)
    return Removed(NOWHERE, id=app_id(number), destroy=True)


def stack(
    *resources: DesiredResource,
    imports: Iterable[Import] = (),
    moved: Iterable[Moved] = (),
    removed: Iterable[Removed] = (),
    guards: Guards = UNLIMITED,
    policy: Policy = Policy(),  # noqa: B008 - frozen
) -> Stack:
    """The stack `clinic`, whose guards allow anything unless given."""
    return Stack(
        name=STACK,
        environment="",
        account="",
        resources=tuple(sorted(resources, key=lambda each: each.key)),
        imports=tuple(imports),
        moved=tuple(moved),
        removed=tuple(removed),
        guards=guards,
        policy=policy,
        config_digest="0" * 64,
        secrets=frozenset(),
        warnings=(),
    )


def plan(
    wanted: Stack,
    *found: LiveResource,
    attached: Mapping[str, tuple[str, ...]] | None = None,
    **options: Any,  # noqa: ANN401 - what PlanOptions takes
) -> Plan:
    """The plan from the live objects to the stack; `options` are those of `PlanOptions`."""
    snapshot = Snapshot(
        account="7a1c",
        base_url="https://api.example/v2",
        live={**{kind.name: () for kind in KINDS}, FAX_APPLICATION.name: found},
        attached=attached or {},
    )
    return make_plan(wanted, snapshot, PlanOptions(**options))


def told(planned: Plan) -> list[str]:
    """What a plan does and says, a word each: `update intake`, `refused FX704`, `warned FX709`."""
    lines = [_change(change) for change in planned.changes]
    lines += [f"refused {each.code}" for each in planned.refusals]
    lines += [f"warned {each.code}" for each in planned.warnings]
    return lines


def _change(change: Change) -> str:
    word = "import" if change.importing else change.action.value
    mover = change.moved_from
    origin = f" from {mover.stack}/{mover.key}" if mover else ""
    return f"{word} {change.key}{origin}"
