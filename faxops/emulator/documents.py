"""Files that are faxed: which kind one is, how many pages it has, and blank ones to hand out."""

from __future__ import annotations

import io
import logging
import struct
from typing import Final, Literal

Kind = Literal["pdf", "tiff", "jpeg", "png", "doc", "docx", "rtf", "txt"]

CONTENT_TYPES: Final[dict[Kind, str]] = {
    "pdf": "application/pdf",
    "tiff": "image/tiff",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "rtf": "application/rtf",
    "txt": "text/plain",
}
# API description: supported file formats of a fax, each by the bytes that it begins with.
_MAGIC: Final[tuple[tuple[bytes, Kind], ...]] = (
    (b"%PDF-", "pdf"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "doc"),
    (b"PK\x03\x04", "docx"),
    (rb"{\rtf", "rtf"),
)
_ENDINGS: Final = frozenset(
    {"pdf", "tif", "tiff", "jpg", "jpeg", "png", "doc", "docx", "rtf", "txt"}
)
_WHITE_BYTES: Final = 27  # a line of 216 white dots
_LINES: Final = 280


def kind_of(content: bytes) -> Kind | None:
    """Which of the supported formats the bytes are; None is none of them."""
    for magic, kind in _MAGIC:
        if content.startswith(magic):
            return kind
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "txt" if text.strip() and "\0" not in text else None


def supported_ending(name: str) -> bool:
    """Whether a path or file name may be of a supported format; one without an ending may."""
    ending = name.rpartition("/")[2].rpartition(".")
    return not ending[1] or ending[2].lower() in _ENDINGS


def page_count(content: bytes, kind: Kind) -> int | None:
    """How many pages a PDF or TIFF has; None if that cannot be read. Others count as one page."""
    if kind == "pdf":
        return _pdf_pages(content)
    return _tiff_pages(content) if kind == "tiff" else 1


def _pdf_pages(content: bytes) -> int | None:
    # Loaded here, because most accounts never see a file.
    from pypdf import PdfReader  # noqa: PLC0415 - see above
    from pypdf.errors import PyPdfError  # noqa: PLC0415 - see above

    # What is wrong with a file is this function's answer, not a line on somebody's terminal.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    try:
        return len(PdfReader(io.BytesIO(content)).pages) or None
    except (PyPdfError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None  # a broken file breaks its reader in any of these ways


def _tiff_pages(content: bytes) -> int | None:
    """The length of the chain of image directories."""
    order = "<" if content[:2] == b"II" else ">"
    seen: set[int] = set()
    try:
        (place,) = struct.unpack_from(f"{order}I", content, 4)
        while place and place not in seen:
            seen.add(place)
            (entries,) = struct.unpack_from(f"{order}H", content, place)
            (place,) = struct.unpack_from(f"{order}I", content, place + 2 + 12 * entries)
    except struct.error:
        return None
    return len(seen) or None


def blank_pdf(pages: int) -> bytes:
    """A PDF of so many empty pages."""
    kids = " ".join(f"{3 + number} 0 R" for number in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        *["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] >>"] * pages,
    ]
    text, places = "%PDF-1.4\n", list[int]()
    for number, each in enumerate(objects, start=1):
        places.append(len(text))
        text += f"{number} 0 obj\n{each}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    start = len(text)
    text += f"xref\n0 {size}\n0000000000 65535 f \n{table}"
    text += f"trailer\n<< /Size {size} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n"
    return text.encode("ascii")


def blank_tiff(pages: int) -> bytes:
    """A TIFF of so many white pages, in black and white at 25 dots an inch."""
    white = b"\xff" * (_WHITE_BYTES * _LINES)
    entries = (
        (256, 4, _WHITE_BYTES * 8),  # ImageWidth
        (257, 4, _LINES),  # ImageLength
        (258, 3, 1),  # BitsPerSample
        (259, 3, 1),  # Compression: none
        (262, 3, 1),  # PhotometricInterpretation: 0 is black
        (273, 4, 8),  # StripOffsets: every page shows the one white image
        (277, 3, 1),  # SamplesPerPixel
        (278, 4, _LINES),  # RowsPerStrip
        (279, 4, len(white)),  # StripByteCounts
    )
    length = 2 + 12 * len(entries) + 4
    first = 8 + len(white)
    parts = [struct.pack("<2sHI", b"II", 42, first), white]
    for page in range(pages):
        following = first + (page + 1) * length if page + 1 < pages else 0
        parts.append(struct.pack("<H", len(entries)))
        # A 16-bit value stands in the low half of its field, as little-endian writes it anyway.
        parts += [struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries]
        parts.append(struct.pack("<I", following))
    return b"".join(parts)
