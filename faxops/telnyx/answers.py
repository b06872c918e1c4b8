"""From a reply to data or to a typed error; every shape of body ends in one of the two.

Source: API description: schema `ErrorResponse` (all but `code` and `title` are optional, and 403
has no body); Telnyx docs: API error codes. Bodies of proxies, HTML or empty, occur as well.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Final, Literal, NoReturn, cast

from faxops.errors import (
    ApiError,
    ApiProblem,
    AuthenticationFailed,
    MalformedAnswer,
    ObjectNotFound,
    PermissionDenied,
    RateLimited,
    RequestRejected,
    ServerFailed,
)
from faxops.model.sensitive import MASK

_SHOWN_PROBLEMS: Final = 5
_SHOWN_CHARACTERS: Final = 300


@dataclass(frozen=True, slots=True)
class Call:
    """A request as messages name it; the key is no part of it."""

    method: str
    path: str
    params: Mapping[str, str | int] = field(default_factory=dict[str, str | int])

    def __str__(self) -> str:
        query = "&".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.name}?{query}" if query else self.name

    @property
    def name(self) -> str:
        """Method and path without the query: `GET /fax_applications`."""
        return f"{self.method} {self.path}"

    @property
    def doubt(self) -> Literal["no", "maybe"]:
        """Whether the API may have acted on the request when its answer can't be read."""
        return "no" if self.method == "GET" else "maybe"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply with its whole body. `headers` are looked up without regard to case."""

    call: Call
    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def request_id(self) -> str:
        """`x-request-id`, which Telnyx's support asks for; empty when there is none."""
        return self.headers.get("x-request-id", "")


@dataclass(frozen=True, slots=True)
class Answer:
    """A success. `document` is the decoded JSON object, or None when the reply had no body."""

    call: Call
    status: int
    request_id: str
    document: Mapping[str, Any] | None

    def the_object(self) -> dict[str, Any]:
        """The object in `data`. Raises `MalformedAnswer` unless it is one with a text `id`."""
        data = self._data()
        if not isinstance(data, dict):
            self.malformed(f"`data` that is {_kind(data)}, not an object")
        return self._identified(cast("dict[str, Any]", data), "`data`")

    def the_items(self) -> list[dict[str, Any]]:
        """The objects in `data`. Raises `MalformedAnswer` unless each has a text `id`."""
        data = self._data()
        if not isinstance(data, list):
            self.malformed(f"`data` that is {_kind(data)}, not a list")
        items = cast("list[object]", data)
        for number, item in enumerate(items):
            if not isinstance(item, dict):
                self.malformed(f"`data[{number}]` that is {_kind(item)}, not an object")
            self._identified(cast("dict[str, Any]", item), f"`data[{number}]`")
        return cast("list[dict[str, Any]]", items)

    def malformed(self, what: str) -> NoReturn:
        """Raise `MalformedAnswer`: the success came with `what`."""
        raise _malformed(self.call, self.status, self.request_id, what)

    def _data(self) -> object:
        if self.document is None:
            self.malformed("no body where an object was expected")
        if "data" not in self.document:
            self.malformed("JSON without `data`")
        return self.document["data"]

    def _identified(self, item: dict[str, Any], place: str) -> dict[str, Any]:
        found = item.get("id")
        if found == "":
            self.malformed(f"{place} whose `id` is empty")
        if not isinstance(found, str):
            # An id that came as a number has lost digits somewhere on the way.
            self.malformed(f"{place} whose `id` is {_kind(found)}, not a text")
        if not _is_whole(found):
            self.malformed(f"{place} whose `id` holds half a character")
        return item


def read(reply: Reply, secret: str) -> Answer:
    """The success in `reply`, or its failure raised as the `ApiError` that fits.

    `secret` is the API key; where the API echoes it, the error shows a mask instead.
    """
    request_id = reply.request_id.replace(secret, MASK)
    if not _is_success(reply.status):
        raise _failure(reply, request_id, secret)
    if not reply.content.strip():
        return Answer(reply.call, reply.status, request_id, None)
    document = _decoded(reply.content)
    if not isinstance(document, dict):
        what = (
            _describe(reply)
            if document is _BROKEN
            else f"JSON that is {_kind(document)}, no object"
        )
        raise _malformed(reply.call, reply.status, request_id, what)
    return Answer(reply.call, reply.status, request_id, cast("dict[str, Any]", document))


def _failure(reply: Reply, request_id: str, secret: str) -> ApiError:
    if reply.status < HTTPStatus.BAD_REQUEST:
        return _malformed(
            reply.call,
            reply.status,
            request_id,
            f"a redirect{_target(reply, secret)}, which is not followed: the key would go along",
            hint="Check the base URL; Telnyx's is https://api.telnyx.com/v2.",
        )
    problems = tuple(_problems(_decoded(reply.content), secret))
    told = "; ".join(map(_sentence, problems[:_SHOWN_PROBLEMS])) or f"with {_describe(reply)}"
    if len(problems) > _SHOWN_PROBLEMS:
        told += f"; and {len(problems) - _SHOWN_PROBLEMS} more"
    separator = ": " if problems else " "
    return _class_of(reply.status)(
        f"{reply.call} was answered {reply.status}{separator}{told}{_tail(request_id)}",
        request=reply.call.name,
        status=reply.status,
        problems=problems,
        request_id=request_id,
        processed=reply.call.doubt if _is_ambiguous(reply.status) else "no",
        hint=_hint(reply.status, reply.call),
    )


def _class_of(status: int) -> type[ApiError]:
    by_status: dict[int, type[ApiError]] = {
        401: AuthenticationFailed,
        403: PermissionDenied,
        404: ObjectNotFound,
        429: RateLimited,
    }
    return by_status.get(status, ServerFailed if _is_server_failure(status) else RequestRejected)


def _hint(status: int, call: Call) -> str:
    if _is_server_failure(status):
        return "The API has a problem of its own; run again later."
    if status == HTTPStatus.NOT_FOUND and call.path.count("/") == 1:
        # A collection is never missing, so the whole address is wrong.
        return "Check the base URL; Telnyx's is https://api.telnyx.com/v2."
    hints = {
        401: "Check the API key; `faxops doctor` tests it.",
        403: "The key is good but may not do this; ask the owner of the Telnyx account.",
        408: "Run again; raise --timeout if it repeats.",
        429: "Others use up the account's limit; run again later or with a lower --parallelism.",
    }
    return hints.get(status, "")


def _problems(document: object, secret: str) -> Iterator[ApiProblem]:
    errors = cast("dict[str, object]", document).get("errors") if _is_object(document) else None
    for error in cast("list[object]", errors) if isinstance(errors, list) else []:
        if not _is_object(error):
            continue
        entry = cast("dict[str, object]", error)
        source = entry.get("source")
        places = cast("dict[str, object]", source) if _is_object(source) else {}
        texts = (
            entry.get("code"),
            entry.get("title"),
            entry.get("detail"),
            places.get("pointer") or places.get("parameter"),
        )
        yield ApiProblem(*(_text(each).replace(secret, MASK) for each in texts))


def _sentence(problem: ApiProblem) -> str:
    parts = [" ".join(filter(None, (problem.code, problem.title))), problem.detail]
    told = ": ".join(filter(None, parts)) or "no reason given"
    shown = told if len(told) <= _SHOWN_CHARACTERS else told[:_SHOWN_CHARACTERS] + "…"
    return f"{shown} (at {problem.pointer})" if problem.pointer else shown


def _text(value: object) -> str:
    # The official schema says text; examples in the wild show a code as a number.
    return str(value) if isinstance(value, str | int | float) else ""


def _malformed(
    call: Call, status: int, request_id: str, what: str, *, hint: str = ""
) -> MalformedAnswer:
    return MalformedAnswer(
        f"{call} was answered {status} with {what}{_tail(request_id)}",
        request=call.name,
        status=status,
        request_id=request_id,
        processed=call.doubt,
        hint=hint
        or "Something between here and Telnyx may answer in its place; check the base"
        " URL and the proxy.",
    )


def _tail(request_id: str) -> str:
    return f" [request id {request_id}]" if request_id else ""


class _Broken:
    """What a body that is not JSON decodes to."""


_BROKEN: Final = _Broken()


def _decoded(content: bytes) -> object:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return _BROKEN


def _describe(reply: Reply) -> str:
    body = reply.content.strip()
    if not body:
        return "an empty body"
    kind = reply.headers.get("content-type", "").partition(";")[0].strip()
    if "html" in kind.lower() or body[:1] == b"<":
        return f"HTML instead of JSON ({len(body)} bytes)"
    if _decoded(body) is not _BROKEN:
        return "JSON without `errors`"
    return f"JSON that is broken or cut short ({len(body)} bytes of {kind or 'no content type'})"


def _target(reply: Reply, secret: str) -> str:
    location = reply.headers.get("location", "").replace(secret, MASK)
    return f" to {location[:_SHOWN_CHARACTERS]}" if location else ""


def _kind(value: object) -> str:
    if value is None:
        return "missing or null"
    names: dict[type, str] = {dict: "an object", list: "a list", str: "a text", bool: "a boolean"}
    return names.get(type(value), "a number")


def _is_whole(text: str) -> bool:
    """Whether a URL can hold it: JSON may escape half of a surrogate pair, which is no text."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_object(value: object) -> bool:
    return isinstance(value, dict)


def _is_success(status: int) -> bool:
    return HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES


def _is_server_failure(status: int) -> bool:
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR


def _is_ambiguous(status: int) -> bool:
    return _is_server_failure(status) or status == HTTPStatus.REQUEST_TIMEOUT
