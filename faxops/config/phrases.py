"""Parts of sentences that many messages share: values, lists of names, the nearest name."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable

SHOWN_LENGTH = 60
"""Characters of a value that a message shows."""
NAMED = 10
"""Names that a list in a message holds at most."""


def shown(value: object) -> str:
    """A value as it would stand in YAML, on one line, cut to a readable length."""
    if isinstance(value, list):
        return "a list"
    if isinstance(value, dict):
        return "a mapping"
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= SHOWN_LENGTH:
        return text
    return f'{text[: SHOWN_LENGTH - 2]}…"' if isinstance(value, str) else f"{text[:SHOWN_LENGTH]}…"


def cut(name: str) -> str:
    """A key or another name, cut to a readable length."""
    return name if len(name) <= SHOWN_LENGTH else f"{name[: SHOWN_LENGTH - 1]}…"


def choices(names: Iterable[str], *, last: str = "or") -> str:
    """`a, b or c`; at most ten are named."""
    listed = list(names)
    if len(listed) > NAMED:
        return f"{', '.join(listed[:NAMED])} and {len(listed) - NAMED} more"
    *others, final = listed or [""]
    return f"{', '.join(others)} {last} {final}" if others else final


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The one of `names` that `name` was probably meant to be, or None."""
    by_folded: dict[str, str] = {}
    for each in sorted(names):
        by_folded.setdefault(each.lower(), each)
    # difflib takes quadratic time; nobody misspells a name of 200 characters into another.
    found = difflib.get_close_matches(name[:200].lower(), by_folded, n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`Did you mean `x`?` or, when no name is near, nothing."""
    found = nearest(name, names)
    return f"Did you mean `{found}`?" if found is not None else ""
