"""The matrix as data: every fault, where it strikes, and how the apply has to end.

A cell is a fault at one request of an operation. What is expected stands for a family of faults
that no client can or need tell apart, by the kind of request that is hit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from email.utils import format_datetime
from typing import Final

from faxops.emulator.distortions import Distortion
from faxops.emulator.scenario import (
    Behaves,
    DuplicateInPages,
    EmptyList,
    Fault,
    Hang,
    LostAfter,
    LostBefore,
    OtherActor,
    Refused,
    ShiftingList,
    SlowDrip,
    StaleRead,
    Status,
    WrongTotal,
)
from tests.faults.operations import OPERATIONS, RECIPIENT, Operation
from tests.faults.steps import rehearse
from tests.telnyx.virtual import KEY, START

WAIT_SECONDS: Final = 2
"""How long each 429 asks to wait."""


@dataclass(frozen=True, slots=True)
class Expected:
    """How an apply ends under a fault, in a word, and why that is right."""

    word: str
    why: str


MENDED = Expected("applied", "The request is sent again, which is safe.")
WHOLE = Expected("applied", "The answer is whole, only late or oddly labelled, so it counts.")
SURE = Expected("applied", "What this request tells isn't bent by the fault.")
FOUND = Expected("applied", "The answer was lost; the mark shows that the create was done.")
SETTLED = Expected("applied", "The answer was lost; reading the object shows that it was done.")
READ_ANEW = Expected("applied", "The listing contradicts itself, so it is read again.")
GONE = Expected("applied", "An application that is gone already needs no destroy.")
JUDGED = Expected("not_applied", "The API judged the request and did nothing.")
UNSEEN = Expected("not_applied", "Nothing is written to what could not be read right before.")
THERE = Expected("not_applied", "Right before a create, it is seen that they exist.")
SECOND_LOOK = Expected("applied", "What a listing missed is found by a second, or by the next run.")
REPEATED = Expected("applied", "The second request sends the tags once more.")
COMPLETE = Expected("applied", "Nested objects are sent whole, so both come to the same.")
MOMENT = Expected("applied", "A change in the moment before the write can't be seen.")
GAVE_UP = Expected("not_applied", "No try was done, and the object shows it.")
CHANGED = Expected("not_applied", "Somebody else's change since the plan is not overwritten.")
LOST = Expected("unknown", "No answer came, so the request may even be done later.")
UNKNOWN = Expected("unknown", "The create may have been done, was not found, and isn't repeated.")
PARTLY = Expected("partly", "It was created, and its second request was not done.")
UNREAD = Expected("failed", "Nothing is planned on an account that was not read whole.")
REFUSED = Expected("refused", "An empty account contradicts the imports, so nothing is done.")
NOT_SENT = Expected("not_sent", "Nothing is created without a good listing right before.")
STOPPED = Expected("stopped", "No more marks are written until the first is seen to stand.")
UNCONFIRMED = Expected("unconfirmed", "All was applied, and could not be read again.")
NAMED = Expected("named", "What the API shows differs from what was applied, and is named.")

Table = Mapping[str, Expected]


def _reads(lost: Expected) -> Table:
    """A fault of a read that is not mended: `lost` is what becomes of the reading of a plan."""
    return {
        "LIST": lost,
        "LIST AGAIN": lost,
        "LIST ALONE": lost,
        "NUMBERS": lost,
        "LIST BEFORE": NOT_SENT,
        "READ": UNSEEN,
        "READ DOOMED": UNSEEN,
        "NUMBERS AGAIN": UNSEEN,
        "CONFIRM": STOPPED,
        "READ BACK": UNCONFIRMED,
    }


def _all(expected: Expected) -> Table:
    return dict.fromkeys(REQUESTS, expected)


REQUESTS: Final = tuple(dict.fromkeys(each for op in OPERATIONS for each in op.requests))
_PLANNED: Final = ("LIST", "LIST AGAIN", "LIST ALONE")
_WRITES: Final = ("POST", "POST OF TWO", "COMPLETE", "PATCH", "DELETE")
_UNREADABLE: Final = _reads(UNREAD)
_MENDED: Final = _all(MENDED)
_SURE: Final = _all(SURE)
_LISTINGS: Final = (*_PLANNED, "LIST BEFORE", "READ BACK", "NUMBERS", "NUMBERS AGAIN")


@dataclass(frozen=True, slots=True)
class Family:
    """Faults with the same ends: of one that strikes once, and of one that goes on.

    A request that a table does not have is not tried: the fault can't strike it. A key may begin
    with a position, if the end depends on it.
    """

    once: Table
    on: Table


def _writes(post: Expected, complete: Expected, patch: Expected, delete: Expected) -> Table:
    return {
        "POST": post,
        "POST OF TWO": post,
        "COMPLETE": complete,
        "PATCH": patch,
        "DELETE": delete,
    }


_JUDGED: Final = {**_UNREADABLE, **_writes(JUDGED, PARTLY, JUDGED, JUDGED)}
_DONE_UNHEARD: Final = {**_UNREADABLE, **_writes(FOUND, SETTLED, SETTLED, SETTLED)}
_GIVEN_UP: Final = {**_UNREADABLE, **_writes(GAVE_UP, PARTLY, GAVE_UP, GAVE_UP)}
# The one request that is not sent again after a failure that may come from beyond the API's door.
_POST_LOST: Final = {"POST": UNKNOWN, "POST OF TWO": UNKNOWN}

JUDGEMENT: Final = Family(_JUDGED, _JUDGED)
# 404 for an object means that it is gone; where that is not true, reading back says so.
MISSING: Final = Family(
    {**_JUDGED, "CONFIRM": MENDED, "READ DOOMED": NAMED, "DELETE": NAMED},
    {**_JUDGED, "READ DOOMED": NAMED, "DELETE": NAMED},
)
LATER: Final = Family(_MENDED, _GIVEN_UP)
BROKEN: Final = Family({**_MENDED, **_POST_LOST}, {**_GIVEN_UP, **_POST_LOST})
LOST_BEFORE: Final = Family(
    {**_MENDED, **_POST_LOST}, {**_UNREADABLE, **_writes(UNKNOWN, PARTLY, LOST, LOST)}
)
LOST_AFTER: Final = Family({**_MENDED, "POST": FOUND, "POST OF TWO": FOUND}, _DONE_UNHEARD)
GARBLED: Final = Family(_DONE_UNHEARD, _DONE_UNHEARD)
HARMLESS: Final = Family(_all(WHOLE), _all(WHOLE))
INCONSISTENT: Final = Family(
    {**_SURE, **dict.fromkeys(_LISTINGS, READ_ANEW)},
    {**_SURE, **{each: _UNREADABLE[each] for each in _LISTINGS}},
)
# No number points anywhere here, and nothing can't be there twice.
DOUBLED: Final = Family(
    {**INCONSISTENT.once, "NUMBERS": SURE, "NUMBERS AGAIN": SURE},
    {**INCONSISTENT.on, "NUMBERS": SURE, "NUMBERS AGAIN": SURE},
)
# An API that tells the same lie in every listing can't be found out, so no listing lies for ever
# here but those after the writes.
STALE: Final = Family(
    {
        **_SURE,
        **dict.fromkeys(_PLANNED, READ_ANEW),
        "READ": UNSEEN,
        "READ DOOMED": NAMED,
        "CONFIRM": MENDED,
        "READ BACK": MENDED,
    },
    {"READ": UNSEEN, "READ DOOMED": NAMED, "CONFIRM": STOPPED, "READ BACK": NAMED},
)
EMPTY: Final = Family(
    {
        **_SURE,
        **dict.fromkeys(_PLANNED, READ_ANEW),
        "first LIST": REFUSED,
        "first LIST ALONE": THERE,
        "READ BACK": READ_ANEW,
    },
    {"READ BACK": NAMED},
)
# Each time is another event, so it doesn't go on.
SHIFTED: Final = Family({**_SURE, **dict.fromkeys(_PLANNED, SECOND_LOOK)}, {})
UNMARKED: Final = Family(
    {**_writes(NAMED, NAMED, NAMED, SURE), "POST OF TWO": REPEATED},
    {**_writes(NAMED, NAMED, NAMED, SURE), "POST OF TWO": REPEATED},
)
NESTED: Final = Family(_all(COMPLETE), _all(COMPLETE))
CHANGED_SINCE: Final = Family({"READ": CHANGED, "READ DOOMED": CHANGED}, {})
DELETED_SINCE: Final = Family({"READ": CHANGED, "READ DOOMED": GONE}, {})
# Between the last look and the write lies a moment that the API gives no means to guard.
CHANGED_LAST: Final = Family({"READ": NAMED, "READ DOOMED": MOMENT}, {})
DELETED_LAST: Final = Family({"READ": CHANGED, "READ DOOMED": GONE}, {})


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the matrix. With `since_plan`, another acts on the object right after the plan."""

    name: str
    fault: Fault
    family: Family
    since_plan: bool = False


def _status(status: int, **headers: str) -> Status:
    # An API that repeats what it was sent, the key included.
    told = f"refused for {RECIPIENT} with {KEY}"
    return Status(status, detail=told, headers={k.replace("_", "-"): v for k, v in headers.items()})


_LATER: Final = START + timedelta(seconds=WAIT_SECONDS)
ROWS: Final = (
    Row("401", _status(401), JUDGEMENT),
    Row("403", _status(403), JUDGEMENT),
    Row("404", _status(404), MISSING),
    Row("408", _status(408), BROKEN),
    Row("409", _status(409), JUDGEMENT),
    Row("422", _status(422), JUDGEMENT),
    Row("423", _status(423), JUDGEMENT),
    Row("429, `Retry-After` in seconds", _status(429, retry_after=str(WAIT_SECONDS)), LATER),
    Row(
        "429, `Retry-After` as a date",
        _status(429, retry_after=format_datetime(_LATER, usegmt=True)),
        LATER,
    ),
    Row(
        "429, `x-ratelimit-reset` in seconds",
        _status(429, x_ratelimit_remaining="0", x_ratelimit_reset=str(WAIT_SECONDS)),
        LATER,
    ),
    Row(
        "429, `x-ratelimit-reset` as Unix time",
        _status(429, x_ratelimit_remaining="0", x_ratelimit_reset=str(int(_LATER.timestamp()))),
        LATER,
    ),
    Row("500", _status(500), BROKEN),
    Row("500 although it was done", Status(500, acts=True), LOST_AFTER),
    Row("502 as HTML", Status(502, body="html"), BROKEN),
    Row("503 without a body", Status(503, body="empty"), BROKEN),
    Row("truncated JSON", Status(acts=True, body="truncated"), GARBLED),
    Row("wrong content type", Status(acts=True, body="wrong_content_type"), HARMLESS),
    Row("connection refused", Refused(), LATER),
    Row("reset before the action", LostBefore(), LOST_BEFORE),
    Row("reset after the action", LostAfter(), LOST_AFTER),
    Row("hang past the timeout, not done", Hang(60, acts=False), LOST_BEFORE),
    Row("hang past the timeout, done", Hang(60), LOST_AFTER),
    Row("slow drip past the timeout", SlowDrip(90), LOST_AFTER),
    Row("slow drip within the timeout", SlowDrip(20), HARMLESS),
    Row("stale read after write", StaleRead(), STALE),
    Row("list shifting under paging", ShiftingList(), SHIFTED),
    Row("wrong `total_results`", WrongTotal(), INCONSISTENT),
    Row("empty list though objects exist", EmptyList(), EMPTY),
    Row("duplicates across pages", DuplicateInPages(), DOUBLED),
    Row("`tags` dropped", Behaves({"tags": "dropped"}), UNMARKED),
    Row("`tags` rewritten", Behaves({"tags": "lower_cased"}), UNMARKED),
    Row("nested objects replaced", Behaves({"nested_patch": "replace"}), NESTED),
    Row("nested objects merged", Behaves({"nested_patch": "merge"}), NESTED),
    Row(
        "changed by another since the plan",
        OtherActor({"webhook_timeout_secs": 7}),
        CHANGED_SINCE,
        since_plan=True,
    ),
    Row("deleted by another since the plan", OtherActor(), DELETED_SINCE, since_plan=True),
    Row(
        "changed by another at the last moment",
        OtherActor({"webhook_timeout_secs": 7}),
        CHANGED_LAST,
    ),
    Row("deleted by another at the last moment", OtherActor(), DELETED_LAST),
)


@dataclass(frozen=True, slots=True)
class Cell:
    """One trial. `on` says that the fault goes on; else it strikes once."""

    row: Row
    operation: Operation
    request: str
    position: str
    on: bool

    def __str__(self) -> str:
        often = "on and on" if self.on else "once"
        where = f"{self.operation.name}, {self.position} {self.request}"
        return f"{self.row.name}, {often}, at {where}"

    @property
    def expected(self) -> Expected:
        """How it has to end."""
        table = _table(self.row, on=self.on)
        return table.get(f"{self.position} {self.request}", table[self.request])


def _table(row: Row, *, on: bool) -> Table:
    return row.family.on if on else row.family.once


def cells() -> Iterator[Cell]:
    """Every cell that can be: a read is not bent by a fault of writes, and the other way round."""
    for row in ROWS:
        for operation in OPERATIONS:
            for request in operation.requests:
                for on in (False, True):
                    if not _can_strike(row, request, on=on):
                        continue
                    for position in rehearse(operation).positions(request):
                        yield Cell(row, operation, request, position, on)


def _can_strike(row: Row, request: str, *, on: bool) -> bool:
    is_write = request in _WRITES
    bent = (isinstance(row.fault, Distortion) and is_write) or (
        isinstance(row.fault, Behaves) and not is_write
    )
    return request in _table(row, on=on) and not bent
