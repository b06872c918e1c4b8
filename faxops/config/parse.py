"""Bytes of a YAML file to a `Document`: one loop over the events of PyYAML's C parser.

Nodes are never built: for 10,000 applications that costs six times as much as the events.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn, Protocol, cast

import yaml

from faxops.config.document import Document, Node
from faxops.config.encoding import Unparsable
from faxops.config.phrases import cut, did_you_mean, shown
from faxops.config.scalars import Scalar, plain
from faxops.config.source import Source, Spot
from faxops.config.syntax import MAX_DEPTH, syntax_error
from faxops.errors import FaxopsError
from faxops.model.diagnostic import Diagnostic

MAX_ALIASED_NODES: Final = 200_000
"""Values that aliases may stand for in one file, counted as if each were written out."""

MAX_EVENTS: Final = 6_000_000
"""Keys, values and ends of containers in one file; 64 MiB of applications have fewer."""
MAX_PROBLEMS: Final = 100
"""Findings about one file's YAML after which the rest of it is not worth reading."""


class _Event(Protocol):
    """What the events of the C parser carry, each the part that its type has."""

    start_mark: _Mark
    anchor: str | None
    tag: str | None
    value: str
    implicit: tuple[bool, bool]


class _Mark(Protocol):
    """A place; `index` counts characters from the start of the text."""

    index: int


class _Discarded:
    """Stands for a key or value that was already reported and is left out."""


_DISCARDED: Final = cast("str", _Discarded())


def parse(source: Source) -> tuple[Document, list[Diagnostic]]:
    """The document in `source` and what is wrong with it, as far as the rest can be read.

    What a finding is about (the second of two equal keys, a `<<`) is left out of the document.
    Raises `Unparsable` when nothing can be made of the text.
    """
    if not yaml.__with_libyaml__:
        raise FaxopsError(
            "PyYAML was installed without its C parser.",
            hint="Install a PyYAML wheel for this platform, or build it with libyaml.",
        )
    builder = _Builder(source)
    try:
        _feed(builder, source)
    except yaml.YAMLError as error:
        raise Unparsable((*builder.problems, syntax_error(source, error))) from None
    if builder.root is _DISCARDED:  # an alias of nothing, which is reported already
        raise Unparsable(tuple(builder.problems))
    if not isinstance(builder.root, dict):
        raise Unparsable((*builder.problems, _not_a_mapping(source, builder.root)))
    return Document(source, cast("dict[str, Any]", builder.root), builder.marks), builder.problems


def _feed(builder: _Builder, source: Source) -> None:
    # A lone surrogate cannot come out of the decoder, so encoding again is safe.
    loader = yaml.CSafeLoader(source.text.encode())
    try:
        next_event = cast("Callable[[], _Event | None]", loader.get_event)
        handlers = builder.handlers()
        for _ in range(MAX_EVENTS):
            event = next_event()
            if event is None:
                return
            handlers[type(event)](event)
        builder.stop_reading()
    finally:
        loader.dispose()


class _Frame(NamedTuple):
    """What to go back to when a container is closed, and what is known about the container."""

    holder: dict[str, Node] | list[Node] | None
    marks: list[int]
    key: str | None
    key_index: int
    begins: int
    anchor: str | None
    nodes_before: int


class _Builder:
    """Builds values and marks from events. `key` is the key whose value comes next."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.problems: list[Diagnostic] = []
        self.marks: dict[int, list[int]] = {}
        self.root: Node = None
        self.documents = 0
        self._holder: dict[str, Node] | list[Node] | None = None
        self._holder_marks: list[int] = []
        self._key: str | None = None
        self._key_index = 0
        self._frames: list[_Frame] = []
        self._anchors: dict[str, tuple[Node, int]] = {}
        self._open_anchors: set[str] = set()
        self._plain: dict[str, Scalar] = {}
        self._count = 0
        self._aliased = 0

    def handlers(self) -> dict[type[object], Callable[[_Event], None]]:
        """What to do with each type of event."""
        return {
            yaml.ScalarEvent: self._scalar,
            yaml.MappingStartEvent: self._mapping_start,
            yaml.SequenceStartEvent: self._sequence_start,
            yaml.MappingEndEvent: self._end,
            yaml.SequenceEndEvent: self._end,
            yaml.AliasEvent: self._alias,
            yaml.DocumentStartEvent: self._document_start,
            yaml.DocumentEndEvent: _nothing,
            yaml.StreamStartEvent: _nothing,
            yaml.StreamEndEvent: _nothing,
        }

    def stop_reading(self) -> NoReturn:
        """Give up a file that would fill the memory with values."""
        summary = f"The file holds more than {MAX_EVENTS:,} keys and values."
        problem = Spot(self.source, 0).error(
            "FX110", summary, suggestion="Split it into files named in `include:`."
        )
        raise Unparsable((*self.problems, problem))

    def _scalar(self, event: _Event) -> None:
        text = event.value
        value: Scalar = text
        index = event.start_mark.index
        is_plain = event.implicit[0]
        if is_plain:
            try:
                value = self._plain[text]
            except KeyError:
                value = self._plain[text] = plain(text)
        elif event.tag is not None:
            self._refuse_tag(event.tag, index)
        self._count += 1
        if event.anchor is not None:
            self._anchors[event.anchor] = (value, 1)
        holder = self._holder
        if type(holder) is not dict:
            self._put(value, index)
        elif self._key is None:
            # Written out for the key that is in order, because calls are what this loop costs.
            if type(value) is str and value not in holder and text != "<<":
                self._key, self._key_index = value, index
            else:
                self._take_key(holder, value, index, merge=is_plain and text == "<<")
        elif self._key is _DISCARDED:
            self._key = None
        else:
            holder[self._key] = value
            self._holder_marks += (self._key_index, index)
            self._key = None

    def _take_key(
        self, holder: dict[str, Node], value: Node, index: int, *, merge: bool = False
    ) -> None:
        self._key_index = index
        self._key = _DISCARDED
        if value is _DISCARDED:
            return
        if merge:
            self._report(
                "FX103",
                index,
                "Merge keys (`<<`) are not supported.",
                suggestion="Put what all applications share under `defaults:`.",
            )
        elif not isinstance(value, str):
            self._refuse_key(value, index)
        elif value in holder:
            self._refuse_duplicate(holder, value, index)
        else:
            self._key = value

    def _put(self, value: Node, index: int) -> None:
        holder = self._holder
        if type(holder) is dict:
            key = self._key
            self._key = None
            if key is None or key is _DISCARDED or value is _DISCARDED:
                return
            holder[key] = value
            self._holder_marks += (self._key_index, index)
        elif holder is None:
            self.root = value
        elif value is not _DISCARDED:
            cast("list[Node]", holder).append(value)
            self._holder_marks.append(index)

    def _mapping_start(self, event: _Event) -> None:
        self._start({}, event)

    def _sequence_start(self, event: _Event) -> None:
        self._start([], event)

    def _start(self, holder: dict[str, Node] | list[Node], event: _Event) -> None:
        index = event.start_mark.index
        anchor = event.anchor
        if event.tag is not None:
            self._refuse_tag(event.tag, index)
        if len(self._frames) >= MAX_DEPTH:
            summary = f"The nesting is deeper than {MAX_DEPTH} levels."
            raise Unparsable((*self.problems, Spot(self.source, index).error("FX109", summary)))
        if anchor is not None:
            self._anchors.pop(anchor, None)
            self._open_anchors.add(anchor)
        self._frames.append(
            _Frame(
                self._holder,
                self._holder_marks,
                self._key,
                self._key_index,
                index,
                anchor,
                self._count,
            )
        )
        self._count += 1
        self._holder, self._holder_marks, self._key = holder, [], None
        self.marks[id(holder)] = self._holder_marks

    def _end(self, _event: _Event) -> None:
        value = self._holder
        frame = self._frames.pop()
        self._holder, self._holder_marks = frame.holder, frame.marks
        self._key, self._key_index = frame.key, frame.key_index
        if frame.anchor is not None:
            self._open_anchors.discard(frame.anchor)
            self._anchors[frame.anchor] = (value, self._count - frame.nodes_before)
        if self._key is None and type(self._holder) is dict:
            self._take_key(self._holder, value, frame.begins)
        else:
            self._put(value, frame.begins)

    def _alias(self, event: _Event) -> None:
        name = event.anchor or ""
        index = event.start_mark.index
        value, size = self._anchors.get(name, (_DISCARDED, 0))
        if value is _DISCARDED:
            self._refuse_alias(name, index)
        self._count += size
        self._aliased += size
        if self._aliased > MAX_ALIASED_NODES:
            problem = Spot(self.source, index).error(
                "FX108",
                f"Aliases stand for more than {MAX_ALIASED_NODES:,} values in this file.",
                suggestion="Put what applications share under `defaults:`, or use a fleet.",
            )
            raise Unparsable((*self.problems, problem))
        if self._key is None and type(self._holder) is dict:
            self._take_key(self._holder, value, index)
        else:
            self._put(value, index)

    def _document_start(self, event: _Event) -> None:
        self.documents += 1
        if self.documents == 1:
            return
        problem = Spot(self.source, event.start_mark.index).error(
            "FX106",
            "A second YAML document begins here.",
            suggestion="Delete the `---`, or move what follows to a file named in `include:`.",
        )
        raise Unparsable((*self.problems, problem))

    def _refuse_tag(self, tag: str, index: int) -> None:
        written = cut(tag.replace("tag:yaml.org,2002:", "!!"))
        self._report(
            "FX105",
            index,
            f"YAML tags such as `{written}` are not supported.",
            suggestion="Delete the tag; quotes make a value text.",
        )

    def _refuse_key(self, value: Node, index: int) -> None:
        if isinstance(value, list | dict):
            self._report("FX104", index, "A list or a mapping cannot be a key.")
            return
        self._report(
            "FX104",
            index,
            f"The key {shown(value)} is not text.",
            suggestion=f'Write it in quotes: "{shown(value)}":',
        )

    def _refuse_duplicate(self, holder: dict[str, Node], key: str, index: int) -> None:
        position = list(holder).index(key)
        first = self.source.place(self._holder_marks[2 * position])
        self._report(
            "FX102",
            index,
            f"The key `{cut(key)}` was already given at {first}.",
            suggestion="Keep one of the two.",
        )

    def _refuse_alias(self, name: str, index: int) -> None:
        if name in self._open_anchors:
            self._report("FX107", index, f"The alias `*{cut(name)}` stands inside its own anchor.")
            return
        self._report(
            "FX107",
            index,
            f"The alias `*{cut(name)}` has no anchor `&{cut(name)}` before it.",
            suggestion=did_you_mean(name, self._anchors)
            or f"Put text that begins with `*` in quotes: {shown('*' + name)}",
        )

    def _report(self, code: str, index: int, summary: str, *, suggestion: str = "") -> None:
        spot = Spot(self.source, index)
        self.problems.append(spot.error(code, summary, suggestion=suggestion))
        if len(self.problems) >= MAX_PROBLEMS:
            raise Unparsable(tuple(self.problems))


def _nothing(_event: object) -> None:
    """Events that carry no value."""


def _not_a_mapping(source: Source, root: object) -> Diagnostic:
    start = Spot(source, 0)
    if root is None:
        return start.error("FX113", "The file is empty.", suggestion="Begin with `version: 1`.")
    return start.error(
        "FX113",
        f"The file holds {shown(root)} where a mapping is expected.",
        suggestion="Begin with `version: 1`.",
    )
