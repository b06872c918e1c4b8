"""What `doctor` found about the surroundings, as a document and as one screen of text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from faxops.report.escape import terminal
from faxops.report.masking import Masker
from faxops.report.style import Style

FORMAT_VERSION: Final = "1.0"


class Health(StrEnum):
    """How one checked thing is."""

    GOOD = "good"
    DOUBTFUL = "doubtful"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One checked thing. `advice` is what to do about it, empty when it is good."""

    name: str
    health: Health
    message: str
    advice: str = ""


def checkup_document(checks: Iterable[Check], masker: Masker) -> dict[str, Any]:
    """The checks in order; `healthy` is true when none of them is bad."""
    found = list(checks)
    return {
        "format_version": FORMAT_VERSION,
        "healthy": all(each.health is not Health.BAD for each in found),
        "checks": [check_document(each, masker) for each in found],
    }


def check_document(check: Check, masker: Masker) -> dict[str, Any]:
    """One check."""
    return {
        "name": check.name,
        "health": check.health.value,
        "message": masker.redacted(check.message),
        "advice": masker.redacted(check.advice),
    }


def checkup_text(document: Mapping[str, Any], style: Style) -> str:
    """A line for each check, the advice below those that are not good, and a last line."""
    checks = document["checks"]
    width = max(len(each["name"]) for each in checks)
    lines: list[str] = []
    for each in checks:
        lines.append(
            f"{sign(each['health'], style)} {each['name']:<{width}}  {terminal(each['message'])}"
        )
        if each["advice"]:
            lines.append(f"{'':<{width + 7}}-> {terminal(each['advice'])}")
    return "\n".join([*lines, "", verdict_line(document, style)]) + "\n"


def verdict_line(document: Mapping[str, Any], style: Style) -> str:
    """The last line."""
    verdict = "All is well." if document["healthy"] else "Something is wrong; see above."
    return style.strong(verdict)


def sign(health: str, style: Style) -> str:
    """How a check's line begins: four characters and their colour."""
    paint = {Health.GOOD: style.create, Health.DOUBTFUL: style.warning, Health.BAD: style.error}
    word = {Health.GOOD: "ok", Health.DOUBTFUL: "warn", Health.BAD: "FAIL"}
    return paint[Health(health)](f"{word[Health(health)]:<4}")
