"""Jinja environments in which whatever a template does not mark as safe is made harmless.

In HTML that is Jinja's own escaping. In Markdown a text becomes a code span, where nothing is
markup, a mention or a reference; lines become a fenced block.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from faxops.report.escape import terminal

_BACKTICKS: Final = re.compile(r"`+")
_LONGEST_LINE: Final = 400
"""Characters of a line in a fenced block; a longer one is a URL or a list that no one reads."""


def html_environment() -> Environment:
    """For templates/*.html.j2."""
    return Environment(
        loader=PackageLoader("faxops.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def markdown_environment() -> Environment:
    """For templates/*.md.j2: `code` is applied to every text, `fenced` is a filter for lines."""
    environment = Environment(
        loader=PackageLoader("faxops.report"),
        autoescape=True,
        finalize=_finalized,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["fenced"] = fenced
    environment.filters["marker"] = marker_word
    return environment


def _finalized(value: object) -> object:
    return code(value) if type(value) is str else value


def code(text: str) -> Markup:
    """`text` as a code span on one line."""
    shown = terminal(text)
    if not shown:
        return Markup("*(empty)*")
    ticks = "`" * (_longest_run(shown) + 1)
    pad = " " if shown[0] in "` " or shown[-1] in "` " else ""
    return Markup(f"{ticks}{pad}{shown}{pad}{ticks}")  # noqa: S704 - nothing in a span is markup


def fenced(lines: Iterable[str], language: str = "text") -> Markup:
    """`lines` as a fenced code block; what a long one loses is counted in it."""
    body = "\n".join(_shortened(terminal(line)) for line in lines)
    ticks = "`" * max(3, _longest_run(body) + 1)
    return Markup(f"{ticks}{language}\n{body}\n{ticks}")  # noqa: S704 - nothing in it is markup


def marker_word(text: str) -> Markup:
    """`text` for the hidden marker, an HTML comment, which it can't end."""
    return Markup(quote(text, safe="").replace("-", "%2D"))  # noqa: S704 - letters, digits, %


def _longest_run(text: str) -> int:
    return max(map(len, _BACKTICKS.findall(text)), default=0)


def _shortened(line: str) -> str:
    left = len(line) - _LONGEST_LINE
    return line if left <= 0 else f"{line[:_LONGEST_LINE]}… ({left} more characters)"
