"""Writes the generated parts of the documentation: run it with `make docs`.

A page may hold blocks between `<!-- generated: NAME -->` and `<!-- end -->`; each is replaced by
what `BLOCKS[NAME]` makes. A test compares, so a stale page fails.
"""

from __future__ import annotations

import importlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from faxops.cli.program import COMMANDS, program
from faxops.errors import ExitCode
from faxops.model.codes import CODES
from faxops.model.fax_failures import FAX_FAILURES
from faxops.model.field import Field, FieldType
from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS
from faxops.reconcile.risks import RISKS

ROOT: Final = Path(__file__).parents[1]
_BLOCK: Final = re.compile(r"(<!-- generated: (\S+) -->\n).*?(<!-- end -->)", re.DOTALL)
_HELP_WIDTH: Final = 98

_EXITS: Final = {
    ExitCode.DONE: "Done, or nothing to do.",
    ExitCode.FAILED: "Failed, and nothing was changed or sent: the API, the network, or"
    " faxops itself.",
    ExitCode.CHANGES: "There are changes: `plan --detailed-exitcode`, and `drift` when it differs.",
    ExitCode.CONFIGURATION_INVALID: "The configuration is invalid, or the table of"
    " `fax send --batch`.",
    ExitCode.NOT_PERMITTED: "Authentication, permission, or the wrong account.",
    ExitCode.REFUSED: "Refused by a guard, a policy, `prevent_destroy` or an ownership rule.",
    ExitCode.STALE_PLAN: "The saved plan is stale.",
    ExitCode.LOCKED: "Locked by another run.",
    ExitCode.PARTLY_APPLIED: "Partly applied: some changes were made, some were not."
    " Or a fax failed.",
    ExitCode.UNKNOWN_OUTCOME: "The outcome of a change or a fax is unknown.",
    ExitCode.USAGE: "Wrong usage: a flag, an argument or an environment variable.",
    ExitCode.INTERRUPTED: "Interrupted, and no write was sent.",
}


def fields_table() -> str:
    """The fields of every resource kind, from the tables of floor 0."""
    lines: list[str] = []
    for kind in KINDS:
        lines += [
            f"### `{kind.collection}`: {kind.title.lower()}",
            "",
            "| field | value | default | |",
            "| --- | --- | --- | --- |",
            *(_field_row(kind, each) for each in kind.fields),
            "",
        ]
    return "\n".join(lines)


def _field_row(kind: ResourceKind, field: Field) -> str:
    notes = field.description
    if field.required:
        notes += " **Required.**" if field.path != kind.name_field else " Default: the key."
    default = "" if field.required else f"`{_plain(field.default)}`"
    return f"| `{field.path}` | {_value_of(field)} | {default} | {notes} |"


def _value_of(field: Field) -> str:
    if field.choices:
        return " · ".join(f"`{choice}`" for choice in field.choices)
    words = {
        FieldType.TAGS: "list of texts",
        FieldType.ID: "digits in quotes",
        FieldType.EMAIL: "e-mail address",
        FieldType.URL: "URL",
    }
    text = words.get(field.type, field.type.value)
    if field.minimum is not None and field.maximum is not None:
        text += f", {field.minimum} to {field.maximum}"
    if field.max_length is not None:
        text += f", at most {field.max_length} characters"
    return text + (" or `null`" if field.nullable else "")


def _plain(value: object) -> str:
    return "[]" if isinstance(value, frozenset) else json.dumps(value)


def exit_table() -> str:
    """The exit codes."""
    rows = [f"| {int(code)} | {_EXITS[code]} |" for code in ExitCode]
    return "\n".join(["| code | meaning |", "| --- | --- |", *rows, ""])


def risk_table() -> str:
    """The risks that a plan names."""
    rows = [f"| `{name}` | {level.value} | {why} |" for name, (level, why) in RISKS.items()]
    return "\n".join(["| risk | severity | if it comes true |", "| --- | --- | --- |", *rows, ""])


def fax_failures_table() -> str:
    """The reasons for which faxes fail."""
    rows = [
        f"| `{reason}` | {failure.happened} | {failure.advice} |"
        for reason, failure in FAX_FAILURES.items()
    ]
    return "\n".join(["| reason | what happened | what to do |", "| --- | --- | --- |", *rows, ""])


def commands_help() -> str:
    """`--help` of every command and subcommand."""
    parts: list[str] = []
    for name in COMMANDS:
        command: click.Command = importlib.import_module(f"faxops.cli.commands.{name}").command
        parts += _help_of(command, f"faxops {name}")
    return "\n".join(parts)


def _help_of(command: click.Command, path: str) -> list[str]:
    context = click.Context(
        command,
        info_name=path,
        terminal_width=_HELP_WIDTH,
        max_content_width=_HELP_WIDTH,
    )
    parts = [f"## `{path}`", "", "```text", command.get_help(context).rstrip(), "```", ""]
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            nested = command.get_command(context, name)
            if nested is not None:
                parts += _help_of(nested, f"{path} {name}")
    return parts


def program_help() -> str:
    """`faxops --help`."""
    context = click.Context(program, info_name="faxops", terminal_width=_HELP_WIDTH)
    return "\n".join(["```text", program.get_help(context).rstrip(), "```", ""])


def codes_list() -> str:
    """Every code with its meaning and its example."""
    parts: list[str] = []
    for code in CODES.values():
        parts += [f"### {code.code}: {code.title}", "", code.meaning, ""]
        if code.wrong:
            parts += ["```yaml", f"# wrong\n{code.wrong}", f"# right\n{code.right}", "```", ""]
    return "\n".join(parts)


_SESSION: Final = (
    "faxops init",
    "faxops validate",
    "export TELNYX_BASE_URL=emulator:demo.db",
    "faxops plan --out fax.plan",
    "faxops apply fax.plan",
    "faxops plan",
)


def session() -> str:
    """What a newcomer sees: the commands, run in an empty folder with nothing else set."""
    lines = ["```console"]
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}",
            "HOME": folder,
        }
        exported = ""
        for command in _SESSION:
            lines.append(f"$ {command}")
            if command.startswith("export "):
                exported += f"{command}; "
                continue
            ended = subprocess.run(
                ["sh", "-c", f"{exported}{command} 2>&1"],
                cwd=folder,
                env=environment,
                check=True,
                capture_output=True,
                text=True,
            )
            lines += [*ended.stdout.rstrip().splitlines(), ""]
    return "\n".join([*lines[:-1], "```", ""])


def faults_matrix() -> str:
    """How an apply ends under each fault, by the cells that the tests try."""
    sys.path.append(str(ROOT))  # the tests are no part of the installed package
    table = importlib.import_module("tests.faults.table")
    return table.faults_table()


BLOCKS: Final[dict[str, Callable[[], str]]] = {
    "fields": fields_table,
    "exit-codes": exit_table,
    "risks": risk_table,
    "fax-failures": fax_failures_table,
    "commands": commands_help,
    "program": program_help,
    "codes": codes_list,
    "session": session,
    "faults": faults_matrix,
}


def generated() -> dict[Path, str]:
    """Every file with generated parts, as it must be."""
    files: dict[Path, str] = {}
    for page in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
        text = page.read_text(encoding="utf-8")
        if "<!-- generated:" in text:
            files[page] = _BLOCK.sub(lambda m: f"{m[1]}{BLOCKS[m[2]]()}{m[3]}", text)
    return files


def main() -> None:
    """Write what differs."""
    for path, text in generated().items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            click.echo(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
