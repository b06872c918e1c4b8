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
        "checks": [
            {
                "name": each.name,
                "health": each.health.value,
                "message": masker.redacted(each.message),
                "advice": masker.redacted(each.advice),
            }
            for each in found
        ],
    }


def checkup_text(document: Mapping[str, Any], style: Style) -> str:
    """A line for each check, the advice below those that are not good, and a last line."""
    checks = document["checks"]
    width = max(len(each["name"]) for each in checks)
    lines: list[str] = []
    for each in checks:
        lines.append(
            f"{_sign(each['health'], style)} {each['name']:<{width}}  {terminal(each['message'])}"
        )
        if each["advice"]:
            lines.append(f"{'':<{width + 7}}-> {terminal(each['advice'])}")
    verdict = "All is well." if document["healthy"] else "Something is wrong; see above."
    return "\n".join([*lines, "", style.strong(verdict)]) + "\n"


def _sign(health: str, style: Style) -> str:
    paint = {Health.GOOD: style.create, Health.DOUBTFUL: style.warning, Health.BAD: style.error}
    word = {Health.GOOD: "ok", Health.DOUBTFUL: "warn", Health.BAD: "FAIL"}
    return paint[Health(health)](f"{word[Health(health)]:<4}")
