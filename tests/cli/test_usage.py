"""What a user gets who asks for help, or for something that there is not."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import click
import pytest

from faxops import __version__
from faxops.cli.commands.fax import FAX_COMMANDS
from faxops.cli.commands.webhook import WEBHOOK_COMMANDS
from faxops.cli.environment import FLAG_VARIABLES
from faxops.cli.program import COMMANDS, program
from tests.cli.live import configuration, recorded
from tests.cli.running import Program
from tests.golden import check_golden
from tests.report.schema_check import Kind, check_document

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
NEVER_FROM_THE_ENVIRONMENT = {
    "--destroy",
    "--auto-approve",
    "--force",
    "--max-deletes",
    "--max-changes",
    "--max-creates",
}
# The official SDKs know these variables, too.
TELNYX_S_OWN = {"--base-url": "TELNYX_BASE_URL", "--public-key": "TELNYX_PUBLIC_KEY"}

# A document to fax is `--file` there; FAXOPS_FILE names the configuration, as everywhere.
# A variable left over from `fax list` must not make a test send a fax.
OTHERWISE_NAMED = {
    "fax send --config": "FAXOPS_FILE",
    "fax send --file": None,
    "test --to": None,
}


def commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    """Every command and subcommand with the words that call it."""
    for name in COMMANDS:
        command = program.get_command(click.Context(program), name)
        assert command is not None
        yield (name,), command
        if isinstance(command, click.Group):
            context = click.Context(command)
            for below in command.list_commands(context):
                subcommand = command.get_command(context, below)
                assert subcommand is not None
                yield (name, below), subcommand


EVERY_COMMAND = [
    *((name,) for name in COMMANDS),
    ("app", "list"),
    ("app", "get"),
    *(("fax", name) for name in FAX_COMMANDS),
    *(("webhook", name) for name in WEBHOOK_COMMANDS),
]


def test_every_command_is_known_to_these_tests() -> None:
    assert sorted(words for words, _ in commands()) == sorted(EVERY_COMMAND)


@pytest.mark.parametrize("words", EVERY_COMMAND, ids=" ".join)
def test_every_command_helps(faxops: Program, words: tuple[str, ...]) -> None:
    helped = faxops(*words, "--help")
    name = f"help-{'-'.join(words)}.txt"
    check_golden(GOLDEN / name, helped.transcript(f"{' '.join(words)} --help"))


def test_without_a_command_the_help_is_shown(faxops: Program) -> None:
    bare, helped = faxops(), faxops("--help")
    assert bare == helped
    check_golden(GOLDEN / "help.txt", helped.transcript("--help"))


def test_a_group_without_a_command_shows_its_help(faxops: Program) -> None:
    assert faxops("app") == faxops("app", "--help")


def test_help_is_as_wide_as_the_terminal_is_said_to_be(faxops: Program) -> None:
    narrow = faxops("plan", "--help", env={"COLUMNS": "60"}).out.splitlines()
    wide = faxops("plan", "--help", env={"COLUMNS": "78"}).out.splitlines()
    assert max(map(len, narrow)) <= 60 < max(map(len, wide)) <= 78


def test_the_version_is_one_line(faxops: Program) -> None:
    shown = faxops("--version")
    assert (shown.code, shown.out, shown.err) == (0, f"faxops {__version__}\n", "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        pytest.param(["pla"], "There is no command 'pla'. Did you mean plan?", id="a command"),
        pytest.param(["app", "lst"], "Did you mean 'list'?", id="a subcommand"),
        pytest.param(["plan", "--detailed-exit-code"], "'--detailed-exitcode'", id="a flag"),
        pytest.param(["plan", "--format", "jsn"], "'text', 'json'", id="a format"),
        pytest.param(["explain", "101"], "Did you mean FX101?", id="a code"),
        pytest.param(["completion", "tcsh"], "'bash', 'zsh', 'fish'", id="a shell"),
    ],
)
def test_a_typo_is_answered_with_what_was_meant(
    faxops: Program, arguments: list[str], told: str
) -> None:
    failed = faxops(*arguments)
    assert (failed.code, failed.out) == (64, "")
    assert told in failed.err


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("unknown-command", ["zzz"]),
        ("unknown-flag", ["plan", "--targt", "x"]),
        ("flag-without-value", ["plan", "--file"]),
        ("surplus-argument", ["plan", "surplus"]),
        ("missing-argument", ["show"]),
        ("not-a-limit", ["plan", "--max-deletes", "many"]),
        ("not-a-number-of-seconds", ["plan", "--timeout", "soon"]),
        ("too-few-at-once", ["apply", "--parallelism", "0"]),
        ("not-a-port", ["emulator", "--port", "http"]),
        ("unknown-report", ["plan", "--report", "plan.pdf"]),
        ("unknown-code", ["explain", "nonsense"]),
    ],
)
def test_wrong_usage_says_what_to_write(faxops: Program, name: str, arguments: list[str]) -> None:
    failed = faxops(*arguments)
    assert failed.code == 64
    check_golden(GOLDEN / f"usage-{name}.txt", failed.transcript(" ".join(arguments)))


def test_every_flag_has_its_variable_but_those_that_lift_a_protection() -> None:
    variables: dict[str, str] = {}
    for words, command in commands():
        for option in command.params:
            if not isinstance(option, click.Option) or "--help" in option.opts:
                continue
            flag = next(each for each in option.opts if each.startswith("--"))
            where = f"{' '.join(words)} {flag}"
            if flag in NEVER_FROM_THE_ENVIRONMENT:
                assert option.envvar is None, where
            elif flag in TELNYX_S_OWN:
                assert option.envvar == TELNYX_S_OWN[flag], where
            elif where in OTHERWISE_NAMED:
                assert option.envvar == OTHERWISE_NAMED[where], where
            elif flag != "--var":
                assert option.envvar == f"FAXOPS_{flag[2:].replace('-', '_').upper()}", where
                variables[str(option.envvar)] = where
    assert set(variables) == FLAG_VARIABLES


def test_no_flag_takes_the_api_key() -> None:
    taken = {
        (*words, flag)
        for words, command in commands()
        for option in command.params
        for flag in option.opts
        if "key" in flag and flag.startswith("--")
    }
    assert taken == {
        ("emulator", "--key"),  # the key to accept
        ("fax", "send", "--idempotency-key"),  # not a secret
        ("webhook", "verify", "--public-key"),
        ("webhook", "listen", "--public-key"),
    }


@pytest.mark.parametrize(
    ("variable", "told"),
    [
        pytest.param("FAXOPS_TARGT", "Did you mean FAXOPS_TARGET?", id="a typo"),
        pytest.param("FAXOPS_DESTROY", "FAXOPS_DESTROY is unknown", id="lifts a protection"),
        pytest.param("FAXOPS_AUTO_APPROVE", "FAXOPS_AUTO_APPROVE is unknown", id="approves"),
        pytest.param("FAXOPS_MAX_DELETES", "FAXOPS_MAX_DELETES is unknown", id="is a guard"),
    ],
)
def test_an_unknown_variable_is_refused(embedded: Program, variable: str, told: str) -> None:
    embedded.write("faxops.yaml", configuration("intake"))
    failed = embedded("apply", "--auto-approve", env={variable: "1"})
    assert (failed.code, failed.out) == (64, "")
    assert told in failed.err
    assert recorded(embedded.folder / "account.db") == ()


@pytest.mark.parametrize(
    ("variables", "arguments"),
    [
        pytest.param({"FAXOPS_FILE": "other.yaml"}, ["-f", "other.yaml"], id="file"),
        pytest.param({"FAXOPS_FORMAT": "json"}, ["--format", "json"], id="format"),
        pytest.param({"FAXOPS_TARGET": "a b"}, ["--target", "a", "--target", "b"], id="target"),
        pytest.param({"FAXOPS_EXCLUDE": "a"}, ["--exclude", "a"], id="exclude"),
        pytest.param({"FAXOPS_DETAILED_EXITCODE": "1"}, ["--detailed-exitcode"], id="exit code"),
        pytest.param({"FAXOPS_VAR_host": "x.example"}, ["--var", "host=x.example"], id="var"),
        pytest.param({"FAXOPS_QUIET": "true"}, ["-q"], id="quiet"),
    ],
)
def test_a_variable_does_what_its_flag_does(
    embedded: Program, variables: Mapping[str, str], arguments: list[str]
) -> None:
    text = configuration("a", "b", "c", top="variables: {host: hooks.clinic.example}")
    for name in ("faxops.yaml", "other.yaml"):
        embedded.write(name, text.replace("//hooks.clinic.example", "//${var.host}"))
    by_variable, by_flag = embedded("plan", env=variables), embedded("plan", *arguments)
    plain = embedded("plan")
    assert by_variable.transcript("plan") == by_flag.transcript("plan")
    changed = by_flag.transcript("plan") != plain.transcript("plan")
    assert changed or arguments == ["-q"]


def test_a_flag_counts_more_than_its_variable(embedded: Program) -> None:
    embedded.write("faxops.yaml", configuration("intake"))
    shown = embedded("plan", "--format", "text", env={"FAXOPS_FORMAT": "json"})
    assert shown.out.endswith("Plan: 1 to add, 0 to change, 0 to destroy.\n")


@pytest.mark.parametrize(
    ("command", "kind"),
    [("plan", "plan"), ("drift", "plan"), ("apply", "outcome"), ("validate", "validate")],
)
@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(["--nonsense"], id="unknown flag"),
        pytest.param(["--report", "x.pdf"], id="unknown report"),
        pytest.param(["--timeout"], id="flag without value"),
    ],
)
def test_wrong_usage_too_gives_a_machine_its_document(
    faxops: Program, command: str, kind: Kind, wrong: list[str]
) -> None:
    failed = faxops(command, "--format=json", *wrong)
    as_text = faxops(command, *wrong)
    assert failed.code == as_text.code == 64
    assert failed.err == as_text.err
    check_document(kind, failed.document)
    assert as_text.out == ""


@pytest.mark.parametrize("arguments", [["app", "list"], ["doctor"]], ids=" ".join)
def test_wrong_usage_gives_a_document_where_there_is_no_schema(
    faxops: Program, arguments: list[str]
) -> None:
    failed = faxops(*arguments, "--nonsense", env={"FAXOPS_FORMAT": "json"})
    assert failed.code == 64
    assert "--nonsense" in json.dumps(failed.document)


def test_an_unknown_variable_gives_a_machine_its_document(faxops: Program) -> None:
    failed = faxops("plan", "--format", "json", env={"FAXOPS_TARGT": "x"})
    assert failed.code == 64
    check_document("plan", failed.document)
