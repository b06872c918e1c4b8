"""A request body with a file in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Multipart:
    """The body of a `multipart/form-data` request: texts by name, and one file.

    `content` holds the file's bytes, because a try that is repeated sends them again. `media_type`
    is the file's, e.g. `application/pdf`.
    """

    fields: Mapping[str, str]
    file_field: str
    filename: str
    content: bytes
    media_type: str
