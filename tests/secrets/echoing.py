"""A hop in front of the emulator that answers some requests with all that it was told.

So do proxies, debugging gateways and error pages: the key, the body and the path come back in the
reply, as text, in headers, or half of it.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import httpx

KEY_HEADER: Final = "authorization"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the hop got it."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def echo(self) -> str:
        """All of it in one text."""
        return f"{self.method} {self.path} {self.headers.get(KEY_HEADER, '')} {self.body}"


@dataclass(frozen=True, slots=True)
class Bent:
    """A reply that is no one's. `status` 0 resets the connection instead."""

    status: int
    body: str = ""
    headers: tuple[tuple[str, str], ...] = ()


Bend = Callable[[Asked], Bent | None]
"""The bent reply to a request, or None to pass it on."""


@contextmanager
def hop(url: str, bend: Bend) -> Generator[str]:
    """The base URL of a hop before the API at `url`, until the block ends."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(url, bend))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v2"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _handler(url: str, bend: Bend) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, self.path, headers, body.decode())
            bent = bend(asked)
            if bent is None:
                self._pass_on(headers, body)
            elif bent.status:
                self._reply(bent.status, bent.headers, bent.body.encode())
            self.close_connection = True

        def _pass_on(self, headers: Mapping[str, str], body: bytes) -> None:
            kept = {name: headers[name] for name in (KEY_HEADER, "content-type") if name in headers}
            with httpx.Client(trust_env=False) as client:
                reply = client.request(
                    self.command, url.removesuffix("/v2") + self.path, headers=kept, content=body
                )
            kind = (("content-type", reply.headers.get("content-type", "")),)
            self._reply(reply.status_code, kind, reply.content)

        def _reply(self, status: int, headers: tuple[tuple[str, str], ...], content: bytes) -> None:
            self.send_response_only(status)
            for name, value in (*headers, ("connection", "close")):
                self.send_header(name, value)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - as inherited
            del format, args

        do_GET = do_POST = do_PATCH = do_DELETE = _answer  # noqa: N815 - names of http.server

    return Handler


def api_error(status: int, echo: str) -> Bent:
    """The API's own shape of error, with the echo in each text of it."""
    entry = {"code": "10015", "title": echo, "detail": echo, "source": {"pointer": f"/{echo}"}}
    body = json.dumps({"errors": [entry, {"code": echo, "title": ""}]})
    headers = (("content-type", "application/json"), ("x-request-id", _one_line(echo)))
    return Bent(status, body, headers)


def page(status: int, echo: str) -> Bent:
    """A proxy's page of HTML."""
    headers = (("content-type", "text/html"), ("x-request-id", _one_line(echo)))
    return Bent(status, f"<html><body><pre>{echo}</pre></body></html>", headers)


def redirect(echo: str) -> Bent:
    """To a place that has the echo in its address."""
    return Bent(302, "", (("location", f"https://login.example/?from={_one_line(echo)}"),))


def _one_line(text: str) -> str:
    return text.encode("ascii", "replace").decode().replace("\n", " ").replace("\r", " ")
