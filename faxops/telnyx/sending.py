"""A fax sent exactly once, whatever becomes of the answer.

The API has no idempotency key, so a fax is known by its `client_state`. A POST whose answer was
lost is never sent again: the fax is looked for among those that the account shows.

Source: API description: `SendFax` (202), `ListFaxes`, `client_state` of `Fax`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from faxops.errors import ApiError, FaxopsError, OutcomeUnknown, Refused
from faxops.model.clock import Clock
from faxops.model.fax import Fax
from faxops.model.fax_request import FaxRequest, decoded_state, encoded_state
from faxops.model.phone_number import is_e164
from faxops.telnyx.faxes import Faxes, FaxFilter
from faxops.telnyx.media_file import MediaFile
from faxops.telnyx.multipart import Multipart

SEARCH_WAITS: Final = (1.0, 2.0, 4.0, 8.0, 16.0)
"""Seconds before each look for a fax that may have been sent unnoticed."""

_KEY_DIGITS: Final = 32
_UNIQUE_PREFIX: Final = "faxops "
_KEYED_PREFIX: Final = "faxops-key "


@dataclass(frozen=True, slots=True)
class Sent:
    """A fax that the API has taken. `found` says that its answer was lost and the list shows it."""

    fax: Fax
    found: bool = False


@dataclass(frozen=True, slots=True)
class Search:
    """What the list shows of a request that may have been carried out.

    `fax` is the one that carries its `client_state`. `blind` says that there is none, and that
    faxes are listed without any `client_state`, one of which may be it.
    """

    fax: Fax | None = None
    blind: bool = False


def unique_state(token: str) -> str:
    """A `client_state` that is like no other if `token` is."""
    return encoded_state(f"{_UNIQUE_PREFIX}{token}")


def keyed_state(key: str, request: FaxRequest, media: MediaFile | None) -> str:
    """The `client_state` that stands for an idempotency key and the request it belongs to."""
    return encoded_state(f"{_KEYED_PREFIX}{_digest(key)} {request_digest(request, media)}")


def request_digest(request: FaxRequest, media: MediaFile | None) -> str:
    """sha256 (hex, cut) over all that is sent but the `client_state`; equal for equal faxes."""
    body = replace(request, client_state="").body()
    return _digest(json.dumps([body, media.digest if media else ""], sort_keys=True))


def payload(request: FaxRequest, media: MediaFile | None) -> Mapping[str, Any] | Multipart:
    """The body of the POST: JSON, or a form when a file is uploaded."""
    body = request.body()
    if media is None:
        return body
    return Multipart(
        fields={name: _form_text(value) for name, value in body.items()},
        file_field="contents",
        filename=media.name,
        content=media.content,
        media_type=media.media_type,
    )


async def send_once(
    faxes: Faxes,
    request: FaxRequest,
    media: MediaFile | None,
    *,
    clock: Clock,
    known: frozenset[str] = frozenset(),
    before_post: Callable[[], None] = lambda: None,
) -> Sent:
    """POST the fax, once; if its answer is lost, look for it after 1, 2, 4, 8 and 16 s.

    `request` has a `client_state`. `known` are the ids of older faxes that carry it. `before_post`
    is called when the POST is about to go out.

    Raises an `ApiError` when the fax was certainly not sent, `OutcomeUnknown` when it may have
    been and was not found.
    """
    body = payload(request, media)
    before_post()
    try:
        return Sent(await faxes.send(body))
    except ApiError as error:
        if error.processed == "no":
            raise
        return await _settle(faxes, request, error, clock=clock, known=known)


async def _settle(
    faxes: Faxes, request: FaxRequest, lost: ApiError, *, clock: Clock, known: frozenset[str]
) -> Sent:
    found = await search_patiently(faxes, request, clock=clock, known=known, waits=SEARCH_WAITS)
    if found is not None and found.fax is not None:
        return Sent(found.fax, found=True)
    raise unknown_outcome(request, lost.message, found) from lost


async def search_patiently(
    faxes: Faxes,
    request: FaxRequest,
    *,
    clock: Clock,
    known: frozenset[str] = frozenset(),
    waits: Iterable[float] = (0.0, *SEARCH_WAITS),
) -> Search | None:
    """Look for the fax after each of `waits` (seconds), until it is found.

    What the account shows may be behind what was done, so one look is not enough to say that a
    fax is not there. None when the last look failed, so that nothing is known.
    """
    last: Search | None = None
    for seconds in waits:
        if seconds:
            await clock.sleep(seconds)
        try:
            last = await search(faxes, request, known=known)
        except FaxopsError:
            last = None  # a look may fail like any request; the next one may not
            continue
        if last.fax is not None:
            break
    return last


async def search(
    faxes: Faxes, request: FaxRequest, *, known: frozenset[str] = frozenset()
) -> Search:
    """Look for the fax once, among those sent from and to the same numbers.

    Raises `IncompleteListing` or an `ApiError`.
    """
    rivals = [fax for fax in await sent_between(faxes, request) if fax.id not in known]
    found = [fax for fax in rivals if _is_of(fax, request)]
    if found:
        return Search(min(found, key=lambda fax: fax.created_at))
    return Search(blind=_hides_states(rivals, upload=bool(request.file)))


async def sent_between(faxes: Faxes, request: FaxRequest) -> tuple[Fax, ...]:
    """Every outbound fax from and to the numbers of the request.

    Raises `IncompleteListing` or an `ApiError`.
    """
    # The API may write a SIP URI in another way, and a filter would then hide what is looked for.
    to = request.to if is_e164(request.to) else None
    which = FaxFilter(direction="outbound", from_=request.from_, to=to)
    return tuple(fax for fax in await faxes.list_whole(which) if fax.direction != "inbound")


async def carriers(faxes: Faxes, request: FaxRequest) -> frozenset[str]:
    """The ids of the faxes that carry the request's `client_state` already.

    Raises `IncompleteListing` or an `ApiError`.
    """
    listed = await sent_between(faxes, request)
    return frozenset(fax.id for fax in listed if fax.client_state == request.client_state)


async def find_by_key(
    faxes: Faxes, key: str, request: FaxRequest, media: MediaFile | None, *, clock: Clock
) -> Fax | None:
    """The fax that an earlier run sent with this idempotency key, or None after six looks.

    An earlier run may have been killed a moment ago and its fax not be listed yet; that is why
    there is more than one look, which takes 31 s.

    Raises `Refused` when the key was used for another request, or when faxes are shown without
    `client_state`, so that an earlier one can't be told; `IncompleteListing` or an `ApiError` when
    nothing can be known.
    """
    wanted = keyed_state(key, request, media)
    for seconds in (0.0, *SEARCH_WAITS):
        if seconds:
            await clock.sleep(seconds)
        listed = await sent_between(faxes, request)
        if found := next((fax for fax in listed if fax.client_state == wanted), None):
            return found
        if other := next((fax for fax in listed if _has_key(fax, key, request)), None):
            raise Refused(
                f"The idempotency key was used for another fax from {request.from_} to"
                f" {request.to}: {other.id}.",
                hint="Nothing was sent. Use another key for another fax. A media_url that is"
                " signed anew each time makes another fax of it.",
            )
        if _hides_states(listed, upload=media is not None):
            raise Refused(
                f"Faxes from {request.from_} to {request.to} are shown without client_state, so it"
                " can't be told whether one of them was sent with this idempotency key.",
                hint=f"Nothing was sent. Look with `{list_command(request)}`; to send all the same,"
                " leave --idempotency-key out.",
            )
    return None


def list_command(request: FaxRequest) -> str:
    """The command that shows where the fax is, if it was sent."""
    to = f" --to {request.to}" if is_e164(request.to) else ""
    return f"faxops fax list --direction outbound --from {request.from_}{to}"


def unknown_outcome(request: FaxRequest, reason: str, found: Search | None) -> OutcomeUnknown:
    """The failure of a fax that may have been sent; `found` is the last look for it, if any."""
    looked = "it could not be looked for"
    if found is not None:
        looked = "it is not among the faxes of the account"
    if found is not None and found.blind:
        looked = "faxes are listed without client_state, so it can't be told from others"
    return OutcomeUnknown(
        f"Whether the fax from {request.from_} to {request.to} was sent is unknown:"
        f" {reason.rstrip('.')}; {looked}. It was not sent a second time.",
        hint=f"Look with `{list_command(request)}` before you send it again.",
    )


def _is_of(fax: Fax, request: FaxRequest) -> bool:
    if fax.client_state != request.client_state:
        return False
    # A state that a user chose may stand on faxes of other applications too.
    own = decoded_state(request.client_state).startswith((_UNIQUE_PREFIX, _KEYED_PREFIX))
    return own or fax.connection_id in {request.connection_id, ""}


def _hides_states(listed: Sequence[Fax], *, upload: bool) -> bool:
    """Whether the fax that is looked for may be listed and not be known by its `client_state`.

    The API description has no `client_state` in the form of an upload, so any fax without one may
    be it. Else it may be only if no fax at all is shown with one.
    """
    without = [fax for fax in listed if not fax.client_state]
    return bool(without) if upload else bool(listed) and len(without) == len(listed)


def _has_key(fax: Fax, key: str, request: FaxRequest) -> bool:
    """Whether the fax was sent with the key, between the same two ends."""
    if not is_e164(request.to) and fax.to != request.to:
        return False  # the list was not narrowed to it
    return decoded_state(fax.client_state).startswith(f"{_KEYED_PREFIX}{_digest(key)} ")


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:_KEY_DIGITS]


def _form_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
