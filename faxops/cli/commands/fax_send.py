"""`faxops fax send`: send a fax, exactly once."""

from __future__ import annotations

import click


@click.command()
def command() -> None:
    """Send a fax, exactly once."""
