"""From what should be and what is to what would be done: the one planner (pure)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Final

from faxops.config.stack import DesiredResource, Limit, Stack
from faxops.errors import UsageError
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.model.field import Value
from faxops.model.kind import ResourceKind, Values
from faxops.model.live import LiveResource
from faxops.model.marks import KEEP_TAG, Mark, Marks, written_digest
from faxops.model.registry import KINDS
from faxops.reconcile.contradictions import strange_stack
from faxops.reconcile.diff import diff
from faxops.reconcile.guards import GuardOverrides, refused_by_guards
from faxops.reconcile.match import Match, Orphan, match
from faxops.reconcile.order import refused_by_order
from faxops.reconcile.plan import (
    PREVENT_DESTROY,
    UNREADABLE,
    Action,
    Change,
    FieldChange,
    Plan,
    Reason,
)
from faxops.reconcile.risks import risks_of
from faxops.reconcile.snapshot import Snapshot

_SECTIONS: Final = " and ".join(kind.collection for kind in KINDS)


@dataclass(frozen=True, slots=True)
class PlanOptions:
    """What the command line says about a plan.

    `target` and `exclude` are globs over keys; a key takes part if it matches a target (or none
    is given) and no exclude. `destroy` permits destroying everything the stack owns, the
    guard's limit on deletes aside. A guard or `max_risk` that is None is taken from the stack.
    """

    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    destroy: bool = False
    max_deletes: Limit | None = None
    max_changes: Limit | None = None
    max_creates: Limit | None = None
    max_risk: str | None = None

    def selects(self, key: str) -> bool:
        """Whether `key` takes part in the plan."""
        if self.target and not any(fnmatchcase(key, glob) for glob in self.target):
            return False
        return not any(fnmatchcase(key, glob) for glob in self.exclude)


def make_plan(stack: Stack, snapshot: Snapshot, options: PlanOptions) -> Plan:
    """The plan that takes `snapshot` to `stack`.

    What forbids the plan is in its `refusals`, so that a refused plan can still be shown.
    Raises `UsageError` for a target or exclude that matches no key, in the file or live.
    """
    changes: list[Change] = []
    refusals: list[Diagnostic] = list(stack.breaches)
    warnings: list[Diagnostic] = list(stack.warnings)
    unmanaged: list[LiveResource] = []
    owned = 0
    recognised = False
    _check_globs(stack, snapshot, options)
    for kind in KINDS:
        found = match(stack, kind, snapshot.live[kind.name], options.selects)
        owned += found.owned
        recognised |= found.recognised
        unmanaged += found.unmanaged
        refusals += found.refusals
        warnings += found.warnings
        for each in found.matches:
            change = _change(stack, kind, each)
            if change is not None:
                changes.append(change)
                warnings += _unknown_choices(change)
        for orphan in found.orphans:
            changes.append(_removal(stack, kind, orphan))
            refusals += _refused_removal(stack, kind, orphan, snapshot)
    if not recognised and not options.destroy:
        refusals += _strange_stack(stack, snapshot, owned)
    plan = Plan(
        stack=stack.name,
        environment=stack.environment,
        account=snapshot.account,
        base_url=snapshot.base_url,
        config_digest=stack.config_digest,
        changes=tuple(sorted(changes, key=lambda change: (change.address, change.id or ""))),
        refusals=tuple(refusals),
        warnings=tuple(warnings),
        unmanaged=tuple(unmanaged),
        owned=owned,
        desired=len(stack.resources),
        target=options.target,
        exclude=options.exclude,
    )
    overrides = GuardOverrides(
        options.destroy,
        options.max_deletes,
        options.max_changes,
        options.max_creates,
        options.max_risk,
    )
    more = (
        *refused_by_order(plan),
        *refused_by_guards(plan, stack.guards, stack.policy, overrides),
    )
    return replace(plan, refusals=plan.refusals + more)


def _strange_stack(stack: Stack, snapshot: Snapshot, owned: int) -> Iterator[Diagnostic]:
    """The refusal if the stack owns something and nothing of it has a key of the file."""
    keys = _owned_keys(stack, snapshot)
    desired = {resource.key for resource in stack.resources}
    if keys and desired and not keys & desired:
        yield strange_stack(stack.name, sorted(keys), owned)


def _owned_keys(stack: Stack, snapshot: Snapshot) -> set[str]:
    return {
        mark.key
        for live in snapshot.live.values()
        for each in live
        for mark in each.marks.of(stack.name)
    }


def _check_globs(stack: Stack, snapshot: Snapshot, options: PlanOptions) -> None:
    globs = [("--target", glob) for glob in options.target]
    globs += [("--exclude", glob) for glob in options.exclude]
    if not globs:
        return
    keys = {resource.key for resource in stack.resources} | _owned_keys(stack, snapshot)
    for flag, glob in globs:
        if not any(fnmatchcase(key, glob) for key in keys):
            raise UsageError(
                f"{flag} {glob} matches no key of this configuration and no live application of"
                f" the stack {stack.name}.",
                hint=f"Keys are the names under {_SECTIONS}, e.g. --target 'clinic-*'.",
            )


def _change(stack: Stack, kind: ResourceKind, found: Match) -> Change | None:
    desired, live = found.desired, found.live
    if live is None:
        after = _with_protection(desired.values, protected=desired.prevent_destroy)
        owner = Mark(stack.name, desired.key)
        marks = Marks(owners=frozenset({owner}), keep=desired.prevent_destroy)
        return Change(
            kind=kind,
            key=desired.key,
            action=Action.CREATE,
            reason=Reason.NOT_IN_ACCOUNT,
            marks=marks,
            sought=frozenset({owner, *found.origins}),
            desired=desired,
            after=after,
            risks=risks_of(Action.CREATE, None, after),
            source=desired.source,
        )
    owners = _owners_after(stack, found, live)
    if owners == live.marks.owners and _is_as_desired(kind, desired, live):
        return None
    marks = _marks_after(kind, desired, live, owners)
    before, after, fields = _compare(kind, desired, live, protected=marks.keep)
    if not fields and owners == live.marks.owners:
        return None
    adopted_as_is = found.importing and not fields
    action = Action.NO_OP if adopted_as_is else Action.UPDATE
    return Change(
        kind=kind,
        key=desired.key,
        action=action,
        reason=_reason(found),
        marks=marks,
        importing=found.importing,
        moved_from=found.moved_from,
        live=live,
        desired=desired,
        before=before,
        after=after,
        fields=fields,
        risks=risks_of(action, before, after),
        source=desired.source,
    )


def _unknown_choices(change: Change) -> Iterator[Diagnostic]:
    """Live values that the field's table does not know: the API may have learnt new ones."""
    for field in change.fields:
        described = change.kind.by_path.get(field.path)
        choices = described.choices if described else ()
        if not choices or field.before in choices or not isinstance(field.before, str):
            continue
        yield Diagnostic(
            Severity.WARNING,
            "FX713",
            f"{change.address}: the live {field.path} is {field.before}, which this version of"
            " faxops does not know.",
            suggestion="To leave it as it is, write"
            f" `lifecycle: {{ignore_changes: [{field.path}]}}`.",
            place=change.source,
        )


def _reason(found: Match) -> Reason:
    if found.importing:
        return Reason.IMPORTED
    return Reason.MOVED if found.moved_from else Reason.DIFFERS


def _is_as_desired(kind: ResourceKind, desired: DesiredResource, live: LiveResource) -> bool:
    """Whether nothing differs, not even in an ignored field: the quick answer for nearly all."""
    return (
        desired.prevent_destroy == live.marks.keep
        and live.values.items() <= desired.values.items()
        and not any(_unreadable(kind, desired, live))
    )


def _compare(
    kind: ResourceKind, desired: DesiredResource, live: LiveResource, *, protected: bool
) -> tuple[Values, Values, tuple[FieldChange, ...]]:
    """Before, after and the difference, ignored and write-only fields taken into account."""
    after = dict(_readable_after(kind, desired, live))
    before = _with_protection(live.values, protected=live.marks.keep)
    after = _with_protection(after, protected=protected)
    sent = tuple(_unreadable(kind, desired, live))
    fields = diff(before, after) + sent
    return before, {**after, **{change.path: change.after for change in sent}}, fields


def _readable_after(
    kind: ResourceKind, desired: DesiredResource, live: LiveResource
) -> Iterator[tuple[str, Value]]:
    """The value after the change of every field that the API shows, in table order."""
    for field in kind.fields:
        path = field.path
        if path not in live.values:
            continue
        if path in desired.ignore_changes:
            yield path, live.values[path]
        else:
            yield path, desired.values.get(path, field.default)


def _unreadable(
    kind: ResourceKind, desired: DesiredResource, live: LiveResource
) -> Iterator[FieldChange]:
    """The write-only fields that the API did not show and that must be sent.

    Set, and with another digest than the last one sent: sent. Not set, although a digest says
    that faxops once did: cleared. Never set: never sent.
    """
    hidden = [
        field.path
        for field in kind.fields
        if field.write_only
        and field.path not in live.values
        and field.path not in desired.ignore_changes
    ]
    wanted = {path: desired.values.get(path) for path in hidden}
    digests = {
        path: written_digest(live.id, path, str(value))
        for path, value in wanted.items()
        if value is not None
    }
    unsent = [path for path, digest in digests.items() if digest not in live.marks.written]
    if unsent:
        yield from (FieldChange(path, UNREADABLE, wanted[path]) for path in unsent)
    elif live.marks.written - set(digests.values()):
        unset = [path for path in hidden if wanted[path] is None]
        yield from (FieldChange(path, UNREADABLE, None) for path in unset)


def _with_protection(values: Values, *, protected: bool) -> Values:
    return {**values, PREVENT_DESTROY: protected}


def _owners_after(stack: Stack, found: Match, live: LiveResource) -> frozenset[Mark]:
    owners = live.marks.owners | {Mark(stack.name, found.desired.key)}
    return owners if found.moved_from is None else owners - {found.moved_from}


def _marks_after(
    kind: ResourceKind, desired: DesiredResource, live: LiveResource, owners: frozenset[Mark]
) -> Marks:
    written: set[str] = set()
    for field in kind.fields:
        value = desired.values.get(field.path)
        if field.path in desired.ignore_changes:
            written |= live.marks.written if field.write_only else set()
        elif field.write_only and value is not None:
            written.add(written_digest(live.id, field.path, str(value)))
    return Marks(
        owners=owners,
        keep=desired.prevent_destroy,
        written=frozenset(written),
        others=live.marks.others,
    )


def _removal(stack: Stack, kind: ResourceKind, orphan: Orphan) -> Change:
    live = orphan.live
    if orphan.duplicate:
        reason = Reason.DUPLICATE
    else:
        reason = Reason.REMOVED if orphan.removed else Reason.NOT_IN_CONFIGURATION
    action = Action.FORGET if orphan.forget else Action.DELETE
    before = _with_protection(live.values, protected=live.marks.keep)
    owners = frozenset(owner for owner in live.marks.owners if owner.stack != stack.name)
    left = Marks(others=live.marks.others)
    shared = replace(live.marks, owners=owners)
    return Change(
        kind=kind,
        key=orphan.key,
        action=action,
        reason=reason,
        marks=shared if owners else left,
        live=live,
        before=before,
        after=before if orphan.forget else None,
        risks=risks_of(action, before, None),
        source=orphan.source,
    )


def _refused_removal(
    stack: Stack, kind: ResourceKind, orphan: Orphan, snapshot: Snapshot
) -> Iterator[Diagnostic]:
    if orphan.forget:
        return
    live = orphan.live
    address = kind.address(orphan.key)

    def refuse(code: str, summary: str, suggestion: str) -> Diagnostic:
        return Diagnostic(Severity.ERROR, code, summary, suggestion=suggestion, place=orphan.source)

    if live.marks.keep:
        yield refuse(
            "FX720",
            f"{address} ({live.id}) would be destroyed, but it is protected by prevent_destroy.",
            _way_to_release(orphan),
        )
    others = sorted(owner for owner in live.marks.owners if owner.stack != stack.name)
    if others:
        yield refuse(
            "FX721",
            f"{address} ({live.id}) would be destroyed, but {others[0].stack}/{others[0].key} has"
            " its mark on it too.",
            _way_to_give_up(stack, orphan),
        )
    numbers = snapshot.attached.get(live.id, ())
    one = len(numbers) == 1
    if numbers:
        yield refuse(
            "FX722",
            f"{address} ({live.id}) would be destroyed, but {len(numbers)} phone"
            f" number{' still points' if one else 's still point'} to it: {', '.join(numbers)}.",
            "Assign the numbers to another application first.",
        )


def _way_to_give_up(stack: Stack, orphan: Orphan) -> str:
    if orphan.duplicate:
        # An entry by key would speak of the other one.
        tag = Mark(stack.name, orphan.key).tag
        return f"In the Telnyx portal, take the tag {tag} off {orphan.live.id}."
    return f"Give it up instead: `removed: [{{key: {orphan.key}, destroy: false}}]`."


def _way_to_release(orphan: Orphan) -> str:
    if orphan.duplicate:
        # The key's own block speaks of the other one.
        return f"In the Telnyx portal, take the tag {KEEP_TAG} off {orphan.live.id}."
    return (
        "First apply it with `lifecycle: {prevent_destroy: false}`, then delete it in a later"
        f" apply. To leave it running unmanaged: `removed: [{{key: {orphan.key}, destroy:"
        " false}]`."
    )
