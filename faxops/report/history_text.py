"""The history of applies for people, made from its documents."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, cast

from faxops.report.escape import terminal
from faxops.report.excerpt import display_width
from faxops.report.outcome_text import outcome_text
from faxops.report.plan_text import plan_text
from faxops.report.style import Style

Document = Mapping[str, Any]

_HEAD: Final = ("RUN", "STARTED", "STACK", "BY", "COMMIT", "RESULT")
_ID_SHOWN: Final = 8
_COMMIT_SHOWN: Final = 10
_SECONDS_SHOWN: Final = len("2026-11-24T12:00:00")


def history_text(document: Document, style: Style) -> str:
    """A table, the newest run first."""
    rows = [_row(each) for each in cast("list[Document]", document["runs"])]
    if not rows:
        return "There is no run in this history.\n"
    widths = [max(map(display_width, column)) for column in zip(_HEAD, *rows, strict=True)]
    lines = [style.strong(_line(_HEAD, widths)), *(_line(row, widths) for row in rows)]
    return "\n".join(lines) + "\n"


def run_text(document: Document, style: Style) -> str:
    """One run whole: who, when, from which commit, the plan, and what became of it."""
    run = document["runs"][0]
    pairs = [*_facts(run)]
    width = max(len(name) for name, _ in pairs)
    head = [f"{style.faint(f'{name:<{width}}')}  {terminal(value)}" for name, value in pairs]
    report = run["report"]
    plan = [plan_text(report["plan"], style)] if report["plan"]["resource_changes"] else []
    return "\n".join([*head, "", *plan, outcome_text(report, style)])


def _facts(run: Document) -> Iterator[tuple[str, str]]:
    yield "run", run["run_id"]
    yield "result", _result(run)
    yield "started", run["started_at"]
    if run["finished_at"]:
        yield "finished", run["finished_at"]
    yield "stack", run["stack"] + (f" ({run['environment']})" if run["environment"] else "")
    yield "account", run["account"] or "unknown"
    yield "API", run["base_url"]
    yield "by", f"{run['actor']} on {run['host']} (pid {run['pid']})"
    if run["run_url"]:
        yield "CI run", run["run_url"]
    yield "commit", run["git_commit"] or "unknown"
    yield "token", str(run["token"])
    for sent in run["requests"]:
        answer = "no answer" if sent["status"] is None else f"{sent['status']} {sent['request_id']}"
        yield "sent", f"{sent['method']} {sent['path']} {answer}".rstrip()


def _row(run: Document) -> tuple[str, ...]:
    commit, dirty, _ = run["git_commit"].partition("-dirty")
    cells = (
        run["run_id"][:_ID_SHOWN],
        run["started_at"][:_SECONDS_SHOWN],
        run["stack"],
        run["actor"],
        (commit[:_COMMIT_SHOWN] + dirty) or "-",
        _result(run),
    )
    return tuple(map(terminal, cells))


def _result(run: Document) -> str:
    if run["status"] != "finished":
        return run["status"]
    counts = [
        f"{count} {name.replace('_', ' ')}" for name, count in run["summary"].items() if count
    ]
    return f"exit {run['exit_code']}: {', '.join(counts) or 'nothing changed'}"


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    cells = zip(row, widths, strict=True)
    return "  ".join(text + " " * (width - display_width(text)) for text, width in cells).rstrip()
