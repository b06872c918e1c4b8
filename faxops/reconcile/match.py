"""Which live object each desired resource is (design: identity and ownership).

A key is matched by its mark, then by a `moved` mark, then by `imports`, and by nothing else: not
by name, which anyone may have given to anything.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from faxops.config.stack import DesiredResource, Stack
from faxops.model.diagnostic import Diagnostic, Place, Severity
from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.model.marks import Mark
from faxops.reconcile import contradictions


@dataclass(frozen=True, slots=True)
class Match:
    """A desired resource and the live object it is, if any.

    `moved_from` is the mark the object was found by when that was not its own. `origins` are the
    earlier marks of the key, by which it would have been found too.
    """

    desired: DesiredResource
    live: LiveResource | None
    importing: bool = False
    moved_from: Mark | None = None
    origins: tuple[Mark, ...] = ()


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
    """The result of `match`. No live object is in two of the first three.

    One that is in none is of a key that is not selected, or what it is was refused. `owned` counts
    the live objects with this stack's mark; `recognised` says that one of them is what a key of
    the file says.
    """

    matches: list[Match] = field(default_factory=list[Match])
    orphans: list[Orphan] = field(default_factory=list[Orphan])
    unmanaged: list[LiveResource] = field(default_factory=list[LiveResource])
    refusals: list[Diagnostic] = field(default_factory=list[Diagnostic])
    warnings: list[Diagnostic] = field(default_factory=list[Diagnostic])
    owned: int = 0
    recognised: bool = False


Selection = Callable[[str], bool]
"""Whether a key takes part in the plan (`--target`, `--exclude`)."""


def match(
    stack: Stack, kind: ResourceKind, live: tuple[LiveResource, ...], selects: Selection
) -> Matching:
    """Match the stack's desired resources of `kind` with the live ones. Pure; never raises.

    Keys that are not selected are matched too, so that nothing of theirs is taken for something
    else, but neither they nor what contradicts them is in the result.
    """
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
        oldest_first = sorted(live, key=lambda each: (each.created_at, len(each.id), each.id))
        self.by_id = {each.id: each for each in oldest_first}
        self.settled = {r.id: r for r in stack.removed if r.id is not None}
        self.by_mark: dict[Mark, list[LiveResource]] = defaultdict(list)
        self.keys: dict[str, list[str]] = defaultdict(list)
        for each in oldest_first:
            for owner in sorted(each.marks.owners):
                self.by_mark[owner].append(each)
                if owner.stack == stack.name:
                    self.keys[each.id].append(owner.key)
        self.claimed: dict[str, DesiredResource] = {}
        self.desired = {r.key: r for r in stack.resources if r.kind == kind.name}
        self.moves = {move.to_key: move for move in stack.moved}
        self.imports = {each.key: each for each in stack.imports}

    def run(self) -> Matching:
        owned = [self.by_id[object_id] for object_id in self.keys]
        self.result.owned = len(owned)
        own = {r.key: self._with_key(r.key) for r in self.desired.values()}
        # An own mark outweighs every claim by another key, so those are matched first.
        for desired in sorted(self.desired.values(), key=lambda r: not own[r.key]):
            found = self._find(desired, own[desired.key])
            if found is None:
                continue
            if found.live is not None:
                self.claimed[found.live.id] = desired
            if self.selects(desired.key):
                self.result.matches.append(found)
        self._refuse_ambiguous_marks(owned)
        self._collect_orphans(owned)
        self._refuse_foreign_removals()
        self.result.recognised = any(live.id in self.claimed for live in owned)
        self._collect_unmanaged()
        self._check_names()
        return self.result

    def _find(self, desired: DesiredResource, own: list[LiveResource]) -> Match | None:
        if len(own) == 1 and desired.key not in self.moves:
            return self._claim(Match(desired, own[0]))
        movers = self._movers(desired.key)
        found = [(desired.key, each) for each in own]
        found += [(mark.key, each) for mark, others in movers for each in others]
        if len({each.id for _, each in found}) > 1:
            self._refuse_several(desired, found)
            return None
        if found:
            origin = None if own else movers[0][0]
            return self._claim(Match(desired, found[0][1], moved_from=origin))
        if desired.key in self.imports:
            return self._import(desired)
        return self._create(desired)

    def _refuse_several(
        self, desired: DesiredResource, found: list[tuple[str, LiveResource]]
    ) -> None:
        for _, each in found:
            self.claimed.setdefault(each.id, desired)  # none of them is up for destruction
        keys = {key for key, _ in found}
        if len(keys) == 1:
            refusal = contradictions.duplicates([each for _, each in found], desired.source)
        else:
            refusal = contradictions.both_live(desired, found)
        self._refuse(refusal, desired.key, *keys)

    def _with_key(self, key: str) -> list[LiveResource]:
        return self._with_mark(Mark(self.stack.name, key))

    def _with_mark(self, mark: Mark) -> list[LiveResource]:
        return [each for each in self.by_mark.get(mark, ()) if each.id not in self.settled]

    def _movers(self, key: str) -> list[tuple[Mark, list[LiveResource]]]:
        """The live objects under the earlier names of `key`, nearest name first."""
        return [(mark, found) for mark in self._origins(key) if (found := self._with_mark(mark))]

    def _origins(self, key: str) -> list[Mark]:
        """The earlier marks of `key`, nearest first; a chain ends at another stack's key."""
        origins: list[Mark] = []
        move = self.moves.get(key)
        while move is not None:
            origin = Mark(move.from_stack, move.from_key)
            if origin in origins:
                break  # a circle, which the loader refuses
            origins.append(origin)
            move = self.moves.get(origin.key) if origin.stack == self.stack.name else None
        return origins

    def _claim(self, found: Match) -> Match | None:
        """Refuse an object that another key already has, and an import that contradicts."""
        assert found.live is not None  # noqa: S101 - both callers pass a matched one
        key = found.desired.key
        wanted = self.imports.get(key)
        if wanted is not None and wanted.id != found.live.id:
            self._refuse(contradictions.import_for_taken_key(wanted, found.live), key)
        if found.live.id in self.claimed:
            other = self.claimed[found.live.id].key
            self._refuse(contradictions.claimed_twice(found.live, other, found.desired), key)
            return None
        return found

    def _import(self, desired: DesiredResource) -> Match | None:
        wanted = self.imports[desired.key]
        live = self.by_id.get(wanted.id)
        if live is None:
            self._refuse(contradictions.missing_import(wanted, self.kind), desired.key)
            return None
        foreign = sorted(mark for mark in live.marks.owners if mark.stack != self.stack.name)
        own = live.marks.of(self.stack.name)
        if foreign:
            self._refuse(contradictions.foreign_import(wanted, live, foreign[0]), desired.key)
        elif own:
            self.claimed.setdefault(live.id, desired)  # not up for destruction
            refusal = contradictions.import_of_another_key(wanted, live, own[0])
            self._refuse(refusal, desired.key, own[0].key)
        else:
            return self._claim(Match(desired, live, importing=True))
        return None

    def _create(self, desired: DesiredResource) -> Match | None:
        origins = self._origins(desired.key)
        for mark in (Mark(self.stack.name, desired.key), *origins):
            for live in self.by_mark.get(mark, ()):
                # All that carry the mark are settled here, so nothing of the key would be left.
                entry = self.settled[live.id]
                self._refuse(contradictions.last_one(entry, desired, live), desired.key)
                return None
        return Match(desired, None, origins=tuple(origins))

    def _collect_orphans(self, owned: Iterable[LiveResource]) -> None:
        removed = {r.key: r for r in self.stack.removed if r.key is not None}
        for live in owned:
            key = self.keys[live.id][0]
            if live.id in self.claimed or not self.selects(key):
                continue
            duplicate = self.settled.get(live.id)
            twins = self._with_key(key)
            if duplicate is not None:
                orphan = Orphan(key, live, duplicate=True, source=duplicate.source)
            elif key in self.desired:
                continue  # refused above: nothing may be decided about it
            elif len(twins) > 1:
                if live is twins[0]:
                    self._refuse(contradictions.duplicates(twins), key)
                continue
            elif key in removed:
                entry = removed[key]
                orphan = Orphan(
                    key, live, forget=not entry.destroy, removed=True, source=entry.source
                )
            else:
                orphan = Orphan(key, live)
            self.result.orphans.append(orphan)

    def _refuse_foreign_removals(self) -> None:
        for object_id, entry in self.settled.items():
            live = self.by_id.get(object_id)
            if live is not None and object_id not in self.keys:
                self.result.refusals.append(contradictions.foreign_removal(entry, live))

    def _collect_unmanaged(self) -> None:
        self.result.unmanaged = [
            live
            for live in self.by_id.values()
            if live.id not in self.claimed and live.id not in self.keys
        ]

    def _refuse_ambiguous_marks(self, owned: Iterable[LiveResource]) -> None:
        for live in owned:
            keys = self.keys[live.id]
            if len(keys) > 1:
                own = live.marks.of(self.stack.name)
                self._refuse(contradictions.two_keys(live, own), *keys)

    def _check_names(self) -> None:
        name_field = self.kind.name_field
        creates = [each.desired for each in self.result.matches if each.live is None]
        if not creates:
            return
        names: dict[object, list[LiveResource]] = defaultdict(list)
        for live in self.result.unmanaged:
            names[live.values.get(name_field)].append(live)
        for desired in creates:
            for live in names.get(desired.values.get(name_field), ()):
                found = contradictions.same_name(desired, live, name_field)
                is_error = found.severity is Severity.ERROR
                (self.result.refusals if is_error else self.result.warnings).append(found)

    def _refuse(self, refusal: Diagnostic, *keys: str) -> None:
        """Add a refusal that is about `keys`, if any of them is selected."""
        if any(map(self.selects, keys)):
            self.result.refusals.append(refusal)
