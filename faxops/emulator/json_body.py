"""A request's body as a JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, NoReturn, cast

from faxops.emulator.replies import Problem, Rejected


def json_object(body: bytes) -> Mapping[str, Any]:
    """The object that the body is, or the API's refusal: 400 for no JSON, 422 for no object."""
    try:
        text = body.decode("utf-8")
        value = json.loads(text, parse_constant=_no_constant)
        # Half of a surrogate pair is no text; nothing below could store it.
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        detail = f"The request body is not valid JSON: {error}."
        raise Rejected(400, Problem("10023", detail)) from error
    if not isinstance(value, dict):
        raise Rejected(422, Problem("10015", "The request body is not an object.", pointer="/"))
    return cast("Mapping[str, Any]", value)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")
