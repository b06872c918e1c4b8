"""The fax commands as their users meet them, against an account over HTTP."""

from __future__ import annotations

import csv
import io
import json
import re
import signal
import stat
import subprocess
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live import KEY, Served
from tests.cli.running import FAXOPS, Finished, Program
from tests.cli.test_interrupts import finish, hang, wait_for
from tests.golden import check_golden
from tests.report.schema_check import check_document

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
Serve = Callable[..., Served]

APPLICATION = "1293384261075731499"
DELIVERED, BUSY, RECEIVED, QUEUED = (f"{n}{n * 7}-1111-4111-8111-111111111111" for n in "1234")
NOBODY = "99999999-1111-4111-8111-111111111111"
LONG_AGO = "2026-11-20T10:00:00Z"
FOREIGN = "=1+1 \x1b[31m"


def fax(fax_id: str, status: str, **fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    numbers = {"from": "+13127367276", "to": "+13125550100"}
    common = {"connection_id": APPLICATION, **numbers, "created_at": LONG_AGO}
    return {"id": fax_id, "status": status, **common, **fields}


SEED = {
    "fax_applications": [
        {
            "id": APPLICATION,
            "application_name": "intake",
            "webhook_event_url": "https://hooks.clinic.example/fax",
        }
    ],
    "faxes": [
        fax(DELIVERED, "delivered", created_at="2026-11-21T10:00:00Z", page_count=3),
        fax(BUSY, "failed", failure_reason="user_busy", to="+13125550101"),
        fax(RECEIVED, "received", direction="inbound", **{"from": FOREIGN}),
        fax(QUEUED, "queued"),
    ],
}
STANDING_STILL = {"step_seconds": 3600}


@pytest.fixture
def account(serve: Serve) -> Served:
    return serve(seed=SEED, faxes=STANDING_STILL)


@pytest.fixture
def program(faxops: Program, account: Served) -> Program:
    return Program(faxops.folder, account.variables)


def calls(account: Served) -> list[str]:
    """The requests about faxes so far."""
    return [f"{each.method} {each.path}" for each in account.requests if "/faxes" in each.path]


def listed(program: Program, *flags: str) -> list[str]:
    ended = program("fax", "list", "--format", "json", *flags)
    assert ended.code == 0, ended.err
    check_document("fax", ended.document)
    return [each["id"] for each in ended.document["faxes"]]


def test_a_list_in_each_format(program: Program) -> None:
    check_golden(GOLDEN / "fax-list.txt", program("fax", "list").transcript("fax list"))
    ids = listed(program)
    assert sorted(ids) == sorted([DELIVERED, BUSY, RECEIVED, QUEUED])
    lines = program("fax", "list", "--format", "ndjson").out.splitlines()
    assert [json.loads(line)["id"] for line in lines] == ids
    text = program("fax", "list", "--format", "csv").out
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == ids
    assert "'=1+1 \\u{1b}[31m" in {row["from"] for row in rows}


def test_filters_and_limit_choose(program: Program) -> None:
    assert listed(program, "--direction", "inbound") == [RECEIVED]
    assert listed(program, "--to", "+13125550101") == [BUSY]
    assert listed(program, "--from", FOREIGN) == [RECEIVED]
    assert listed(program, "--since", "2026-11-21", "--until", "2026-11-21T11:00+01:00") == []
    assert listed(program, "--since", "2026-11-21", "--until", "2026-11-22") == [DELIVERED]
    assert len(listed(program, "--limit", "2")) == 2
    assert len(program("fax", "list", "--limit", "2", "--format", "csv").out.splitlines()) == 3


def test_nothing_found_is_a_header_in_csv_and_a_sentence_in_text(program: Program) -> None:
    nothing = ("fax", "list", "--until", "2020-01-01")
    assert program(*nothing).out == "There is no such fax in this account.\n"
    assert program(*nothing, "--format", "csv").out.startswith("id,created_at,direction,")
    assert program(*nothing, "--format", "ndjson").out == ""


def test_a_list_is_read_page_by_page_and_no_further_than_asked_for(
    faxops: Program, serve: Serve
) -> None:
    many = [fax(f"{n:08}-1111-4111-8111-111111111111", "delivered") for n in range(600)]
    account = serve(seed={**SEED, "faxes": many})
    program = Program(faxops.folder, account.variables)
    assert len(program("fax", "list", "--format", "ndjson").out.splitlines()) == 600
    assert len(calls(account)) == 3
    program("fax", "list", "--format", "ndjson", "--limit", "250")
    assert len(calls(account)) == 4
    # Whoever reads the first line only, as `head -1` does, ends the reading.
    with subprocess.Popen(
        [*FAXOPS, "fax", "list", "--format", "csv"],
        cwd=program.folder,
        env=program.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as run:
        assert run.stdout is not None
        assert run.stderr is not None
        run.stdout.readline()
        run.stdout.close()
        assert (run.stderr.read(), run.wait(30)) == (b"", 0)


@pytest.mark.parametrize(
    ("name", "flags"),
    [
        ("no-moment", ["--since", "yesterday"]),
        ("wrong-way-round", ["--since", "2026-11-22", "--until", "2026-11-21"]),
        ("no-plus", ["--to", "1 (312) 555-0100"]),
        ("no-limit", ["--limit", "0"]),
        ("no-direction", ["--direction", "sideways"]),
    ],
)
def test_a_wrong_filter_is_64_and_says_what_to_write(
    program: Program, account: Served, name: str, flags: list[str]
) -> None:
    failed = program("fax", "list", *flags)
    assert (failed.code, failed.out, calls(account)) == (64, "", [])
    err = re.sub(r"such as 20\d\d\S+ or 20\d\d\S+Z,", "such as <date> or <time>,", failed.err)
    transcript = Finished(failed.code, failed.out, err).transcript(f"fax list {' '.join(flags)}")
    check_golden(GOLDEN / f"fax-list-{name}.txt", transcript)


def test_durations_are_counted_back_from_now(faxops: Program, serve: Serve) -> None:
    ago = {days: (datetime.now(UTC) - timedelta(days=days)).isoformat() for days in (1, 3)}
    faxes = [fax(DELIVERED, "delivered", created_at=ago[1]), fax(BUSY, "failed", created_at=ago[3])]
    program = Program(faxops.folder, serve(seed={**SEED, "faxes": faxes}).variables)
    assert listed(program, "--since", "48h") == [DELIVERED]
    assert listed(program, "--until", "2d") == [BUSY]
    assert program("fax", "list", "--since", "999999999w").code == 64


def test_one_fax_with_its_reason(program: Program) -> None:
    shown = program("fax", "get", BUSY)
    check_golden(GOLDEN / "fax-get.txt", shown.transcript(f"fax get {BUSY}"))
    in_json = program("fax", "get", BUSY, "--format", "json")
    check_document("fax", in_json.document)
    assert in_json.document["faxes"][0]["failure"]["happened"] == "The line was busy."


def test_an_api_key_that_a_fax_repeats_is_masked(faxops: Program, serve: Serve) -> None:
    account = serve(seed={**SEED, "faxes": [fax(BUSY, "failed", failure_reason="x", to=KEY)]})
    program = Program(faxops.folder, account.variables)
    for words in (["get", BUSY], ["list", "--format", "ndjson"], ["list", "--format", "csv"]):
        ended = program("fax", *words)
        assert (ended.code, BUSY in ended.out, KEY in ended.out) == (0, True, False)


@pytest.mark.parametrize(
    "command", ["get", "wait", "cancel", "refresh", "delete", "download --out x.pdf"]
)
def test_an_unknown_id_is_told_and_a_machine_gets_its_document(
    program: Program, command: str
) -> None:
    failed = program("fax", *command.split(), NOBODY, "--format", "json")
    assert failed.code == 1
    assert "`faxops fax list` names those that are there" in failed.out
    check_document("fax", failed.document)
    assert failed.document["diagnostics"] or failed.document["deletions"]
    assert not (program.folder / "x.pdf").exists()


EVERY = ["list", *(f"{name} {NOBODY}" for name in ("get", "wait", "cancel", "refresh", "delete"))]


@pytest.mark.parametrize("command", [*EVERY, f"download {NOBODY} --out x.pdf"])
def test_without_a_key_and_with_a_wrong_one_nothing_is_done(
    faxops: Program, account: Served, command: str
) -> None:
    words = ["fax", *command.split(), "--format", "json"]
    none = faxops(*words)
    assert none.code == 64
    wrong = faxops(*words, env={**account.variables, "TELNYX_API_KEY": "a-wrong-one"})
    assert wrong.code == 4
    for failed in (none, wrong):
        check_document("fax", failed.document)
        assert len(failed.document["diagnostics"]) == 1
    mistyped = faxops(*words, "--nonsense")
    assert mistyped.code == 64
    check_document("fax", mistyped.document)
    assert calls(account) == []


def test_deletes_are_told_one_by_one(program: Program, account: Served) -> None:
    some = program("fax", "delete", DELIVERED, NOBODY, BUSY, DELIVERED)
    assert some.code == 8
    check_golden(GOLDEN / "fax-delete.txt", some.transcript("fax delete …"))
    assert len([each for each in calls(account) if each.startswith("DELETE")]) == 2
    assert sorted(listed(program)) == sorted([RECEIVED, QUEUED])
    rest = program("fax", "delete", RECEIVED, QUEUED, "--format", "json")
    assert rest.code == 0
    check_document("fax", rest.document)
    assert [each["outcome"] for each in rest.document["deletions"]] == ["applied", "applied"]


def test_a_delete_whose_answer_is_lost_is_settled(faxops: Program, serve: Serve) -> None:
    account = serve({"method": "DELETE", "fault": "lost_after", "times": 1}, seed=SEED)
    ended = faxops("fax", "delete", DELIVERED, env=account.variables)
    assert (ended.code, ended.out) == (0, f"Deleted: {DELIVERED}\n")


@pytest.mark.parametrize(
    ("fault", "code", "outcome"),
    [
        pytest.param({"kind": "status", "status": 423}, 1, "not_applied", id="refused"),
        pytest.param({"kind": "status", "status": 403}, 4, "not_applied", id="not permitted"),
    ],
)
def test_a_delete_that_is_refused_ends_in_the_cause(
    faxops: Program,
    serve: Serve,
    fault: Mapping[str, Any],
    code: int,
    outcome: str,
) -> None:
    account = serve({"method": "DELETE", "fault": fault}, seed=SEED)
    ended = faxops("fax", "delete", DELIVERED, "--format", "json", env=account.variables)
    assert (ended.code, ended.document["deletions"][0]["outcome"]) == (code, outcome)


def test_a_fax_that_is_being_sent_is_cancelled(program: Program) -> None:
    ended = program("fax", "cancel", QUEUED)
    assert ended.code == 0
    check_golden(GOLDEN / "fax-cancel.txt", ended.transcript(f"fax cancel {QUEUED}"))
    waited = program("fax", "wait", QUEUED, "--max-wait", "1")
    assert (waited.code, "sender_canceled" in waited.out) == (8, True)


@pytest.mark.parametrize(("name", "fax_id"), [("late", DELIVERED), ("inbound", RECEIVED)])
def test_a_cancel_that_can_not_be_is_explained(program: Program, name: str, fax_id: str) -> None:
    failed = program("fax", "cancel", fax_id)
    assert failed.code == 1
    check_golden(GOLDEN / f"fax-cancel-{name}.txt", failed.transcript(f"fax cancel {fax_id}"))
    in_json = program("fax", "cancel", fax_id, "--format", "json")
    check_document("fax", in_json.document)
    assert [each["id"] for each in in_json.document["faxes"]] == [fax_id]


def test_a_cancel_that_is_too_late_is_explained_though_the_fax_can_not_be_read(
    faxops: Program, serve: Serve
) -> None:
    broken = {"method": "GET", "path": "/faxes/*", "fault": {"kind": "status", "status": 400}}
    account = serve(broken, seed=SEED)
    failed = faxops("fax", "cancel", DELIVERED, "--format", "json", env=account.variables)
    (told,) = failed.document["diagnostics"]
    assert (failed.code, failed.document["faxes"]) == (1, [])
    assert "can't be cancelled: it is no longer being sent (90080)" in told["summary"]


def test_a_cancel_whose_answer_is_lost_is_unknown_and_not_repeated(
    faxops: Program, serve: Serve
) -> None:
    account = serve({"method": "POST", "fault": "lost_after"}, seed=SEED, faxes=STANDING_STILL)
    failed = faxops("fax", "cancel", QUEUED, env=account.variables)
    assert (failed.code, failed.out, account.writes) == (9, "", ["POST"])
    assert f"`faxops fax get {QUEUED}` shows how it stands" in failed.err


def test_a_refresh_prints_the_link_alone(program: Program) -> None:
    ended = program("fax", "refresh", RECEIVED)
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.startswith("http://127.0.0.1:")
    assert ended.out.count("\n") == 1


def test_a_wait_tells_each_change_and_how_it_ended(faxops: Program, serve: Serve) -> None:
    account = serve(seed=SEED, faxes={"step_seconds": 0.2})
    program = Program(faxops.folder, account.variables)
    ended = program("fax", "wait", QUEUED)
    assert ended.code == 0
    assert ended.out.endswith("to +13125550100: delivered.\n")
    told = [line.rpartition(": ")[2] for line in ended.err.splitlines()]
    assert told[-1] == "delivered."
    assert len(told) == len(set(told)) >= 1
    quiet = program("fax", "wait", RECEIVED, "-q")
    assert (quiet.code, quiet.err) == (0, "")
    failed = program("fax", "wait", BUSY, "--format", "json")
    assert failed.code == 8
    check_document("fax", failed.document)
    assert failed.document["faxes"][0]["failure"]["reason"] == "user_busy"


def test_a_wait_whose_time_is_over_is_9_and_says_what_to_run(program: Program) -> None:
    failed = program("fax", "wait", QUEUED, "--max-wait", "0", "--format", "json")
    assert failed.code == 9
    check_document("fax", failed.document)
    assert failed.document["faxes"][0]["status"] == "queued"
    assert f"`faxops fax wait {QUEUED}`" in failed.document["diagnostics"][0]["suggestion"]
    assert program("fax", "wait", QUEUED, "--max-wait", "-1").code == 64


def test_a_wait_on_a_terminal_has_one_line_that_changes(faxops: Program, serve: Serve) -> None:
    account = serve(seed=SEED, faxes=STANDING_STILL)
    program = Program(faxops.folder, account.variables)
    terminal = program.on_terminal("fax", "wait", QUEUED)
    terminal.see("queued, from +13127367276 to +13125550100")
    assert program("fax", "cancel", QUEUED).code == 0
    terminal.see("failed, from +13127367276 to +13125550100")
    ended = terminal.end()
    assert ended.code == 8
    assert "sender_canceled" in ended.out
    assert "\x1b[2K" in ended.out  # the line is taken away


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_wait_that_is_interrupted_ends_at_once(
    program: Program, account: Served, number: signal.Signals
) -> None:
    with program.start("fax", "wait", QUEUED, "--format", "json") as run:
        limit = time.monotonic() + 20
        while not calls(account):
            assert time.monotonic() < limit
            time.sleep(0.02)
        run.send_signal(number)
        ended, seconds = finish(run)
    assert (ended.code, account.writes) == (130, [])
    assert seconds < 2
    assert "Traceback" not in ended.err
    check_document("fax", ended.document)


def test_deletes_that_are_interrupted_end_with_the_one_under_way(
    faxops: Program, serve: Serve
) -> None:
    account = serve(hang("DELETE", 1), seed=SEED)
    command = ["fax", "delete", DELIVERED, BUSY, RECEIVED, "--format", "json"]
    with faxops.start(*command, env=account.variables) as run:
        wait_for(account, "DELETE")
        run.send_signal(signal.SIGTERM)
        ended, _ = finish(run)
    assert (ended.code, account.writes) == (8, ["DELETE"])
    check_document("fax", ended.document)
    results = [each["outcome"] for each in ended.document["deletions"]]
    assert results == ["applied", "not_attempted", "not_attempted"]


def test_a_cancel_that_is_interrupted_without_an_answer_is_unknown(
    faxops: Program, serve: Serve
) -> None:
    account = serve(hang("POST", 25), seed=SEED, faxes=STANDING_STILL)
    with faxops.start("fax", "cancel", QUEUED, "--format", "json", env=account.variables) as run:
        wait_for(account, "POST")
        run.send_signal(signal.SIGTERM)
        ended, seconds = finish(run)
    assert (ended.code, account.writes) == (9, ["POST"])
    assert 4.5 < seconds < 8
    check_document("fax", ended.document)


def test_a_document_is_saved_for_its_owner_and_never_over_another(program: Program) -> None:
    file = program.folder / "fax.pdf"
    saved = program("fax", "download", RECEIVED, "--out", "fax.pdf")
    assert (saved.code, saved.err) == (0, "")
    assert saved.out == f"Saved fax {RECEIVED} as fax.pdf, {file.stat().st_size} bytes.\n"
    assert file.read_bytes().startswith(b"%PDF")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("mine")
    again = program("fax", "download", RECEIVED, "--out", "fax.pdf", "--format", "json")
    assert (again.code, file.read_text()) == (64, "mine")
    check_document("fax", again.document)
    forced = program("fax", "download", RECEIVED, "--out", "fax.pdf", "--force", "--format", "json")
    assert forced.code == 0
    check_document("fax", forced.document)
    assert forced.document["saved"] == {"file": "fax.pdf", "bytes": file.stat().st_size}
    assert [each.name for each in program.folder.glob(".faxops.*")] == []


def test_the_emulator_in_the_same_process_does_all_that_too(embedded: Program) -> None:
    assert embedded("fax", "list").out == "There are no faxes in this account.\n"
    assert embedded("fax", "get", NOBODY).code == 1


@pytest.mark.parametrize("command", ["list", f"get {BUSY}", f"refresh {RECEIVED}"])
def test_a_result_that_can_not_be_written_is_no_success(program: Program, command: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*FAXOPS, "fax", *command.split()],
            cwd=program.folder,
            env=program.environment(),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 1
    assert "Standard output could not be written" in done.stderr
    assert "Traceback" not in done.stderr
