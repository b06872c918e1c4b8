"""Documents that are nearly right: good ones of the corpus in which something was changed.

Random bytes seldom get past a parser. These get past it, and meet all that comes behind.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any, cast

from hypothesis import strategies as st

JSON = Any

SCALARS: st.SearchStrategy[JSON] = st.one_of(
    st.sampled_from(
        [
            None,
            True,
            0,
            -1,
            1 << 80,
            1.5,
            1e308,
            "",
            "null",
            "a" * 5000,
            "\u202e\x1b[2J\x00\n",
            "${var.host}${env.MAILBOX}${row.x}${key}",
            "$${${",
            "https://[",
            "https://a.example:99999/",
            "https://xn--a.example",
            "//",
            "\ud800",
            "::set-output name=a::b",
            "faxops.clinic.intake",
            "faxops.keep",
            "faxops.w.0123456789ab",
            "1293384261075731001",
            "2026-11-01T00:00:00Z",
        ]
    ),
    st.text(max_size=20),
    st.integers(),
    st.floats(),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def nearly(draw: st.DrawFn, documents: list[JSON]) -> JSON:
    """One of the documents with up to four of its parts put away, replaced, doubled or renamed."""
    document = copy.deepcopy(draw(st.sampled_from(documents)))
    for _ in range(draw(st.integers(1, 4))):
        places = list(_places(document))
        if not places:
            break
        holder, name = draw(st.sampled_from(places))
        _change(draw, holder, name)
    return document


def as_json(document: JSON) -> bytes:
    """The document as the bytes of a file."""
    return json.dumps(document).encode()


def _change(draw: st.DrawFn, holder: dict[str, JSON] | list[JSON], name: str | int) -> None:
    what = draw(st.sampled_from(["replace", "drop", "double", "rename"]))
    if isinstance(holder, list):
        index = cast("int", name)
        if what == "drop":
            del holder[index]
        elif what == "double":
            holder.append(copy.deepcopy(holder[index]))
        else:
            holder[index] = draw(VALUES)
        return
    key = cast("str", name)
    if what == "drop":
        del holder[key]
    elif what == "rename":
        new = draw(st.one_of(st.text(max_size=8), st.sampled_from(sorted(holder))))
        holder[new] = holder.pop(key)
    else:
        holder[key] = draw(VALUES)


def _places(value: JSON) -> Iterator[tuple[dict[str, JSON] | list[JSON], str | int]]:
    """Every part of the document as what holds it and its name there."""
    if isinstance(value, dict):
        members = cast("dict[str, JSON]", value)
        for key, item in members.items():
            yield members, key
            yield from _places(item)
    elif isinstance(value, list):
        items = cast("list[JSON]", value)
        for index, item in enumerate(items):
            yield items, index
            yield from _places(item)
