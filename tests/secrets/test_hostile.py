"""What others wrote into the account does nothing to whoever reads about it.

Names, tags and addresses of live applications are read by terminals, by CI systems and by people
who trust what they see.
"""

from __future__ import annotations

import json
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live import serving
from tests.cli.running import Program
from tests.secrets.echoing import Asked, Bent, hop

TEXTS = (
    "\x1b[2J\x1b]0;title\x07 screen",
    "\x9b31m eight bits",
    "\u202etxt.exe\u2066 \u200f backwards",
    "one\r\n::set-output name=a::b",
    "\n::error file=x::stop\n##[group]in\n##vso[task.setvariable]a",
    "`rm -rf /` $(id) %s %n {0} %0A",
    "<script>alert(1)</script><img src=x onerror=a>",
    "| a | [b](javascript:x) | **c** | ~~~",
    "\u200b\u00ad\ufeff\u2060 unseen",
    "x" * 20_000,
)
CONFIGURATION = """version: 1
stack: clinic
fax_applications:
  a: {webhook_event_url: "https://hooks.clinic.example/a", application_name: Ours}
"""
LIVE: list[dict[str, Any]] = [
    {
        "id": str(1293384261075731000 + number),
        "application_name": text,
        "webhook_event_url": "https://hooks.clinic.example/x",
        "tags": [text, *(["faxops.clinic.a"] if number == 0 else [f"faxops.lab.k{number}"])],
    }
    for number, text in enumerate(TEXTS)
]
COMMANDS = (
    ("plan", "--show-unmanaged", "-vvv"),
    ("drift", "-vvv"),
    ("app", "list"),
    ("app", "get", str(LIVE[4]["id"])),
    ("doctor", "-vvv"),
    ("apply", "--auto-approve", "-vvv"),
    ("history",),
)
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
CI_COMMAND = re.compile(r"^\s*::|##\[|##vso\[", re.MULTILINE)

pytestmark = pytest.mark.slow


def acting(text: str) -> list[str]:
    """The characters and lines in `text` that would do something, or hide something."""
    found = [
        f"U+{ord(character):04X}"
        for character in text
        if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and character != "\n"
    ]
    return [*found, *CI_COMMAND.findall(text)]


def program_at(url: str, folder: Path) -> Program:
    variables = {"TELNYX_BASE_URL": url, "TELNYX_API_KEY": "KEY", "FAXOPS_STATE": "sqlite:///s.db"}
    program = Program(folder, variables)
    program.write("faxops.yaml", CONFIGURATION)
    return program


def test_what_is_looked_for_would_be_found() -> None:
    assert [text for text in TEXTS[:5] if not acting(text)] == []
    assert acting("a ::b ## plain") == []


@pytest.mark.parametrize("format_", ["text", "json", "markdown", "html"])
def test_live_texts_are_harmless_in_every_format(format_: str, tmp_path: Path) -> None:
    paged = {"plan", "drift", "apply"}
    with serving(seed={"fax_applications": LIVE}, key=None) as account:
        program = program_at(account.url, tmp_path)
        for command in COMMANDS:
            if format_ in {"markdown", "html"} and command[0] not in paged:
                continue
            ended = program(*command, "--format", format_)
            assert ended.code in {0, 2}, ended
            assert acting(ended.out + ended.err) == [], command
            if format_ == "json":
                assert ended.document


def test_live_texts_are_harmless_on_a_terminal(tmp_path: Path) -> None:
    with serving(seed={"fax_applications": LIVE}, key=None) as account:
        program = program_at(account.url, tmp_path)
        for command in (("plan", "--show-unmanaged"), ("app", "list")):
            seen = program.on_terminal(*command, env={"TERM": "xterm"}).end()
            assert seen.code == 0, seen
            assert "\x1b[" in seen.out or command[0] == "app"
            assert acting(COLOUR.sub("", seen.out)) == [], command


@pytest.mark.parametrize("command", [("plan", "--show-unmanaged"), ("app", "list"), ("drift",)])
@pytest.mark.parametrize("format_", ["text", "json"])
def test_half_a_surrogate_pair_from_the_api_ends_no_command(
    command: tuple[str, ...], format_: str, tmp_path: Path
) -> None:
    half = "half \ud800"
    items = [
        {**LIVE[0], "application_name": half, "tags": [half, "faxops.clinic.a"]},
        {**LIVE[1], "application_name": half, "tags": [half]},
    ]
    meta = {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": 2}

    def bend(asked: Asked) -> Bent | None:
        listed = asked.path.startswith("/v2/fax_applications")
        return Bent(200, json.dumps({"data": items, "meta": meta})) if listed else None

    with serving(key=None) as account, hop(account.url, bend) as url:
        ended = program_at(url, tmp_path)(*command, "--format", format_)
    assert ended.code in {0, 2}, ended
    assert "internally" not in ended.err
    assert acting(ended.out + ended.err) == []


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_an_error_of_the_api_is_harmless(text: str, tmp_path: Path) -> None:
    entry = {"code": text, "title": text, "detail": text, "source": {"pointer": text}}

    def bend(_: Asked) -> Bent:
        return Bent(422, json.dumps({"errors": [entry]}), (("x-request-id", "\x9b31m"),))

    with serving(key=None) as account, hop(account.url, bend) as url:
        ended = program_at(url, tmp_path)("plan", "-vvv")
    assert ended.code == 1, ended
    assert acting(ended.out + ended.err) == []
    assert len(ended.err) < 50_000
