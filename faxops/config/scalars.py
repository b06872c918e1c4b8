"""What a plain (unquoted) YAML scalar means: far fewer things than YAML 1.1 would make of it."""

from __future__ import annotations

import math
import re

Scalar = str | int | float | bool | None

_WORDS: dict[str, bool | None] = {"": None, "null": None, "true": True, "false": False}
# No leading zero, so `010` is text. Longer digits than this are no quantity anyone configures,
# and Python refuses to convert more than 4300 of them.
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,99})")
_FLOAT = re.compile(r"[-+]?(?:0|[1-9][0-9]{0,30})(?:\.[0-9]{1,30})?(?:[eE][-+]?[0-9]{1,3})?")
_NUMBER_START = frozenset("-+0123456789")


def plain(text: str) -> Scalar:
    """The value of the plain scalar `text`.

    `true`, `false`, `null` and nothing at all are themselves; decimals without a leading zero
    are integers or floats; everything else is text, `yes`, `010`, `12:30` and dates included.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _NUMBER_START:
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        number = float(text)
        return number if math.isfinite(number) else text
    return text
