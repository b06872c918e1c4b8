"""Runs faxops beside its floors, whole processes in turn, and prints ratios beside their goals.

`make bench`, or `python benchmarks/run.py --only plan --runs 9`. The floors are `python -c pass`
for the start and `benchmarks/floor.py` for a plan; both are measured in the same minutes on the
same machine, so the ratios can be compared between machines and the seconds can't.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import fleet

HERE: Final = Path(__file__).parent
SCHEMA: Final = HERE.parent / "schemas" / "faxops.schema.json"
FAXOPS: Final = str(Path(sys.executable).with_name("faxops"))
PASS: Final = (sys.executable, "-c", "pass")
KIB_A_MIB: Final = 1024


class Cost(NamedTuple):
    """What one process took: seconds of wall clock, and MiB of resident memory at its peak."""

    seconds: float
    mib: float


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table: `cost` is `ratio` times `floor`, and `goal` is the most it may be."""

    what: str
    ratio: float
    goal: float
    detail: str

    @property
    def met(self) -> bool:
        """Whether the goal is kept."""
        return self.ratio <= self.goal


class Failed(Exception):
    """A program under measurement did not do its work."""


@dataclass(frozen=True, slots=True)
class Bench:
    """Where fleets are written and the server of pages listens; `runs` of each program count."""

    folder: Path
    server: str
    runs: int

    def account(self, size: int, delay: int) -> str:
        """The base URL of an account of `size` applications that answers `delay` ms late."""
        return f"{self.server}/{size}/{delay}"

    def fleet(self, size: int, *, table: bool = False) -> str:
        """A configuration of `size` applications, as YAML or as a table; written once."""
        path = self.folder / f"{'table' if table else 'fleet'}-{size}.yaml"
        if not path.exists():
            (fleet.write_csv if table else fleet.write_yaml)(path, size)
        return str(path)

    def plan(self, size: int, delay: int = 0, *, table: bool = False) -> tuple[str, ...]:
        """The command of a plan without changes."""
        account = self.account(size, delay)
        return (FAXOPS, "plan", "-f", self.fleet(size, table=table), "--base-url", account)

    def floor(self, size: int, delay: int = 0) -> tuple[str, ...]:
        """The command of the same plan's floor."""
        account = self.account(size, delay)
        return (
            *(sys.executable, str(HERE / "floor.py")),
            *(self.fleet(size), str(SCHEMA), account),
        )

    def beside(self, one: Sequence[str], other: Sequence[str]) -> tuple[Cost, Cost]:
        """The medians of two programs run in turn, after one run of each that does not count."""
        costs: tuple[list[Cost], list[Cost]] = ([], [])
        for number in range(self.runs + 1):
            for program, taken in zip((one, other), costs, strict=True):
                cost = self._run(program)
                if number:
                    taken.append(cost)
        return _median(costs[0]), _median(costs[1])

    def requests(self) -> dict[str, int]:
        """How many requests each path has had since this was last asked."""
        with urllib.request.urlopen(f"{self.server}/counts") as reply:  # noqa: S310 (own server)
            return json.load(reply)

    def _run(self, program: Sequence[str]) -> Cost:
        with (self.folder / "output").open("w+b") as output:
            started = time.perf_counter()
            process = subprocess.Popen(
                program,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, "TELNYX_API_KEY": "KEY_bench"},
            )
            _, status, used = os.wait4(process.pid, 0)
            seconds = time.perf_counter() - started
            process.returncode = os.waitstatus_to_exitcode(status)
            output.seek(0)
            said = output.read().decode(errors="replace")
        if process.returncode or not _is_expected(program, said):
            raise Failed(f"{' '.join(program)} ended in {process.returncode}:\n{said}")
        return Cost(seconds, used.ru_maxrss / KIB_A_MIB)


def _is_expected(program: Sequence[str], said: str) -> bool:
    """Whether a plan found nothing to do: else two different things would be compared."""
    if "plan" in program:
        return "No changes." in said
    return not any(part.endswith("floor.py") for part in program) or said.startswith("0 of")


def _median(costs: list[Cost]) -> Cost:
    return Cost(
        statistics.median(each.seconds for each in costs),
        statistics.median(each.mib for each in costs),
    )


def _figure(what: str, cost: Cost, floor: Cost, goal: float) -> Figure:
    detail = f"{cost.seconds * 1000:,.0f} ms / {floor.seconds * 1000:,.0f} ms"
    return Figure(what, cost.seconds / floor.seconds, goal, detail)


def start(bench: Bench) -> Generator[Figure]:
    """Starting up, beside a Python that does nothing."""
    version = bench.beside((FAXOPS, "--version"), PASS)
    yield _figure("--version / python -c pass", *version, goal=6)
    validate = bench.beside((FAXOPS, "validate", "-f", bench.fleet(3)), PASS)
    yield _figure("validate of 3 / python -c pass", *validate, goal=15)


def plan(bench: Bench) -> Generator[Figure]:
    """A plan without changes, beside its floor."""
    for size, delay, goal in ((1_000, 0, 2.5), (1_000, 50, 2.5), (10_000, 0, 3), (10_000, 50, 2.5)):
        ours, floor = bench.beside(bench.plan(size, delay), bench.floor(size, delay))
        yield _figure(f"plan of {size:,} at {delay} ms / floor", ours, floor, goal)
        if size == 10_000 and not delay:  # noqa: PLR2004 (the size that the goal names)
            detail = f"{ours.mib:,.0f} MiB / {floor.mib:,.0f} MiB"
            yield Figure(f"peak memory of {size:,} / floor", ours.mib / floor.mib, 2, detail)


def linear(bench: Bench) -> Generator[Figure]:
    """How a plan's time grows with the fleet."""
    large, small = bench.beside(bench.plan(10_000), bench.plan(1_000))
    yield _figure("plan of 10,000 / of 1,000", large, small, 10)
    huge, large = bench.beside(bench.plan(50_000), bench.plan(10_000))
    yield _figure("plan of 50,000 / of 10,000", huge, large, 5.5)


def table(bench: Bench) -> Generator[Figure]:
    """A fleet from a table, beside the same one written out."""
    costs = bench.beside(bench.plan(10_000, table=True), bench.plan(10_000))
    yield _figure("plan of 10,000, CSV / YAML", *costs, goal=1)


def requests(bench: Bench) -> Generator[Figure]:
    """How many list requests a plan without changes sends, beside the fewest possible."""
    for size in (1_000, 10_000):
        bench.requests()
        bench.beside(bench.plan(size), PASS)
        sent = bench.requests()[f"/{size}/0/fax_applications"] / (bench.runs + 1)
        fewest = -(-size // 250)
        yield Figure(
            f"list requests of {size:,} / fewest", sent / fewest, 1, f"{sent:g} / {fewest}"
        )


ROWS: Final = {
    "start": start,
    "plan": plan,
    "linear": linear,
    "table": table,
    "requests": requests,
}


@contextmanager
def _bench(runs: int) -> Generator[Bench]:
    if not Path(FAXOPS).exists():
        raise Failed(f"There is no {FAXOPS}; run this with the Python that faxops is installed in.")
    folder = Path(tempfile.mkdtemp(prefix="faxops-bench-"))
    server = subprocess.Popen(
        (sys.executable, str(HERE / "stub.py")),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None  # noqa: S101 (it is a pipe)
        yield Bench(folder, f"http://127.0.0.1:{int(server.stdout.readline())}", runs)
    finally:
        server.communicate()
        shutil.rmtree(folder)


def main() -> None:
    """Print the table. The exit code tells only whether everything ran: goals are for people."""
    parser = argparse.ArgumentParser(description="Measure faxops beside its floors.")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=ROWS,
        default=list(ROWS),
        metavar="GROUP",
        help=f"only these groups of rows: {', '.join(ROWS)}",
    )
    parser.add_argument(
        "--runs",
        type=int,
        default=5,
        metavar="N",
        help="how many runs of each program count (default: 5)",
    )
    chosen = parser.parse_args()
    print(f"Medians of {chosen.runs} runs, in turn, on {os.cpu_count()} processors.\n")
    print(f"{'':34}{'ratio':>7}{'goal':>7}  {'':8}measured")
    try:
        with _bench(chosen.runs) as bench:
            for name in chosen.only:
                for each in ROWS[name](bench):
                    print(_line(each), flush=True)
    except Failed as failure:
        sys.exit(str(failure))


def _line(figure: Figure) -> str:
    verdict = "met" if figure.met else "missed"
    ratio = f"{figure.ratio:7.2f}{figure.goal:7g}"
    return f"{figure.what:34}{ratio}  {verdict:8}{figure.detail}"


if __name__ == "__main__":
    main()
