"""One kind of finding."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Code:
    """What a code means. `wrong` and `right` are examples, or empty where there is no file."""

    code: str
    title: str
    meaning: str
    wrong: str = ""
    right: str = ""
