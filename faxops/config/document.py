"""A parsed file: plain values, and where each key and value stands in the text.

The values are ordinary dicts, lists and scalars, because the schema validator wants exact types.
Places are kept beside them, by the identity of the container that holds a key or an item.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, cast

from faxops.config.scalars import Scalar
from faxops.config.source import Source, Spot

Node: TypeAlias = "dict[str, Node] | list[Node] | Scalar"
"""Any value of a document."""

Path = tuple[str | int, ...]
"""Keys and item numbers from the root of a document down to a value."""


@dataclass(frozen=True, slots=True)
class Document:
    """The root mapping of one file, with places.

    `marks` holds, by `id()` of a container, the character index of each key and value in
    order: two numbers an entry of a mapping (key, value), one an item of a list. `kept` keeps
    every container alive that has marks, so that no identity is given out twice. `positions`
    remembers, by identity again, where among the others each key of a mapping stands.
    """

    source: Source
    value: dict[str, Any]
    marks: dict[int, list[int]]
    kept: list[object] = field(default_factory=list[object])
    positions: dict[int, dict[str, int]] = field(default_factory=dict[int, dict[str, int]])

    def value_spot(self, holder: Mapping[str, Any] | Sequence[Any], name: str | int) -> Spot:
        """Where the value of a key, or an item of a list, begins."""
        marks = self.marks[id(holder)]
        if isinstance(holder, Mapping):
            return Spot(self.source, marks[2 * self._position(holder, name) + 1])
        return Spot(self.source, marks[cast("int", name)])

    def key_spot(self, holder: Mapping[str, Any], name: str | int) -> Spot:
        """Where a key of a mapping begins."""
        return Spot(self.source, self.marks[id(holder)][2 * self._position(holder, name)])

    def spot(self, path: Path) -> Spot:
        """Where the value at `path` begins; of a path cut short, the deepest part there is."""
        holder: Any = self.value
        spot = Spot(self.source, 0)
        for name in path:
            if not has(holder, name):
                break
            spot = self.value_spot(holder, name)
            holder = holder[name]
        return spot

    def node(self, path: Path) -> Node:
        """The value at `path`, which must exist."""
        value: Any = self.value
        for name in path:
            value = value[name]
        return value

    def entry_spots(self, holder: Mapping[str, Any]) -> list[Spot]:
        """Where each key of a mapping begins, in order."""
        return [Spot(self.source, index) for index in self.marks[id(holder)][::2]]

    def without(self, paths: Iterable[Path]) -> Document:
        """The document as if what stands at `paths` had not been written; places stay."""
        kept = [*self.kept, self.value]
        value = self._pruned(self.value, _tree(paths), kept)
        return Document(self.source, cast("dict[str, Any]", value), self.marks, kept)

    def _pruned(self, holder: Node, tree: _Tree, kept: list[object]) -> Node:
        """A copy of the container without what the tree ends at; each is copied once."""
        if not isinstance(holder, dict | list):
            return holder
        is_mapping = isinstance(holder, dict)
        names = list(holder) if is_mapping else range(len(holder))
        step = len(self.marks[id(holder)]) // (len(holder) or 1)
        copy: Any = {} if is_mapping else []
        marks: list[int] = []
        for position, name in enumerate(names):
            below = tree.get(name, _WHOLE)
            if below is None:
                continue
            value = cast("dict[str | int, Node]", holder)[name]
            value = value if below is _WHOLE else self._pruned(value, below, kept)
            if is_mapping:
                copy[name] = value
            else:
                copy.append(value)
            marks += self.marks[id(holder)][step * position : step * (position + 1)]
        self.marks[id(copy)] = marks
        kept.append(copy)
        return copy

    def _position(self, holder: Mapping[str, Any], name: str | int) -> int:
        positions = self.positions.get(id(holder))
        if positions is None:
            positions = {key: position for position, key in enumerate(holder)}
            self.positions[id(holder)] = positions
        return positions[cast("str", name)]


_Tree: TypeAlias = "dict[str | int, _Tree | None]"
"""Paths by their parts; None is the end of one."""
_WHOLE: _Tree = {}


def _tree(paths: Iterable[Path]) -> _Tree:
    root: _Tree = {}
    for path in paths:
        *above, last = path
        tree: _Tree | None = root
        for name in above:
            tree = tree.setdefault(name, {}) if tree is not None else None
        if tree is not None:
            tree[last] = None
    return root


def has(holder: Node, name: str | int) -> bool:
    """Whether a container holds that key or item."""
    if isinstance(holder, dict):
        return name in holder
    return isinstance(holder, list) and isinstance(name, int) and name < len(holder)
