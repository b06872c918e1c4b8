"""`apply` on a terminal: what is asked, what is accepted, and colour."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.live import Served, configuration, methods_of_writes, recorded
from tests.cli.running import Program
from tests.golden import check_golden

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
PROMPT = "Answer: "
ESCAPE = "\x1b["


@pytest.fixture
def program(embedded: Program) -> Program:
    embedded.write("faxops.yaml", configuration("intake"))
    return embedded


def writes(program: Program) -> list[str]:
    return methods_of_writes(recorded(program.folder / "account.db"))


def test_yes_applies(program: Program) -> None:
    screen = program.on_terminal("apply", "--no-color", env={"TERM": "dumb"})
    screen.see(PROMPT)
    assert writes(program) == []
    screen.type("yes\r")
    ended = screen.end()
    assert ended.code == 0
    assert writes(program) == ["POST"]
    check_golden(GOLDEN / "confirmed.txt", ended.transcript("apply --no-color"))


@pytest.mark.parametrize("answer", ["no\r", "y\r", "YES\r", "yes please\r", "\r", "\x04"])
def test_anything_else_changes_nothing(program: Program, answer: str) -> None:
    screen = program.on_terminal("apply")
    screen.see(PROMPT)
    screen.type(answer)
    ended = screen.end()
    assert ended.code == 130
    assert "nothing was changed" in ended.out
    assert writes(program) == []


def test_a_keyboard_interrupt_at_the_prompt_ends_at_once(program: Program) -> None:
    screen = program.on_terminal("apply")
    screen.see(PROMPT)
    screen.type("\x03")
    ended = screen.end()
    assert ended.code == 130
    assert ended.out.endswith("nothing was changed.\n")
    assert "Traceback" not in ended.out
    assert writes(program) == []


def test_a_termination_at_the_prompt_ends_at_once(program: Program) -> None:
    screen = program.on_terminal("apply")
    screen.see(PROMPT)
    screen.send(signal.SIGTERM)
    ended = screen.end()
    assert ended.code == 130
    assert writes(program) == []


def test_nothing_is_asked_when_nothing_changes(program: Program) -> None:
    assert program("apply", "--auto-approve").code == 0
    ended = program.on_terminal("apply").end()
    assert (ended.code, PROMPT in ended.out) == (0, False)


def test_nothing_is_asked_when_the_plan_is_refused(program: Program) -> None:
    ended = program.on_terminal("apply", "--max-creates", "0").end()
    assert (ended.code, PROMPT in ended.out) == (5, False)


@pytest.mark.parametrize("typed", ["", "yes\n"])
def test_without_a_terminal_there_is_nobody_to_ask(program: Program, typed: str) -> None:
    failed = program("apply", typed=typed)
    assert failed.code == 64
    assert recorded(program.folder / "account.db") == ()
    check_golden(GOLDEN / "nobody-to-ask.txt", failed.transcript("apply"))


def test_in_json_the_question_still_stands_on_the_terminal(program: Program) -> None:
    screen = program.on_terminal("apply", "--format", "json")
    screen.see(PROMPT)
    # Whoever answers must have seen what to.
    assert "Plan: 1 to add, 0 to change, 0 to destroy." in screen.seen
    screen.type("no\r")
    assert screen.end().code == 130


@pytest.mark.parametrize(
    ("flags", "env", "colored"),
    [
        pytest.param([], {}, True, id="terminal"),
        pytest.param(["--no-color"], {}, False, id="flag"),
        pytest.param([], {"NO_COLOR": "1"}, False, id="NO_COLOR"),
        pytest.param([], {"FAXOPS_NO_COLOR": "1"}, False, id="FAXOPS_NO_COLOR"),
        pytest.param([], {"NO_COLOR": ""}, True, id="empty NO_COLOR"),
        pytest.param([], {"TERM": "dumb"}, False, id="dumb terminal"),
    ],
)
def test_a_terminal_is_coloured_unless_it_should_not(
    program: Program, flags: list[str], env: dict[str, str], *, colored: bool
) -> None:
    env = {"TERM": "xterm-256color", **env}
    for arguments in (["plan"], ["validate"], ["plan", "--target", "nothing"]):
        ended = program.on_terminal(*arguments, *flags, env=env).end()
        assert (ESCAPE in ended.out) is colored, ended.out


def test_wrong_usage_is_coloured_like_all_else(program: Program) -> None:
    for flags, colored in (([], True), (["--no-color"], False)):
        ended = program.on_terminal("plan", "--zzz", *flags, env={"TERM": "xterm"}).end()
        assert (ESCAPE in ended.out) is colored


@pytest.mark.parametrize("command", ["plan", "validate", "drift", "app list", "doctor"])
def test_what_is_no_terminal_gets_no_colour(program: Program, command: str) -> None:
    ended = program(*command.split(), env={"TERM": "xterm-256color"})
    assert ESCAPE not in ended.out + ended.err


def test_progress_is_drawn_on_a_terminal_and_silenced_by_quiet(
    program: Program, serve: Callable[..., Served]
) -> None:
    account = serve({"method": "POST", "fault": {"kind": "hang", "seconds": 0.3}})
    program = Program(program.folder, account.variables)
    env = {"TERM": "xterm-256color"}
    ended = program.on_terminal("apply", "--auto-approve", env=env).end()
    assert "0/1" in ended.out
    program.write("faxops.yaml", configuration("intake", "billing"))
    quiet = program.on_terminal("apply", "--auto-approve", "-q", env=env).end()
    assert "0/1" not in quiet.out
    assert quiet.code == ended.code == 0


def test_the_bar_too_is_without_colour(program: Program, serve: Callable[..., Served]) -> None:
    account = serve({"method": "POST", "fault": {"kind": "hang", "seconds": 0.3}})
    program = Program(program.folder, account.variables)
    env = {"TERM": "xterm-256color"}
    ended = program.on_terminal("apply", "--auto-approve", "--no-color", env=env).end()
    assert "0/1" in ended.out
    assert not re.search(r"\x1b\[[0-9;]*m", ended.out.replace("\x1b[0m", ""))


def test_in_ci_no_bar_is_drawn_even_on_a_terminal(
    program: Program, serve: Callable[..., Served]
) -> None:
    account = serve({"method": "POST", "fault": {"kind": "hang", "seconds": 0.3}})
    program = Program(program.folder, account.variables)
    env = {"TERM": "xterm-256color", "CI": "true"}
    ended = program.on_terminal("apply", "--auto-approve", env=env).end()
    assert ended.code == 0
    assert "0/1" not in ended.out
