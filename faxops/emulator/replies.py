"""What the emulator answers: successes as JSON text, failures in the API's documented shape."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

# API description: error codes. The pairing of code and HTTP status is chosen where one is raised.
TITLES: Final = {
    "10003": "Invalid URL",
    "10005": "Resource not found",
    "10006": "Invalid ID",
    "10007": "Unexpected error",
    "10008": "Request timeout",
    "10009": "Authentication failed",
    "10010": "Authorization failed",
    "10011": "Too many requests",
    "10012": "Duplicate resource",
    "10015": "Bad Request",
    "10017": "Associated resource does not exist",
    "10019": "Invalid email",
    "10021": "Resource in use",
    "10023": "Invalid JSON",
    "10027": "Unprocessable entity",
    "10029": "Expected JSON Content-Type",
    "10030": "Method not allowed",
    "10031": "Invalid filter",
    "10035": "Resource locked",
    "10036": "Resource is being processed",
    "10037": "Service unavailable",
    "10038": "Feature not permitted",
    "90080": "Fax cannot be cancelled",
    "90081": "Fax is inbound",
    "85004": "Invalid connection ID",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One entry of `errors`. `pointer` is into the body, `parameter` names a query parameter."""

    code: str
    detail: str
    pointer: str = ""
    parameter: str = ""


class Rejected(Exception):
    """The API judges a request bad. Raised before anything is written."""

    def __init__(self, status: int, *problems: Problem) -> None:
        super().__init__(status, problems)
        self.status = status
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Shown:
    """One object, as JSON text."""

    data: str
    status: int = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """One page. `number` counts from 1, `size` is what was asked, `total` is over all pages."""

    items: tuple[str, ...]
    number: int
    size: int
    total: int

    @property
    def pages(self) -> int:
        """How many pages of `size` hold `total`."""
        return -(-self.total // self.size)


@dataclass(frozen=True, slots=True)
class NoContent:
    """Done, and there is nothing to show."""


Answer = Shown | Listing | NoContent
JSON_TYPE: Final = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP reply, without the headers that every reply carries. An empty body has no type."""

    status: int
    body: bytes
    content_type: str = JSON_TYPE
    headers: tuple[tuple[str, str], ...] = ()


def dump(value: object) -> str:
    """Compact JSON text, Unicode as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def success(answer: Answer) -> Reply:
    """The reply around `data`; the texts are joined, not parsed, so a page costs little."""
    if isinstance(answer, NoContent):
        return Reply(204, b"", content_type="")
    if isinstance(answer, Shown):
        return Reply(answer.status, f'{{"data":{answer.data}}}'.encode())
    meta = {
        "page_number": answer.number,
        "page_size": answer.size,
        "total_pages": answer.pages,
        "total_results": answer.total,
    }
    return Reply(200, f'{{"data":[{",".join(answer.items)}],"meta":{dump(meta)}}}'.encode())


def failure(status: int, problems: tuple[Problem, ...]) -> Reply:
    """The reply for a rejected request."""
    return Reply(status, dump({"errors": [_entry(problem) for problem in problems]}).encode())


def _entry(problem: Problem) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "code": problem.code,
        "title": TITLES.get(problem.code, "Error"),
        "detail": problem.detail,
        "meta": {"url": f"https://developers.telnyx.com/docs/overview/errors/{problem.code}"},
    }
    if problem.pointer:
        entry["source"] = {"pointer": problem.pointer}
    elif problem.parameter:
        entry["source"] = {"parameter": problem.parameter}
    return entry
