"""`faxops fax send` as its users meet it: a fax goes out once, and bad input sends nothing."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from faxops.model.fax_request import FaxRequest
from faxops.telnyx.sending import keyed_state
from tests.cli.live import KEY, Served, configuration
from tests.cli.running import FAXOPS, Finished, Program
from tests.cli.test_interrupts import finish, hang, wait_for
from tests.golden import check_golden
from tests.report.schema_check import check_document
from tests.telnyx.test_media_file import pdf

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
Serve = Callable[..., Served]

APPLICATION = "1293384261075731499"
FROM, TO, BUSY = "+13125790015", "+13127367276", "+13127367277"
URL = "https://files.clinic.example/letter.pdf"
LINK = f"{URL}?X-Amz-Signature=0123456789abcdef"
SEED = {
    "fax_applications": [
        {
            "id": APPLICATION,
            "application_name": "intake",
            "webhook_event_url": "https://hooks.clinic.example/fax",
            "outbound": {"outbound_voice_profile_id": "77"},
            "tags": ["faxops.clinic.intake"],
        }
    ]
}
QUICK = {"step_seconds": 0.0001, "outcomes": {BUSY: "user_busy"}}
NUMBERS = ("--from", FROM, "--to", TO)
SENDER = ("--connection-id", APPLICATION)
GOOD = (*SENDER, *NUMBERS, "--media-url", URL)


def on_post(kind: str, **more: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON
    return {"method": "POST", "path": "/faxes", "times": 1, "fault": {"kind": kind, **more}}


def sent_faxes(account: Served) -> list[str]:
    """The bodies of the faxes that were really asked for."""
    return [each.body for each in account.requests if each.method == "POST"]


class Sender:
    """faxops, with a configuration, and an account that faxes leave at once."""

    def __init__(self, faxops: Program, account: Served) -> None:
        self.account = account
        self.program = Program(faxops.folder, account.variables)
        self.program.write("faxops.yaml", configuration("intake", "laboratory"))
        self.program.write("letter.txt", "Dear doctor")

    def __call__(self, *flags: str, **settings: Any) -> Finished:  # noqa: ANN401 - as Program
        return self.program("fax", "send", *flags, **settings)


@pytest.fixture
def sender(faxops: Program, serve: Serve) -> Sender:
    return Sender(faxops, serve(seed=SEED, faxes=QUICK))


def golden(name: str, ended: Finished, flags: tuple[str, ...]) -> None:
    shown = ended.transcript(f"fax send {' '.join(flags)}")
    check_golden(GOLDEN / f"fax-send-{name}.txt", shown)


def test_a_fax_is_sent_with_one_request(sender: Sender) -> None:
    ended = sender(*GOOD)
    assert ended.code == 0, ended
    golden("sent", ended, GOOD)
    (body,) = sent_faxes(sender.account)
    assert '"client_state"' in body
    assert '"quality"' not in body


def test_the_application_is_found_by_its_key(sender: Sender) -> None:
    ended = sender("--app", "intake", *NUMBERS, "--media-name", "letter.pdf", "--format", "json")
    assert ended.code == 0, ended
    document = ended.document
    check_document("fax", document)
    assert document["outcome"] == "sent"
    assert document["request"]["connection_id"] == APPLICATION
    assert document["faxes"][0]["status"] == "queued"


def test_every_option_of_the_api_can_be_given(sender: Sender) -> None:
    options = {
        "quality": "ultra_dark",
        "black_threshold": 40,
        "preview_format": "pdf",
        "from_display_name": "St. Mary-Clinic",
        "client_state": "aW52b2ljZSAxNw==",
        "webhook_url": "https://hooks.clinic.example/one",
    }
    switches = {"t38_enabled": False, "monochrome": True, "store_media": True}
    flags = [f"--{name.replace('_', '-')}={value}" for name, value in options.items()]
    flags += ["--no-t38-enabled", "--monochrome", "--store-media", "--store-preview"]
    ended = sender(*GOOD, *flags, "--format", "json")
    assert ended.code == 0, ended
    fields = {"connection_id": APPLICATION, "from": FROM, "to": TO, "media_url": URL}
    expected = {**fields, **options, **switches, "store_preview": True}
    assert ended.document["request"] == expected
    assert [each.method for each in sender.account.requests][-2:] == ["GET", "POST"]


def test_a_file_is_uploaded(sender: Sender) -> None:
    flags = (*SENDER, *NUMBERS, "--file", "letter.txt", "--webhook-url", "https://x.example/")
    ended = sender(*flags)
    assert ended.code == 0, ended
    golden("file", ended, flags)
    (body,) = sent_faxes(sender.account)
    assert "Dear doctor" in body


def test_waiting_ends_with_the_fax(sender: Sender) -> None:
    flags = (*GOOD, "--wait")
    ended = sender(*flags)
    assert ended.code == 0, ended
    # How many statuses are seen on the way depends on the moment.
    assert f"from {FROM} to {TO}: delivered." in ended.err
    golden("delivered", Finished(ended.code, ended.out, ""), flags)


def test_waiting_for_a_fax_that_fails_explains_the_reason(sender: Sender) -> None:
    flags = (*SENDER, "--from", FROM, "--to", BUSY, "--media-url", URL, "--wait")
    ended = sender(*flags)
    assert ended.code == 8
    golden("failed", Finished(ended.code, ended.out, ""), flags)


def test_waiting_no_longer_than_asked_for_is_unknown_and_names_the_fax(
    faxops: Program, serve: Serve
) -> None:
    sender = Sender(faxops, serve(seed=SEED, faxes={"step_seconds": 3600}))
    ended = sender(*GOOD, "--wait", "--max-wait", "0", "--format", "json")
    assert ended.code == 9
    assert ended.document["outcome"] == "sent"
    assert ended.document["faxes"][0]["status"] == "queued"
    assert "has not come to its end" in ended.document["diagnostics"][0]["summary"]


def test_a_dry_run_needs_no_key_and_sends_nothing(faxops: Program) -> None:
    flags = (*SENDER, *NUMBERS, "--media-url", LINK, "--dry-run")
    ended = faxops("fax", "send", *flags)
    assert ended.code == 0, ended
    assert "0123456789abcdef" not in ended.out
    golden("dry-run", ended, (*SENDER, *NUMBERS, "--media-url", "…", "--dry-run"))


def test_a_dry_run_describes_the_file_and_finds_the_application(sender: Sender) -> None:
    sender.program.write("letter.pdf", pdf(2))
    ended = sender(
        "--app", "intake", *NUMBERS, "--file", "letter.pdf", "--dry-run", "--format", "json"
    )
    assert ended.code == 0, ended
    check_document("fax", ended.document)
    assert ended.document["outcome"] == "dry_run"
    request = ended.document["request"]
    assert request["connection_id"] == APPLICATION
    file = {"name": "letter.pdf", "media_type": "application/pdf", "pages": 2}
    assert file.items() <= request["file"].items()
    assert sent_faxes(sender.account) == []


def test_the_link_to_the_document_is_in_no_output(faxops: Program, serve: Serve) -> None:
    told = "refused for X-Amz-Signature=0123456789abcdef"
    account = serve(on_post("status", status=422, detail=told), seed=SEED)
    ended = Sender(faxops, account)(*SENDER, *NUMBERS, "--media-url", LINK, "-v")
    assert ended.code == 1
    assert "0123456789abcdef" not in ended.out + ended.err
    assert KEY not in ended.out + ended.err


def test_a_fax_whose_answer_is_lost_is_found(faxops: Program, serve: Serve) -> None:
    sender = Sender(faxops, serve(on_post("lost_after"), seed=SEED, faxes=QUICK))
    ended = sender(*GOOD)
    assert ended.code == 0, ended
    golden("found", ended, GOOD)
    assert len(sent_faxes(sender.account)) == 1


def test_a_fax_that_the_api_refuses_is_not_sent(faxops: Program, serve: Serve) -> None:
    sender = Sender(faxops, serve(seed=SEED))
    ended = sender("--connection-id", "7", *NUMBERS, "--media-url", URL, "--format", "json")
    assert ended.code == 1
    assert ended.document["outcome"] == "not_sent"
    assert ended.document["diagnostics"][0]["code"] == "FX804"


def test_the_same_key_finds_the_first_fax_and_another_request_is_refused(sender: Sender) -> None:
    key = ("--idempotency-key", "invoice-17")
    # The first run looks for 31 s; here its fax is put there as it would be.
    dry = sender(*GOOD, *key, "--dry-run", "--format", "json")
    assert "client_state" not in dry.document["request"]
    request = FaxRequest(FROM, TO, APPLICATION, media_url=URL)
    first = sender(*GOOD, "--client-state", keyed_state("invoice-17", request, None))
    assert first.code == 0

    again = sender(*GOOD, *key)
    assert again.code == 0, again
    golden("already-sent", again, (*GOOD, *key))
    other = sender(*GOOD, *key, "--quality", "normal")
    assert other.code == 5
    golden("other-request", other, (*GOOD, *key, "--quality", "normal"))
    assert len(sent_faxes(sender.account)) == 1


WRONG = {
    "wrong-number": (*SENDER, "--from", FROM, "--to", "(312) 555-0100", "--media-url", URL),
    "two-sources": (*GOOD, "--file", "letter.txt"),
    "no-source": (*SENDER, *NUMBERS),
    "too-large": (*SENDER, *NUMBERS, "--file", "large.txt"),
    "too-long": (*SENDER, *NUMBERS, "--file", "long.pdf"),
    "unreadable": (*SENDER, *NUMBERS, "--file", "nothing.pdf"),
    "unknown-key": ("--app", "intaek", *NUMBERS, "--media-url", URL),
    "two-senders": (*GOOD, "--app", "intake"),
    "everything-wrong": (
        *("--connection-id", "7", "--to", "0044 20 7946 0000", "--media-url", "ftp://x"),
        *("--from-display-name", "Straße", "--client-state", "?", "--black-threshold", "40"),
    ),
    "two-states": (*GOOD, "--client-state", "aGk=", "--idempotency-key", "k"),
    "rate-of-one": (*GOOD, "--rate", "1"),
}


@pytest.mark.parametrize("name", WRONG)
def test_bad_input_is_told_with_the_fix_and_sends_nothing(sender: Sender, name: str) -> None:
    if name == "too-large":
        sender.program.write("large.txt", "a" * 21_000_000)
    if name == "too-long":
        sender.program.write("long.pdf", pdf(400))
    ended = sender(*WRONG[name])
    assert ended.code == 64
    golden(name, ended, WRONG[name])
    assert sender.account.requests == ()


def test_an_application_that_was_not_applied_is_told_with_the_fix(sender: Sender) -> None:
    flags = ("--app", "laboratory", *NUMBERS, "--media-url", URL)
    ended = sender(*flags)
    assert ended.code == 1
    golden("not-applied", ended, flags)
    assert sent_faxes(sender.account) == []


def test_a_failure_is_one_document_too(sender: Sender) -> None:
    ended = sender(*WRONG["wrong-number"], "--format", "json")
    assert ended.code == 64
    check_document("fax", ended.document)
    assert ended.document["outcome"] == "not_sent"
    assert ended.document["diagnostics"][0]["suggestion"] == "Did you mean +13125550100?"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_fax_is_sent_sends_nothing(
    faxops: Program, serve: Serve, number: signal.Signals
) -> None:
    account = serve(hang("GET", 20, path="/faxes"), seed=SEED)
    sender = Sender(faxops, account)
    command = ("fax", "send", *GOOD, "--client-state", "aGk=", "--format", "json")
    with sender.program.start(*command) as run:
        wait_for(account, "GET", 2)
        run.send_signal(number)
        ended, seconds = finish(run)
    assert ended.code == 130
    assert ended.document["outcome"] == "not_sent"
    assert seconds < 2
    assert sent_faxes(account) == []


def test_a_fax_under_way_may_be_answered_after_a_signal(faxops: Program, serve: Serve) -> None:
    account = serve(hang("POST", 1), seed=SEED)
    sender = Sender(faxops, account)
    with sender.program.start("fax", "send", *GOOD) as run:
        wait_for(account, "POST")
        run.send_signal(signal.SIGINT)
        ended, _ = finish(run)
    assert ended.code == 0, ended
    assert ended.out.startswith("Sent.")


def test_a_fax_that_is_not_answered_within_five_seconds_is_unknown(
    faxops: Program, serve: Serve
) -> None:
    account = serve(hang("POST", 25), seed=SEED)
    sender = Sender(faxops, account)
    with sender.program.start("fax", "send", *GOOD, "--format", "json") as run:
        wait_for(account, "POST")
        run.send_signal(signal.SIGINT)
        ended, seconds = finish(run)
    assert ended.code == 9
    assert 4 < seconds < 8
    check_document("fax", ended.document)
    assert ended.document["outcome"] == "unknown"
    assert "faxops fax list" in ended.document["diagnostics"][0]["suggestion"]


def test_a_full_disk_is_not_told_as_nothing_sent(sender: Sender) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*FAXOPS, "fax", "send", *GOOD],
            cwd=sender.program.folder,
            env=sender.program.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 8
    assert "could not be written" in done.stderr
    assert len(sent_faxes(sender.account)) == 1
