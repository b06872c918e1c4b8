"""The links in a fax's reply: made, checked, and what is behind them.

A link is signed and works for ten minutes, as the API's do. What is behind it is the file that was
sent along, or a blank one: the emulator never fetches a `media_url`.
"""

from __future__ import annotations

import base64
import hmac
import json
from typing import Final
from urllib.parse import urlencode

from faxops.emulator.asked import Asked
from faxops.emulator.documents import CONTENT_TYPES, blank_pdf, blank_tiff, kind_of
from faxops.emulator.replies import Reply
from faxops.emulator.store import Row
from faxops.emulator.world import FAX, FAX_FILE, World

# API description: "Link expires after 10 minutes."
LINK_SECONDS: Final = 600
_FILES: Final = "/_emulator/media/"
FILES_PATH: Final = _FILES + "{id}/{field}"
LINK_FIELDS: Final = ("media_url", "stored_media_url", "preview_url")


def link(world: World, base_url: str, fax_id: str, field: str, expires: int) -> str:
    """The URL of a fax's file, for a reply's field, that works until `expires` (Unix time)."""
    path = FILES_PATH.format(id=fax_id, field=field.removesuffix("_url"))
    query = urlencode({"expires": expires, "signature": _signature(world, path, str(expires))})
    return f"{base_url}{path}?{query}"


def is_file(asked: Asked) -> bool:
    """Whether a file is asked for. Its path is none of the API's, so it needs no key."""
    return asked.method in ("GET", "HEAD") and asked.path.startswith(_FILES)


def serve_file(world: World, asked: Asked) -> Reply:
    """The file behind a link: 403 if it expired or was altered, 404 if the fax is gone."""
    path, query = asked.path, dict(asked.query)
    expires, signature = query.get("expires", ""), query.get("signature", "")
    if not hmac.compare_digest(signature.encode(), _signature(world, path, expires).encode()):
        return _refusal(403, "The signature does not fit this link.")
    if world.now().timestamp() >= int(expires):
        return _refusal(403, "The link has expired.")
    row = world.store.get(FAX, asked.object_id)
    if row is None:
        return _refusal(404, "There is no such fax any more.")
    content = _content(world, row, f"{path.rpartition('/')[2]}_url")
    kind = kind_of(content)
    return Reply(200, content, CONTENT_TYPES[kind] if kind else "application/octet-stream")


def keep_file(world: World, fax_id: str, contents: bytes) -> None:
    """Store the file that was sent along with a fax."""
    text = base64.b64encode(contents).decode("ascii")
    stamp = world.stamp()
    world.store.insert(FAX_FILE, fax_id, created_at=stamp, name="", body="{}", hidden=text)


def drop_file(world: World, fax_id: str) -> None:
    """Remove the stored file of a fax, if it has one."""
    row = world.store.get(FAX_FILE, fax_id)
    if row is not None:
        world.store.delete(row)


def _content(world: World, row: Row, field: str) -> bytes:
    hidden = json.loads(row.hidden or "{}")
    if field == "preview_url" and hidden["preview_format"] == "tiff":
        return blank_tiff(hidden["pages"])
    stored = world.store.get(FAX_FILE, row.id)
    if field == "stored_media_url" and stored is not None:
        return base64.b64decode(stored.hidden or "")
    return blank_pdf(hidden["pages"])


def _signature(world: World, path: str, expires: str) -> str:
    # The key protects nothing: a link must only be one that the emulator could have made.
    text = f"{path}?{expires}"
    return hmac.new(world.organization_id.encode(), text.encode(), "sha256").hexdigest()


def _refusal(status: int, sentence: str) -> Reply:
    return Reply(status, f"{sentence}\n".encode(), "text/plain; charset=utf-8")
