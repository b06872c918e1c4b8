"""Phone numbers, as far as they hold on to an application.

Source: API description: `ListPhoneNumbers`; a fax application's id is its `connection_id` there.
"""

from __future__ import annotations

from typing import Any

from faxops.errors import MalformedAnswer
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.listing import read_whole

_PATH = "/phone_numbers"


async def attached_numbers(client: TelnyxClient, object_id: str) -> tuple[str, ...]:
    """The numbers that point at the object, in E.164, sorted, each once.

    The filter of the API is not trusted: what belongs elsewhere is left out, and what doesn't say
    where it belongs counts. Raises `IncompleteListing` or an `ApiError`.
    """
    listing = await read_whole(client, _PATH, {"filter[connection_id]": object_id})
    return tuple(sorted({_number(item) for item in listing.items if _points_at(item, object_id)}))


def _points_at(item: dict[str, Any], object_id: str) -> bool:
    # A number without the field came as an answer to the filter; to drop it could delete an
    # application under it.
    return "connection_id" not in item or str(item["connection_id"]) == object_id


def _number(item: dict[str, Any]) -> str:
    number = item.get("phone_number")
    if not isinstance(number, str):
        raise MalformedAnswer(
            f"GET {_PATH} was answered with a number {item['id']} that has no `phone_number`",
            request=f"GET {_PATH}",
        )
    return number
