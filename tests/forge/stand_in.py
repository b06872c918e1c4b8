"""A stand-in for GitHub and GitLab: the comments of one pull or merge request, and their faults.

It answers in each forge's own shapes; GitHub's are held to its official description by
`tests/prism/test_github.py`.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

import httpx

Forge = Literal["github", "gitlab"]

TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz"  # noqa: S105 - opens nothing but the stand-in
APP = "github-actions[bot]"
_MOMENT = "2026-11-25T08:00:00Z"
_WEB = "https://github.com/clinic/fax"


@dataclass(slots=True)
class Note:
    """A comment as the forge keeps it."""

    login: str
    body: str


@dataclass(slots=True)
class Fault:
    """What happens instead of a request, `times` times. `status` None: the answer is lost.

    `done` says that the request is carried out all the same.
    """

    request: str
    status: int | None = None
    message: str = "fault"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    done: bool = False
    times: int = 1


@dataclass(frozen=True, slots=True)
class Answered:
    """A reply."""

    status: int
    document: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


class AnswerLost(Exception):
    """The connection ends without a reply."""


@dataclass(slots=True)
class StandIn:
    """One conversation, of number 7.

    `login` is whose the token is. `is_app` says that it is an app's, which may not ask GitHub for
    its user. `on_list` is called after each listing, as another program that comes between.
    """

    forge: Forge = "github"
    login: str = APP
    is_app: bool = True
    knows_viewer: bool = True
    notes: dict[int, Note] = field(default_factory=dict[int, Note])
    faults: list[Fault] = field(default_factory=list[Fault])
    requests: list[str] = field(default_factory=list[str])
    on_list: Callable[[], None] = lambda: None
    _next_id: int = 1001

    def write(self, login: str, body: str) -> int:
        """A comment of somebody."""
        id_ = self._next_id
        self._next_id += 1
        self.notes[id_] = Note(login, body)
        return id_

    def reset(self) -> None:
        """Make it what it is when nothing is said."""
        fresh = StandIn()
        for each in fields(self):
            setattr(self, each.name, getattr(fresh, each.name))

    @property
    def writes(self) -> list[str]:
        """The requests that were neither GET nor a question, each as its method."""
        return [
            each.split()[0]
            for each in self.requests
            if not each.startswith("GET") and "graphql" not in each
        ]

    def bodies(self) -> list[str]:
        """The text of each comment, oldest first."""
        return [note.body for _, note in sorted(self.notes.items())]

    def answer(
        self, method: str, target: str, headers: Mapping[str, str], content: bytes
    ) -> Answered:
        """The reply to one request. Raises `AnswerLost`."""
        path, query = urlsplit(target).path, parse_qs(urlsplit(target).query)
        request = f"{method} {path}"
        self.requests.append(request)
        carried = {name.lower(): value for name, value in headers.items()}
        sent = carried.get("private-token") or carried.get("authorization", "")
        if sent not in {TOKEN, f"Bearer {TOKEN}"}:
            return Answered(401, {"message": "Bad credentials"})
        body = json.loads(content)["body"] if content and "graphql" not in path else ""
        fault = self._fault(request)
        if fault is None:
            return self._done(method, path, query, body)
        if fault.done:
            self._done(method, path, query, body)
        if fault.status is None:
            raise AnswerLost
        return Answered(fault.status, {"message": fault.message}, fault.headers)

    def _fault(self, request: str) -> Fault | None:
        for fault in self.faults:
            if fault.times and re.fullmatch(fault.request, request):
                fault.times -= 1
                return fault
        return None

    def _done(self, method: str, path: str, query: Mapping[str, list[str]], body: str) -> Answered:
        if path.endswith("/user"):
            return self._user()
        if path.endswith("/graphql"):
            data = {"viewer": {"login": self.login}} if self.knows_viewer else None
            return Answered(200, {"data": data})
        if re.search(r"/(issues|merge_requests)/7/(comments|notes)$", path):
            if method == "POST":
                return Answered(201, self._shown(self.write(self.login, body)))
            return self._page(path, int(query.get("page", ["1"])[0]), int(query["per_page"][0]))
        found = re.search(r"/(comments|notes)/([0-9]+)$", path)
        id_ = int(found[2]) if found else 0
        if id_ not in self.notes:
            return Answered(404, {"message": "Not Found", "documentation_url": "https://docs"})
        if method == "DELETE":
            del self.notes[id_]
            return Answered(204)
        assert method == ("PATCH" if self.forge == "github" else "PUT")
        self.notes[id_].body = body
        return Answered(200, self._shown(id_))

    def _user(self) -> Answered:
        if self.forge == "gitlab":
            return Answered(200, {"id": 5, "username": self.login})
        if self.is_app:
            return Answered(403, {"message": "Resource not accessible by integration"})
        return Answered(200, {**_github_user(self.login), **_GITHUB_PROFILE})

    def _page(self, path: str, number: int, size: int) -> Answered:
        ids = sorted(self.notes)
        shown = [self._shown(id_) for id_ in ids[(number - 1) * size : number * size]]
        more = len(ids) > number * size
        # Both forges name the whole URL; this one is a trap for who follows it.
        link = f'<https://elsewhere.example{path}?page={number + 1}>; rel="next"'
        self.on_list()
        return Answered(200, shown, {"link": link} if more else {})

    def _shown(self, id_: int) -> dict[str, Any]:
        note = self.notes[id_]
        if self.forge == "gitlab":
            return {"id": id_, "body": note.body, "author": {"username": note.login}}
        api = "https://api.github.com/repos/clinic/fax/issues"
        return {
            "id": id_,
            "node_id": f"IC_{id_}",
            "url": f"{api}/comments/{id_}",
            "html_url": f"{_WEB}/pull/7#issuecomment-{id_}",
            "issue_url": f"{api}/7",
            "body": note.body,
            "user": _github_user(note.login) if note.login else None,
            "created_at": _MOMENT,
            "updated_at": _MOMENT,
            "author_association": "NONE",
        }


def _github_user(login: str) -> dict[str, Any]:
    url = "https://api.github.com/users/someone"
    addresses = (
        "followers following gists starred subscriptions organizations repos events received_events"
    )
    return {
        "login": login,
        "id": 41898282,
        "node_id": "MDM6Qm90NDE4OTgyODI=",
        "avatar_url": url,
        "gravatar_id": "",
        "url": url,
        "html_url": url,
        **{f"{name}_url": url for name in addresses.split()},
        "type": "Bot" if login.endswith("[bot]") else "User",
        "site_admin": False,
    }


_GITHUB_PROFILE = {
    "name": None,
    "company": None,
    "blog": "",
    "location": None,
    "email": None,
    "hireable": None,
    "bio": None,
    "public_repos": 0,
    "public_gists": 0,
    "followers": 0,
    "following": 0,
    "created_at": _MOMENT,
    "updated_at": _MOMENT,
}


def transport(stand_in: StandIn) -> httpx.MockTransport:
    """The stand-in in the place of the network."""

    def handle(request: httpx.Request) -> httpx.Response:
        target = request.url.raw_path.decode()
        try:
            reply = stand_in.answer(request.method, target, request.headers, request.content)
        except AnswerLost:
            raise httpx.ReadError(f"reset {TOKEN}") from None
        content = b"" if reply.document is None else json.dumps(reply.document).encode()
        return httpx.Response(reply.status, headers=dict(reply.headers), content=content)

    return httpx.MockTransport(handle)


@contextmanager
def served(stand_in: StandIn) -> Generator[str]:
    """The stand-in over HTTP until the block ends: its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            content = self.rfile.read(int(self.headers.get("content-length", 0)))
            headers = dict(self.headers.items())
            try:
                reply = stand_in.answer(self.command, self.path, headers, content)
            except AnswerLost:
                self.close_connection = True
                return
            body = b"" if reply.document is None else json.dumps(reply.document).encode()
            self.send_response_only(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            if body:
                self.send_header("content-type", "application/json; charset=utf-8")
            if reply.status != 204:
                self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _answer  # noqa: N815 - http.server's

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
