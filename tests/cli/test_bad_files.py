"""Files that nobody writes by accident: a clear error in under two seconds and 500 MB."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

import pytest

from tests.cli.live import configuration
from tests.cli.running import FAXOPS, Finished, Program

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

MEGABYTE = 1024 * 1024
SECONDS = 2.0
BYTES = 500 * MEGABYTE

HEAD = "version: 1\nstack: clinic\n"


def limited(program: Program, *arguments: str) -> tuple[Finished, float, int]:
    """A run with its wall time in seconds and its largest memory in bytes."""
    out, err = program.folder / "out", program.folder / "err"
    with out.open("wb") as out_file, err.open("wb") as err_file:
        began = time.monotonic()
        process = subprocess.Popen(
            [*FAXOPS, *arguments],
            cwd=program.folder,
            env=program.environment(),
            stdin=subprocess.DEVNULL,
            stdout=out_file,
            stderr=err_file,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    ended = Finished(process.returncode, out.read_text(), err.read_text())
    return ended, seconds, usage.ru_maxrss * 1024


def alias_bomb(*, merge: bool = False) -> str:
    lines = ["x-a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    lines += [f"x-a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    end = "x-b: {<<: *a11}\n" if merge else "defaults: {tags: *a11}\n"
    return "\n".join([HEAD + lines[0], *lines[1:], end])


def wide_bomb() -> str:
    big = ", ".join(["x"] * 100_000)
    uses = "\n".join(
        f"  k{n}: {{webhook_event_url: 'https://h.example', tags: *big}}" for n in range(2000)
    )
    return f"{HEAD}x-big: &big [{big}]\nfax_applications:\n{uses}\n"


BAD_FILES: dict[str, tuple[Callable[[], str | bytes], str]] = {
    "a billion laughs": (alias_bomb, "FX108"),
    "a billion laughs, merged": (lambda: alias_bomb(merge=True), "FX10"),
    "one big list, used often": (wide_bomb, "FX108"),
    "64 MiB of [": (lambda: b"[" * (64 * MEGABYTE), "FX109"),
    "64 MiB of {a: ": (lambda: b"{a: " * (16 * MEGABYTE), "FX109"),
    "64 MiB of - ": (lambda: b"- " * (32 * MEGABYTE), "FX109"),
    "more than 64 MiB": (lambda: b"#" * (64 * MEGABYTE + 1), "FX110"),
    "64 MiB of one key": (lambda: b"a" * (64 * MEGABYTE - 10) + b": 1\n", "FX"),
    "64 MiB of one word": (lambda: HEAD.encode() + b"x-a: " + b"b" * (64 * MEGABYTE - 64), ""),
    "an open quote of 32 MiB": (
        lambda: HEAD.encode() + b"x-a: '" + b"b " * (16 * MEGABYTE),
        "FX101",
    ),
    "NUL": (lambda: f"{HEAD}x-a: a\0b\n", "FX112"),
    "64 MiB of NUL": (lambda: b"\0" * (64 * MEGABYTE), "FX112"),
    "UTF-16": (lambda: configuration("a").encode("utf-16"), "FX111"),
    "half a character": (lambda: HEAD.encode() + b"x-a: \xc3\n", "FX111"),
    "keys given twice": (
        lambda: HEAD + "stack: other\nfax_applications: {a: {}, a: {}}\n",
        "FX102",
    ),
    "an own alias": (lambda: f"{HEAD}x-a: &a [*a]\n", "FX107"),
    "a Python object": (lambda: f"{HEAD}x-a: !!python/object/apply:os.system [ls]\n", "FX105"),
    "a list": (lambda: "- a\n", "FX113"),
    "nothing": (lambda: "", "FX113"),
    "two documents": (lambda: f"{configuration('a')}---\n{configuration('b')}", "FX106"),
    "a number of 100,000 digits": (lambda: f"{HEAD}x-a: {'9' * 100_000}\n", ""),
    "an exponent without end": (lambda: "version: 1e999999999\nstack: clinic\n", "FX"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_is_a_clear_error_soon(embedded: Program, name: str) -> None:
    make, code = BAD_FILES[name]
    embedded.write("faxops.yaml", make())
    ended, seconds, memory = limited(embedded, "validate")
    if not code:  # what is ignored may be anything, but not slow
        assert ended.code in {0, 3}, ended
    else:
        assert ended.code == 3, ended
        assert code in ended.out
        assert "at faxops.yaml:" in ended.out
    assert "Traceback" not in ended.err
    assert len(ended.out) < 20_000
    assert seconds < SECONDS
    assert memory < BYTES
    assert not (embedded.folder / "account.db").exists()


def csv(rows: str) -> dict[str, str]:
    main = (
        HEAD + "fleets:\n  clinics:\n    rows: clinics.csv\n    key: c-${row.code}\n"
        "    application: {webhook_event_url: 'https://h.example/${row.code}'}\n"
    )
    return {"faxops.yaml": main, "clinics.csv": rows}


FOLDERS: dict[str, tuple[dict[str, str], str]] = {
    "a ragged row": (csv("code,limit\na,1\nb\nc,3,4\n"), "clinics.csv:3"),
    "a header given twice": (csv("code,code\na,b\n"), "clinics.csv:1"),
    "an empty table": (csv(""), "clinics.csv"),
    "NUL in a table": (csv("code\na\0b\n"), "clinics.csv:2"),
    "an open quote in a table": (csv('code\n"a\nb\n'), "clinics.csv"),
    "the same key twice": (csv("code\na\na\n"), "clinics.csv:3"),
    "an include outside": ({"faxops.yaml": HEAD + "include: [../*.yaml]\n"}, "faxops.yaml:3"),
    "an absolute include": ({"faxops.yaml": HEAD + "include: [/etc/passwd]\n"}, "faxops.yaml:3"),
    "an include of nothing": ({"faxops.yaml": HEAD + "include: [none.yaml]\n"}, "faxops.yaml:3"),
    "an include with a stack": (
        {"faxops.yaml": HEAD + "include: [a.yaml]\n", "a.yaml": "stack: other\n"},
        "a.yaml:1",
    ),
    "a table outside": (
        {"faxops.yaml": csv("")["faxops.yaml"].replace("clinics.csv", "../clinics.csv")},
        "faxops.yaml:5",
    ),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_a_bad_folder_is_a_clear_error_at_its_place(embedded: Program, name: str) -> None:
    files, place = FOLDERS[name]
    for file, text in files.items():
        embedded.write(file, text)
    ended = embedded("plan")
    assert ended.code == 3, ended
    assert f"at {place}" in ended.err
    assert "Traceback" not in ended.err
    assert not (embedded.folder / "account.db").exists()


@pytest.mark.parametrize(
    ("link", "target"),
    [
        pytest.param("faxops.yaml", "faxops.yaml", id="the file is a link to itself"),
        pytest.param("apps/deeper", "..", id="a folder is a link to its parent"),
        pytest.param("apps/a.yaml", "a.yaml", id="an included file is a link to itself"),
        pytest.param("apps/a.yaml", "/etc/hostname", id="an included file is a link to outside"),
        pytest.param("apps/a.yaml", "/dev/zero", id="an included file has no end"),
    ],
)
def test_a_link_that_leads_astray_is_a_clear_error(
    embedded: Program, link: str, target: str
) -> None:
    if link != "faxops.yaml":
        embedded.write("faxops.yaml", HEAD + "include: [apps/**/*.yaml]\n")
    (embedded.folder / link).parent.mkdir(exist_ok=True)
    (embedded.folder / link).symlink_to(target)
    ended, seconds, memory = limited(embedded, "validate")
    assert ended.code == 3, ended
    assert "Traceback" not in ended.err
    assert seconds < SECONDS
    assert memory < BYTES


@pytest.mark.parametrize("kind", ["folder", "pipe", "device", "unreadable"])
def test_what_is_no_file_is_a_clear_error(embedded: Program, kind: str) -> None:
    file = embedded.folder / "faxops.yaml"
    if kind == "folder":
        file.mkdir()
    elif kind == "pipe":
        os.mkfifo(file)
    elif kind == "device":
        file.symlink_to("/dev/zero")
    else:
        file.symlink_to("/proc/self/mem")
    ended, seconds, memory = limited(embedded, "validate")
    assert ended.code == 3, ended
    assert "faxops.yaml" in ended.out
    assert seconds < SECONDS
    assert memory < BYTES


@pytest.mark.slow
@pytest.mark.parametrize(
    "content",
    [
        pytest.param(lambda: b"[" * (64 * MEGABYTE), id="nesting"),
        pytest.param(lambda: b'{"a":' * (8 * MEGABYTE), id="nested objects"),
        pytest.param(lambda: b"9" * (32 * MEGABYTE), id="one number"),
        pytest.param(lambda: b'"' + b"a" * (32 * MEGABYTE), id="an open text"),
    ],
)
def test_a_bad_plan_is_a_clear_error_soon(embedded: Program, content: Callable[[], bytes]) -> None:
    embedded.write("plan.json", content())
    ended, seconds, memory = limited(embedded, "show", "plan.json")
    assert ended.code == 64, ended
    assert "plan.json is not a saved plan" in ended.err
    assert seconds < SECONDS
    assert memory < BYTES


@pytest.mark.parametrize("name", ["plan.json", "/dev/zero", "."])
def test_a_plan_that_is_no_file_is_a_clear_error(embedded: Program, name: str) -> None:
    if name == "plan.json":
        os.mkfifo(embedded.folder / name)
    ended, seconds, _ = limited(embedded, "show", name)
    assert ended.code == 64, ended
    assert seconds < SECONDS


def test_a_value_from_outside_can_not_move_the_cursor(embedded: Program) -> None:
    hostile = "Intake\\u001b[2J\\u202etxt.exe\\u0007"
    embedded.write("faxops.yaml", configuration("a", fields=f'application_name: "{hostile}"'))
    for command in (
        ["validate"],
        ["plan"],
        ["apply", "--auto-approve"],
        ["app", "list"],
        ["drift"],
    ):
        ended = embedded(*command)
        assert ended.code in {0, 3}, ended
        for character in ("\x1b", "\u202e", "\x07"):
            assert character not in ended.out + ended.err, command


def test_a_file_whose_name_is_no_text_is_read_like_any(faxops: Program) -> None:
    name = os.fsdecode(b"\xff.yaml")
    (faxops.folder / name).write_text(configuration("intake"), encoding="utf-8")

    ran = faxops("validate", "-f", name)

    assert ran.code == 0, ran.err
