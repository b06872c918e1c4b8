"""The tags under `faxops.`: how ownership is written on the live object itself.

Three forms exist. `faxops.<stack>.<key>` is the mark of ownership, `faxops.keep` protects from
deletion, `faxops.w.<12 hex>` is the digest of the last write-only value that was sent.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Self

RESERVED_PREFIX: Final = "faxops."
KEEP_TAG: Final = "faxops.keep"
_WRITTEN_PREFIX: Final = "faxops.w."
RESERVED_STACK_NAMES: Final = frozenset({"w", "keep"})


def is_reserved(tag: str) -> bool:
    """Whether `tag` belongs to faxops and is hidden from diffs."""
    return tag.startswith(RESERVED_PREFIX)


@dataclass(frozen=True, slots=True, order=True)
class Mark:
    """Who owns a live object: the stack, and the key within it."""

    stack: str
    key: str

    @property
    def tag(self) -> str:
        """The mark as it stands among the object's tags."""
        return f"{RESERVED_PREFIX}{self.stack}.{self.key}"


@dataclass(frozen=True, slots=True)
class Marks:
    """All that the reserved tags of one live object say.

    `owners` normally holds one mark; `written` holds the 12 hex digits of each digest. Reserved
    tags of no known form are in `others`: they are kept on every write.
    """

    owners: frozenset[Mark] = frozenset()
    keep: bool = False
    written: frozenset[str] = frozenset()
    others: frozenset[str] = frozenset()

    @classmethod
    def read(cls, tags: Iterable[str]) -> Self:
        """Read the reserved ones among `tags`."""
        owners: set[Mark] = set()
        written: set[str] = set()
        others: set[str] = set()
        keep = False
        for tag in tags:
            if not tag.startswith(RESERVED_PREFIX):
                continue
            if tag == KEEP_TAG:
                keep = True
            elif tag.startswith(_WRITTEN_PREFIX):
                written.add(tag.removeprefix(_WRITTEN_PREFIX))
            else:
                stack, dot, key = tag.removeprefix(RESERVED_PREFIX).partition(".")
                if dot and stack and key and "." not in key:
                    owners.add(Mark(stack, key))
                else:
                    others.add(tag)
        return cls(frozenset(owners), keep, frozenset(written), frozenset(others))

    @property
    def tags(self) -> frozenset[str]:
        """The marks as tags again."""
        owned = {owner.tag for owner in self.owners}
        kept = {KEEP_TAG} if self.keep else set[str]()
        digests = {_WRITTEN_PREFIX + digest for digest in self.written}
        return frozenset(owned | kept | digests | self.others)

    def of(self, stack: str) -> tuple[Mark, ...]:
        """This stack's marks, sorted; more than one is an inconsistency."""
        return tuple(sorted(owner for owner in self.owners if owner.stack == stack))


def written_digest(object_id: str, path: str, value: str) -> str:
    """12 hex digits that tell whether `value` was the last one sent to a write-only field.

    It is bound to the object and the field, so equal values on two objects look different.
    """
    text = f"{object_id}\0{path}\0{value}"
    return hashlib.sha256(text.encode()).hexdigest()[:12]
