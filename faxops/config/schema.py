"""The JSON Schemas (2020-12) of what people write, derived from the tables of the kinds.

`$comment` of a fragment completes the sentence "expected …" in messages about it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from faxops.config.fragments import (
    ENVIRONMENT_PATTERN,
    KEY_FORM,
    KEY_PATTERN,
    STACK_FORM,
    STACK_PATTERN,
    VARIABLE_PATTERN,
    Schema,
    entries,
    guards,
    id_value,
    key_value,
    mapping,
    policy,
    ref,
    text,
)
from faxops.config.phrases import choices
from faxops.model.field import INTERPOLATED
from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS

_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
INCLUDED: Final = (*(kind.collection for kind in KINDS), "fleets", "imports", "moved", "removed")
"""The sections that an included file may hold."""


def file_schema() -> Schema:
    """The main file, `faxops.yaml`."""
    return {
        "$schema": _DIALECT,
        "title": "faxops configuration",
        "description": "The fax applications of a Telnyx account, as code.",
        **mapping(
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
                    "items": text(),
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
                    "items": text(),
                    "default": [],
                    "examples": [["apps/*.yaml"]],
                },
                **_defaults_refs(),
                **_sections(),
                "guards": ref("guards"),
                "policy": ref("policy"),
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
        **mapping(_sections()),
        "patternProperties": {"^x-": {"description": "Ignored; a place for anchors."}},
        "$defs": _definitions(),
    }


def policy_schema() -> Schema:
    """The file of `--policy`, which only the configuration's own limits may tighten."""
    return {
        "$schema": _DIALECT,
        "title": "faxops policy file",
        "description": "Limits that a configuration can tighten and never loosen.",
        **mapping({"guards": ref("guards"), "policy": ref("policy")}),
        "$defs": {"guards": guards(), "policy": policy()},
    }


def resolved_schema(kind: ResourceKind) -> Schema:
    """Key to resource, after defaults and interpolation; strict."""
    required = [field.path for field in kind.fields if field.required]
    resource = kind.json_schema(authored=False) | {"required": required}
    return {"$schema": _DIALECT, "type": "object", "additionalProperties": resource}


def _definitions() -> dict[str, Schema]:
    return {
        **{kind.defaults_key: _defaults(kind) for kind in KINDS},
        "guards": guards(),
        "policy": policy(),
        **{kind.name: _resource(kind) for kind in KINDS},
    }


def _defaults_refs() -> dict[str, Schema]:
    return {kind.defaults_key: ref(kind.defaults_key) for kind in KINDS}


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
        "additionalProperties": ref(kind.name),
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
            "items": text(),
            "examples": [["prod"]],
        },
        "lifecycle": _lifecycle(kind),
    }
    return {"title": kind.title, **schema, "properties": schema["properties"] | own}


def _defaults(kind: ResourceKind) -> Schema:
    described: dict[str, Schema] = kind.json_schema(authored=True)["properties"]
    optional = (each for each in kind.fields if not each.required and each.path in described)
    return {
        "title": "Defaults",
        "description": (
            "Stands under every application: objects are merged by key, lists and null replace."
        ),
        "examples": [{each.path: described[each.path]["examples"][0]} for each in optional][:1],
        **mapping({"lifecycle": _lifecycle(kind), **described}),
    }


def _lifecycle(kind: ResourceKind) -> Schema:
    return {
        "title": "Lifecycle",
        "description": "What may happen to the live application.",
        **mapping(
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
                    "items": text(),
                    "default": [],
                    "examples": [[kind.example_path]],
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
            text(),
            {"type": "array", "items": {"type": "object", "additionalProperties": cell}},
        ],
        "$comment": "the path of a CSV file, or a list of flat mappings",
        "examples": ["clinics.csv", [{"code": "north"}]],
    }
    singulars = [kind.singular for kind in KINDS]
    # What must be there is worded and completed better than a choice of one.
    only = singulars if len(singulars) == 1 else []
    fleet = {
        "title": "Fleet",
        "description": "One application a row.",
        **mapping(
            {
                "rows": rows,
                "key": text("Key", "The key of a row's application.", "clinic-${row.code}"),
                **{kind.singular: ref(kind.name) for kind in KINDS},
            },
            required=("rows", "key", *only),
        ),
        **({} if only else _one_of(singulars)),
    }
    return {
        "title": "Fleets",
        "description": "Applications that differ by a few values, one a row of a table.",
        "type": "object",
        "propertyNames": {"pattern": KEY_PATTERN, "$comment": KEY_FORM},
        "additionalProperties": fleet,
        "default": {},
    }


def _one_of(names: list[str]) -> Schema:
    return {
        "oneOf": [{"required": [name]} for name in names],
        "$comment": f"a fleet of one kind, with {choices(f'`{name}`' for name in names)}",
    }


def _imports() -> Schema:
    entry = mapping(
        {
            "id": id_value("The live application."),
            "to": key_value("The key that adopts it."),
        },
        required=("id", "to"),
    )
    return entries(
        "Imports",
        "Live applications to adopt, once; a no-op afterwards.",
        entry,
        {"id": "1293384261075731499", "to": "intake"},
    )


def _moved() -> Schema:
    stack_name = STACK_PATTERN.strip("^$")
    key_name = KEY_PATTERN.strip("^$")
    origin = {
        **text("From", "The old key; `other-stack/key` hands an application over."),
        "pattern": f"^({stack_name}/)?{key_name}$|{INTERPOLATED}",
        "$comment": "a key, or `stack/key`",
    }
    entry = mapping({"from": origin, "to": key_value("The new key.")}, required=("from", "to"))
    return entries(
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
    properties = {
        "key": key_value("The key to give up."),
        "id": id_value("A duplicate to destroy."),
        "destroy": destroy,
    }
    by_key: Schema = {"required": ["key"], "not": {"required": ["id"]}}
    by_id: Schema = {
        "required": ["id", "destroy"],
        "properties": {"destroy": {"const": True}},
        "not": {"required": ["key"]},
    }
    entry: Schema = {
        **mapping(properties),
        "oneOf": [by_key, by_id],
        "$comment": "either `key`, or `id` together with `destroy: true`",
    }
    return entries(
        "Removed",
        "Applications to give up.",
        entry,
        {"key": "legacy", "destroy": False},
    )


def _environment() -> Schema:
    return {
        "title": "Environment",
        "description": "What differs in this environment.",
        **mapping(
            {
                "stack": _stack(),
                "account": _account(),
                "variables": _variables(),
                **_defaults_refs(),
                "imports": _imports(),
                "guards": ref("guards"),
                "policy": ref("policy"),
            },
            required=("stack",),
        ),
    }


def _stack() -> Schema:
    return {
        **text("Stack", "The name that owns the applications; never shared.", "clinic-prod"),
        "pattern": f"{STACK_PATTERN}|{INTERPOLATED}",
        "$comment": STACK_FORM,
    }


def _account() -> Schema:
    return text("Account", "The organization that the API key must belong to.")


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


PUBLISHED: Final[Mapping[str, Callable[[], Schema]]] = {
    "faxops.schema.json": file_schema,
    "faxops-include.schema.json": include_schema,
    "faxops-policy.schema.json": policy_schema,
}
"""The files of `schemas/` that are written from here."""


def as_published(schema: Schema) -> str:
    """A schema as the text of its file."""
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"
