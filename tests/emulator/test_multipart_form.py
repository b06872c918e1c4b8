from __future__ import annotations

import os

import httpx
import pytest

from faxops.emulator.multipart_form import Form, MalformedForm, is_form, read_form

SCHEMAS = {"flag": {"type": "boolean"}, "number": {"type": "integer"}}
TYPE = "multipart/form-data; boundary=x"


def _encoded(**parts: object) -> tuple[str, bytes]:
    """A form as httpx writes it."""
    request = httpx.Request("POST", "http://emulator", files=parts)  # pyright: ignore[reportArgumentType] - a table of what httpx takes
    return request.headers["content-type"], request.read()


def test_a_form_is_read_with_its_types() -> None:
    content = os.urandom(3_000_000) + b"\r\n--x\r\n"
    encoded = _encoded(
        to=(None, "+1"),
        flag=(None, "true"),
        number=(None, "7"),
        contents=("Brief 📠.pdf", content),
    )
    fields = {"to": "+1", "flag": True, "number": 7, "contents": "Brief 📠.pdf"}
    assert read_form(*encoded, SCHEMAS) == Form(fields, content)


def test_what_is_not_of_its_type_stays_text() -> None:
    encoded = _encoded(flag=(None, "yes"), number=(None, "7x"))
    assert read_form(*encoded, SCHEMAS) == Form({"flag": "yes", "number": "7x"}, None)


def test_contents_may_come_without_a_file_name() -> None:
    assert read_form(*_encoded(contents=(None, "Hello")), {}).contents == b"Hello"


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        pytest.param("multipart/form-data", b"--x--\r\n", id="no boundary named"),
        pytest.param(TYPE, b"", id="empty"),
        pytest.param(TYPE, b"hello", id="no boundary in the body"),
        pytest.param(
            TYPE, b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--", id="no name"
        ),
        pytest.param(
            TYPE, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nab', id="cut short"
        ),
    ],
)
def test_a_body_that_is_no_form(content_type: str, body: bytes) -> None:
    with pytest.raises(MalformedForm):
        read_form(content_type, body, {})


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [(TYPE, True), ("Multipart/Form-Data;boundary=x", True), ("multipart/mixed", False)],
)
def test_a_form_says_that_it_is_one(content_type: str, *, expected: bool) -> None:
    assert is_form(content_type) is expected
