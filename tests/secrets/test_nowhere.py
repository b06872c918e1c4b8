"""No byte that a command writes holds the key, a value of the environment or a recipient.

Whatever goes wrong on the way, and whoever sends it back: everything that a run leaves behind is
searched, which is its two streams, its reports, the saved plan, the history and its home folder.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Callable, Iterator
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
    return lambda asked: reply(asked) if asked.path.startswith("/v2/fax_applications?") else None


def writes(reply: Callable[[Asked], Bent]) -> Bend:
    return lambda asked: reply(asked) if asked.method != "GET" else None


def updates(reply: Callable[[Asked], Bent]) -> Bend:
    """Creates are refused: after an answer that is none, one is looked for through 31 s."""

    def bend(asked: Asked) -> Bent | None:
        if asked.method == "POST":
            return api_error(409, asked.echo)
        return reply(asked) if asked.method == "PATCH" else None

    return bend


def everything(reply: Callable[[Asked], Bent]) -> Bend:
    return reply


FAULTS: dict[str, Bend] = {
    "nothing": lambda _: None,
    "every request is answered 401 with the key": everything(lambda a: api_error(401, a.echo)),
    "writes are answered 422 with the recipient": writes(lambda a: api_error(422, a.echo)),
    "reads are answered 500 in HTML with the request": reads(lambda a: page(418, a.echo)),
    "writes are answered in HTML with the request": writes(lambda a: page(400, a.echo)),
    "updates are redirected with the request": updates(lambda a: redirect(a.echo)),
    "writes are answered with half of the JSON": writes(
        lambda a: Bent(403, json.dumps({"errors": [{"code": "1", "detail": a.echo}]})[:-9])
    ),
    "updates succeed with another object": updates(
        lambda a: Bent(200, json.dumps({"data": {"id": a.echo, "tags": [a.echo]}}))
    ),
    "listings contradict themselves": reads(
        lambda a: Bent(
            200, json.dumps({"data": [{"id": a.echo}], "meta": {"total_results": a.echo}})
        )
    ),
}
COMMANDS = (
    ("validate", "-vvv", "--format", "json"),
    ("plan", "-vvv", "--out", "plan.json", "--report", "p.txt", "--report", "p.json"),
    ("doctor", "-vvv"),
    ("apply", "-vvv", "--auto-approve", "--report", "a.json", "--report", "a.txt"),
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


def found(text: bytes) -> list[str]:
    lowered = text.lower()
    return [each for each in SECRETS if any(form.lower() in lowered for form in forms(each))]


def program_at(url: str, folder: Path) -> Program:
    variables = {"TELNYX_BASE_URL": url, "TELNYX_API_KEY": KEY, "MAILBOX": MAILBOX, "HOOK": PATH}
    program = Program(folder, {**variables, "FAXOPS_STATE": "sqlite:///state.db"})
    program.write("faxops.yaml", CONFIGURATION)
    return program


def test_what_is_searched_for_would_be_found() -> None:
    for secret in SECRETS:
        for form in forms(secret):
            assert found(b"x" + form + b"y") == [secret]


@pytest.mark.parametrize("name", FAULTS)
def test_a_secret_is_in_no_byte_that_a_command_writes(name: str, tmp_path: Path) -> None:
    behaviours = {"recipient_in_replies": "present"}
    with (
        serving(behaviours=behaviours, seed={"fax_applications": [OLDER]}) as account,
        hop(account.url, FAULTS[name]) as url,
    ):
        program = program_at(url, tmp_path)
        ended = [program(*command) for command in COMMANDS]
    assert {each.code for each in ended} <= {0, 1, 4, 8, 9, 64}
    assert not [each for each in ended if "Traceback" in each.err or "internally" in each.err]
    assert found(left_behind(program, *ended)) == []
