"""From a reply of a forge, or from none, to data or to a typed error.

Sources: GitHub docs: rate limits for the REST API (403 or 429, `retry-after`, else
`x-ratelimit-reset` in epoch seconds when `x-ratelimit-remaining` is 0, else a minute); GitLab
docs: REST API, status codes, and rate limits (`Retry-After`, `RateLimit-Reset`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any, Final, NoReturn, cast

import httpx

from faxops.errors import CommentFailed, CommentNotPermitted
from faxops.model.sensitive import MASK

_SHOWN_CHARACTERS: Final = 300
_MINUTE: Final = 60.0
# Everything else may have happened after the request was sent.
_NEVER_SENT: Final = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.ProxyError,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)
_LASTING: Final = (httpx.UnsupportedProtocol, httpx.LocalProtocolError, httpx.DecodingError)
_REFUSED: Final = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})


@dataclass(frozen=True, slots=True)
class Call:
    """A request as messages name it. `changes` is false for one that only asks."""

    method: str
    path: str
    changes: bool

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class TryFailed(Exception):
    """One try of a request ended in `error`.

    `wait` is how many seconds later the next may start; None leaves it to the sender. `is_lasting`
    means that the same failure would come again.
    """

    def __init__(
        self, error: CommentFailed, *, wait: float | None = None, is_lasting: bool = False
    ) -> None:
        super().__init__(error.message)
        self.error = error
        self.wait = wait
        self.is_lasting = is_lasting


@dataclass(frozen=True, slots=True)
class Reply:
    """A success."""

    call: Call
    response: httpx.Response

    @property
    def has_next(self) -> bool:
        """Whether `Link` names a next page (RFC 8288), as both forges do."""
        return "next" in self.response.links

    def the_object(self) -> dict[str, Any]:
        """The JSON object. Raises `CommentFailed` for anything else."""
        document = self._json()
        if not isinstance(document, dict):
            self.malformed("JSON that is no object")
        return cast("dict[str, Any]", document)

    def the_objects(self) -> list[dict[str, Any]]:
        """The JSON list of objects. Raises `CommentFailed` for anything else."""
        document = self._json()
        items = cast("list[object]", document) if isinstance(document, list) else [None]
        if not all(isinstance(item, dict) for item in items):
            self.malformed("JSON that is no list of objects")
        return cast("list[dict[str, Any]]", items)

    def malformed(self, what: str) -> NoReturn:
        """Raise `CommentFailed`: the success came with `what`."""
        raise CommentFailed(
            f"{self.call} was answered {self.response.status_code} with {what}",
            status=self.response.status_code,
            processed="maybe" if self.call.changes else "no",
            hint="Something between here and the forge may answer in its place; check the API URL"
            " and the proxy.",
        )

    def _json(self) -> object:
        try:
            return self.response.json()
        except (ValueError, RecursionError):
            self.malformed("something that is not JSON")


def failure_of(call: Call, response: httpx.Response, token: str, now: datetime) -> TryFailed:
    """The failure that fits a reply that is no success. `now` is our own clock's."""
    status = response.status_code
    told = _told(response).replace(token, MASK)
    is_limited = _is_rate_limited(response, told)
    is_doubtful = status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT
    is_refused = status in _REFUSED and not is_limited
    error = (CommentNotPermitted if is_refused else CommentFailed)(
        f"{call} was answered {status}{f': {told}' if told else ' without a reason'}",
        status=status,
        processed="maybe" if call.changes and is_doubtful else "no",
        hint=_hint(status, is_limited=is_limited),
    )
    wait = _asked_wait(response.headers, now)
    if is_limited and wait is None:
        wait = _MINUTE
    is_passing = is_limited or is_doubtful or status == HTTPStatus.CONFLICT
    return TryFailed(error, wait=wait, is_lasting=not is_passing)


def unreachable(call: Call, error: httpx.RequestError | TimeoutError, token: str) -> TryFailed:
    """The failure of a request that got no reply."""
    # httpx leaves the text of most timeouts empty.
    detail = str(error).replace(token, MASK) or "no reply came in time"
    failure = CommentFailed(
        f"{call} failed: {detail}",
        processed="no" if isinstance(error, _NEVER_SENT) or not call.changes else "maybe",
        hint="Check the network, the API URL and the proxy variables (HTTPS_PROXY, NO_PROXY).",
    )
    return TryFailed(failure, is_lasting=isinstance(error, _LASTING))


def _told(response: httpx.Response) -> str:
    """What the forge says about a failure, or nothing: GitHub's and GitLab's shapes of it."""
    if response.is_redirect:
        location = response.headers.get("location", "")
        return f"a redirect to {location[:_SHOWN_CHARACTERS]}, which is not followed"
    try:
        document = response.json()
    except (ValueError, RecursionError):
        return ""
    if not isinstance(document, dict):
        return ""
    body = cast("dict[str, object]", document)
    parts = [body.get(name) for name in ("message", "error", "error_description")]
    parts.append(body.get("errors"))
    text = "; ".join(each if isinstance(each, str) else repr(each) for each in parts if each)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"


def _is_rate_limited(response: httpx.Response, told: str) -> bool:
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return True
    return response.status_code == HTTPStatus.FORBIDDEN and (
        "retry-after" in response.headers
        or response.headers.get("x-ratelimit-remaining") == "0"
        or "secondary rate limit" in told.lower()
    )


def _asked_wait(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds that the reply asks to wait, or None. Measured from its own `Date`."""
    seconds = headers.get("retry-after", "")
    if seconds.isdecimal():
        return float(seconds)
    for prefix in ("x-ratelimit", "ratelimit"):
        reset = headers.get(f"{prefix}-reset", "")
        if headers.get(f"{prefix}-remaining") == "0" and reset.isdecimal():
            return max(0.0, float(reset) - _date(headers, now).timestamp())
    return None


def _date(headers: Mapping[str, str], now: datetime) -> datetime:
    try:
        return parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return now


def _hint(status: int, *, is_limited: bool) -> str:
    if is_limited:
        return "The forge asks for fewer requests; run again later."
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return "The forge has a problem of its own; run again later."
    hints = {
        401: "The token is wrong, revoked or expired.",
        404: "Check repository and number; a token that may not read them gets 404 as well.",
        410: "The conversation was deleted, or comments are switched off there.",
        422: "If the text is too long, lower --max-chars.",
    }
    if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
        return "Check the API URL, and whether the repository was renamed."
    return hints.get(status, "")
