"""What a handler is given, and what all handlers share: objects, pages, stamps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from faxops.emulator.behaviours import Behaviours
from faxops.emulator.description import Operation, SchemaProblem
from faxops.emulator.fax_course import DEFAULT_FAXES, FaxSettings
from faxops.emulator.replies import Answer, Listing, Problem, Rejected
from faxops.emulator.store import Condition, Row, Store

FAX_APPLICATION: Final = "fax_application"
PHONE_NUMBER: Final = "phone_number"
OUTBOUND_VOICE_PROFILE: Final = "outbound_voice_profile"
FAX: Final = "fax"
# A webhook event that happened: `{"event": {...}, "urls": [...], "timeout_secs": ...}`, under the
# name of its fax's id.
EVENT: Final = "event"
# The file of a fax, under the fax's id: the bytes in base64, hidden.
FAX_FILE: Final = "fax_file"

_DEFAULT_PAGE_SIZE: Final = 20
# API description: a `contains` filter "requires at least three characters".
_SHORTEST_FILTER: Final = 3


@dataclass(frozen=True, slots=True)
class World:
    """The account and how it behaves. `now` is the clock's, aware, in UTC."""

    store: Store
    behaviours: Behaviours
    organization_id: str
    now: Callable[[], datetime]
    faxes: FaxSettings = DEFAULT_FAXES

    def stamp(self) -> str:
        """The present moment as the API writes it."""
        return stamp(self.now())


def stamp(moment: datetime) -> str:
    """A moment in UTC as the API writes it: ISO 8601 with milliseconds and Z. Texts sort by age."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: str) -> datetime:
    """A date-time of RFC 3339, in UTC. Raises `ValueError` for one that Python cannot hold."""
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} is out of range") from error


@dataclass(frozen=True, slots=True)
class Call:
    """A request whose query and syntax are good; the body is not judged yet.

    `form` says that the body came as a multipart form, `contents` is the file in it. `base_url` is
    where the emulator was reached, without path or final slash.
    """

    operation: Operation
    object_id: str
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    base_url: str
    form: bool = False
    contents: bytes | None = None


Handler = Callable[[World, Call], Answer]


def find(world: World, kind: str, object_id: str) -> Row:
    """The object, or the API's 404."""
    row = world.store.get(kind, object_id)
    if row is None:
        raise Rejected(404, Problem("10005", "The requested resource or URL could not be found."))
    return row


def refuse(problems: tuple[SchemaProblem, ...]) -> None:
    """Answer 422 if the body violates the description (code 10015 with a pointer each)."""
    if problems:
        raise Rejected(
            422, *(Problem("10015", each.message, pointer=each.pointer or "/") for each in problems)
        )


def page(
    world: World,
    call: Call,
    kind: str,
    *,
    condition: Condition,
    order: str,
    show: Callable[[Row], str],
) -> Listing:
    """The asked page of the objects that meet the condition, each as `show` writes it."""
    asked = call.query.get("page", {})
    number, size = asked.get("number", 1), asked.get("size", _DEFAULT_PAGE_SIZE)
    total = world.store.count(kind, condition)
    if number > 1 and (number - 1) * size >= total:
        _refuse_past_end(world)
        return Listing((), number, size, total)
    rows = world.store.select(kind, condition, order=order, limit=size, offset=(number - 1) * size)
    return Listing(tuple(show(row) for row in rows), number, size, total)


def _refuse_past_end(world: World) -> None:
    if world.behaviours.page_past_end == "bad_request":
        raise Rejected(400, Problem("10015", "There is no such page.", parameter="page[number]"))


def long_enough(value: str, parameter: str, status: int = 400) -> str:
    """A filter's text, or the API's refusal of one under three characters."""
    if len(value) < _SHORTEST_FILTER:
        raise Rejected(
            status, Problem("10031", "At least three characters are needed.", parameter=parameter)
        )
    return value


def joined(conditions: list[Condition]) -> Condition:
    """All the conditions at once."""
    return Condition(
        " AND ".join(each.sql for each in conditions),
        tuple(argument for each in conditions for argument in each.arguments),
    )


def sorted_by(call: Call, orders: Mapping[str, str], unsorted: str) -> str:
    """The order that `sort` asks for, else `unsorted`, as SQL terms.

    `orders` has the terms of each field, with `{0}` for ASC or DESC.
    """
    sort: str = call.query.get("sort", unsorted)
    return orders[sort.removeprefix("-")].format("DESC" if sort.startswith("-") else "ASC")
