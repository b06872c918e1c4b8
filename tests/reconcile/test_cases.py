"""Every rule of ownership as a folder: a configuration, live objects, and what the plan says.

`run.json` holds the options of the run, and with `attached` the numbers of live objects. A line
of `expected.txt` is a change with its reason, its place, the fields that differ and its risks, or a
finding with its code and place, what it says indented below it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faxops.config.load import load_stack
from faxops.config.reader import FolderReader
from faxops.model.diagnostic import Diagnostic, Place
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.reconcile.plan import Change, Plan
from tests.golden import check_golden
from tests.reconcile.builders import plan

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_the_plan_of(folder: Path) -> None:
    stack = load_stack(FolderReader(folder / "faxops.yaml"), environment=None, environ={})
    objects: list[dict[str, Any]] = json.loads((folder / "live.json").read_text())
    found = [LiveResource.read(FAX_APPLICATION, each) for each in objects]

    planned = plan(stack, *found, **options(folder / "run.json"))

    check_golden(folder / "expected.txt", "".join(f"{line}\n" for line in lines(planned)))


def options(file: Path) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    globs = {name: tuple(given[name]) for name in ("target", "exclude") if name in given}
    return given | globs


def lines(planned: Plan) -> Iterator[str]:
    for change in planned.changes:
        yield " ".join(words(change))
    for each in [*planned.refusals, *planned.warnings]:
        yield from said(each)
    if planned.unmanaged:
        yield f"unmanaged {' '.join(each.id for each in planned.unmanaged)}"


def words(change: Change) -> Iterator[str]:
    yield f"{'import' if change.importing else change.action.value} {change.key}"
    if change.moved_from is not None:
        yield f"from {change.moved_from.stack}/{change.moved_from.key}"
    yield f"reason:{change.reason}"
    if change.source is not None:
        yield spot(change.source)
    yield from (each.path for each in change.fields)
    yield from (f"risk:{risk.name}" for risk in change.risks)


def said(found: Diagnostic) -> Iterator[str]:
    yield f"{found.severity.value} {found.code} {spot(found.place) if found.place else ''}".rstrip()
    for text in (found.summary, found.detail, found.suggestion):
        if text:
            yield f"  {text}"


def spot(place: Place) -> str:
    return f"at:{place.line}:{place.column}"
