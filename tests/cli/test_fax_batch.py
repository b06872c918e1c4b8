"""`faxops fax send --batch`: every row is checked, sent once, and written down."""

from __future__ import annotations

import json
import signal
import subprocess
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live import KEY, Served, configuration
from tests.cli.running import Finished, Program
from tests.cli.test_interrupts import finish, hang, wait_for
from tests.golden import check_golden
from tests.report.schema_check import check_document

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
Serve = Callable[..., Served]

APPLICATION = "1293384261075731499"
FROM = "+13125790015"
URL = "https://files.clinic.example/letter.pdf"
SIGNATURE = "X-Amz-Signature=0123456789abcdef"
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
FAST = ("--rate", "100")
RESULTS = "clinics.csv.results.ndjson"
BATCH = ("--batch", "clinics.csv")


def number(row: int) -> str:
    return f"+1312{5550000 + row}"


def table(rows: int) -> str:
    lines = [f"{FROM},{number(row)},{URL},{APPLICATION}" for row in range(1, rows + 1)]
    return "\n".join(["from,to,media_url,connection_id", *lines]) + "\n"


def sent_to(account: Served) -> Counter[str]:
    """How often each number was really sent to."""
    return Counter(json.loads(row.body)["to"] for row in account.emulator.content("fax"))


class Sender:
    """faxops in a folder with a configuration and a table of three rows."""

    def __init__(self, faxops: Program, account: Served) -> None:
        self.account = account
        self.program = Program(faxops.folder, account.variables)
        self.program.write("faxops.yaml", configuration("intake", "laboratory"))
        self.program.write("clinics.csv", table(3))

    def __call__(self, *flags: str) -> Finished:
        return self.program("fax", "send", *flags)

    def start(self, *flags: str) -> subprocess.Popen[str]:
        return self.program.start("fax", "send", *flags)

    def states(self) -> list[str]:
        """The state of each line of the results file after its head."""
        text = (self.program.folder / RESULTS).read_text()
        return [json.loads(line)["state"] for line in text.splitlines()[1:]]


@pytest.fixture
def sender(faxops: Program, serve: Serve) -> Sender:
    return Sender(faxops, serve(seed=SEED))


def golden(name: str, ended: Finished, flags: tuple[str, ...]) -> None:
    shown = ended.transcript(f"fax send {' '.join(flags)}")
    check_golden(GOLDEN / f"fax-batch-{name}.txt", shown)


def on_post(kind: str, **more: Any) -> Mapping[str, Any]:  # noqa: ANN401 - any JSON
    return {"method": "POST", "path": "/faxes", "fault": {"kind": kind}, **more}


def test_every_row_is_sent_and_written_down(sender: Sender) -> None:
    ended = sender(*BATCH, *FAST)
    assert ended.code == 0, ended
    golden("sent", ended, (*BATCH, *FAST))
    assert sent_to(sender.account) == {number(row): 1 for row in (1, 2, 3)}
    assert Counter(sender.states()) == {"sending": 3, "sent": 3}


def test_the_same_command_again_sends_nothing(sender: Sender) -> None:
    assert sender(*BATCH, *FAST).code == 0
    again = sender(*BATCH, *FAST)
    assert again.code == 0
    golden("sent-before", again, (*BATCH, *FAST))
    assert sum(sent_to(sender.account).values()) == 3


def test_a_machine_gets_each_row_in_one_document(sender: Sender) -> None:
    ended = sender(*BATCH, *FAST, "--format", "json", "--report", "batch.txt")
    check_document("fax", ended.document)
    document = ended.document["batch"]
    assert document["summary"]["sent"] == 3
    ids = [json.loads(row.body)["id"] for row in sender.account.emulator.content("fax")]
    assert sorted(row["fax_id"] for row in document["rows"]) == sorted(ids)
    assert [(row["row"], row["line"]) for row in document["rows"]] == [(1, 2), (2, 3), (3, 4)]
    assert "3 sent" in (sender.program.folder / "batch.txt").read_text()


def test_flags_stand_for_empty_cells_and_missing_columns(sender: Sender) -> None:
    sender.program.write("letters/letter.txt", "Dear doctor")
    rows = ("to,file,quality", f"{number(1)},,", f"{number(2)},letter.txt,normal")
    sender.program.write("letters/clinics.csv", "\n".join(rows))
    flags = ("--app", "intake", "--from", FROM, "--media-url", URL, "--quality", "very_high")
    ended = sender("--batch", "letters/clinics.csv", *FAST, *flags)
    assert ended.code == 0, ended
    posts = [each.body for each in sender.account.requests if each.method == "POST"]
    (as_json,) = [json.loads(body) for body in posts if body.startswith("{")]
    assert (as_json["media_url"], as_json["quality"]) == (URL, "very_high")
    (as_form,) = [body for body in posts if not body.startswith("{")]
    assert "Dear doctor" in as_form
    assert (sender.program.folder / "letters/clinics.csv.results.ndjson").exists()


def test_a_refused_batch_is_one_document_too(sender: Sender) -> None:
    sender.program.write("clinics.csv", TABLES["no-rows"])
    ended = sender(*BATCH, "--format", "json", "--report", "batch.txt")
    assert ended.code == 3
    check_document("fax", ended.document)
    assert ended.document["batch"] is None
    assert "The table has no rows." in (sender.program.folder / "batch.txt").read_text()


def test_a_dry_run_shows_every_request_and_needs_no_key(faxops: Program) -> None:
    faxops.write("clinics.csv", table(2).replace(URL, f"{URL}?{SIGNATURE}"))
    ended = faxops("fax", "send", *BATCH, "--dry-run")
    assert ended.code == 0, ended
    golden("dry-run", ended, (*BATCH, "--dry-run"))
    assert not (faxops.folder / RESULTS).exists()


TABLES = {
    "every-problem": (
        "from,to,media_url,file,app,monochrome,black_threshold\n"
        f"13125790015,{number(1)},{URL},,intaek,yes,\n"
        f"{FROM},,{URL}?{SIGNATURE},nothing.pdf,intake,,101\n"
        f"{FROM},{number(3)},,empty.txt,,true,x\n"
    ),
    "unknown-column": f"from,too,media_url,client_state\n{FROM},{number(1)},{URL},aGk=\n",
    "no-rows": "from,to\n",
    "no-header": "",
    "ragged": f"from,to,media_url\n{FROM},{number(1)}\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_a_bad_table_is_told_whole_and_sends_nothing(sender: Sender, name: str) -> None:
    sender.program.write("clinics.csv", TABLES[name])
    sender.program.write("empty.txt", "")
    ended = sender(*BATCH)
    assert ended.code == 3
    golden(name, ended, BATCH)
    assert "0123456789abcdef" not in ended.err
    assert sender.account.requests == ()
    assert not (sender.program.folder / RESULTS).exists()


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        pytest.param(("--batch", "none.csv"), "none.csv does not exist", id="no table"),
        pytest.param((*BATCH, "--wait"), "--wait can't go with --batch", id="--wait"),
        pytest.param((*BATCH, "--idempotency-key", "k"), "--idempotency-key can't", id="a key"),
        pytest.param((*BATCH, "--rate", "0"), "'--rate'", id="no rate"),
        pytest.param(
            (*BATCH, "--results", "no/such/folder/x"), "its folder is not there", id="no folder"
        ),
    ],
)
def test_wrong_usage_sends_nothing(sender: Sender, flags: tuple[str, ...], said: str) -> None:
    ended = sender(*flags)
    assert ended.code in {1, 64}
    assert said in ended.err
    assert "POST" not in sender.account.writes


def test_a_row_whose_answer_is_lost_is_found(faxops: Program, serve: Serve) -> None:
    sender = Sender(faxops, serve(on_post("lost_after", after=1, times=1), seed=SEED))
    ended = sender(*BATCH, *FAST)
    assert ended.code == 0, ended
    assert sent_to(sender.account) == {number(row): 1 for row in (1, 2, 3)}


def test_a_row_that_the_api_refuses_is_tried_again_by_the_next_run(
    faxops: Program, serve: Serve
) -> None:
    refusal = {"kind": "status", "status": 422, "detail": f"no, {KEY}"}
    sender = Sender(faxops, serve({**on_post("status", times=1), "fault": refusal}, seed=SEED))
    ended = sender(*BATCH, "--rate", "5")
    assert ended.code == 8
    golden("one-failed", ended, (*BATCH, "--rate", "5"))
    again = sender(*BATCH, *FAST)
    assert again.code == 0
    assert "1 sent, 2 sent before" in again.out
    assert sent_to(sender.account) == {number(row): 1 for row in (1, 2, 3)}


def test_when_none_was_sent_the_cause_is_the_exit_code(faxops: Program, serve: Serve) -> None:
    refusal = {"method": "POST", "fault": {"kind": "status", "status": 401}}
    sender = Sender(faxops, serve(refusal, seed=SEED))
    ended = sender(*BATCH, "--rate", "5")
    assert ended.code == 4
    golden("stopped", ended, (*BATCH, "--rate", "5"))
    assert sender.account.writes == ["POST"]


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        pytest.param('"sent"', '"snet"', "damaged", id="damaged"),
        pytest.param(f"{URL},", f"{URL}x,", "other-batch", id="of another batch"),
    ],
)
def test_a_results_file_that_does_not_fit_sends_nothing(
    sender: Sender, old: str, new: str, name: str
) -> None:
    assert sender(*BATCH, *FAST).code == 0
    spoilt = sender.program.folder / (RESULTS if name == "damaged" else "clinics.csv")
    spoilt.write_text(spoilt.read_text().replace(old, new, 1))
    ended = sender(*BATCH, *FAST)
    assert ended.code == 5
    golden(name, ended, (*BATCH, *FAST))
    assert sum(sent_to(sender.account).values()) == 3


def test_two_processes_can_not_send_one_batch(faxops: Program, serve: Serve) -> None:
    account = serve(hang("POST", 1.5, times=1), seed=SEED)
    sender = Sender(faxops, account)
    with sender.start(*BATCH, *FAST) as first:
        wait_for(account, "POST")
        second = sender(*BATCH)
        assert second.code == 7
        golden("locked", second, BATCH)
        ended, _ = finish(first)
    assert ended.code == 0
    assert sent_to(account) == {number(row): 1 for row in (1, 2, 3)}


def test_a_signal_ends_the_batch_and_tells_what_is_unknown(faxops: Program, serve: Serve) -> None:
    account = serve(hang("POST", 25, after=1, times=1), seed=SEED)
    sender = Sender(faxops, account)
    sender.program.write("clinics.csv", table(9))
    with sender.start(*BATCH, "--rate", "2", "--format", "json") as run:
        wait_for(account, "POST", 2)
        run.send_signal(signal.SIGTERM)
        ended, seconds = finish(run)
    assert ended.code == 9
    assert 4 < seconds < 8
    check_document("fax", ended.document)
    summary = ended.document["batch"]["summary"]
    assert (summary["unknown"], summary["not_attempted"]) == (1, 7)
    assert ended.document["batch"]["stopped"] == "the run was interrupted."
    assert "unknown" in sender.states()


def test_a_signal_before_the_first_row_sends_nothing(faxops: Program, serve: Serve) -> None:
    account = serve(hang("GET", 20, path="/public_key"), seed=SEED)
    sender = Sender(faxops, account)
    with sender.start(*BATCH) as run:
        wait_for(account, "GET")
        run.send_signal(signal.SIGINT)
        ended, _ = finish(run)
    assert ended.code == 130
    assert account.writes == []


def test_a_killed_process_leaves_behind_what_the_next_one_needs(
    faxops: Program, serve: Serve
) -> None:
    rows = 40
    account = serve(seed=SEED)
    sender = Sender(faxops, account)
    sender.program.write("clinics.csv", table(rows))
    with sender.start(*BATCH, "--rate", "20") as run:
        wait_for(account, "POST", 12)
        run.kill()
        assert run.wait(20) == -signal.SIGKILL
    assert 12 <= sum(sent_to(account).values()) < rows

    ended = sender(*BATCH, *FAST)

    assert ended.code == 0, ended
    assert sent_to(account) == {number(row): 1 for row in range(1, rows + 1)}
