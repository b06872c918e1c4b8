"""`faxops completion SHELL`: the script that a shell loads to complete commands and flags."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from faxops.cli.program import program
from faxops.errors import ExitCode

_WHERE = {
    "bash": 'eval "$(faxops completion bash)"     # in ~/.bashrc',
    "zsh": 'eval "$(faxops completion zsh)"      # in ~/.zshrc',
    "fish": "faxops completion fish | source      # in ~/.config/fish/config.fish",
}


@click.command()
@click.argument("shell", type=click.Choice(tuple(_WHERE)))
def command(shell: str) -> ExitCode:
    """Print the completion script of SHELL.

    bash: eval "$(faxops completion bash)" in ~/.bashrc; zsh: the same with zsh in ~/.zshrc;
    fish: faxops completion fish | source in its config.fish.
    """
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click has one for each shell of the choice
    script = found(program, {}, "faxops", "_FAXOPS_COMPLETE").source()
    click.echo(script)
    return ExitCode.DONE
