"""The JSON Schemas (2020-12) of what people write, derived from the tables of the kinds.

`$comment` of a fragment completes the sentence "expected …" in messages about it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from faxops.model.field import INTERPOLATED
from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS

Schema = dict[str, Any]

KEY_PATTERN: Final = "^[a-z0-9][a-z0-9_-]{0,62}$"
STACK_PATTERN: Final = "^[a-z][a-z0-9-]{0,30}$"
ID_PATTERN: Final = "^[0-9]+$"
ENVIRONMENT_PATTERN: Final = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$"
VARIABLE_PATTERN: Final = "^[A-Za-z_][A-Za-z0-9_]*$"

KEY_FORM: Final = "small letters, digits, `_` and `-`, at most 63, a letter or digit first"
STACK_FORM: Final = "small letters, digits and `-`, at most 31, a letter first"
ID_FORM: Final = "digits in quotes"

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
INCLUDED: Final = (*(kind.collection for kind in KINDS), "fleets", "imports", "moved", "removed")
"""The sections that an included file may hold."""


def file_schema() -> Schema:
    """The main file, `faxops.yaml`."""
    return {
        "$schema": _DIALECT,
        "title": "faxops configuration",
        "description": "The fax applications of a Telnyx account, as code.",
        **_mapping(
            {
                "version": {
                    "title": "Version",
                    "description": "The version of this format.",
                    "const": 1,
                    "examples": [1],
                },
                "stack": _stack(),
                "account": _account(),
                "variables": _variables(),
                "env": {
                    "title": "Environment variables",
                    "description": "The only environment variables that `${env.NAME}` may read.",
                    "type": "array",
                    "items": _text(),
                    "default": [],
                    "examples": [["INTAKE_MAILBOX"]],
                },
                "environments": {
                    "title": "Environments",
                    "description": "Chosen with `-e`; once there are any, one must be chosen.",
                    "type": "object",
                    "minProperties": 1,
                    "propertyNames": {
                        "pattern": ENVIRONMENT_PATTERN,
                        "$comment": "letters, digits, `_`, `.` and `-`, at most 63",
                    },
                    "additionalProperties": _environment(),
                    "examples": [{"prod": {"stack": "clinic-prod"}}],
                },
                "include": {
                    "title": "Included files",
                    "description": "Paths or patterns, relative to this file, inside its folder.",
                    "type": "array",
                    "items": _text(),
                    "default": [],
                    "examples": [["apps/*.yaml"]],
                },
                "defaults": _ref("defaults"),
                **_sections(),
                "guards": _ref("guards"),
                "policy": _ref("policy"),
            },
            required=("version",),
        ),
        "patternProperties": {"^x-": {"description": "Ignored; a place for anchors."}},
        "$defs": _definitions(),
    }


def include_schema() -> Schema:
    """A file that the main one includes."""
    return {
        "$schema": _DIALECT,
        "title": "faxops included file",
        "description": "Sections that the main file takes in with `include`.",
        **_mapping(_sections()),
        "patternProperties": {"^x-": {"description": "Ignored; a place for anchors."}},
        "$defs": _definitions(),
    }


def policy_schema() -> Schema:
    """The file of `--policy`, which only the configuration's own limits may tighten."""
    return {
        "$schema": _DIALECT,
        "title": "faxops policy file",
        "description": "Limits that a configuration can tighten and never loosen.",
        **_mapping({"guards": _ref("guards"), "policy": _ref("policy")}),
        "$defs": {"guards": _guards(), "policy": _policy()},
    }


def resolved_schema(kind: ResourceKind) -> Schema:
    """Key to resource, after defaults and interpolation; strict."""
    required = [field.path for field in kind.fields if field.required]
    resource = kind.json_schema(authored=False) | {"required": required}
    return {"$schema": _DIALECT, "type": "object", "additionalProperties": resource}


def _definitions() -> dict[str, Schema]:
    return {
        "defaults": _defaults(),
        "guards": _guards(),
        "policy": _policy(),
        **{kind.name: _resource(kind) for kind in KINDS},
    }


def _sections() -> dict[str, Schema]:
    return {
        **{kind.collection: _collection(kind) for kind in KINDS},
        "fleets": _fleets(),
        "imports": _imports(),
        "moved": _moved(),
        "removed": _removed(),
    }


def _collection(kind: ResourceKind) -> Schema:
    return {
        "title": f"{kind.title}s",
        "description": "Key to application. The key is its identity for good.",
        "type": "object",
        "propertyNames": {"pattern": KEY_PATTERN, "$comment": KEY_FORM},
        "additionalProperties": _ref(kind.name),
        "default": {},
    }


def _resource(kind: ResourceKind) -> Schema:
    schema = kind.json_schema(authored=True)
    own = {
        "environments": {
            "title": "Environments",
            "description": "The application exists only in these environments.",
            "type": "array",
            "minItems": 1,
            "items": _text(),
            "examples": [["prod"]],
        },
        "lifecycle": _lifecycle(),
    }
    return {"title": kind.title, **schema, "properties": schema["properties"] | own}


def _defaults() -> Schema:
    properties = {"lifecycle": _lifecycle()}
    for kind in KINDS:
        properties |= kind.json_schema(authored=True)["properties"]
    return {
        "title": "Defaults",
        "description": (
            "Stands under every application: objects are merged by key, lists and null replace."
        ),
        "examples": [{"webhook_timeout_secs": 25}],
        **_mapping(properties),
    }


def _lifecycle() -> Schema:
    return {
        "title": "Lifecycle",
        "description": "What may happen to the live application.",
        **_mapping(
            {
                "prevent_destroy": {
                    "title": "Prevent destroy",
                    "description": "Refuse every plan that would delete the application.",
                    "type": "boolean",
                    "default": False,
                    "examples": [True],
                },
                "ignore_changes": {
                    "title": "Ignore changes",
                    "description": "Fields whose live value is left alone.",
                    "type": "array",
                    "items": _text(),
                    "default": [],
                    "examples": [["outbound.channel_limit"]],
                },
            }
        ),
    }


def _fleets() -> Schema:
    cell = {"type": ["string", "number", "boolean", "null"]}
    rows: Schema = {
        "title": "Rows",
        "description": "A CSV file with a header, or a list of mappings.",
        "anyOf": [
            _text(),
            {"type": "array", "items": {"type": "object", "additionalProperties": cell}},
        ],
        "$comment": "the path of a CSV file, or a list of flat mappings",
        "examples": ["clinics.csv", [{"code": "north"}]],
    }
    fleet = {
        "title": "Fleet",
        "description": "One application a row.",
        **_mapping(
            {
                "rows": rows,
                "key": _text("Key", "The key of a row's application.", "clinic-${row.code}"),
                "application": _ref(KINDS[0].name),
            },
            required=("rows", "key", "application"),
        ),
    }
    return {
        "title": "Fleets",
        "description": "Applications that differ by a few values, one a row of a table.",
        "type": "object",
        "propertyNames": {"pattern": KEY_PATTERN, "$comment": KEY_FORM},
        "additionalProperties": fleet,
        "default": {},
    }


def _imports() -> Schema:
    entry = _mapping(
        {
            "id": _id("The live application."),
            "to": _key("The key that adopts it."),
        },
        required=("id", "to"),
    )
    return _entries(
        "Imports",
        "Live applications to adopt, once; a no-op afterwards.",
        entry,
        {"id": "1293384261075731499", "to": "intake"},
    )


def _moved() -> Schema:
    stack = STACK_PATTERN.strip("^$")
    key = KEY_PATTERN.strip("^$")
    origin = {
        **_text("From", "The old key; `other-stack/key` hands an application over."),
        "pattern": f"^({stack}/)?{key}$|{INTERPOLATED}",
        "$comment": "a key, or `stack/key`",
    }
    entry = _mapping({"from": origin, "to": _key("The new key.")}, required=("from", "to"))
    return _entries(
        "Moved",
        "Keys that were renamed; the live application stays the same.",
        entry,
        {"from": "front-desk", "to": "intake"},
    )


def _removed() -> Schema:
    destroy = {
        "title": "Destroy",
        "description": "Delete the live application instead of leaving it running.",
        "type": "boolean",
        "default": False,
        "examples": [False],
    }
    entry: Schema = {
        **_mapping({"key": _key("The key to give up."), "id": _id("A duplicate to destroy."),
                    "destroy": destroy}),
        "oneOf": [
            {"required": ["key"], "not": {"required": ["id"]}},
            {"required": ["id"], "properties": {"destroy": {"const": True}},
             "dependentRequired": {"id": ["destroy"]}},
        ],
        "$comment": "either `key`, or `id` together with `destroy: true`",
    }  # fmt: skip
    return _entries(
        "Removed",
        "Applications to give up.",
        entry,
        {"key": "legacy", "destroy": False},
    )


def _entries(title: str, description: str, entry: Schema, example: object) -> Schema:
    return {
        "title": title,
        "description": description,
        "type": "array",
        "items": entry,
        "default": [],
        "examples": [[example]],
    }


def _environment() -> Schema:
    return {
        "title": "Environment",
        "description": "What differs in this environment.",
        **_mapping(
            {
                "stack": _stack(),
                "account": _account(),
                "variables": _variables(),
                "defaults": _ref("defaults"),
                "imports": _imports(),
                "guards": _ref("guards"),
                "policy": _ref("policy"),
            },
            required=("stack",),
        ),
    }


def _guards() -> Schema:
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
        **_mapping(
            {
                "max_deletes": limit("Most deletes", "Of the applications owned.", "10%"),
                "max_changes": limit("Most changes", "Of the applications owned.", "100%"),
                "max_creates": limit("Most creates", "Of the applications desired.", "100%"),
            }
        ),
    }


def _policy() -> Schema:
    return {
        "title": "Policy",
        "description": "What the configuration may hold.",
        **_mapping(
            {
                "webhook_hosts": {
                    "title": "Webhook hosts",
                    "description": (
                        "The only hosts of webhook URLs; `*.x` is every host under `x`, not `x`."
                    ),
                    "type": "array",
                    "items": _text(),
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


def _stack() -> Schema:
    return {
        **_text("Stack", "The name that owns the applications; never shared.", "clinic-prod"),
        "pattern": f"{STACK_PATTERN}|{INTERPOLATED}",
        "$comment": STACK_FORM,
    }


def _account() -> Schema:
    return _text("Account", "The organization that the API key must belong to.")


def _variables() -> Schema:
    return {
        "title": "Variables",
        "description": "What `${var.NAME}` stands for; null must be given with `--var`.",
        "type": "object",
        "propertyNames": {
            "pattern": VARIABLE_PATTERN,
            "$comment": "letters, digits and `_`, no digit first",
        },
        "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
        "default": {},
        "examples": [{"host": "hooks.clinic.example"}],
    }


def _key(description: str) -> Schema:
    return {
        **_text("Key", description),
        "pattern": f"{KEY_PATTERN}|{INTERPOLATED}",
        "$comment": KEY_FORM,
    }


def _id(description: str) -> Schema:
    return {
        **_text("Id", description, "1293384261075731499"),
        "pattern": f"{ID_PATTERN}|{INTERPOLATED}",
        "$comment": ID_FORM,
    }


def _text(title: str = "", description: str = "", example: str = "") -> Schema:
    texts = {"title": title, "description": description}
    return {
        **{name: text for name, text in texts.items() if text},
        "type": "string",
        "minLength": 1,
        **({"examples": [example]} if example else {}),
    }


def _mapping(properties: dict[str, Any], required: Iterable[str] = ()) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        **({"required": list(required)} if required else {}),
        "additionalProperties": False,
    }


def _ref(name: str) -> Schema:
    return {"$ref": f"#/$defs/{name}"}


def is_id(schema: Schema) -> bool:
    """Whether a fragment describes an id, a number that must stand in quotes."""
    return str(schema.get("pattern", "")).startswith(ID_PATTERN)
