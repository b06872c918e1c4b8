"""Every rule of ownership as a folder: a configuration, live objects, and what the plan says.

`run.json` holds the options of the run, and with `attached` the numbers of live objects. A line
of `expected.txt` is a change with the fields that differ and its risks, or a finding with its code.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from faxops.config.load import load_stack
from faxops.config.reader import FolderReader
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.reconcile.plan import Plan
from tests.reconcile.builders import plan

CASES = Path(__file__).parent / "cases"


@pytest.mark.parametrize("folder", sorted(CASES.iterdir()), ids=lambda folder: folder.name)
def test_the_plan_of(folder: Path) -> None:
    stack = load_stack(FolderReader(folder / "faxops.yaml"), environment=None, environ={})
    objects: list[dict[str, Any]] = json.loads((folder / "live.json").read_text())
    found = [LiveResource.read(FAX_APPLICATION, each) for each in objects]

    planned = plan(stack, *found, **options(folder / "run.json"))

    expected = (folder / "expected.txt").read_text().splitlines()
    assert [*lines(planned)] == expected


def options(file: Path) -> dict[str, Any]:
    given: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
    globs = {name: tuple(given[name]) for name in ("target", "exclude") if name in given}
    return given | globs


def lines(planned: Plan) -> Iterator[str]:
    for change in planned.changes:
        word = "import" if change.importing else change.action.value
        parts = [f"{word} {change.key}"]
        if change.moved_from is not None:
            parts.append(f"from {change.moved_from.stack}/{change.moved_from.key}")
        parts += [each.path for each in change.fields]
        parts += [f"risk:{risk.name}" for risk in change.risks]
        yield " ".join(parts)
    for each in [*planned.refusals, *planned.warnings]:
        yield f"{each.severity.value} {each.code} {each.summary}"
    if planned.unmanaged:
        yield f"unmanaged {' '.join(each.id for each in planned.unmanaged)}"
