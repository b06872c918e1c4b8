"""The operations of the matrix: for each a stack, the account before it, and its requests.

Every account also holds what no operation may touch: an application that is as it should be, one
of another stack, one of nobody, and the oldest of all, which an account that shifts loses.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from faxops.config.stack import DesiredResource, Removed, Stack
from tests.reconcile.builders import HOOK, app_id, desired, imports, raw, removed, stack
from tests.telnyx.virtual import KEY

RECIPIENT: Final = "jane.doe@clinic.example"
RECIPIENT_FIELD: Final = "fax_email_recipient"
TOKEN: Final = "s3cret-path"  # noqa: S105 - the part of a URL that the environment gave
SECRETS: Final = (KEY, RECIPIENT, TOKEN)
OLDEST: Final = app_id(1)

# An API that keeps a key it doesn't document: a PATCH that replaces must not lose it.
_INBOUND: Final = {"channel_limit": 3, "codec": "t38"}
_HOOK: Final = f"{HOOK}/{TOKEN}"
_MASKS: Final = {"webhook_event_url": ((len(HOOK) + 1, len(_HOOK)),)}
_AROUND: Final[tuple[Mapping[str, Any], ...]] = (
    raw(1, tags=["Oldest"]),
    raw(2, "kept"),
    raw(28, tags=["nobody's"], inbound=_INBOUND),
    raw(29, "hospital/lab", "keep", tags=["theirs"]),
)


@dataclass(frozen=True, slots=True, eq=False)
class Operation:
    """One column of the matrix.

    `requests` are the kinds of request that belong to it, in the order in which they are sent.
    `page_size` makes the API answer with so few on a page.
    """

    name: str
    stack: Stack
    live: tuple[Mapping[str, Any], ...]
    requests: tuple[str, ...]
    page_size: int | None = None


def _new(key: str, **fields: Any) -> DesiredResource:  # noqa: ANN401 - any JSON
    tags = ["Team-Fax"]
    return desired(key, masks=_MASKS, webhook_event_url=_HOOK, tags=tags, **fields)


def _with_recipient(key: str) -> DesiredResource:
    whole = _new(key, fax_email_recipient=RECIPIENT)
    masks = {**_MASKS, "fax_email_recipient": ((0, len(RECIPIENT)),)}
    return replace(whole, masks=masks)


def _changed(key: str, number: int) -> DesiredResource:
    return _new(key, number=number, active=False, inbound={"channel_limit": 5})


def _old(number: int, *marks: str) -> Mapping[str, Any]:
    return raw(number, *marks, tags=["Old"], inbound=_INBOUND)


def _operation(
    name: str,
    *requests: str,
    live: Iterable[Mapping[str, Any]] = (),
    resources: Iterable[DesiredResource] = (),
    adopted: Mapping[str, int] | None = None,
    given_up: Iterable[Removed] = (),
    page_size: int | None = None,
) -> Operation:
    wanted = stack(
        desired("kept", number=2),
        *resources,
        imports=[imports(number, key) for key, number in (adopted or {}).items()],
        removed=given_up,
    )
    known = replace(wanted, secrets=frozenset({RECIPIENT, TOKEN}))
    return Operation(name, known, (*_AROUND, *live), requests, page_size)


_KEYS: Final = {"a": 11, "b": 12, "c": 13}
_MIXED: Final[Mapping[str, Any]] = {
    "live": [_old(11, "changed"), _old(12, "doomed"), _old(13, "given-up"), _old(14)],
    "resources": [
        _changed("changed", 11),
        _changed("adopted", 14),
        _new("new"),
        _with_recipient("with-recipient"),
    ],
    "adopted": {"adopted": 14},
    "given_up": [removed("given-up")],
    "page_size": 3,
}

OPERATIONS: Final = (
    _operation("list", "LIST", "LIST AGAIN", **_MIXED),
    _operation(
        "create",
        "LIST BEFORE",
        "POST",
        "CONFIRM",
        live=[_old(20 + number) for number in range(4)],
        resources=map(_new, _KEYS),
        page_size=3,
    ),
    _operation(
        "create with write-only field",
        "POST OF TWO",
        "COMPLETE",
        resources=map(_with_recipient, _KEYS),
    ),
    _operation(
        "update",
        "LIST ALONE",
        "READ",
        "PATCH",
        live=[_old(number, key) for key, number in _KEYS.items()],
        resources=[_changed(key, number) for key, number in _KEYS.items()],
        page_size=3,
    ),
    _operation(
        "destroy",
        "LIST ALONE",
        "NUMBERS",
        "READ DOOMED",
        "NUMBERS AGAIN",
        "DELETE",
        live=[_old(number, key) for key, number in _KEYS.items()],
        page_size=3,
    ),
    _operation(
        "forget",
        "READ",
        "PATCH",
        live=[_old(number, key) for key, number in _KEYS.items()],
        given_up=map(removed, _KEYS),
    ),
    _operation(
        "import",
        "READ",
        "PATCH",
        "CONFIRM",
        live=[_old(number) for number in _KEYS.values()],
        resources=[_changed(key, number) for key, number in _KEYS.items()],
        adopted=_KEYS,
    ),
    _operation("post-apply read", "READ BACK", **_MIXED),
)
