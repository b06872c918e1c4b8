"""A request's body as a multipart form (RFC 7578): its texts, and the one file in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from faxops.emulator.description import FORM_TYPE

FILE_FIELD: Final = "contents"
_VALUES: Final[Mapping[str, Mapping[str, bool]]] = {"boolean": {"true": True, "false": False}}


@dataclass(frozen=True, slots=True)
class Form:
    """The fields by name, where a file has its name for a value, and the bytes of `contents`."""

    fields: Mapping[str, Any]
    contents: bytes | None


class MalformedForm(Exception):
    """The body is not the form that its Content-Type promises. Says what is wrong."""


def is_form(content_type: str) -> bool:
    """Whether a Content-Type is that of a multipart form."""
    return content_type.partition(";")[0].strip().lower() == FORM_TYPE


def read_form(content_type: str, body: bytes, schemas: Mapping[str, Any]) -> Form:
    """Read a form. Texts become booleans and integers where a field's schema says so.

    Raises `MalformedForm`.
    """
    # Loaded here, because an account of applications alone never sees a form.
    from python_multipart.exceptions import FormParserError  # noqa: PLC0415 - see above
    from python_multipart.multipart import (  # noqa: PLC0415 - see above
        Field,
        File,
        FormParser,
        parse_options_header,
    )

    fields: dict[str, Any] = {}
    contents: bytes | None = None
    ended: list[bool] = []

    def on_field(field: Field) -> None:
        nonlocal contents
        name, value = _text(field.field_name), field.value or b""
        if name == FILE_FIELD:
            contents = value
        fields[name] = _typed(_text(value), schemas.get(name, {}))

    def on_file(file: File) -> None:
        nonlocal contents
        name = _text(file.field_name)
        fields[name] = _text(file.file_name)
        if name == FILE_FIELD:
            file.file_object.seek(0)
            contents = file.file_object.read()

    _, options = parse_options_header(content_type)
    try:
        parser = FormParser(
            FORM_TYPE,
            on_field,
            on_file,
            lambda: ended.append(True),
            boundary=options.get(b"boundary"),
            config={"MAX_MEMORY_FILE_SIZE": len(body) + 1},
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise MalformedForm(str(error)) from error
    if not ended:
        raise MalformedForm("its last boundary is missing")
    return Form(fields, contents)


def _text(value: bytes | None) -> str:
    return (value or b"").decode("utf-8", "replace")


def _typed(value: str, schema: Mapping[str, Any]) -> str | int | bool:
    kind = schema.get("type")
    if kind == "integer" and value.isascii() and value.isdigit():
        return int(value[:18])
    return _VALUES.get(kind or "", {}).get(value, value)
