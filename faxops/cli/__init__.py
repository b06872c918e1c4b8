"""Floor 5: the command line. One file a command, in `faxops.cli.commands`."""

from __future__ import annotations


def main() -> None:
    """The `faxops` program: run a command and end the process with its exit code."""
    from faxops.cli.program import run  # noqa: PLC0415 - importing faxops.cli must cost nothing

    run()
