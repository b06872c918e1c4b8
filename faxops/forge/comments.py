"""One comment for each stack and environment: found by its marker, created, updated, never two.

The marker is the first line of the text. It names the stack and the environment; a run that failed
before it could read its configuration knows no stack.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Final, Protocol

from faxops.errors import CommentFailed, OutcomeUnknown
from faxops.model.clock import Clock

_MARKER: Final = re.compile(r"<!-- faxops stack=(\S*) environment=(\S*) -->")
_LOOKS: Final = (1.0, 2.0, 4.0)
"""Seconds to wait before each look for a comment whose creation got no answer."""
_SENDINGS: Final = 2
_ROUNDS: Final = 3
MAX_PAGES: Final = 100
PAGE_SIZE: Final = 100
"""The largest page of either forge."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Whose text a comment holds, as its marker writes it. Both may be empty."""

    stack: str
    environment: str


@dataclass(frozen=True, slots=True)
class Comment:
    """One comment. `id` grows with time, `author` is a login, `url` is empty where unknown."""

    id: int
    author: str
    body: str
    url: str = ""

    @property
    def mark(self) -> Mark | None:
        """What its first line says; None for any other comment."""
        return mark_of(self.body)


@dataclass(frozen=True, slots=True)
class CommentPage:
    """Some comments of a conversation, oldest first, and whether there are more."""

    comments: tuple[Comment, ...]
    has_next: bool


class Conversation(Protocol):
    """The comments of one pull or merge request. Every method raises `CommentFailed`."""

    async def viewer(self) -> str:
        """The login that the token comments as."""
        ...

    async def page(self, number: int) -> CommentPage:
        """The page of that number, counted from 1."""
        ...

    async def create(self, body: str) -> Comment:
        """Write a new comment."""
        ...

    async def update(self, comment: Comment, body: str) -> Comment:
        """Give a comment another text."""
        ...

    async def delete(self, comment: Comment) -> None:
        """Remove a comment."""
        ...


class Deed(StrEnum):
    """What was done to the comment."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Published:
    """The comment that now holds the text. `removed` counts the ones that there were too many."""

    comment: Comment
    deed: Deed
    removed: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Which comment takes the text (None: there is none yet), and which are too many."""

    target: Comment | None
    surplus: tuple[Comment, ...] = ()


def mark_of(body: str) -> Mark | None:
    """The mark that the first line of `body` is, or None."""
    found = _MARKER.fullmatch(body.split("\n", 1)[0].rstrip("\r"))
    return Mark(found[1], found[2]) if found else None


def choose(mark: Mark, ours: Sequence[Comment]) -> Choice:
    """Find the place of a text of `mark` among our own comments, oldest first.

    The oldest of the same mark keeps its place, and others of it are surplus. A run that knows no
    stack takes the place of the environment's only stack. One that knows its stack takes over, or
    removes, what a run without a stack wrote; but not beside other stacks, whose failure that may
    tell.
    """
    beside: dict[str, list[Comment]] = {}
    for comment in ours:
        found = comment.mark
        if found is not None and found.environment == mark.environment:
            beside.setdefault(found.stack, []).append(comment)
    same = beside.pop(mark.stack, [])
    stackless = beside.pop("", [])
    if mark.stack:
        place = same if beside else [*same, *stackless]
    else:
        place = same or (next(iter(beside.values())) if len(beside) == 1 else [])
    return Choice(place[0] if place else None, tuple(place[1:]))


async def publish(conversation: Conversation, body: str, clock: Clock) -> Published:
    """Make `body`, which begins with its marker, the text of its one comment.

    Only comments of the token's own login are looked at. Nothing is sent when the text is there
    already. Raises `CommentFailed`, `OutcomeUnknown` when nobody knows whether a comment was
    written, and ValueError for a body without a marker.
    """
    mark = mark_of(body)
    if mark is None:
        raise ValueError("the text does not begin with a marker")
    viewer = await conversation.viewer()
    for _ in range(_ROUNDS):
        published = await _settle(conversation, viewer, mark, body, clock)
        if published is not None:
            return published
    raise CommentFailed(
        f"The comment was deleted {_ROUNDS} times while it was to be updated.",
        hint="Look for another program that removes it, then run again.",
    )


async def _settle(
    conversation: Conversation, viewer: str, mark: Mark, body: str, clock: Clock
) -> Published | None:
    """One look and what follows from it; None when the comment to update had just been deleted."""
    choice = choose(mark, await _ours(conversation, viewer))
    created: Comment | None = None
    if choice.target is None:
        created = await _create(conversation, viewer, mark, body, clock)
        # Another run may have written its own meanwhile: the older one stays, here as there.
        found = {each.id: each for each in (*await _ours(conversation, viewer), created)}
        choice = choose(mark, sorted(found.values(), key=lambda each: each.id))
    target = choice.target or created
    assert target is not None  # noqa: S101 - one of the two is there by now
    deed = Deed.CREATED if created and target.id == created.id else Deed.UNCHANGED
    if not _is_same(target.body, body):
        try:
            target, deed = await conversation.update(target, body), Deed.UPDATED
        except CommentFailed as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
    for each in choice.surplus:
        await _remove(conversation, each)
    return Published(target, deed, len(choice.surplus))


async def _ours(conversation: Conversation, viewer: str) -> list[Comment]:
    """All comments of `viewer` with a marker, oldest first."""
    found: dict[int, Comment] = {}
    for number in range(1, MAX_PAGES + 1):
        page = await conversation.page(number)
        # By id: while pages are read, a comment can slip onto the next one.
        found |= {each.id: each for each in page.comments if each.author == viewer and each.mark}
        if not page.has_next:
            return [found[id_] for id_ in sorted(found)]
    raise CommentFailed(
        f"The conversation has more than {MAX_PAGES * PAGE_SIZE:,} comments, so it was not read to"
        " the end.",
        hint="Open a new one.",
    )


async def _create(
    conversation: Conversation, viewer: str, mark: Mark, body: str, clock: Clock
) -> Comment:
    """Write the comment, and look for it before it is sent again."""
    lost: CommentFailed | None = None
    for _ in range(_SENDINGS):
        try:
            return await conversation.create(body)
        except CommentFailed as error:
            if error.processed == "no":
                raise
            lost = error
        for seconds in _LOOKS:
            await clock.sleep(seconds)
            found = choose(mark, await _ours(conversation, viewer)).target
            if found is not None:
                return found
    raise OutcomeUnknown(
        f"Nobody knows whether the comment was written: {lost.message if lost else ''}",
        hint="Run again: what is there by then is found, and one too many is removed.",
    ) from lost


async def _remove(conversation: Conversation, comment: Comment) -> None:
    try:
        await conversation.delete(comment)
    except CommentFailed as error:
        if error.status != HTTPStatus.NOT_FOUND:  # else another run was faster
            raise


def _is_same(there: str, wanted: str) -> bool:
    """Whether two texts differ at most in what a forge may change: line ends, outer blanks."""
    return there.replace("\r\n", "\n").strip() == wanted.replace("\r\n", "\n").strip()
