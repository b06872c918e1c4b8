"""Bytes of a file to its text, or to what keeps them from being text."""

from __future__ import annotations

import re

from faxops.config.source import Source, Spot
from faxops.model.diagnostic import Diagnostic

_CONTROL = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Unparsable(Exception):
    """The text cannot be read to its end; `diagnostics` holds all that was found until there."""

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("unparsable")
        self.diagnostics = diagnostics


def decode(name: str, data: bytes) -> Source:
    """The text of a file, its byte order mark dropped. Raises `Unparsable` if it is not UTF-8."""
    try:
        return Source(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        readable = Source(name, data[: error.start].decode("utf-8-sig"))
        spot = Spot(readable, len(readable.text))
        raise Unparsable(
            (
                spot.error(
                    "FX111",
                    f"Byte {error.start + 1} of the file (0x{data[error.start]:02x}) is not UTF-8.",
                    suggestion="Save the file as UTF-8.",
                ),
            )
        ) from None


def control_character(source: Source) -> Diagnostic | None:
    """The finding about the first control character in the text, if it has one."""
    match = _CONTROL.search(source.text)
    if match is None:
        return None
    return Spot(source, match.start()).error(
        "FX112",
        f"The control character U+{ord(match[0]):04X} may not stand in the file.",
        suggestion="Delete it; editors may not show it.",
    )
