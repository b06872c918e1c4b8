"""A hop between faxops and Prism that keeps what Prism found wrong with each exchange."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

PROBLEM = "application/problem+json"
# Headers of one connection, which mean nothing on the next.
_OF_THE_CONNECTION = {"connection", "content-length", "host", "keep-alive", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Violation:
    """One thing that Prism holds against an exchange.

    `place` is where, dotted: `response.body.data.0.tags`. `code` is the JSON Schema keyword, or
    empty where Prism gives none.
    """

    place: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came back. `problem` is Prism's own refusal, empty if there is none."""

    method: str
    path: str
    status: int
    violations: tuple[Violation, ...]
    problem: str


class Hop(ThreadingHTTPServer):
    """Passes every request on to `upstream`; `exchanges` grows in the order of the replies."""

    daemon_threads = True

    def __init__(self, upstream: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.upstream = urlsplit(upstream).netloc
        self.exchanges: list[Exchange] = []

    @property
    def url(self) -> str:
        """The base URL to give to a client."""
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Hop  # pyright: ignore[reportIncompatibleVariableOverride] - the only server it is given to

    def _pass_on(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        upstream = http.client.HTTPConnection(self.server.upstream, timeout=30)
        upstream.request(self.command, self.path, body or None, _passed(self.headers.items()))
        reply = upstream.getresponse()
        content = reply.read()
        upstream.close()
        self.server.exchanges.append(
            Exchange(
                method=self.command,
                path=urlsplit(self.path).path,
                status=reply.status,
                violations=_violations(reply.headers.get("sl-violations", "[]")),
                problem=content.decode() if reply.headers["content-type"] == PROBLEM else "",
            )
        )
        self.send_response_only(reply.status)
        for name, value in _passed(reply.headers.items()).items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PATCH = do_DELETE = _pass_on  # noqa: N815 - the names http.server calls


def _passed(headers: list[tuple[str, str]]) -> dict[str, str]:
    return {name: value for name, value in headers if name.lower() not in _OF_THE_CONNECTION}


def _violations(header: str) -> tuple[Violation, ...]:
    if header.startswith("Too many"):
        # Prism cut the list short, and what it left out nobody has seen.
        return (Violation("", "too many to tell", header),)
    found: list[dict[str, Any]] = json.loads(header)
    return tuple(
        Violation(".".join(map(str, each["location"])), each.get("code", ""), each["message"])
        for each in found
    )


@contextmanager
def recording(upstream: str) -> Generator[Hop]:
    """A hop that serves until the block ends."""
    with Hop(upstream) as hop:
        thread = threading.Thread(target=hop.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield hop
        finally:
            hop.shutdown()
            thread.join()
