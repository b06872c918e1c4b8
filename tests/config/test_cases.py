"""Each folder of `cases/` is a configuration and what becomes of it.

`expected.txt` holds the findings, or else the breaches of the policy, if there are some;
`expected.json` the resolved stacks. `run.json` may hold
`environment`, `assignments`, `environ`, `policy` and `all`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from faxops.config.load import load_all, load_stack
from faxops.config.reader import FolderReader
from faxops.config.stack import Stack
from faxops.errors import ConfigurationInvalid, UsageError
from faxops.model.diagnostic import Diagnostic

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir() if path.is_dir())


@pytest.mark.parametrize("name", NAMES)
def test_the_case_comes_out_as_expected(
    name: str, golden: Callable[[Path, str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = CASES / name
    monkeypatch.chdir(folder)
    try:
        stacks = load(folder)
    except ConfigurationInvalid as error:
        golden(folder / "expected.txt", worded(error.diagnostics))
        return
    except UsageError as error:
        golden(folder / "expected.txt", f"usage: {error.message}\n  {error.hint}\n")
        return
    breached = tuple(dict.fromkeys(each for stack in stacks for each in stack.breaches))
    if breached:
        golden(folder / "expected.txt", worded(breached))
        return
    golden(folder / "expected.json", json.dumps(plain(stacks), indent=1, ensure_ascii=False) + "\n")


def load(folder: Path) -> tuple[Stack, ...]:
    run = folder / "run.json"
    given: dict[str, Any] = json.loads(run.read_text()) if run.is_file() else {}
    policy = Path(given["policy"]) if "policy" in given else None
    reader = FolderReader(Path("faxops.yaml"))
    assignments: list[str] = given.get("assignments", [])
    environ: dict[str, str] = given.get("environ", {})
    if given.get("all"):
        return load_all(reader, assignments=assignments, environ=environ, policy=policy)
    return (
        load_stack(
            reader,
            environment=given.get("environment"),
            assignments=assignments,
            environ=environ,
            policy=policy,
        ),
    )


def worded(diagnostics: tuple[Diagnostic, ...]) -> str:
    lines: list[str] = []
    for each in diagnostics:
        lines.append(f"{each.place} {each.severity} {each.code}: {each.summary}")
        lines.append(f"  | {each.snippet}")
        lines += [f"  {text}" for text in (each.detail, each.suggestion) if text]
    return "\n".join([*lines, ""])


def plain(value: object) -> object:
    """A value as JSON, without the digest, which every change of a comment changes, and without
    the breaches, which are compared as text."""
    if is_dataclass(value):
        left_out = {"config_digest", "breaches"}
        names = [each.name for each in fields(value) if each.name not in left_out]
        return {name: plain(getattr(value, name)) for name in names}
    if isinstance(value, dict):
        return {name: plain(each) for name, each in cast("dict[str, object]", value).items()}
    if isinstance(value, frozenset):
        return sorted(map(str, cast("frozenset[object]", value)))
    if isinstance(value, tuple):
        return [plain(each) for each in cast("tuple[object, ...]", value)]
    return value
