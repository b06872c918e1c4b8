"""What became of a fax that was to be sent, for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from faxops.report.diagnostics import diagnostics_text
from faxops.report.escape import terminal
from faxops.report.fax_text import failure_lines, state_line
from faxops.report.style import Style

Document = Mapping[str, Any]

_HEADS: Final = {
    "sent": "Sent.",
    "found": "Sent: the answer was lost, and the account's list shows the fax.",
    "already_sent": "Nothing was sent: this fax was sent before with the same idempotency key.",
    "dry_run": "Nothing was sent. This would be:",
    "not_sent": "Nothing was sent.",
    "unknown": "Whether it was sent is unknown.",
}


def sending_text(document: Document, style: Style) -> str:
    """The outcome, and the fax as it stands; for a dry run, the request."""
    lines = [style.strong(_HEADS[document["outcome"]])]
    if document["outcome"] == "dry_run":
        lines += request_lines(document["request"])
    for fax in document["faxes"]:
        lines += [f"{state_line(fax)}.", *failure_lines(fax, style)]
    lines += diagnostics_text(document["diagnostics"], style)
    return "\n".join(lines) + "\n"


def request_lines(request: Document) -> list[str]:
    """A line for each field of a request."""
    return [
        f"  {terminal(name)} = {terminal(json.dumps(value, ensure_ascii=False))}"
        for name, value in request.items()
    ]
