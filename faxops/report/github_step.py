"""What a step of a GitHub job tells: annotations of files, and outputs for later steps.

Source: GitHub docs: workflow commands (setting an error message, setting an output parameter).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from faxops.report.escape import terminal
from faxops.report.sarif import full_message

_COUNTS: Final = {
    "import": "imported",
    "add": "added",
    "change": "changed",
    "destroy": "destroyed",
    "forget": "forgotten",
}
"""The counts of a plan, and what those of an outcome are called."""

Document = Mapping[str, Any]


def annotations_text(document: Document) -> str:
    """A line for each finding of a document, and for each change that an apply did not make.

    `document` is that of `validate`, of a plan or of an outcome.
    """
    plan: Document = document.get("plan", document)
    findings = [_annotation(each) for each in plan["diagnostics"]]
    sources = {each["address"]: each["source"] for each in plan.get("resource_changes", ())}
    failures = [
        _failure(each, sources.get(each["address"]))
        for each in document.get("changes", ())
        if each["error"] or each["outcome"] != "applied"
    ]
    return "".join(f"{line}\n" for line in (*findings, *failures))


def outputs_text(document: Document) -> str:
    """The counts of a plan, or of what an apply did, as lines of `GITHUB_OUTPUT`.

    They are empty for a run that failed before it had a plan: 0 would say that nothing changes.
    """
    plan: Document = document.get("plan", document)
    if plan["config_digest"] is None:
        return "".join(f"{name}=\n" for name in ("changes", *_COUNTS))
    counts: Mapping[str, int] = document["summary"]
    told = {name: counts.get(name, counts.get(done, 0)) for name, done in _COUNTS.items()}
    lines = [f"changes={str(any(told.values())).lower()}"]
    return "".join(f"{line}\n" for line in (*lines, *(f"{n}={c}" for n, c in told.items())))


def _failure(change: Document, source: Document | None) -> str:
    properties = {"title": "faxops apply"}
    if source is not None:
        properties = {"file": source["file"], "line": source["line"], **properties}
    partly = change["outcome"] == "applied"
    word = "partly applied" if partly else change["outcome"].replace("_", " ")
    told = f"{change['address']}: {word}: {change['reason']}"
    return _command("error", properties, told)


def _annotation(finding: Document) -> str:
    properties = {"title": f"faxops {finding['code']}"}
    if finding["file"] is not None:
        place = {"file": finding["file"], "line": finding["line"], "col": finding["column"]}
        properties = {**place, **properties}
    return _command(finding["severity"], properties, full_message(finding))


def _command(name: str, properties: Document, message: str) -> str:
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::{_message(message)}"


def _message(text: str) -> str:
    return "%0A".join(terminal(line).replace("%", "%25") for line in text.split("\n"))


def _property(value: object) -> str:
    return terminal(value).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
