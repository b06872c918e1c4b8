"""A request as it reached the emulator."""

from __future__ import annotations

from dataclasses import dataclass

from faxops.emulator.description import Operation


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, read whole. `path` has no `/v2`; `query` is decoded, `query_text` is not.

    `operation` is None when the path (then `allowed` is empty) or its method is not one of the
    API's. `object_id` is what stands for `{id}` in the path, else empty. `base_url` is scheme, host
    and port.
    """

    method: str
    path: str
    query_text: str
    query: tuple[tuple[str, str], ...]
    body: bytes
    authorization: str
    content_type: str
    operation: Operation | None
    allowed: tuple[str, ...]
    object_id: str
    base_url: str
