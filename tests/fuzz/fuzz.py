"""`make fuzz`: a coverage-guided search, for a bounded time, for input that does not end well.

Each target of `targets.py` runs in a process of its own, from its corpus. What is found is
written to `build/fuzz/` and printed with the command that shows it again; once mended it belongs
in `corpus/`, where the tests run it for ever.
"""

from __future__ import annotations

import argparse
import importlib
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

FOLDER: Final = Path(__file__).resolve().parent
ROOT: Final = FOLDER.parents[1]
CORPUS: Final = FOLDER / "corpus"
FOUND: Final = ROOT / "build" / "fuzz"
INPUT_SECONDS: Final = 2
MEMORY_MIB: Final = 500
LARGEST_BYTES: Final = 64 * 1024


def main() -> int:
    """Fuzz every target for its share of the time; 1 if anything was found."""
    parser = argparse.ArgumentParser(description="Fuzz everything that reads what others wrote.")
    parser.add_argument("--seconds", type=int, default=60, help="for all targets together")
    parser.add_argument("--target", action="append", help="only this one; repeatable")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    given, flags = parser.parse_known_args()
    sys.path.insert(0, str(ROOT))
    if given.inside:
        return _inside(given.inside, flags)
    names = given.target or sorted(each.name for each in CORPUS.iterdir())
    share = max(1, given.seconds // len(names))
    return max([_fuzz(name, share) for name in names])


def _fuzz(name: str, seconds: int) -> int:
    """One target in a process of its own, which ends at the first thing it finds."""
    grown, found = FOUND / name / "corpus", FOUND / name / "found"
    grown.mkdir(parents=True, exist_ok=True)
    found.mkdir(exist_ok=True)
    flags = [
        f"-max_total_time={seconds}",
        f"-timeout={INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}",
        f"-max_len={LARGEST_BYTES}",
        f"-artifact_prefix={found}/",
        f"-dict={FOLDER / 'words.dict'}",
        "-print_final_stats=1",
    ]
    command = [sys.executable, __file__, "--inside", name, *flags, str(grown), str(CORPUS / name)]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    runs = [line for line in done.stderr.splitlines() if "number_of_executed_units" in line]
    _say(f"{name}: {runs[0].rpartition(':')[2].strip() if runs else 'no'} inputs in {seconds} s")
    if done.returncode == 0:
        return 0
    summary = [line for line in done.stderr.splitlines() if line.startswith("SUMMARY")]
    _say("\n".join([done.stdout.strip(), *summary]))
    for path in sorted(found.iterdir()):
        _say(f"Found: {path}\nAgain: {sys.executable} {__file__} --inside {name} {path}")
    return 1


def _inside(name: str, arguments: list[str]) -> int:
    """What the process of one target runs; never returns while there is time left."""
    try:
        # Only `make fuzz` installs it.
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        _say("atheris is missing: `make fuzz` installs it.")
        return 2
    with atheris.instrument_imports(include=["faxops"]):
        targets = importlib.import_module("tests.fuzz.targets")

    def run(data: bytes) -> None:
        targets.ends_well(targets.TARGETS[name], data)

    atheris.Setup([sys.argv[0], *arguments], run)
    atheris.Fuzz()
    return 0


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
