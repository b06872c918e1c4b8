"""Which live object each desired resource is (design: identity and ownership).

A key is matched by its mark, then by a `moved` mark, then by `imports`, and by nothing else: not
by name, which anyone may have given to anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from faxops.config.stack import DesiredResource, Moved, Stack
from faxops.model.diagnostic import Diagnostic, Place, Severity
from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.model.marks import Mark


@dataclass(frozen=True, slots=True)
class Match:
    """A desired resource and the live object it is, if any.

    `moved_from` is the mark the object was found by when that was not its own.
    """

    desired: DesiredResource
    live: LiveResource | None
    importing: bool = False
    moved_from: Mark | None = None


@dataclass(frozen=True, slots=True)
class Orphan:
    """A live object with this stack's mark that no entry wants.

    `forget` leaves it running; `duplicate` says that `removed` names it by id.
    """

    key: str
    live: LiveResource
    forget: bool = False
    removed: bool = False
    duplicate: bool = False
    source: Place | None = None


@dataclass(slots=True)
class Matching:
    """The result of `match`: every live object is in exactly one of the first three."""

    matches: list[Match] = field(default_factory=list[Match])
    orphans: list[Orphan] = field(default_factory=list[Orphan])
    unmanaged: list[LiveResource] = field(default_factory=list[LiveResource])
    refusals: list[Diagnostic] = field(default_factory=list[Diagnostic])
    warnings: list[Diagnostic] = field(default_factory=list[Diagnostic])
    owned: int = 0


Selection = Callable[[str], bool]
"""Whether a key takes part in the plan (`--target`, `--exclude`)."""


def match(
    stack: Stack, kind: ResourceKind, live: tuple[LiveResource, ...], selects: Selection
) -> Matching:
    """Match the stack's desired resources of `kind` with the live ones. Pure; never raises."""
    return _Matcher(stack, kind, live, selects).run()


class _Matcher:
    def __init__(
        self,
        stack: Stack,
        kind: ResourceKind,
        live: tuple[LiveResource, ...],
        selects: Selection,
    ) -> None:
        self.stack = stack
        self.kind = kind
        self.selects = selects
        self.result = Matching()
        self.by_id = {each.id: each for each in live}
        self.settled = {r.id: r for r in stack.removed if r.id is not None}
        self.by_mark: dict[Mark, list[LiveResource]] = defaultdict(list)
        for each in live:
            for owner in each.marks.owners:
                self.by_mark[owner].append(each)
        self.claimed: dict[str, DesiredResource] = {}
        self.desired = {r.key: r for r in stack.resources if r.kind == kind.name}
        self.moves = {move.to_key: move for move in stack.moved}
        self.imports = {each.key: each for each in stack.imports}

    def run(self) -> Matching:
        owned = [each for each in self.by_id.values() if each.marks.of(self.stack.name)]
        self.result.owned = len(owned)
        for desired in self.desired.values():
            refused = len(self.result.refusals)
            found = self._find(desired)
            if found is not None and found.live is not None:
                self.claimed[found.live.id] = desired
            if not self.selects(desired.key):
                del self.result.refusals[refused:]
            elif found is not None:
                self.result.matches.append(found)
        self._refuse_ambiguous_marks(owned)
        self._collect_orphans(owned)
        self._refuse_strange_stack(owned)
        self._collect_unmanaged()
        self._check_names()
        return self.result

    def _find(self, desired: DesiredResource) -> Match | None:
        own = self._with_mark(Mark(self.stack.name, desired.key))
        if len(own) > 1:
            self._refuse_duplicates(desired, own)
            return None
        movers = self._movers(desired.key)
        if own:
            for mark, others in movers:
                if any(other.id != own[0].id for other in others):
                    self._refuse_both_live(desired, own[0], mark, others[0])
            return self._claim(Match(desired, own[0]))
        for mark, others in movers:
            if len(others) > 1:
                self._refuse_duplicates(desired, others)
                return None
            return self._claim(Match(desired, others[0], moved_from=mark))
        if desired.key in self.imports:
            return self._import(desired)
        return Match(desired, None)

    def _with_mark(self, mark: Mark) -> list[LiveResource]:
        return [each for each in self.by_mark.get(mark, ()) if each.id not in self.settled]

    def _movers(self, key: str) -> list[tuple[Mark, list[LiveResource]]]:
        """The live objects under the earlier names of `key`, nearest name first."""
        found: list[tuple[Mark, list[LiveResource]]] = []
        seen: set[str] = set()
        move: Moved | None = self.moves.get(key)
        while move is not None and move.from_key not in seen:
            mark = Mark(move.from_stack, move.from_key)
            if others := self._with_mark(mark):
                found.append((mark, others))
            seen.add(move.from_key)
            move = self.moves.get(move.from_key) if move.from_stack == self.stack.name else None
        return found

    def _claim(self, found: Match) -> Match | None:
        """Refuse an object that another key already has, and an import that contradicts."""
        assert found.live is not None  # noqa: S101 - both callers pass a matched one
        wanted = self.imports.get(found.desired.key)
        if wanted is not None and wanted.id != found.live.id:
            self._refuse(
                "FX705",
                f"`imports` wants {found.desired.key} to be {wanted.id}, but it already is"
                f" {_named([found.live])}.",
                "Delete the imports entry, or give the other application a key of its own.",
                wanted.source,
            )
        if found.live.id in self.claimed:
            other = self.claimed[found.live.id]
            self._refuse(
                "FX704",
                f"{_named([found.live])} is claimed by two keys: {other.key} and"
                f" {found.desired.key}.",
                "Let one key have it: delete the other's moved or imports entry.",
                found.desired.source,
            )
            return None
        return found

    def _import(self, desired: DesiredResource) -> Match | None:
        wanted = self.imports[desired.key]
        live = self.by_id.get(wanted.id)
        if live is None:
            self._refuse(
                "FX703",
                f"There is no {self.kind.title.lower()} {wanted.id} in this account to import as"
                f" {desired.key}.",
                "Check the id with `faxops app list`, and that the key is of the right account.",
                wanted.source,
            )
            return None
        foreign = sorted(mark for mark in live.marks.owners if mark.stack != self.stack.name)
        if foreign:
            self._refuse(
                "FX702",
                f"{_named([live])} belongs to {foreign[0].stack}/{foreign[0].key} and cannot be"
                f" imported as {desired.key}.",
                "To take it over, write"
                f" `moved: [{{from: {foreign[0].stack}/{foreign[0].key}, to: {desired.key}}}]`"
                " and delete it from the other configuration in the same change.",
                wanted.source,
            )
            return None
        own = live.marks.of(self.stack.name)
        if own:
            self._refuse(
                "FX704",
                f"{_named([live])} already is {own[0].key} of this stack and cannot be imported as"
                f" {desired.key}.",
                f"If the key was renamed, write `moved: [{{from: {own[0].key}, to:"
                f" {desired.key}}}]` instead of the import.",
                wanted.source,
            )
            return None
        return self._claim(Match(desired, live, importing=True))

    def _collect_orphans(self, owned: Iterable[LiveResource]) -> None:
        removed = {r.key: r for r in self.stack.removed if r.key is not None}
        for live in owned:
            key = live.marks.of(self.stack.name)[0].key
            if live.id in self.claimed or not self.selects(key):
                continue
            duplicate = self.settled.get(live.id)
            if duplicate is not None:
                orphan = Orphan(key, live, duplicate=True, removed=True, source=duplicate.source)
            elif key in self.desired:
                continue  # refused as ambiguous above: nothing may be decided about it
            elif key in removed:
                entry = removed[key]
                orphan = Orphan(
                    key, live, forget=not entry.destroy, removed=True, source=entry.source
                )
            else:
                orphan = Orphan(key, live)
            self.result.orphans.append(orphan)
        self._refuse_foreign_removals()

    def _refuse_foreign_removals(self) -> None:
        for object_id, entry in self.settled.items():
            live = self.by_id.get(object_id)
            if live is not None and not live.marks.of(self.stack.name):
                self._refuse(
                    "FX706",
                    f"`removed` names {_named([live])}, which this stack does not own.",
                    "Only an application with this stack's mark can be removed; take the entry"
                    " out.",
                    entry.source,
                )

    def _collect_unmanaged(self) -> None:
        self.result.unmanaged = [
            live
            for live in self.by_id.values()
            if live.id not in self.claimed and not live.marks.of(self.stack.name)
        ]

    def _refuse_ambiguous_marks(self, owned: Iterable[LiveResource]) -> None:
        for live in owned:
            own = live.marks.of(self.stack.name)
            if len(own) > 1:
                keys = " and ".join(mark.key for mark in own)
                self._refuse(
                    "FX707",
                    f"{_named([live])} carries the marks of two keys: {keys}.",
                    f"In the Telnyx portal, take off the tag of the key that it is not:"
                    f" {', '.join(mark.tag for mark in own)}.",
                )

    def _refuse_strange_stack(self, owned: list[LiveResource]) -> None:
        if not owned or not self.desired:
            return
        if any(live.id in self.claimed for live in owned):
            return
        keys = sorted({mark.key for live in owned for mark in live.marks.of(self.stack.name)})
        if set(keys) & self.desired.keys():
            return
        shown = ", ".join(keys[:5]) + (f" and {len(keys) - 5} more" if len(keys) > 5 else "")  # noqa: PLR2004 - enough to recognise the other repository by
        self._refuse(
            "FX701",
            f"The stack {self.stack.name} owns {len(owned)} live, and not one of them is in this"
            f" configuration ({shown}): another repository may use this stack name.",
            "Choose another `stack` here. If all of them shall be destroyed, add `--destroy`.",
        )

    def _check_names(self) -> None:
        creates = [each.desired for each in self.result.matches if each.live is None]
        if not creates:
            return
        names: dict[object, list[LiveResource]] = defaultdict(list)
        for live in self.result.unmanaged:
            names[live.values.get(self.kind.name_field)].append(live)
        for desired in creates:
            name = desired.values.get(self.kind.name_field)
            for live in names.get(name, ()):
                self._report_same_name(desired, live)

    def _report_same_name(self, desired: DesiredResource, live: LiveResource) -> None:
        name = desired.values.get(self.kind.name_field)
        if live.marks.owners:
            owner = min(live.marks.owners)
            self.result.warnings.append(
                Diagnostic(
                    Severity.WARNING,
                    "FX709",
                    f"{desired.key} will be created although {owner.stack}/{owner.key} has an"
                    f" application of the same name ({name}): {_named([live])}.",
                    place=desired.source,
                )
            )
            return
        self._refuse(
            "FX708",
            f"{desired.key} would be created, but an application named {name} already exists:"
            f" {_named([live])}.",
            f'To adopt it, write: imports: [{{id: "{live.id}", to: {desired.key}}}]. To have two,'
            " choose another application_name.",
            desired.source,
        )

    def _refuse_duplicates(self, desired: DesiredResource, live: list[LiveResource]) -> None:
        ordered = sorted(live, key=lambda each: (each.created_at, each.id))
        self._refuse(
            "FX710",
            f"{len(live)} live applications carry the mark of one key: {_named(ordered)}.",
            "Keep the one that numbers point at and settle the others with"
            f' `removed: [{{id: "{ordered[-1].id}", destroy: true}}]`.',
            desired.source,
        )

    def _refuse_both_live(
        self, desired: DesiredResource, own: LiveResource, mark: Mark, other: LiveResource
    ) -> None:
        self._refuse(
            "FX711",
            f"`moved` says {mark.key} became {desired.key}, but both are live: {_named([other])}"
            f" and {_named([own])}.",
            "Delete the moved entry and decide about each application by its own key.",
            desired.source,
        )

    def _refuse(self, code: str, summary: str, suggestion: str, place: Place | None = None) -> None:
        self.result.refusals.append(
            Diagnostic(Severity.ERROR, code, summary, suggestion=suggestion, place=place)
        )


def _named(live: list[LiveResource]) -> str:
    return ", ".join(
        f"{each.id} (created {each.created_at or 'at an unknown time'})" for each in live
    )
