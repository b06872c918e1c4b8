from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image
from pypdf import PdfReader

from faxops.emulator.documents import (
    Kind,
    blank_pdf,
    blank_tiff,
    kind_of,
    page_count,
    supported_ending,
)


def _image(form: str) -> bytes:
    file = io.BytesIO()
    Image.new("1", (8, 8)).save(file, form)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        pytest.param(blank_pdf(1), "pdf", id="PDF"),
        pytest.param(blank_tiff(1), "tiff", id="TIFF, little-endian"),
        pytest.param(b"MM\0*\0\0\0\x08", "tiff", id="TIFF, big-endian"),
        pytest.param(_image("JPEG"), "jpeg", id="JPEG"),
        pytest.param(_image("PNG"), "png", id="PNG"),
        pytest.param(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "doc", id="DOC"),
        pytest.param(b"PK\x03\x04...", "docx", id="DOCX"),
        pytest.param(rb"{\rtf1 x}", "rtf", id="RTF"),
        pytest.param("Grüße".encode(), "txt", id="text"),
        pytest.param(_image("GIF"), None, id="a format that is not faxed"),
        pytest.param("Grüße".encode("latin-1"), None, id="text that is not UTF-8"),
        pytest.param(b"a\0b", None, id="text with NUL"),
        pytest.param(b" \n", None, id="nothing to read"),
        pytest.param(b"", None, id="nothing"),
    ],
)
def test_a_format_is_known_by_its_bytes(content: bytes, kind: Kind | None) -> None:
    assert kind_of(content) == kind


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("/a/b.PDF", True),
        ("/a.d/b", True),
        ("letter", True),
        ("b.gif", False),
        ("b.pdf.exe", False),
    ],
)
def test_a_name_tells_by_its_ending(name: str, *, good: bool) -> None:
    assert supported_ending(name) is good


@pytest.mark.parametrize("pages", [1, 3, 351])
def test_blank_files_have_the_pages_asked_for(pages: int) -> None:
    pdf, tiff = blank_pdf(pages), blank_tiff(pages)
    assert len(PdfReader(io.BytesIO(pdf), strict=True).pages) == pages
    image = Image.open(io.BytesIO(tiff))
    assert getattr(image, "n_frames", None) == pages
    image.seek(pages - 1)
    assert image.getextrema() == (255, 255)
    assert (page_count(pdf, "pdf"), page_count(tiff, "tiff")) == (pages, pages)


def test_pages_of_other_programs_tiff_are_counted() -> None:
    file = io.BytesIO()
    frames = [Image.new("L", (8, 8)) for _ in range(3)]
    frames[0].save(file, "TIFF", save_all=True, append_images=frames[1:])
    assert page_count(file.getvalue(), "tiff") == 3


def _circular() -> bytes:
    tiff = bytearray(blank_tiff(1))
    tiff[-4:] = tiff[4:8]  # the next directory is the first one
    return bytes(tiff)


@pytest.mark.parametrize(
    ("make", "kind", "pages"),
    [
        pytest.param(lambda: b"%PDF-1.4\nnothing", "pdf", None, id="a PDF without content"),
        pytest.param(lambda: blank_pdf(0), "pdf", None, id="a PDF without pages"),
        pytest.param(lambda: b"II*\0", "tiff", None, id="a TIFF cut short"),
        pytest.param(lambda: b"II*\0\0\0\0\0", "tiff", None, id="a TIFF without pages"),
        pytest.param(_circular, "tiff", 1, id="a TIFF that goes in circles"),
        pytest.param(lambda: b"x", "txt", 1, id="text is one page"),
    ],
)
def test_pages_of_odd_files(
    make: Callable[[], bytes], kind: Kind, pages: int | None, capfd: pytest.CaptureFixture[str]
) -> None:
    assert page_count(make(), kind) == pages
    assert capfd.readouterr().err == ""
