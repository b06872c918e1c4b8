"""What other users of the machine see of a run while it goes on."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from tests.cli.live import KEY, serving
from tests.cli.running import Program
from tests.secrets.echoing import Asked, Bent, hop

MAILBOX = "jane.doe@clinic.example"
CONFIGURATION = """version: 1
stack: clinic
env: [MAILBOX]
fax_applications:
  a: {webhook_event_url: "https://h.example/", fax_email_recipient: "${env.MAILBOX}"}
"""


@pytest.mark.slow
def test_a_running_apply_shows_no_secret_in_the_process_list(tmp_path: Path) -> None:
    arrived, seen = threading.Event(), threading.Event()

    def bend(asked: Asked) -> Bent | None:
        if asked.method == "PATCH":  # by now the process knows all its secrets
            arrived.set()
            assert seen.wait(20)
        return None

    variables = {"TELNYX_API_KEY": KEY, "MAILBOX": MAILBOX}
    with serving() as account, hop(account.url, bend) as url:
        program = Program(tmp_path, {**variables, "TELNYX_BASE_URL": url})
        program.write("faxops.yaml", CONFIGURATION)
        process = program.start("apply", "--auto-approve")
        try:
            assert arrived.wait(20)
            shown = b"".join(_command_lines())
        finally:
            seen.set()
            _, told = process.communicate(timeout=20)
    assert process.returncode == 0, told
    assert b"faxops\0apply" in shown
    assert KEY.encode() not in shown
    assert MAILBOX.encode() not in shown


def _command_lines() -> list[bytes]:
    lines: list[bytes] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            # What follows the name is what `ps` shows, and a program may have changed either.
            lines += [(process / name).read_bytes() for name in ("cmdline", "comm")]
        except OSError:
            continue  # it has ended meanwhile
    return lines
