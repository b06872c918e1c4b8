"""Every document that a test sees is held to its published schema."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal

import jsonschema_rs

Kind = Literal["plan", "outcome", "validate", "fax", "history"]

SCHEMAS = Path(__file__).parents[2] / "schemas"
_BASE = "https://faxops.example/schemas/"


def check_document(kind: Kind, document: object) -> None:
    """Assert that `document`, as JSON, is what `schemas/KIND.schema.json` describes."""
    errors = [
        f"{'/'.join(map(str, error.instance_path))}: {error.message}"
        for error in _validator(kind).iter_errors(json.loads(json.dumps(document)))
    ]
    assert not errors, "\n".join(errors)


def read_schema(kind: Kind) -> dict[str, Any]:
    """The schema as it is published."""
    return json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))


@cache
def _validator(kind: Kind) -> jsonschema_rs.Draft202012Validator:
    # The schemas of the outcome and of the history refer to others as files beside them.
    beside: tuple[Kind, ...] = ("plan", "outcome")
    resources = [(f"{_BASE}{name}.schema.json", read_schema(name)) for name in beside]
    return jsonschema_rs.Draft202012Validator(
        read_schema(kind),
        registry=jsonschema_rs.Registry(resources=resources),
        base_uri=f"{_BASE}{kind}.schema.json",
        validate_formats=True,
    )
