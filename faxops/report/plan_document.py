"""The plan as the versioned document that `--format json` prints and `--out` saves.

Every other format is made from this document, so that `show PLAN` reads like `plan`, and a value
that is masked here is masked everywhere. Its schema is schemas/plan.schema.json.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast

from faxops import __version__
from faxops.errors import FaxopsError
from faxops.model.diagnostic import Diagnostic
from faxops.model.field import Value
from faxops.model.kind import Values
from faxops.model.live import LiveResource
from faxops.model.marks import Marks
from faxops.model.sensitive import MASK
from faxops.reconcile.plan import PREVENT_DESTROY, Action, Change, Plan
from faxops.reconcile.risks import RISKS
from faxops.report.diagnostics import diagnostic_document, diagnostics_of
from faxops.report.masking import Masker

FORMAT_VERSION: Final = "1.0"

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class PlanContext:
    """What the document says besides the plan itself.

    `stack` and `environment` are those of a run that failed before it had a plan, as far as they
    were known by then.
    """

    generated_at: datetime
    masker: Masker
    show_unmanaged: bool = False
    stack: str = ""
    environment: str = ""


def plan_document(plan: Plan, context: PlanContext) -> Document:
    """The plan, masked. `errored` is true when something forbids applying it."""
    masker = context.masker
    diagnostics: list[Diagnostic] = [*plan.warnings, *plan.refusals]
    return {
        **_head(context),
        "stack": plan.stack,
        "environment": plan.environment or None,
        "account": plan.account or None,
        "base_url": plan.base_url or None,
        "config_digest": plan.config_digest,
        "summary": {
            "import": plan.summary.imported,
            "add": plan.summary.add,
            "change": plan.summary.change,
            "destroy": plan.summary.destroy,
            "forget": plan.summary.forget,
        },
        "fleet": {"desired": plan.desired, "owned": plan.owned},
        "target": list(plan.target),
        "exclude": list(plan.exclude),
        "resource_changes": [change_document(change, masker) for change in plan.changes],
        "unmanaged": {
            "count": len(plan.unmanaged),
            "resources": [_unmanaged(live, masker) for live in plan.unmanaged]
            if context.show_unmanaged
            else [],
        },
        "diagnostics": [diagnostic_document(each, masker) for each in diagnostics],
        "errored": not plan.can_apply,
    }


def failed_plan_document(error: FaxopsError, context: PlanContext) -> Document:
    """The document of a run that could not make a plan: the same keys, and why."""
    return {
        **_head(context),
        "stack": context.stack or None,
        "environment": context.environment or None,
        "account": None,
        "base_url": None,
        "config_digest": None,
        "summary": {"import": 0, "add": 0, "change": 0, "destroy": 0, "forget": 0},
        "fleet": {"desired": 0, "owned": 0},
        "target": [],
        "exclude": [],
        "resource_changes": [],
        "unmanaged": {"count": 0, "resources": []},
        "diagnostics": [
            diagnostic_document(each, context.masker) for each in diagnostics_of(error)
        ],
        "errored": True,
    }


def change_document(change: Change, masker: Masker) -> Document:
    """One entry of `resource_changes`, in Terraform's shape."""
    moved = change.moved_from
    before, before_sensitive = _shown_values(change, change.before, masker)
    after, after_sensitive = _shown_values(change, change.after, masker)
    body: Document = {
        "actions": [change.action.value],
        "before": before,
        "after": after,
        "before_sensitive": before_sensitive,
        "after_sensitive": after_sensitive,
        "after_unknown": {"id": True} if change.action is Action.CREATE else {},
        "paths": [each.path.split(".") for each in change.fields],
    }
    if change.importing:
        body["importing"] = {"id": change.id}
    source = change.source
    return {
        "address": change.address,
        "previous_address": change.kind.address(moved.key) if moved else None,
        "previous_stack": moved.stack if moved else None,
        "type": change.kind.name,
        "key": change.key,
        "id": change.id or None,
        "change": body,
        "cause": change.cause,
        "field_causes": {each.path: each.cause for each in change.fields if each.cause},
        "reason": change.reason.value,
        "risks": [
            {
                "name": risk.name,
                "severity": risk.level.value,
                "detail": RISKS[risk.name][1],
                "path": risk.path or None,
            }
            for risk in change.risks
        ],
        "source": {"file": source.file, "line": source.line} if source else None,
        "fingerprint": _fingerprint(change, masker),
    }


def _shown_values(
    change: Change, values: Values | None, masker: Masker
) -> tuple[Document | None, Document]:
    """Canonical values as the API's nested JSON, and which of them are hidden, in part or whole.

    The lifecycle stands beside the API's fields.
    """
    if values is None:
        return None, {}
    shown: dict[str, Value] = {}
    hidden: dict[str, Value] = {}
    for path, value in values.items():
        shown[path] = shown_value(change, path, value, masker)
        if shown[path] != value:
            hidden[path] = True
    nested = change.kind.nested(shown)
    nested["lifecycle"] = {"prevent_destroy": bool(values.get(PREVENT_DESTROY, False))}
    return nested, change.kind.nested(hidden)


def shown_value(change: Change, path: str, value: Value, masker: Masker) -> Value:
    """`value` of the field, hidden as far as it is secret.

    What the API shows of a write-only field is hidden whole, unless the file says the same
    openly: it may be an older value that came from the environment.
    """
    if isinstance(value, frozenset):
        return frozenset(map(masker.redacted, value))
    if not isinstance(value, str):
        return value
    desired = change.desired
    wanted = desired.values.get(path) if desired else None
    spans = desired.masks.get(path, ()) if desired else ()
    if spans:
        return masker.redacted(masker.masked_like(value, wanted, spans))
    field = change.kind.by_path.get(path)
    if field is not None and field.write_only and value != wanted:
        return masker.masked(value, ((0, len(value)),))
    return masker.redacted(value)


def shown_raw(change: Change, live: LiveResource, masker: Masker) -> Document:
    """The live object whole, as the API shows it, with what is secret hidden.

    So is the digest of the last write-only value: a guessed address could be tried against it.
    """
    hidden = {
        path: masked
        for path, value in live.values.items()
        if isinstance(value, str) and (masked := shown_value(change, path, value, masker)) != value
    }
    raw: Document = {**live.raw}
    for top, shown in change.kind.nested(hidden).items():
        section: object = raw.get(top)
        if isinstance(section, dict):
            known = cast("Document", section)
            raw[top] = {**known, **{name: shown[name] for name in shown if name in known}}
        elif section is not None:  # else the value is a default that the API did not send
            raw[top] = shown
    written = Marks(written=live.marks.written).tags
    for name, told in raw.items() if written else ():
        if isinstance(told, list):
            items = cast("list[object]", told)
            raw[name] = [MASK if str(item) in written else item for item in items]
    return cast("Document", masker.redacted_tree(raw))


def _fingerprint(change: Change, masker: Masker) -> str:
    """What must be unchanged for the change to be the one that was approved.

    Of a create, that nothing was there; else sha256 of the whole live object, in which secrets
    stand as their digest: a plain hash over a guessable address would give it away.
    """
    if change.live is None:
        text = f"absent:{change.address}"
    else:
        raw = shown_raw(change, change.live, masker)
        for path in change.kind.tag_paths:
            if isinstance(raw.get(path), list):
                raw[path] = sorted(map(str, raw[path]))  # a set: the API may answer in any order
        text = json.dumps(raw, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _unmanaged(live: LiveResource, masker: Masker) -> Document:
    """A live object of somebody else, told by the name field of whichever kind it is."""
    name = live.values[live.kind.name_field]
    owners = sorted(f"{mark.stack}/{mark.key}" for mark in live.marks.owners)
    return {
        "id": live.id,
        "name": None if name is None else masker.redacted(str(name)),
        "created_at": masker.redacted(live.created_at) or None,
        "owner": masker.redacted(owners[0]) if owners else None,
    }


def _head(context: PlanContext) -> Mapping[str, Any]:
    salt = context.masker.salt
    head: Document = {
        "format_version": FORMAT_VERSION,
        "faxops_version": __version__,
        "generated_at": context.generated_at.isoformat(timespec="seconds"),
    }
    if salt:
        head["salt"] = salt.hex()
    return head
