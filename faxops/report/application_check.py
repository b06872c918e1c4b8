"""What `test` found about one application, as a document and as lines that come one by one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from faxops.model.fax import Fax
from faxops.report.checkup import Check, Health, check_document, sign, verdict_line
from faxops.report.escape import terminal
from faxops.report.masking import Masker
from faxops.report.style import Style

FORMAT_VERSION: Final = "1.0"

Document = Mapping[str, Any]

# The longest name of a step: the lines are printed before all of them are known.
_WIDTH: Final = len("failover webhook")


@dataclass(frozen=True, slots=True)
class Step:
    """One check that has ended, and how many seconds it took."""

    check: Check
    seconds: float


@dataclass(frozen=True, slots=True)
class Subject:
    """What is tested, as far as it is known: a text is empty and `fax` None until then.

    `reference` stands on the page that was sent and, encoded, in the fax's `client_state`.
    """

    key: str = ""
    stack: str = ""
    environment: str = ""
    application_id: str = ""
    reference: str = ""
    fax: Fax | None = None


def application_check_document(
    subject: Subject, steps: Iterable[Step], masker: Masker
) -> dict[str, Any]:
    """The steps in order; `healthy` is true when none of them is bad."""
    ended = list(steps)
    return {
        "format_version": FORMAT_VERSION,
        "healthy": all(each.check.health is not Health.BAD for each in ended),
        "key": masker.redacted(subject.key),
        "stack": subject.stack,
        "environment": subject.environment,
        "application_id": subject.application_id,
        "fax": None if subject.fax is None else _fax_document(subject.fax, subject.reference),
        "checks": [step_document(each, masker) for each in ended],
    }


def step_document(step: Step, masker: Masker) -> dict[str, Any]:
    """One step; it is a check as `doctor` shows it, with its time."""
    return {**check_document(step.check, masker), "seconds": round(step.seconds, 3)}


def step_text(step: Document, style: Style) -> str:
    """One step's line, and its advice below it."""
    return "".join(f"{line}\n" for line in _lines(step, style))


def application_check_text(document: Document, style: Style) -> str:
    """Every step, and a last line."""
    steps = "".join(step_text(each, style) for each in document["checks"])
    return steps + closing_text(document, style)


def closing_text(document: Document, style: Style) -> str:
    """What follows after the last step."""
    return f"\n{verdict_line(document, style)}\n"


def _lines(step: Document, style: Style) -> Iterator[str]:
    time = style.faint(f"{step['seconds']:>7.2f} s")
    head = f"{sign(step['health'], style)} {time}  {step['name']:<{_WIDTH}}"
    yield f"{head}  {terminal(step['message'])}"
    if step["advice"]:
        yield f"{'':<{_WIDTH + 18}}-> {terminal(step['advice'])}"


def _fax_document(fax: Fax, reference: str) -> dict[str, Any]:
    return {
        "id": fax.id,
        "from": fax.from_,
        "to": fax.to,
        "status": fax.status,
        "page_count": fax.page_count,
        "failure_reason": fax.failure_reason or None,
        "reference": reference,
    }
