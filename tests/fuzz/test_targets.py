"""Whatever others wrote is read to an end that a user understands, soon and in little memory.

`make fuzz` searches on with a guide; what it has found so far is in `corpus/`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.strategies import as_json, nearly
from tests.fuzz.targets import FILE_LINE, TARGETS, ends_well

ROOT = Path(__file__).parents[2]
CORPUS = Path(__file__).parent / "corpus"
FILES = sorted(path for path in CORPUS.rglob("*") if path.is_file())
CPU_SECONDS = 2.0
MEMORY_MIB = 500

_LIMITED = """
import json, resource, sys, time
from pathlib import Path
from tests.fuzz.targets import TARGETS, ends_well

slowest = 0.0
for name in sys.argv[1:]:
    path = Path(name)
    data = path.read_bytes()
    began = time.process_time()
    ends_well(TARGETS[path.parent.name], data)
    slowest = max(slowest, time.process_time() - began)
mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"seconds": slowest, "mib": mib}))
"""


@pytest.mark.parametrize("path", FILES, ids=[f"{each.parent.name}-{each.stem}" for each in FILES])
def test_what_was_found_once_ends_well(path: Path) -> None:
    ends_well(TARGETS[path.parent.name], path.read_bytes())


def test_every_target_has_a_corpus() -> None:
    assert {path.parent.name for path in FILES} == set(TARGETS)


@pytest.mark.slow
def test_a_large_file_takes_two_seconds_and_500_mib_at_most(tmp_path: Path) -> None:
    made = [*FILES, *grown(tmp_path)]
    run = subprocess.run(
        [sys.executable, "-c", _LIMITED, *map(str, made)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    measured = json.loads(run.stdout)
    assert measured["seconds"] < CPU_SECONDS
    assert measured["mib"] < MEMORY_MIB


def grown(folder: Path) -> list[Path]:
    """Each file of the corpus, repeated until it is nearly 1 MiB, one for each target and way."""
    made: list[Path] = []
    for path in FILES:
        data = path.read_bytes()
        times = 1_000_000 // max(1, len(data))
        target = folder / path.parent.name
        target.mkdir(exist_ok=True)
        made.append(target / path.name)
        made[-1].write_bytes((data + b"\n") * times)
    return made


def documents(target: str) -> list[Any]:
    """The good JSON documents of a target's corpus; of an answer the part after its first line."""
    found: list[Any] = []
    for path in sorted((CORPUS / target).iterdir()):
        text = path.read_text(encoding="utf-8", errors="replace")
        try:
            found.append(json.loads(text.partition("\n")[2] if target == "answer" else text))
        except ValueError:
            continue
    return found


def configurations() -> list[Any]:
    """The main files of the corpus that are YAML."""
    found: list[Any] = []
    for path in sorted((CORPUS / "configuration").iterdir()):
        try:
            found.append(yaml.safe_load(path.read_bytes().partition(FILE_LINE)[0]))
        except (yaml.YAMLError, ValueError):
            continue
    return [each for each in found if isinstance(each, dict)]


def replied(document: Any) -> bytes:  # noqa: ANN401 - any JSON
    """A reply with the document as its body."""
    status = b"422" if isinstance(document, dict) and "errors" in document else b"200"
    return status + b" application/json\n" + as_json(document)


NEARLY: dict[str, st.SearchStrategy[bytes]] = {
    "configuration": nearly(configurations()).map(as_json),
    "answer": nearly(documents("answer")).map(replied),
    "listing": nearly(documents("listing")).map(as_json),
    "plan": nearly(documents("plan")).map(as_json),
    "seed": nearly(documents("seed")).map(as_json),
    "scenario": nearly(documents("scenario")).map(as_json),
}


@pytest.mark.parametrize("name", TARGETS)
def test_a_document_that_is_nearly_right_ends_well(name: str) -> None:
    search(name, 40)


@pytest.mark.slow
@pytest.mark.parametrize("name", TARGETS)
def test_many_documents_that_are_nearly_right_end_well(name: str) -> None:
    search(name, 400)


def search(name: str, examples: int) -> None:
    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(NEARLY[name])
    def run(data: bytes) -> None:
        began = time.process_time()
        ends_well(TARGETS[name], data)
        assert time.process_time() - began < CPU_SECONDS

    run()


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=200))
def test_bytes_end_well(name: str, data: bytes) -> None:
    ends_well(TARGETS[name], data)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_a_bug_would_be_seen(
    target: Callable[[bytes], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    for name in ("load_all", "read", "make_plan", "load_seed", "load_scenario", "plan_text"):
        monkeypatch.setattr(f"tests.fuzz.targets.{name}", broken)
    data = (CORPUS / target.__name__ / GOOD[target.__name__]).read_bytes()
    with pytest.raises(ZeroDivisionError):
        ends_well(target, data)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_one_file_of_each_corpus_is_not_refused(target: Callable[[bytes], None]) -> None:
    target((CORPUS / target.__name__ / GOOD[target.__name__]).read_bytes())


GOOD = {
    "configuration": "many-sections.yaml",
    "answer": "one-application.txt",
    "listing": "one-page.txt",
    "plan": "three-creates.json",
    "seed": "every-section.json",
    "scenario": "every-fault.json",
}
