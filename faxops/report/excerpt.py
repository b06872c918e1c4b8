"""The offending line of a file, cut to what fits, and the column below which the caret stands."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from itertools import accumulate
from typing import Final

from faxops.report.escape import shown_characters

_COLUMNS: Final = 120
_TAB: Final = 4
_CUT: Final = "..."


@dataclass(frozen=True, slots=True)
class Excerpt:
    """What is shown of a line. `caret` is the number of columns before the caret.

    `caret` is None where the position lies beyond the part of the line that is known.
    """

    line: str
    caret: int | None


def excerpt(line: str, column: int) -> Excerpt:
    """At most 120 terminal columns of `line` around its character number `column` (from 1).

    Wide characters take two columns, combining ones none, a tab goes to the next multiple of
    four, and a character that has to be escaped takes as many columns as its escape.
    """
    shown = _without_tabs(shown_characters(line))
    starts = [0, *accumulate(map(display_width, shown))]
    caret = starts[column - 1] if 0 < column <= len(starts) else None
    total = starts[-1]
    if total <= _COLUMNS:
        return Excerpt("".join(shown), caret)
    begin = max(0, min((caret or 0) - _COLUMNS // 2, total - _COLUMNS))
    kept = [
        index
        for index in range(len(shown))
        if begin <= starts[index] and starts[index + 1] <= begin + _COLUMNS
    ]
    first, last = kept[0], kept[-1]
    left = _CUT if first else ""
    right = _CUT if last + 1 < len(shown) else ""
    if caret is not None:
        caret += len(left) - starts[first]
    return Excerpt(left + "".join(shown[first : last + 1]) + right, caret)


def display_width(text: str) -> int:
    """The number of terminal columns that `text`, already escaped, takes up."""
    return len(text) if text.isascii() else sum(map(_columns, text))


def _without_tabs(shown: list[str]) -> list[str]:
    if "\\t" not in shown:
        return shown
    filled: list[str] = []
    position = 0
    for piece in shown:
        filled.append(" " * (_TAB - position % _TAB) if piece == "\\t" else piece)
        position += display_width(filled[-1])
    return filled


def _columns(character: str) -> int:
    if unicodedata.category(character) in {"Mn", "Me"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in {"W", "F"} else 1
