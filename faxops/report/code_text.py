"""One code of the catalogue, for people."""

from __future__ import annotations

import textwrap
from typing import Final

from faxops.model.codes import Code
from faxops.report.style import Style

_WIDTH: Final = 88


def code_text(code: Code, style: Style) -> str:
    """Title, meaning and example, ending in a line break."""
    lines = [style.strong(f"{code.code}: {code.title}"), "", *textwrap.wrap(code.meaning, _WIDTH)]
    for title, example in (("Wrong", code.wrong), ("Right", code.right)):
        if example:
            lines += ["", style.faint(f"{title}:"), *(f"  {line}" for line in example.splitlines())]
    return "\n".join(lines) + "\n"
