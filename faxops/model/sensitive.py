"""What came from the environment is sensitive: how that is written down."""

from __future__ import annotations

from typing import Final

Span = tuple[int, int]
"""Start and end, in characters, of a part of a text that must not be shown."""

MASK: Final = "(sensitive)"
"""What stands in place of such a part in every output."""


def masked(text: str, spans: tuple[Span, ...]) -> str:
    """`text` with each of the sorted, disjoint `spans` replaced by the mask."""
    shown: list[str] = []
    position = 0
    for start, end in spans:
        shown += [text[position:start], MASK]
        position = end
    return "".join([*shown, text[position:]])
