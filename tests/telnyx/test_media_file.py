"""A file that the API would not take is found before anything is sent."""

from __future__ import annotations

import io
import os
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from pypdf import PdfWriter

from faxops.errors import UsageError
from faxops.telnyx.media_file import LARGEST_UPLOAD_BYTES, read_media_file

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 504


def pdf(pages: int, *, locked: bool = False) -> bytes:
    writer = PdfWriter()
    for _ in range(pages):
        writer.add_blank_page(width=612, height=792)
    if locked:
        writer.encrypt("a word")
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def image(kind: str, *, pages: int = 1) -> bytes:
    page = Image.new("1", (8, 8))
    out = io.BytesIO()
    more = {"save_all": True, "append_images": [page] * (pages - 1)} if pages > 1 else {}
    page.save(out, kind, **more)
    return out.getvalue()


def archive(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        for name in names:
            made.writestr(name, "<x/>")
    return out.getvalue()


def written(folder: Path, content: bytes, name: str = "a-file") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def refusal(path: Path) -> UsageError:
    with pytest.raises(UsageError) as raised:
        read_media_file(path)
    assert raised.value.exit_code == 64
    assert str(path) in raised.value.message
    assert raised.value.hint
    return raised.value


@pytest.mark.parametrize(
    ("content", "media_type", "pages"),
    [
        pytest.param(pdf(3), "application/pdf", 3, id="PDF"),
        pytest.param(b"\n\n" + pdf(1), "application/pdf", 1, id="PDF after empty lines"),
        pytest.param(pdf(350), "application/pdf", 350, id="PDF of 350 pages"),
        pytest.param(image("TIFF", pages=2), "image/tiff", 2, id="TIFF"),
        pytest.param(image("JPEG"), "image/jpeg", None, id="JPEG"),
        pytest.param(image("PNG"), "image/png", None, id="PNG"),
        pytest.param(rb"{\rtf1 Dear doctor}", "application/rtf", None, id="RTF"),
        pytest.param(archive("word/document.xml"), DOCX, None, id="DOCX"),
        pytest.param(
            OLE + "WordDocument".encode("utf-16-le"), "application/msword", None, id="DOC"
        ),
        pytest.param(b"Dear doctor,\r\n\fn\xc3\xa4chste Seite\t.", "text/plain", None, id="TXT"),
    ],
)
def test_the_type_is_told_by_the_content(
    tmp_path: Path, content: bytes, media_type: str, pages: int | None
) -> None:
    found = read_media_file(written(tmp_path, content, "letter.xyz"))
    assert (found.name, found.media_type, found.pages) == ("letter.xyz", media_type, pages)
    assert found.content == content


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "is empty", id="nothing"),
        pytest.param(b"\x7fELF\x02\x01\x00", "is none of PDF, TIFF", id="a program"),
        pytest.param(archive("xl/workbook.xml"), "is none of PDF", id="a spreadsheet"),
        pytest.param(b"PK\x03\x04 no archive", "is none of PDF", id="a broken archive"),
        pytest.param(OLE, "is none of PDF", id="an OLE file that is no DOC"),
        pytest.param("Grüße".encode("latin-1"), "is none of PDF", id="a text that is not UTF-8"),
        pytest.param(pdf(351), "more than 350 pages", id="a PDF of 351 pages"),
        pytest.param(image("TIFF", pages=351), "more than 350 pages", id="a TIFF of 351 pages"),
        pytest.param(pdf(1, locked=True), "is an encrypted PDF", id="an encrypted PDF"),
        pytest.param(pdf(9)[:900], "is a broken PDF", id="half a PDF"),
        pytest.param(b"%PDF-1.7\n" + b"\xff" * 99, "is a broken PDF", id="a PDF in name only"),
        pytest.param(pdf(0), "is a broken PDF", id="a PDF without pages"),
        pytest.param(image("TIFF")[:20], "is a broken TIFF", id="half a TIFF"),
        pytest.param(b"II*\0\xff\xff\xff\xff", "is a broken TIFF", id="a TIFF in name only"),
    ],
)
def test_a_file_that_can_not_be_faxed_is_named_with_the_reason(
    tmp_path: Path, content: bytes, said: str
) -> None:
    assert said in refusal(written(tmp_path, content)).message


def test_a_file_of_20_mb_may_be_uploaded_and_no_larger_one(tmp_path: Path) -> None:
    path = written(tmp_path, b"a" * LARGEST_UPLOAD_BYTES)
    assert len(read_media_file(path).content) == 20_000_000
    path.write_bytes(b"a" * 21_000_000)
    found = refusal(path)
    assert "has 21.0 MB, more than the 20 MB" in found.message
    assert "media_url" in found.hint


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    assert "can't be read: No such file or directory" in refusal(tmp_path / "nothing").message


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "is a folder" in refusal(tmp_path).message


def test_a_named_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "is no regular file" in refusal(tmp_path / "pipe").message


def test_what_the_libraries_think_of_a_file_is_not_shown(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    whole = pdf(2)
    odd = whole.replace(b"startxref\n", b"startxref\n9")
    assert read_media_file(written(tmp_path, odd)).pages == 2
    refusal(written(tmp_path, image("TIFF")[:20]))
    assert capfd.readouterr() == ("", "")
    assert list(recwarn) == []


def test_the_digest_is_of_the_content_alone(tmp_path: Path) -> None:
    one = read_media_file(written(tmp_path, b"Dear doctor", "one.txt"))
    other = read_media_file(written(tmp_path, b"Dear doctor", "other.txt"))
    assert one.digest == other.digest
    assert len(one.digest) == 64
