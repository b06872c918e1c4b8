"""The published schemas, and that two validators give the same verdicts on them."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from faxops.config.document import Node
from faxops.config.encoding import decode
from faxops.config.judge import Judge
from faxops.config.parse import parse
from faxops.config.schema import (
    PUBLISHED,
    as_published,
    file_schema,
    include_schema,
    policy_schema,
    resolved_schema,
)
from faxops.config.wording import validator
from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS

ROOT = Path(__file__).parents[2]
EXAMPLES = {
    path.relative_to(ROOT).as_posix(): path
    for path in ROOT.glob("examples/**/*.yaml")
    if not {"pipelines", "cron"} & set(path.relative_to(ROOT).parts)  # what runs faxops
}


def value_of(path: Path) -> dict[str, Any]:
    document, _ = parse(decode(path.name, path.read_bytes()))
    return document.value


def schema_of(name: str) -> dict[str, Any]:
    if name.endswith("policy.yaml"):
        return policy_schema()
    return file_schema() if name.endswith("/faxops.yaml") else include_schema()


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_committed_schema_is_what_the_table_says(
    name: str, golden: Callable[[Path, str], None]
) -> None:
    golden(ROOT / "schemas" / name, as_published(PUBLISHED[name]()))


@pytest.mark.parametrize("name", PUBLISHED)
def test_the_schema_is_one(name: str) -> None:
    Draft202012Validator.check_schema(PUBLISHED[name]())


@pytest.mark.parametrize("name", EXAMPLES)
def test_every_example_is_valid_and_names_its_schema(name: str) -> None:
    judge = Judge(schema_of(name))
    assert judge.approves(value_of(EXAMPLES[name]))
    line = EXAMPLES[name].read_text().splitlines()[0]
    assert line.startswith("# yaml-language-server: $schema=")
    published = ROOT / "schemas" / line.rpartition("/")[2]
    assert json.loads(published.read_text()) == schema_of(name)


def described(schema: object) -> Iterator[dict[str, Any]]:
    """Every fragment that describes a value under a key."""
    if isinstance(schema, dict):
        fragments = cast("dict[str, Any]", schema)
        yield from fragments.get("properties", {}).values()
        for each in fragments.values():
            yield from described(each)
    if isinstance(schema, list):
        for each in cast("list[object]", schema):
            yield from described(each)


def test_every_key_has_a_title_and_a_description() -> None:
    schema = file_schema()
    fragments = [each for each in described(schema) if "$ref" not in each and "const" not in each]
    fragments += list(schema["$defs"].values())
    nested = [each for each in fragments if "title" in each or "type" in each or "anyOf" in each]
    assert len(nested) > 40
    assert [each for each in nested if "title" not in each] == []


def test_every_example_value_in_the_schema_is_valid() -> None:
    schema = file_schema()
    for fragment in described(schema):
        judge = Judge({**fragment, "$defs": schema["$defs"]})
        for example in fragment.get("examples", ()):
            assert judge.approves(example), (fragment["title"], example)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_every_field_of_every_kind_is_in_the_schema(kind: ResourceKind) -> None:
    properties = file_schema()["$defs"][kind.name]["properties"]
    for field in kind.fields:
        top, *nested = field.segments
        fragment = properties[top]
        if nested:
            fragment = fragment["properties"][nested[0]]
        assert fragment["title"] == field.title


_scraps: st.SearchStrategy[Node] = st.sampled_from(
    [None, True, False, 0, 1, -1, 7, 31, 1.0, 1.5, 10**20, "", "x", "${var.x}", "a\n", "10%",
     "101%", "http://a.example", "a@b.example", "1293384261075731499", "Latency",
     "intake\n", [], [""], {}, ["a", "a"], {"x": 1},
     [{"id": "1", "to": "a"}], "\u00e9", "faxops.keep",
     [1, True]]
)  # fmt: skip
_keys = st.sampled_from(
    ["version", "x-a", "X-a", "stack", "intake", "Intake", "intake\n", "destroy", "id", "key",
     "webhook_event_url", "inbound", "channel_limit", "tags", "environments", "rows", "zzz"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn, originals: list[Node]) -> Node:
    """One of the values with a few of its parts replaced, added or taken away."""
    value = copy.deepcopy(draw(st.sampled_from(originals)))
    for _ in range(draw(st.integers(0, 4))):
        holder = value
        while True:
            inner: list[Node] = [
                each for each in children(holder) if isinstance(each, dict | list) and each
            ]
            if not inner or draw(st.booleans()):
                break
            holder = draw(st.sampled_from(inner))
        change(draw, holder)
    return value


def children(holder: Node) -> list[Node]:
    if isinstance(holder, dict):
        return list(holder.values())
    return holder if isinstance(holder, list) else []


def change(draw: st.DrawFn, holder: Node) -> None:
    if isinstance(holder, list):
        holder[draw(st.integers(0, len(holder) - 1))] = copy.deepcopy(draw(_scraps))
        return
    assert isinstance(holder, dict)
    existing = sorted(holder)
    key = draw(_keys | st.sampled_from(existing) if existing else _keys)
    if key in holder and draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = copy.deepcopy(draw(_scraps))


MAIN: list[Node] = [
    value_of(path) for name, path in EXAMPLES.items() if name.endswith("/faxops.yaml")
]
_FILE_JUDGE = Judge(file_schema())
_RESOLVED = resolved_schema(KINDS[0])
_RESOLVED_JUDGE = Judge(_RESOLVED)
APPLICATION: Node = {
    "application_name": "Intake",
    "webhook_event_url": "https://hooks.clinic.example/fax",
    "webhook_event_failover_url": None,
    "webhook_timeout_secs": 25,
    "active": True,
    "anchorsite_override": "Chicago, IL",
    "tags": ["a"],
    "inbound": {"channel_limit": 1, "sip_subdomain": "x"},
    "outbound": {"outbound_voice_profile_id": "1293384261075731499"},
    "fax_email_recipient": "a@b.example",
}


@given(mutated(MAIN))
def test_both_validators_agree_about_files(value: Node) -> None:
    approved = _FILE_JUDGE.approves(value)
    assert approved == (not list(validator(_FILE_JUDGE.schema).iter_errors(value)))
    assert approved == (not _FILE_JUDGE.complaints(value))


@given(mutated([{"intake": APPLICATION}]))
def test_both_validators_agree_about_applications(value: Node) -> None:
    approved = _RESOLVED_JUDGE.approves(value)
    assert approved == (not list(validator(_RESOLVED).iter_errors(value)))
    assert approved == (not _RESOLVED_JUDGE.complaints(value))


@given(mutated(MAIN))
def test_every_complaint_is_a_sentence_about_something_that_is_there(value: Node) -> None:
    for each in _FILE_JUDGE.complaints(value):
        assert each.summary.endswith(".")
        holder: Any = value
        for name in each.path[:-1]:
            holder = holder[name]
