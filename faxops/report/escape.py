"""Foreign text made harmless for a terminal: names, tags, URLs and errors that others wrote."""

from __future__ import annotations

import re
from typing import Final

_NAMED: Final = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}

_INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters and marks that count as printable and show nothing."""

# GitHub's runner takes `::…` after any leading spaces, and `##[…` anywhere in a line; Azure's agent
# takes `##vso[…`. The group is the one character that is shown as an escape instead.
_CI_COMMAND: Final = re.compile(r"\A\s*(:)(?=:)|(#)(?=#(?:vso)?\[)")


def terminal(text: object) -> str:
    """`text` on one line, with an escape for whatever acts on a terminal or cannot be seen.

    That is every control, bidi, invisible and unassigned character, spaces other than the plain
    one, and the beginning of what a CI system would take for a command.
    """
    plain = str(text)
    if plain.isascii() and plain.isprintable() and not _CI_COMMAND.search(plain):
        return plain
    return "".join(shown_characters(plain))


def shown_characters(text: str) -> list[str]:
    """Each character of `text` as `terminal` shows it, so that a position can be found again."""
    shown = [_shown(character) for character in text]
    for command in _CI_COMMAND.finditer(text):
        index = command.start(command.lastindex or 0)
        shown[index] = _escaped(text[index])
    return shown


def _shown(character: str) -> str:
    # isprintable() is false for exactly the categories Other (C*) and Separator (Z*), less " ".
    if character.isprintable() and character not in _INVISIBLE:
        return character
    return _NAMED.get(character) or _escaped(character)


def _escaped(character: str) -> str:
    return f"\\u{{{ord(character):x}}}"
