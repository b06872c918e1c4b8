"""The HTTP side of receiving: an ASGI application that takes deliveries at `/`."""

from __future__ import annotations

from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from faxops.listener.reception import Reception, Verdict

MAX_BODY_BYTES: Final = 1024 * 1024

_WHAT: Final = """\
This is faxops webhook listen. It takes Telnyx's webhook deliveries: POST / with the headers
telnyx-signature-ed25519 and telnyx-timestamp. There is nothing to see here.
"""
# What is read no further has to be closed.
_CLOSE: Final = {"connection": "close"}


def create_receiver(reception: Reception) -> Starlette:
    """The application. It answers 200 only to what `reception` has taken."""

    async def root(request: Request) -> Response:
        if request.method != "POST":
            return PlainTextResponse(_WHAT)
        try:
            return await _received(request, reception)
        except ClientDisconnect:
            reception.counts.cut_short += 1
            return _refusal(400, "The request was cut short.")
        except Exception:  # noqa: BLE001 - Telnyx sends it again, and the counts tell of the bug
            reception.counts.failed += 1
            return _refusal(500, "faxops failed internally; send it again.")

    return Starlette(routes=[Route("/", root, methods=["GET", "POST"])])


async def _received(request: Request, reception: Reception) -> Response:
    body = await _body(request)
    if body is None:
        reception.counts.too_large += 1
        return _refusal(413, f"A delivery has at most {MAX_BODY_BYTES} bytes.")
    match await reception.receive(body, tuple(request.headers.raw)):
        case Verdict.TAKEN:
            return Response()
        case Verdict.UNVERIFIED:
            return PlainTextResponse("The delivery is not verified.\n", 400)
        case Verdict.UNSAVED:
            return PlainTextResponse("The delivery could not be saved; send it again.\n", 503)


async def _body(request: Request) -> bytes | None:
    """The body, or None if it is too large."""
    if int(request.headers.get("content-length", "0")) > MAX_BODY_BYTES:
        return None
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _refusal(status: int, message: str) -> Response:
    return PlainTextResponse(message + "\n", status, headers=_CLOSE)
