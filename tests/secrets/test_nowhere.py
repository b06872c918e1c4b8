"""No byte that a command writes holds the key, a value of the environment or a recipient.

Whatever goes wrong on the way, and whoever sends it back: everything that a run leaves behind is
searched, which is its two streams, its reports, the saved plan, the history and its home folder.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.cli.live import KEY, serving
from tests.cli.running import Finished, Program
from tests.secrets.echoing import Asked, Bend, Bent, api_error, hop, page, redirect

MAILBOX = "Jane.Doe+intake@clinic.example"
PATH = "s3cret-path-of-the-hook"
OLD_MAILBOX = "Old.Colleague@clinic.example"
SECRETS = (KEY, MAILBOX, PATH, OLD_MAILBOX)
OWN_FILES = {"faxops.yaml"}

CONFIGURATION = """version: 1
stack: clinic
env: [MAILBOX, HOOK]
fax_applications:
  a:
    webhook_event_url: "https://hooks.clinic.example/${env.HOOK}"
    fax_email_recipient: "${env.MAILBOX}"
  b:
    webhook_event_url: https://hooks.clinic.example/fax/b
    application_name: "B for ${env.MAILBOX}"
"""

OLDER = {
    "application_name": "a",
    "webhook_event_url": f"https://hooks.clinic.example/{PATH}",
    "fax_email_recipient": OLD_MAILBOX,
    "tags": ["faxops.clinic.a"],
}

pytestmark = pytest.mark.slow


def reads(reply: Callable[[Asked], Bent]) -> Bend:
    def bend(asked: Asked) -> Bent | None:
        of_applications = asked.path.startswith("/v2/fax_applications")
        return reply(asked) if asked.method == "GET" and of_applications else None

    return bend


def writes(reply: Callable[[Asked], Bent]) -> Bend:
    return lambda asked: reply(asked) if asked.method != "GET" else None


def updates(reply: Callable[[Asked], Bent]) -> Bend:
    """Creates are refused: after an answer that is none, one is looked for through 31 s."""

    def bend(asked: Asked) -> Bent | None:
        if asked.method == "POST":
            return api_error(409, asked.echo)
        return reply(asked) if asked.method == "PATCH" else None

    return bend


def nothing(_: Asked) -> None:
    """Every request is passed on."""


def everything(reply: Callable[[Asked], Bent]) -> Bend:
    return reply


READS: dict[str, Bend] = {
    "every request is answered 401 with the key": everything(lambda a: api_error(401, a.echo)),
    "reads are answered 418 in HTML with the request": reads(lambda a: page(418, a.echo)),
    "reads contradict themselves": reads(
        lambda a: Bent(
            200, json.dumps({"data": [{"id": a.echo}], "meta": {"total_results": a.echo}})
        )
    ),
}
WRITES: dict[str, Bend] = {
    "writes are answered 422 with the recipient": writes(lambda a: api_error(422, a.echo)),
    "writes are answered in HTML with the request": writes(lambda a: page(400, a.echo)),
    "updates are redirected with the request": updates(lambda a: redirect(a.echo)),
    "writes are answered with half of the JSON": writes(
        lambda a: Bent(403, json.dumps({"errors": [{"code": "1", "detail": a.echo}]})[:-9])
    ),
    "updates succeed with another object": updates(
        lambda a: Bent(200, json.dumps({"data": {"id": a.echo, "tags": [a.echo]}}))
    ),
}
READING = (
    ("doctor", "-vvv"),
    ("plan", "-vvv", "--out", "plan.json", "--report", "p.txt", "--report", "p.json"),
    ("drift", "-vvv", "--report", "d.html", "--report", "d.json", "--metrics", "d.prom"),
)
AT_HOME = (
    ("validate", "-vvv", "--format", "json"),
    ("show", "plan.json", "--report", "s.md", "--report", "s.json"),
)
APPLYING = (
    ("apply", "-vvv", "--auto-approve", "--report", "a.json", "--report", "a.md"),
    ("history", "--format", "json"),
)


def forms(secret: str) -> Iterator[bytes]:
    """The secret as it is and as others write it down."""
    for text in (secret, secret.lower(), json.dumps(secret)[1:-1], quote(secret, safe="")):
        yield text.encode()
    yield b64encode(secret.encode()).rstrip(b"=")


def left_behind(program: Program, *ended: Finished) -> bytes:
    """Every byte that the runs wrote: their streams, and all files but the user's own."""
    told = [f"{each.out}\n{each.err}".encode() for each in ended]
    files = (path for path in program.folder.rglob("*") if path.is_file())
    kept = [path.read_bytes() for path in files if path.name not in OWN_FILES]
    return b"\n".join([*told, *kept])


def found(text: bytes, secrets: tuple[str, ...] = SECRETS) -> list[str]:
    lowered = text.lower()
    return [each for each in secrets if any(form.lower() in lowered for form in forms(each))]


def program_at(url: str, folder: Path) -> Program:
    variables = {"TELNYX_BASE_URL": url, "TELNYX_API_KEY": KEY, "MAILBOX": MAILBOX, "HOOK": PATH}
    step = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "GITHUB_OUTPUT": str(folder / "outputs"),
    }
    program = Program(folder, {**variables, **step, "FAXOPS_STATE": "sqlite:///state.db"})
    program.write("faxops.yaml", CONFIGURATION)
    return program


def test_what_is_searched_for_would_be_found() -> None:
    for secret in SECRETS:
        for form in forms(secret):
            assert found(b"x" + form + b"y") == [secret]


@contextmanager
def bent_account(bend: Bend) -> Generator[tuple[str, str]]:
    """The base URL of an account with one application whose replies are bent, and its id."""
    behaviours = {"recipient_in_replies": "present"}
    seed = {"fax_applications": [OLDER]}
    with serving(behaviours=behaviours, seed=seed) as account, hop(account.url, bend) as url:
        yield url, account.applications()[0]["id"]


def ended_well(ended: list[Finished]) -> bool:
    """Whether each run ended in a way that it knows."""
    return {each.code for each in ended} <= {0, 1, 2, 4, 8, 9, 64} and not any(
        "Traceback" in each.err or "internally" in each.err for each in ended
    )


@pytest.mark.parametrize(
    ("bend", "commands"),
    [
        pytest.param(nothing, (*READING, *AT_HOME, *APPLYING), id="nothing"),
        *(pytest.param(READS[name], (*READING, *APPLYING), id=name) for name in READS),
        *(pytest.param(WRITES[name], APPLYING, id=name) for name in WRITES),
    ],
)
def test_a_secret_is_in_no_byte_that_a_command_writes(
    bend: Bend, commands: tuple[tuple[str, ...], ...], tmp_path: Path
) -> None:
    with bent_account(bend) as (url, _):
        program = program_at(url, tmp_path)
        ended = [program(*command) for command in commands]
    assert ended_well(ended), ended
    assert found(left_behind(program, *ended)) == []


@pytest.mark.parametrize("bend", [nothing, *READS.values()], ids=["nothing", *READS])
def test_nor_is_it_in_what_is_shown_of_the_account(bend: Bend, tmp_path: Path) -> None:
    """But for a live URL: these commands read no configuration, which alone says what is secret."""
    with bent_account(bend) as (url, object_id):
        program = program_at(url, tmp_path)
        ended = [
            program("app", "list", "-vvv", "--format", "json", "--report", "l.txt"),
            program("app", "get", object_id, "-vvv", "--format", "json", "--report", "g.txt"),
        ]
    assert ended_well(ended), ended
    assert found(left_behind(program, *ended), (KEY, MAILBOX, OLD_MAILBOX)) == []
