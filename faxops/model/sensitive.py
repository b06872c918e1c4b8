"""Hiding what came from the environment: only the interpolated part of a text is masked."""

from __future__ import annotations

from typing import Final

Span = tuple[int, int]
"""Start and end, in characters, of a part of a text that must not be shown."""

MASK: Final = "(sensitive)"


def masked(text: str, spans: tuple[Span, ...]) -> str:
    """`text` with each of the sorted, disjoint `spans` replaced by the mask."""
    shown: list[str] = []
    position = 0
    for start, end in spans:
        shown += [text[position:start], MASK]
        position = end
    return "".join([*shown, text[position:]])


def masked_like(text: str, model: str, spans: tuple[Span, ...]) -> str:
    """Another value of the same field, masked where `model` is.

    What an old value had in the place of the secret is as secret as the new one. Where the
    two share the text before and after the masked part, only that part is hidden; else all is.
    """
    if not spans:
        return text
    before, after = model[: spans[0][0]], model[spans[-1][1] :]
    fits = len(text) >= len(before) + len(after)
    if fits and text.startswith(before) and text.endswith(after):
        return before + MASK + after
    return MASK
