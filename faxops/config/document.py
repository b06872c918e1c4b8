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
    every container alive that has marks, so that no identity is given out twice.
    """

    source: Source
    value: dict[str, Any]
    marks: dict[int, list[int]]
    kept: list[object] = field(default_factory=list[object])

    def value_spot(self, holder: Mapping[str, Any] | Sequence[Any], name: str | int) -> Spot:
        """Where the value of a key, or an item of a list, begins."""
        marks = self.marks[id(holder)]
        if isinstance(holder, Mapping):
            return Spot(self.source, marks[2 * _position(holder, name) + 1])
        return Spot(self.source, marks[cast("int", name)])

    def key_spot(self, holder: Mapping[str, Any], name: str | int) -> Spot:
        """Where a key of a mapping begins."""
        return Spot(self.source, self.marks[id(holder)][2 * _position(holder, name)])

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
        value: Node = self.value
        for path in sorted(set(paths), key=_order, reverse=True):
            value = self._removed(value, path)
        kept = [*self.kept, self.value]
        return Document(self.source, cast("dict[str, Any]", value), self.marks, kept)

    def _removed(self, holder: Node, path: Path) -> Node:
        name, *rest = path
        if not has(holder, name):
            return holder
        copy: Any = cast("Any", holder).copy()
        marks = self.marks[id(holder)].copy()
        if rest:
            copy[name] = self._removed(copy[name], tuple(rest))
        elif isinstance(name, int):
            del copy[name], marks[name]
        else:
            at = 2 * _position(copy, name)
            del copy[name], marks[at : at + 2]
        self.marks[id(copy)] = marks
        self.kept.append(copy)
        return copy


def _position(holder: Mapping[str, Any], name: str | int) -> int:
    return next(position for position, key in enumerate(holder) if key == name)


def has(holder: Node, name: str | int) -> bool:
    """Whether a container holds that key or item."""
    if isinstance(holder, dict):
        return name in holder
    return isinstance(holder, list) and isinstance(name, int) and name < len(holder)


def _order(path: Path) -> tuple[tuple[int, str], ...]:
    # Items of one list go last first, so that the numbers of those before stay right.
    return tuple((name, "") if isinstance(name, int) else (0, name) for name in path)
