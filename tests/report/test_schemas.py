"""The published schemas as the reference that users read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast, get_args

import jsonschema_rs
import pytest

from tests.report.plan_cases import plan_case
from tests.report.schema_check import Kind, check_document, read_schema

KINDS: tuple[Kind, ...] = get_args(Kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_schema_is_one_of_draft_2020_12(kind: Kind) -> None:
    schema = read_schema(kind)

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    jsonschema_rs.meta.validate(schema)


@pytest.mark.parametrize("kind", KINDS)
def test_every_key_has_a_title_and_a_description(kind: Kind) -> None:
    schema = read_schema(kind)

    for path, name, fragment in keys_of(schema, ""):
        target = fragment.get("$ref", "")
        if target.startswith("#/$defs/") and "description" not in fragment:
            fragment = schema["$defs"][target.removeprefix("#/$defs/")]  # noqa: PLW2901 - said there
        assert fragment.get("title"), f"{path}/{name} has no title"
        assert fragment.get("description", "").endswith("."), f"{path}/{name} is not described"


@pytest.mark.parametrize("kind", KINDS)
def test_keys_may_be_added_at_a_minor_version(kind: Kind) -> None:
    assert "additionalProperties': False" not in str(read_schema(kind))


def test_a_finding_has_the_same_shape_everywhere() -> None:
    findings = [read_schema(kind)["$defs"]["diagnostic"] for kind in ("plan", "validate")]

    assert findings[0] == findings[1]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("format_version",), "2.0", id="another major version"),
        pytest.param(("resource_changes", 0, "change", "actions"), ["replace"], id="an action"),
        pytest.param(("resource_changes", 0, "change", "before"), None, id="nothing before"),
        pytest.param(
            ("resource_changes", 2, "change", "after"), {}, id="something after a destroy"
        ),
        pytest.param(("resource_changes", 0, "source"), {"file": "x"}, id="a place without a line"),
        pytest.param(("resource_changes", 3, "risks", 0, "severity"), "huge", id="a severity"),
        pytest.param(("generated_at",), "yesterday", id="no moment"),
        pytest.param(("unmanaged",), [], id="another type"),
    ],
)
def test_a_document_that_breaks_the_contract_is_noticed(path: tuple[Any, ...], value: Any) -> None:  # noqa: ANN401 - any JSON
    document = plan_case("one-of-each")
    holder: Any = document
    for step in path[:-1]:
        holder = holder[step]
    assert path[-1] in holder
    holder[path[-1]] = value

    with pytest.raises(AssertionError):
        check_document("plan", document)


@pytest.mark.parametrize("name", sorted(plan_case("empty")))
def test_no_key_of_a_plan_may_be_missing(name: str) -> None:
    document = plan_case("empty")
    del document[name]

    with pytest.raises(AssertionError, match=name):
        check_document("plan", document)


def keys_of(schema: object, path: str) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Every key that a schema describes: where, its name and its fragment."""
    if not isinstance(schema, dict):
        return
    for name, part in cast("dict[str, Any]", schema).items():
        if name == "properties" and not path.endswith(("/if", "/then", "/else")):
            for key, fragment in part.items():
                yield path, key, fragment
                yield from keys_of(fragment, f"{path}/{key}")
        elif name == "$defs":
            for key, fragment in part.items():
                yield from keys_of(fragment, f"{path}/$defs/{key}")
        else:
            yield from keys_of(part, f"{path}/{name}")
