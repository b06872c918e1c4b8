"""Foreign text made harmless for a terminal: names, tags, URLs and errors that others wrote."""

from __future__ import annotations

import unicodedata
from typing import Final

_SUSPECT: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


def terminal(text: object) -> str:
    """`text` on one line, every control, bidi and invisible character shown as an escape.

    A line that begins like a CI command (`::…`, `##[…`) is only dangerous at its start, where
    faxops never puts foreign text.
    """
    plain = str(text)
    if plain.isascii() and plain.isprintable():
        return plain
    return "".join(map(_shown, plain))


def _shown(character: str) -> str:
    if unicodedata.category(character) not in _SUSPECT:
        return character
    named = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}.get(character)
    return named or f"\\u{{{ord(character):x}}}"
