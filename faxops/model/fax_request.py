"""What is asked of the API when a fax is sent, and what is wrong with it before it is.

Source: API description: `SendFaxRequest` and `SendFaxMultipartRequest`.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Any, Final
from urllib.parse import urlsplit

from faxops.model.phone_number import is_e164, meant_number

QUALITIES: Final = ("normal", "high", "very_high", "ultra_light", "ultra_dark")
PREVIEW_FORMATS: Final = ("tiff", "pdf")
MEDIA_SOURCES: Final = ("media_url", "media_name", "file")
DEFAULT_BLACK_THRESHOLD: Final = 95
LONGEST_DISPLAY_NAME: Final = 128
LONGEST_URL: Final = 2000
"""Characters of a URL (Telnyx docs: API error codes, 10003)."""

UPLOAD_FIELDS: Final = frozenset(
    {
        "connection_id",
        "from",
        "to",
        "monochrome",
        "quality",
        "store_media",
        "store_preview",
        "t38_enabled",
    }
)
"""The fields that the API description lists for a fax whose file is uploaded."""

_DISPLAY_NAME: Final = re.compile(r"[A-Za-z0-9 _~!.+-]+")
_SIP_URI: Final = re.compile(r"sips?:[^\s@]+@[^\s@]+")
_UNSEEN: Final = re.compile(r"[\x00-\x20\x7f]")


@dataclass(frozen=True, slots=True)
class RequestProblem:
    """What is wrong with one field of a request.

    `says` continues a sentence that begins with the field: `is "0100", which is …`, without a full
    stop. `suggestion` is what to write instead, or empty. Both name other fields in backticks.
    """

    field: str
    says: str
    suggestion: str = ""


@dataclass(frozen=True, slots=True)
class FaxRequest:
    """One fax to send, in the API's names and with its defaults; `from_` is its `from`.

    A text that is empty is left out. Exactly one of `media_url`, `media_name` and `file` is given;
    `file` is the path of a file to upload. `connection_id` is empty until it is known which
    application sends. `black_threshold` is in percent, None when it was not given.
    """

    from_: str = ""
    to: str = ""
    connection_id: str = ""
    media_url: str = ""
    media_name: str = ""
    file: str = ""
    quality: str = "high"
    t38_enabled: bool = True
    monochrome: bool = False
    black_threshold: int | None = None
    store_media: bool = False
    store_preview: bool = False
    preview_format: str = "tiff"
    from_display_name: str = ""
    client_state: str = ""
    webhook_url: str = ""

    def body(self) -> dict[str, Any]:
        """The fields as the API takes them, without `file` and what is left at its default."""
        sent: dict[str, Any] = {}
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name == "file" or value == field.default:
                continue
            if field.name == "black_threshold" and value == DEFAULT_BLACK_THRESHOLD:
                continue
            sent[field.name.rstrip("_")] = value
        return sent

    def problems(self) -> Iterator[RequestProblem]:
        """Everything that is wrong with it, but for the file's content and the application."""
        yield from _number_problems(self)
        yield from _media_problems(self)
        yield from _option_problems(self)

    @property
    def secrets(self) -> frozenset[str]:
        """What may open the document for others: query and password (or token) of `media_url`."""
        try:
            url = urlsplit(self.media_url)
            return frozenset(filter(None, (url.query, url.password or url.username)))
        except ValueError:
            return frozenset()

    @property
    def not_for_uploads(self) -> tuple[str, ...]:
        """What it sends and the API description does not list for an uploaded file."""
        if not self.file:
            return ()
        return tuple(name for name in self.body() if name not in UPLOAD_FIELDS)


def number_problem(name: str, text: str, *, beside: str = "") -> RequestProblem | None:
    """What is wrong with the field `name` if `text` is no number in E.164.

    A national number is read as one of the country of `beside`.
    """
    if is_e164(text):
        return None
    meant = meant_number(text, beside=beside)
    suggestion = (
        f"Did you mean {meant}?"
        if meant
        else "Write `+`, the country's code and the number, e.g. +13127367276."
    )
    says = f"is {_quoted(text)}, which is no number in E.164" if text else "is missing"
    return RequestProblem(name, says, suggestion)


def _number_problems(request: FaxRequest) -> Iterator[RequestProblem]:
    if problem := number_problem("from", request.from_):
        yield problem
    if _SIP_URI.fullmatch(request.to):
        return
    if problem := number_problem("to", request.to, beside=request.from_):
        yield problem


def _media_problems(request: FaxRequest) -> Iterator[RequestProblem]:
    given = [name for name in MEDIA_SOURCES if getattr(request, name)]
    if not given:
        yield RequestProblem(
            "media_url", "is missing, and so is every other source of a document",
            "Give exactly one of `media_url`, `media_name` and `file`.",
        )  # fmt: skip
    for name in given[1:]:
        yield RequestProblem(
            name, f"stands beside `{given[0]}`, and a fax has one document",
            "Give exactly one of `media_url`, `media_name` and `file`.",
        )  # fmt: skip
    if request.media_url and not _is_web_url(request.media_url):
        yield RequestProblem(
            "media_url", "is no http:// or https:// URL of at most 2,000 characters",
            "To send a file of this machine, give it as `file`.",
        )  # fmt: skip
    if request.store_media and request.media_name:
        yield RequestProblem(
            "store_media", "can't go with `media_name`, whose media is stored already",
            "Leave `store_media` out.",
        )  # fmt: skip


def _option_problems(request: FaxRequest) -> Iterator[RequestProblem]:
    if request.quality not in QUALITIES:
        yield RequestProblem(
            "quality", f"is {_quoted(request.quality)}", f"Use one of {', '.join(QUALITIES)}."
        )
    if request.preview_format not in PREVIEW_FORMATS:
        yield RequestProblem(
            "preview_format", f"is {_quoted(request.preview_format)}", "Use tiff or pdf."
        )
    threshold = request.black_threshold
    if threshold is not None and not 1 <= threshold <= 100:  # noqa: PLR2004 - per cent
        yield RequestProblem("black_threshold", f"is {threshold}", "Use a number from 1 to 100.")
    if threshold is not None and not request.monochrome:
        yield RequestProblem(
            "black_threshold",
            "has no effect without `monochrome`",
            "Add `monochrome`, or leave it out.",
        )
    yield from _text_problems(request)


def _text_problems(request: FaxRequest) -> Iterator[RequestProblem]:
    name = request.from_display_name
    if name and not _DISPLAY_NAME.fullmatch(name):
        wrong = next(each for each in name if not _DISPLAY_NAME.fullmatch(each))
        yield RequestProblem(
            "from_display_name", f"holds {_quoted(wrong)}",
            "Use only letters and digits of ASCII, spaces and these: -_~!.+",
        )  # fmt: skip
    if len(name) > LONGEST_DISPLAY_NAME:
        yield RequestProblem(
            "from_display_name",
            f"has {len(name)} characters",
            f"Use at most {LONGEST_DISPLAY_NAME}.",
        )
    if request.client_state and not _is_base64(request.client_state):
        yield RequestProblem(
            "client_state", "is no Base64",
            f"Write it encoded, e.g. {encoded_state('your text')} for `your text`.",
        )  # fmt: skip
    if request.webhook_url and not _is_web_url(request.webhook_url):
        yield RequestProblem(
            "webhook_url", "is no http:// or https:// URL of at most 2,000 characters",
            "Write it whole, e.g. https://hooks.clinic.example/fax.",
        )  # fmt: skip


def encoded_state(text: str) -> str:
    """`text` as a `client_state`, which is Base64."""
    return base64.b64encode(text.encode()).decode()


def decoded_state(state: str) -> str:
    """The text in a `client_state`, or nothing if there is none."""
    try:
        return base64.b64decode(state, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


def _is_web_url(text: str) -> bool:
    try:
        url = urlsplit(text)
        host = url.hostname
    except ValueError:
        return False
    whole = url.scheme in {"http", "https"} and bool(host) and not _UNSEEN.search(text)
    return whole and len(text) <= LONGEST_URL


def _quoted(text: str) -> str:
    longest = 60
    return f'"{text}"' if len(text) <= longest else f'"{text[:longest]}…"'
