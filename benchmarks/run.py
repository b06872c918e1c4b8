"""Runs faxops beside its floors, whole processes in turn, and prints ratios beside their goals.

`make bench`, or `python benchmarks/run.py --only plan --runs 9`. The floors are `python -c pass`
for the start and `benchmarks/floor.py` for a plan; both are measured in the same minutes on the
same machine, so the ratios can be compared between machines and the seconds can't.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Generator
from dataclasses import replace
from typing import Final

from bench import FAXOPS, HERE, Bench, Cost, Failed, Figure, median, open_bench

PASS: Final = (sys.executable, "-c", "pass")
LATENCY_MS: Final = 50
ALONE: Final = 7
"""Waits of an apply of 1,000 with nothing of use to do beside: for the key's account, the listing,
the listing right before the first create, that create, the read that confirms its mark, and the
reading back (its first page, then the rest)."""
APPLIES: Final = 3
"""So many applies are measured at most: each takes seconds, most of them waiting."""


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
        bench.ask("/counts")
        bench.beside(bench.plan(size), PASS)
        sent = bench.ask("/counts")[f"/{size}/0/fax_applications"] / (bench.runs + 1)
        fewest = -(-size // 250)
        yield Figure(
            f"list requests of {size:,} / fewest", sent / fewest, 1, f"{sent:g} / {fewest}"
        )


def saved(bench: Bench) -> Generator[Figure]:
    """A plan that creates everything and is saved, beside one without changes."""
    size = 10_000
    creating = (
        *(FAXOPS, "plan", "-f", bench.fleet(size), "--base-url", bench.account(0, 0)),
        *("--out", str(bench.folder / "saved-plan")),
    )
    costs = bench.beside(creating, bench.plan(size))
    yield _figure("plan of 10,000 creates / no-op", *costs, goal=2)


def sdk(bench: Bench) -> Generator[Figure]:
    """A plan without changes, beside a script with the official SDK."""
    yield _beside_script(bench, 1_000)


def sdk_10000(bench: Bench) -> Generator[Figure]:
    """The same of the size that the goal names; the script takes a quarter of a minute."""
    yield _beside_script(bench, 10_000)


def _beside_script(bench: Bench, size: int) -> Figure:
    script = (
        *(sys.executable, str(HERE / "sdk_script.py")),
        *(bench.fleet(size), bench.account(size, 0)),
    )
    costs = bench.beside(bench.plan(size), script)
    return _figure(f"plan of {size:,} / SDK script", *costs, goal=round(1 / 7, 3))


def apply(bench: Bench) -> Generator[Figure]:
    """Creating 1,000 at 50 ms a request, beside no more than the waiting that takes."""
    size = 1_000
    for in_flight, goal in ((8, 1.25), (50, 2)):
        cost, _ = _applies(bench, size, f"{LATENCY_MS}/0", in_flight)
        ideal = size * LATENCY_MS / 1000 / in_flight
        demanded = ((size - 1) / in_flight + ALONE) * LATENCY_MS / 1000
        figure = _figure(
            f"apply of 1,000, {in_flight} in flight / ideal", cost, Cost(ideal, 0), goal
        )
        detail = f"{figure.detail}; {cost.seconds / demanded:.2f} x all waits demanded"
        yield replace(figure, detail=detail)


def limited(bench: Bench) -> Generator[Figure]:
    """Creating 300 where more than 50 requests a second are refused."""
    size, limit = 300, 50
    cost, refused = _applies(bench, size, f"{LATENCY_MS}/{limit}", 8)
    yield _figure("apply of 300, 50 a second / ideal", cost, Cost(size / limit, 0), goal=1.25)
    yield Figure("share of requests answered 429", refused, 0.1, "each object was there once")


def _applies(bench: Bench, size: int, manner: str, in_flight: int) -> tuple[Cost, float]:
    """The median cost and share of 429s of applies, each to an empty account.

    `manner` is the delay in ms and the limit in requests a second, as base URLs have them.
    """
    costs: list[Cost] = []
    shares: list[float] = []
    for number in range(min(bench.runs, APPLIES)):
        name = f"{size}_{in_flight}_{number}"
        account = f"{bench.server}/new/{name}/{manner}"
        program = (
            *(FAXOPS, "apply", "-f", bench.single(size), "--base-url", account),
            *("--parallelism", str(in_flight), "--auto-approve"),
        )
        costs.append(bench.run(program))
        told = bench.ask(f"/new/{name}")
        if len(told["names"]) != size or len(set(told["names"])) != size:
            raise Failed(f"{len(told['names'])} objects are there, and not {size} different ones.")
        answers: dict[str, int] = told["answers"]
        many = sum(count for answer, count in answers.items() if answer.endswith(" 429"))
        shares.append(many / sum(answers.values()))
    return median(costs), statistics.median(shares)


ROWS: Final = {
    "start": start,
    "plan": plan,
    "linear": linear,
    "table": table,
    "requests": requests,
    "saved": saved,
    "sdk": sdk,
    "apply": apply,
    "limited": limited,
    "sdk-10000": sdk_10000,
}
ONLY_IF_NAMED: Final = {"sdk-10000"}


def main() -> None:
    """Print the table. The exit code tells only whether everything ran: goals are for people."""
    parser = argparse.ArgumentParser(description="Measure faxops beside its floors.")
    parser.add_argument(
        "--only",
        nargs="+",
        choices=ROWS,
        default=[name for name in ROWS if name not in ONLY_IF_NAMED],
        metavar="GROUP",
        help=f"only these groups of rows: {', '.join(ROWS)}; the last runs only if named",
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
        with open_bench(chosen.runs) as bench:
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
