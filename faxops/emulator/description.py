"""The emulator's own description of the API (`openapi.json`), and the judging of requests by it.

Written from the public documentation, never from the client's field table: if the two disagree
about a request, a test of the client fails here instead of in production.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

import jsonschema_rs

METHODS: Final = ("get", "post", "put", "patch", "delete")
JSON_TYPE: Final = "application/json"
FORM_TYPE: Final = "multipart/form-data"
_PARAMETER = re.compile(r"([^\[\]]+)((?:\[[^\[\]]+\])*)")


@dataclass(frozen=True, slots=True)
class SchemaProblem:
    """One violation. `path` leads to the offending value; `keyword` is the schema's, e.g. `type`.

    For `required` the path includes the missing property.
    """

    path: tuple[str | int, ...]
    keyword: str
    message: str

    @property
    def pointer(self) -> str:
        """The path as a JSON pointer."""
        parts = (str(part).replace("~", "~0").replace("/", "~1") for part in self.path)
        return "".join(f"/{part}" for part in parts)


class Schema:
    """A compiled JSON Schema (2020-12) with formats asserted."""

    def __init__(self, schema: Mapping[str, Any]) -> None:
        self._validator = jsonschema_rs.Draft202012Validator(dict(schema), validate_formats=True)

    def problems(self, value: object) -> tuple[SchemaProblem, ...]:
        """Every violation in `value`; none if it is good."""
        if self._validator.is_valid(value):
            return ()
        return tuple(_problem(error) for error in self._validator.iter_errors(value))


def _problem(error: jsonschema_rs.ValidationError) -> SchemaProblem:
    path = tuple(error.instance_path)
    if isinstance(error.kind, jsonschema_rs.ValidationErrorKind.Required):
        return SchemaProblem((*path, error.kind.property), "required", "can't be blank")
    return SchemaProblem(path, error.kind.name, error.message)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `body` is None where the request has none.

    `form` judges the body when it is a multipart form; None where JSON is the one kind of body.
    `fields` are the schemas of all that a body may have, in JSON or in a form. `query` judges the
    query parameters, unfolded into nested objects; `filters` are the keys of `filter` that are
    served. `statuses` are the documented ones; `any_error` says that every other status may come
    with an error, too ("default").
    """

    operation_id: str
    method: str
    path: str
    query: Schema
    query_schema: Mapping[str, Any]
    filters: frozenset[str]
    body: Schema | None
    form: Schema | None
    fields: Mapping[str, Any]
    statuses: frozenset[int]
    any_error: bool


@dataclass(frozen=True, slots=True)
class Description:
    """The whole description. `document` is the OpenAPI text as data."""

    document: Mapping[str, Any]
    operations: tuple[Operation, ...]

    def schema(self, name: str) -> Schema:
        """The compiled schema of that name under `components`."""
        return _compiled(self.document, {"$ref": f"#/components/schemas/{name}"})

    def properties(self, name: str) -> Mapping[str, Any]:
        """The properties of the schema of that name."""
        return self.document["components"]["schemas"][name]["properties"]


@cache
def load_description() -> Description:
    """Read and compile the description that ships in the package; about 2 ms, once a process."""
    text = files("faxops.emulator").joinpath("openapi.json").read_text(encoding="utf-8")
    document = json.loads(text)
    return Description(document, tuple(_operations(document)))


def _operations(document: Mapping[str, Any]) -> Iterator[Operation]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield _operation(document, path, method, methods[method])


def _operation(
    document: Mapping[str, Any], path: str, method: str, source: Mapping[str, Any]
) -> Operation:
    parameters = [resolve(document, each) for each in source.get("parameters", ())]
    query_schema: dict[str, Any] = {
        "type": "object",
        "properties": {
            each["name"]: each["schema"] for each in parameters if each["in"] == "query"
        },
    }
    filter_schema = query_schema["properties"].get("filter", {})
    bodies = source.get("requestBody", {}).get("content", {})
    kinds = {kind: resolve(document, body["schema"]) for kind, body in bodies.items()}
    statuses = frozenset(source["responses"])
    return Operation(
        operation_id=source["operationId"],
        method=method.upper(),
        path=path,
        query=_compiled(document, query_schema),
        query_schema=query_schema,
        filters=frozenset(filter_schema.get("properties", ())),
        body=_compiled(document, kinds[JSON_TYPE]) if kinds else None,
        form=_compiled(document, kinds[FORM_TYPE]) if FORM_TYPE in kinds else None,
        fields={name: each for kind in kinds.values() for name, each in kind["properties"].items()},
        statuses=frozenset(int(status) for status in statuses - {"default"}),
        any_error="default" in statuses,
    )


def resolve(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node that `node` refers to, or itself. Only references within the document."""
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part]
        node = target
    return node


def _compiled(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Schema:
    return Schema({**schema, "components": document["components"]})


def unfold(pairs: list[tuple[str, str]], schema: Mapping[str, Any]) -> dict[str, Any]:
    """Query parameters as nested objects: `page[size]=5` is `{"page": {"size": 5}}`.

    Texts become integers where the schema says so. A name given twice keeps its last value; a
    name that is not of this form is left out, as an unknown parameter would be.
    """
    query: dict[str, Any] = {}
    for name, value in pairs:
        match = _PARAMETER.fullmatch(name)
        if match is None:
            continue
        keys = [match[1], *re.findall(r"\[([^\[\]]+)\]", match[2])]
        _put(query, keys, value, schema)
    return query


def _put(query: dict[str, Any], keys: list[str], value: str, schema: Mapping[str, Any]) -> None:
    node = query
    for key in keys[:-1]:
        if not isinstance(node.get(key), dict):
            node[key] = {}
        node = node[key]
        schema = schema.get("properties", {}).get(key, {})
    kind = schema.get("properties", {}).get(keys[-1], {}).get("type")
    is_number = kind == "integer" and re.fullmatch(r"-?[0-9]{1,18}", value)
    node[keys[-1]] = int(value) if is_number else value


def parameter_name(path: tuple[str | int, ...]) -> str:
    """The name that stands in the query for a path into the unfolded one: `page[size]`."""
    first, *rest = path or ("",)
    return f"{first}" + "".join(f"[{part}]" for part in rest)
