"""A file that is to be faxed, read and looked at before anything is sent.

Source: API description: `SendFaxMultipartRequest` (20 MB; PDF, TIFF, JPEG, PNG, DOC, DOCX, RTF,
TXT), and the failure reason `page_count_limit_exceeded` (350 pages).
"""

from __future__ import annotations

import io
import logging
import os
import re
import stat
import warnings
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Final

from faxops.errors import UsageError

if TYPE_CHECKING:
    from PIL.Image import Image

LARGEST_UPLOAD_BYTES: Final = 20_000_000
MOST_PAGES: Final = 350
FORMATS: Final = "PDF, TIFF, JPEG, PNG, DOC, DOCX, RTF or TXT"

_HEAD_BYTES: Final = 1024
_DOCX: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WORD_STREAM: Final = "WordDocument".encode("utf-16-le")
_STARTS: Final = (
    (b"II*\x00", "image/tiff"),
    (b"MM\x00*", "image/tiff"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"{\\rtf", "application/rtf"),
)
_NOT_TEXT: Final = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class MediaFile:
    """A file that can be faxed. `pages` is None where only the API can count them."""

    name: str
    media_type: str
    content: bytes = field(repr=False)
    pages: int | None

    @property
    def digest(self) -> str:
        """sha256 of the content, in hex."""
        return sha256(self.content).hexdigest()


def read_media_file(path: Path) -> MediaFile:
    """The file, found fit for faxing.

    Raises `UsageError` when it can't be read, is too large, is of another type, is encrypted or
    broken, or has too many pages.
    """
    content = _content(path)
    if not content:
        raise _unfit(path, "is empty", "Name the file that is to be faxed.")
    media_type = _media_type(content)
    if media_type is None:
        raise _unfit(path, f"is none of {FORMATS}", "Save it as a PDF.")
    pages = None
    if media_type == "application/pdf":
        pages = _pdf_pages(path, content)
    elif media_type == "image/tiff":
        pages = _tiff_pages(path, content)
    if pages is not None and pages > MOST_PAGES:
        raise _unfit(
            path, f"has more than {MOST_PAGES} pages", "Split it, and send a fax for each part."
        )
    return MediaFile(path.name, media_type, content, pages)


def _content(path: Path) -> bytes:
    try:
        # Opening a named pipe would wait for its other end, so what it is comes first.
        _check_status(path, path.stat())
        with path.open("rb") as file:
            _check_status(path, os.fstat(file.fileno()))
            content = file.read(LARGEST_UPLOAD_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise _unfit(
            path, f"can't be read: {reason}", "Check the path and who may read it."
        ) from error
    if len(content) > LARGEST_UPLOAD_BYTES:
        raise _too_large(path, len(content))
    return content


def _check_status(path: Path, status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise _unfit(path, f"is {kind}", "Name the file that is to be faxed.")
    if status.st_size > LARGEST_UPLOAD_BYTES:
        raise _too_large(path, status.st_size)


def _too_large(path: Path, size: int) -> UsageError:
    return _unfit(
        path,
        f"has {size / 1_000_000:.1f} MB, more than the 20 MB that can be uploaded",
        "Make it smaller, or put it on a web server and give its media_url (up to 50 MB).",
    )


def _media_type(content: bytes) -> str | None:
    """The type by what the file holds; its name says nothing."""
    if b"%PDF-" in content[:_HEAD_BYTES]:
        return "application/pdf"
    for start, media_type in _STARTS:
        if content.startswith(start):
            return media_type
    if content.startswith(_OLE) and _WORD_STREAM in content:
        return "application/msword"
    if content.startswith(b"PK\x03\x04") and _is_docx(content):
        return _DOCX
    return "text/plain" if _is_text(content) else None


def _is_docx(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return "word/document.xml" in archive.namelist()
    # zipfile answers an archive of a version that it doesn't know by NotImplementedError.
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return False


def _is_text(content: bytes) -> bool:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return False
    return not _NOT_TEXT.search(text)


def _pdf_pages(path: Path, content: bytes) -> int:
    import pypdf  # noqa: PLC0415 - only who sends a PDF pays for loading it

    with _silence():
        try:
            document = pypdf.PdfReader(io.BytesIO(content), strict=False)
            encrypted = document.is_encrypted
            pages = 0 if encrypted else len(document.pages)
        except Exception as error:  # a broken file fails in pypdf in any way
            raise _broken(path, "PDF") from error
    if encrypted:
        raise _unfit(path, "is an encrypted PDF", "Save it without a password.")
    if not pages:
        raise _broken(path, "PDF")
    return pages


def _tiff_pages(path: Path, content: bytes) -> int:
    import PIL.Image  # noqa: PLC0415 - only who sends a TIFF pays for loading it

    with _silence():
        try:
            with PIL.Image.open(io.BytesIO(content), formats=("TIFF",)) as image:
                return _frames(image)
        except Exception as error:  # a broken file fails in pillow in any way
            raise _broken(path, "TIFF") from error


def _frames(image: Image) -> int:
    """How many pages there are; counting ends at the first that is too many."""
    count = 1
    while count <= MOST_PAGES:
        try:
            image.seek(count)
        except EOFError:
            break
        count += 1
    return count


@contextmanager
def _silence() -> Generator[None]:
    """Keep what the libraries think of a file off the screen."""
    loggers = [logging.getLogger(name) for name in ("pypdf", "PIL")]
    levels = [logger.level for logger in loggers]
    try:
        for logger in loggers:
            logger.setLevel(logging.CRITICAL + 1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)


def _broken(path: Path, kind: str) -> UsageError:
    return _unfit(path, f"is a broken {kind}", "Open it, save it anew, and send that file.")


def _unfit(path: Path, what: str, hint: str) -> UsageError:
    return UsageError(f"The file {path} {what}.", hint=hint)
