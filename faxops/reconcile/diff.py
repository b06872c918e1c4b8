"""Which fields differ between two canonical forms; deepdiff explains, `==` decides first."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, cast

from faxops.model.kind import Values
from faxops.reconcile.plan import UNREADABLE, FieldChange


def diff(before: Values, after: Values) -> tuple[FieldChange, ...]:
    """The fields of `after` with another value than in `before`, in the order of `after`.

    A field that only `before` has is not reported: what the file cannot say, it does not change.
    """
    if before == after:
        return ()
    changed = set(_changed_paths(before, after))
    return tuple(
        FieldChange(path, before.get(path, UNREADABLE), value)
        for path, value in after.items()
        if path in changed
    )


def _hash(text: str) -> str:
    """Of a tag, which may hold half of a surrogate pair; deepdiff's own hashes fail on one."""
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def _changed_paths(before: Values, after: Values) -> Iterable[str]:
    # Imported here: it costs as much as all else a no-op plan imports, which never needs it.
    from deepdiff import DeepDiff  # noqa: PLC0415

    tree = DeepDiff(before, after, view="tree", threshold_to_diff_deeper=0, hasher=_hash)
    for group in cast("dict[str, Iterable[Any]]", tree).values():
        for item in group:
            yield cast("list[str]", item.path(output_format="list"))[0]
