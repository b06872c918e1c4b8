"""Findings as SARIF 2.1.0, which code scanning and editors read.

Source: OASIS, Static Analysis Results Interchange Format, version 2.1.0.
"""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from faxops import __version__
from faxops.model.codes import CODES

_SCHEMA: Final = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)

Document = Mapping[str, Any]


def sarif_document(document: Document) -> dict[str, Any]:
    """The SARIF log of what `validate` found."""
    findings: list[Document] = document["diagnostics"]
    rules = sorted({each["code"] for each in findings})
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "faxops",
                        "version": __version__,
                        "rules": [_rule(code) for code in rules],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "results": [
                    _result(each, rules.index(each["code"]), digest)
                    for each, digest in zip(findings, fingerprints(findings), strict=True)
                ],
            }
        ],
    }


def fingerprints(findings: Iterable[Document]) -> list[str]:
    """What stays the same of each finding when lines above it come and go: sha256 in hex.

    No two are the same: of findings that are alike, each is numbered.
    """
    seen: Counter[str] = Counter()
    made: list[str] = []
    for each in findings:
        told = "\n".join(str(each[name]) for name in ("code", "file", "summary", "snippet"))
        seen[told] += 1
        text = f"{told}\n{seen[told]}"
        made.append(hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest())
    return made


def full_message(finding: Document) -> str:
    """Summary, detail and suggestion, a line each."""
    parts = (finding["summary"], finding["detail"], finding["suggestion"])
    return "\n".join(filter(None, parts))


def _rule(code: str) -> dict[str, Any]:
    known = CODES[code]
    return {
        "id": code,
        "name": known.title,
        "shortDescription": {"text": known.title},
        "fullDescription": {"text": known.meaning},
    }


def _result(finding: Document, rule: int, digest: str) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding["code"],
        "ruleIndex": rule,
        "level": finding["severity"],
        "message": {"text": full_message(finding)},
        "partialFingerprints": {"faxops/v1": digest},
    }
    if finding["file"] is not None:
        region = {"startLine": finding["line"], "startColumn": finding["column"]}
        place = {"artifactLocation": {"uri": _uri(finding["file"])}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result


def _uri(file: str) -> str:
    path = Path(file)
    return path.as_uri() if path.is_absolute() else quote(os.fsencode(path.as_posix()))
