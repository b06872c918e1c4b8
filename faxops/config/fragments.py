"""The parts that the JSON Schemas are put together from, and the forms of names and ids.

`$comment` of a fragment completes the sentence "expected …" in messages about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from faxops.model.field import INTERPOLATED

Schema = dict[str, Any]

KEY_PATTERN: Final = "^[a-z0-9][a-z0-9_-]{0,62}$"
STACK_PATTERN: Final = "^[a-z][a-z0-9-]{0,30}$"
ID_PATTERN: Final = "^[0-9]+$"
ENVIRONMENT_PATTERN: Final = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"
VARIABLE_PATTERN: Final = "^[A-Za-z_][A-Za-z0-9_]*$"

KEY_FORM: Final = "small letters, digits, `_` and `-`, at most 63, a letter or digit first"
STACK_FORM: Final = "small letters, digits and `-`, at most 31, a letter first"
ID_FORM: Final = "digits in quotes"


def key_value(description: str) -> Schema:
    """A key of an application, or a text with references."""
    return {
        **text("Key", description),
        "pattern": f"{KEY_PATTERN}|{INTERPOLATED}",
        "$comment": KEY_FORM,
    }


def id_value(description: str) -> Schema:
    """An id, or a text with references."""
    return {
        **text("Id", description, "1293384261075731499"),
        "pattern": f"{ID_PATTERN}|{INTERPOLATED}",
        "$comment": ID_FORM,
    }


def text(title: str = "", description: str = "", example: str = "") -> Schema:
    """A text that is not empty."""
    texts = {"title": title, "description": description}
    return {
        **{name: text for name, text in texts.items() if text},
        "type": "string",
        "minLength": 1,
        **({"examples": [example]} if example else {}),
    }


def mapping(properties: dict[str, Any], required: Iterable[str] = ()) -> Schema:
    """An object with these keys and no others."""
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def ref(name: str) -> Schema:
    """The definition of that name."""
    return {"$ref": f"#/$defs/{name}"}


def entries(title: str, description: str, entry: Schema, example: object) -> Schema:
    """A list of `entry`."""
    return {
        "title": title,
        "description": description,
        "type": "array",
        "items": entry,
        "default": [],
        "examples": [[example]],
    }


def guards() -> Schema:
    """How much one apply may do."""

    def limit(title: str, description: str, default: str) -> Schema:
        return {
            "title": title,
            "description": description,
            "anyOf": [
                {"type": "integer", "minimum": 0},
                {"type": "string", "pattern": "^(100|[1-9]?[0-9])%$"},
            ],
            "$comment": "a whole number from 0, or a percentage from 0% to 100%",
            "default": default,
            "examples": [default, 5],
        }

    return {
        "title": "Guards",
        "description": "How much one apply may do. 0 forbids.",
        **mapping(
            {
                "max_deletes": limit("Most deletes", "Of the applications owned.", "10%"),
                "max_changes": limit("Most changes", "Of the applications owned.", "100%"),
                "max_creates": limit("Most creates", "Of the applications desired.", "100%"),
            }
        ),
    }


def policy() -> Schema:
    """What a configuration may hold."""
    return {
        "title": "Policy",
        "description": "What the configuration may hold.",
        **mapping(
            {
                "webhook_hosts": {
                    "title": "Webhook hosts",
                    "description": (
                        "The only hosts of webhook URLs; `*.x` is every host under `x`, not `x`."
                    ),
                    "type": "array",
                    "items": text(),
                    "examples": [["hooks.clinic.example"]],
                },
                "require_https": {
                    "title": "Require HTTPS",
                    "description": "Refuse webhook URLs that are not https.",
                    "type": "boolean",
                    "default": False,
                    "examples": [True],
                },
                "max_risk": {
                    "title": "Highest risk",
                    "description": "Refuse plans that hold a risk above this one.",
                    "enum": ["none", "low", "medium", "high"],
                    "default": "high",
                    "examples": ["medium"],
                },
            }
        ),
    }


def is_id(schema: Schema) -> bool:
    """Whether a fragment describes an id, a number that must stand in quotes."""
    return str(schema.get("pattern", "")).startswith(ID_PATTERN)
