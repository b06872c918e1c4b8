"""What a GitLab merge request shows of a plan and of findings: its own report formats.

Source: GitLab docs: Terraform reports (`artifacts:reports:terraform`), Code Quality report format.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from faxops.report.sarif import fingerprints, full_message

Document = Mapping[str, Any]


def terraform_report(document: Document) -> dict[str, int]:
    """The counts of a plan as the widget adds them up. An import and a forget are updates there."""
    summary = document["summary"]
    imported = sum(
        "importing" in each["change"] and each["change"]["actions"] == ["no-op"]
        for each in document["resource_changes"]
    )
    return {
        "create": summary["add"],
        "update": summary["change"] + imported + summary["forget"],
        "delete": summary["destroy"],
    }


def code_quality_report(document: Document) -> list[dict[str, Any]]:
    """The findings of `validate`. One that has no place stands at the first line of the file."""
    findings: list[Document] = document["diagnostics"]
    severities = {"error": "blocker", "warning": "minor"}
    return [
        {
            "description": full_message(each),
            "check_name": each["code"],
            "fingerprint": digest,
            "severity": severities[each["severity"]],
            "location": {
                "path": each["file"] or "faxops.yaml",
                "lines": {"begin": each["line"] or 1},
            },
        }
        for each, digest in zip(findings, fingerprints(findings), strict=True)
    ]
