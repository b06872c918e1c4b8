"""The verdict on a value: jsonschema-rs says if all is well, `wording` says what is not.

jsonschema takes a hundred times longer and 64 ms to import, so it sees only what has failed.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, cast

import jsonschema_rs

from faxops.config import schema as schemas
from faxops.config.complaint import FORMATS, Complaint
from faxops.config.document import Document, Path
from faxops.config.fragments import Schema
from faxops.config.phrases import shown
from faxops.config.source import Spot
from faxops.model.diagnostic import Diagnostic
from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS

_ROUNDS = 8
"""How often what is wrong is left out, until the rest of a document can be relied on."""


class Judge:
    """A compiled schema, and its verdicts."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._validator = jsonschema_rs.Draft202012Validator(
            schema, validate_formats=True, formats=FORMATS
        )

    def approves(self, value: object) -> bool:
        """Whether nothing is wrong with the value."""
        return self._validator.is_valid(value)  # pyright: ignore[reportArgumentType] (plain JSON)

    def suspects(self, value: object) -> set[Path]:
        """The paths of all that is wrong, cut to two steps: section and entry."""
        errors = self._validator.iter_errors(value)  # pyright: ignore[reportArgumentType] (plain JSON)
        return {tuple(error.instance_path[:2]) for error in errors}

    def complaints(
        self, value: object, got: Callable[[Path, object], str] = lambda _, value: shown(value)
    ) -> list[Complaint]:
        """What is wrong with the value, in words; `got` words the values themselves."""
        from faxops.config.wording import complaints  # noqa: PLC0415 (imports jsonschema: 64 ms)

        return complaints(self.schema, value, got)


@lru_cache
def file_judge() -> Judge:
    """Judges main files."""
    return Judge(schemas.file_schema())


@lru_cache
def include_judge() -> Judge:
    """Judges included files."""
    return Judge(schemas.include_schema())


@lru_cache
def policy_judge() -> Judge:
    """Judges files of `--policy`."""
    return Judge(schemas.policy_schema())


@lru_cache
def resolved_judge(kind: ResourceKind) -> Judge:
    """Judges what there is of a kind after defaults and interpolation, by key."""
    return Judge(schemas.resolved_schema(kind))


def sound(document: Document, judge: Judge) -> tuple[Document, list[Diagnostic], frozenset[Path]]:
    """The document without what is wrong in it, the findings, and the paths left out.

    What later stages see has the shape of the schema, but for keys that the root lacks.
    """
    if judge.approves(document.value):
        return document, [], frozenset()
    complaints = judge.complaints(_suspicious_part(document.value, judge))
    findings = [
        complaint_spot(document, each).error(each.code, each.summary, suggestion=each.suggestion)
        for each in complaints
    ]
    pruned = {each.prunes for each in complaints if each.prunes}
    remaining = document.without(pruned)
    for _ in range(_ROUNDS):
        # Leaving a part out may make the part around it wrong, which nobody needs to hear of.
        wrong = judge.complaints(_suspicious_part(remaining.value, judge))
        paths = {each.prunes for each in wrong if each.prunes}
        if not paths:
            break
        remaining = remaining.without(paths)
        pruned |= paths
    return remaining, findings, frozenset(pruned)


def complaint_spot(document: Document, complaint: Complaint) -> Spot:
    """Where in the document a complaint points."""
    *above, name = complaint.path or ("",)
    if not complaint.path or not complaint.of_key:
        return document.spot(complaint.path)
    holder = document.node(tuple(above))
    if isinstance(holder, dict):
        return document.key_spot(holder, name)
    return document.spot(complaint.path)


def _suspicious_part(value: dict[str, Any], judge: Judge) -> dict[str, Any]:
    """The value with only those applications that are wrong, of which there may be many."""
    suspects = judge.suspects(value)
    part = dict(value)
    for name in (kind.collection for kind in KINDS):
        section = value.get(name)
        if isinstance(section, dict) and (name,) not in suspects:
            entries = cast("dict[str, Any]", section).items()
            part[name] = {key: entry for key, entry in entries if (name, key) in suspects}
    return part
