"""What both validators share: the formats they assert, and the shape of what they find."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from faxops.config.document import Path
from faxops.config.webhook_url import is_email, is_url

FORMATS: dict[str, Callable[[object], bool]] = {"uri": is_url, "email": is_email}
"""The formats that are asserted, by both validators."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """One thing that is wrong with a value.

    `path` is what it is about; `of_key` says that it is about the key there, not its value.
    `prunes` is the path without which the rest is sound.
    """

    code: str
    summary: str
    suggestion: str
    path: Path
    of_key: bool
    prunes: Path
