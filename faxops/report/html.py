"""A report as one HTML page that needs nothing else: no script, no font, no network."""

from __future__ import annotations

from functools import cache

from jinja2 import Template

from faxops.report.page import DANGERS, Page
from faxops.report.templating import html_environment


def html_text(page: Page) -> str:
    """The whole page."""
    return _template().render(page=page, dangers_title=DANGERS)


@cache
def _template() -> Template:
    return html_environment().get_template("page.html.j2")
