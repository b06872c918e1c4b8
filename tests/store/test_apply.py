"""`apply`, `history` and `unlock` as processes, on real databases, with holders that die."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from faxops.store.database import Database
from faxops.store.leases import DatabaseLock, leases
from faxops.store.lock import Holder
from faxops.system_clock import SystemClock
from tests.cli.live import KEY, Served, configuration, seeded, serving
from tests.cli.running import Program
from tests.report.schema_check import check_document
from tests.store.postgres import Server, programs

pytestmark = pytest.mark.slow

Serve = Callable[..., Served]

APPLY = ("apply", "--auto-approve")

SHORT_LEASES = """
import sys
from faxops.cli import apply_run
from faxops.cli.program import run
from faxops.system_clock import SystemClock
from faxops.store.leases import DatabaseLock, Terms

apply_run.open_lock = lambda database, tell: DatabaseLock(
    database, SystemClock(), tell, Terms(length=2, margin=0.5)
)
run(sys.argv[1:])
"""


@pytest.fixture
def faxops(tmp_path: Path) -> Program:
    """faxops in a folder of its own."""
    return Program(tmp_path)


@pytest.fixture
def serve() -> Generator[Serve]:
    """Serve emulators until the test ends; takes what `serving` takes."""
    with ExitStack() as stack:
        yield lambda *rules, **settings: stack.enter_context(serving(*rules, **settings))


def hang(method: str, seconds: float, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"method": method, "fault": {"kind": "hang", "seconds": seconds}, **more}


def wait_for(account: Served, method: str, count: int = 1) -> None:
    """Until so many requests of the method have reached the API."""
    limit = time.monotonic() + 20
    while sum(each.method == method for each in account.requests) < count:
        assert time.monotonic() < limit, f"no {method} came"
        time.sleep(0.02)


def history(faxops: Program, variables: dict[str, str]) -> list[dict[str, Any]]:
    told = faxops("history", "--format", "json", env=variables)
    assert told.code == 0, told.err
    check_document("history", told.document)
    return told.document["runs"]


def whole_run(faxops: Program, run_id: str, variables: dict[str, str]) -> dict[str, Any]:
    told = faxops("history", run_id, "--format", "json", env=variables)
    check_document("history", told.document)
    (run,) = told.document["runs"]
    return run


@pytest.fixture
def variables(url: str) -> dict[str, str]:
    """What makes faxops use the store, and an identity to be found again."""
    return {
        "FAXOPS_STATE": url,
        "GITHUB_ACTOR": "octo",
        "GITHUB_SERVER_URL": "https://github.example",
        "GITHUB_REPOSITORY": "clinic/fax",
        "GITHUB_RUN_ID": "77",
    }


def test_a_machine_applies_a_stack_once_at_a_time_and_a_killed_run_is_no_hindrance(
    faxops: Program, serve: Serve
) -> None:
    account = serve(hang("POST", 20, times=1))
    faxops.write("faxops.yaml", configuration("intake"))
    with faxops.start(*APPLY, env=account.variables) as first:
        wait_for(account, "POST")
        second = faxops(*APPLY, "--format", "json", env=account.variables)
        assert second.code == 7
        check_document("outcome", second.document)
        (found,) = second.document["plan"]["diagnostics"]
        assert found["code"] == "FX770"
        assert f"(pid {first.pid})" in found["summary"]
        assert "unlock" not in found["suggestion"]
        faxops.write("faxops.yaml", configuration("intake").replace("clinic\n", "other\n"))
        assert faxops(*APPLY, env=account.variables).code == 0
        first.kill()
    faxops.write("faxops.yaml", configuration("intake"))
    assert faxops(*APPLY, env=account.variables).code != 7


def test_reading_commands_take_no_lock(
    faxops: Program, serve: Serve, variables: dict[str, str]
) -> None:
    account = serve(hang("POST", 20, times=1))
    faxops.write("faxops.yaml", configuration("intake"))
    env = {**account.variables, **variables}
    with faxops.start(*APPLY, env=env) as first:
        wait_for(account, "POST")
        codes = [faxops(each, env=env).code for each in ("validate", "plan", "drift")]
        first.kill()
    assert codes == [0, 0, 0]


def test_a_killed_run_blocks_until_it_is_unlocked_and_stays_in_the_history(
    faxops: Program, serve: Serve, variables: dict[str, str]
) -> None:
    account = serve(hang("PATCH", 20, times=1), seed=seeded("Reception"))
    (live,) = account.applications()
    imports = f'imports: [{{id: "{live["id"]}", to: intake}}]'
    faxops.write("faxops.yaml", configuration("intake", top=imports))
    env = {**account.variables, **variables}
    with faxops.start(*APPLY, env=env) as first:
        wait_for(account, "PATCH")
        (running,) = history(faxops, variables)
        assert running["status"] == "running"
        first.kill()

    locked = faxops(*APPLY, env=env)
    assert locked.code == 7
    token = running["token"]
    assert "locked by octo on " in locked.err
    assert "run https://github.example/clinic/fax/actions/runs/77." in locked.err
    assert f"faxops unlock --token {token}" in locked.err

    wrong = faxops("unlock", "--token", str(token + 1), env=variables)
    assert wrong.code == 64
    assert f"There is no lock with token {token + 1}; nothing was removed." in wrong.err
    assert f"There are: {token} (clinic, octo on " in wrong.err
    assert faxops(*APPLY, env=env).code == 7

    right = faxops("unlock", "--token", str(token), env=variables)
    assert right.code == 0
    assert "Unlocked the stack clinic at http://127.0.0.1" in right.out
    assert "held by octo on " in right.out
    assert faxops(*APPLY, env=env).code == 0

    last, killed = history(faxops, variables)
    assert (last["status"], last["exit_code"]) == ("finished", 0)
    assert last["token"] > killed["token"] == token
    assert (killed["status"], killed["exit_code"]) == ("interrupted", None)
    (change,) = whole_run(faxops, killed["run_id"][:8], variables)["report"]["changes"]
    assert change["outcome"] == "unknown"
    assert change["before"] == live
    assert "interrupted" in faxops("history", killed["run_id"], env=variables).out


def test_the_history_tells_what_was_done_by_whom_with_which_requests(
    faxops: Program, serve: Serve, variables: dict[str, str]
) -> None:
    account = serve()
    faxops.write("faxops.yaml", configuration("intake", "records"))
    absent = faxops("history", "--format", "json", env=variables)
    assert absent.code == 64
    check_document("history", absent.document)
    subprocess.run(["sh", "-c", COMMIT], cwd=faxops.folder, check=True, capture_output=True)
    applied = faxops(*APPLY, "--format", "json", env={**account.variables, **variables})
    assert applied.code == 0
    faxops.write("faxops.yaml", configuration())
    assert faxops(*APPLY, env={**account.variables, **variables}).code == 5

    refused, done = history(faxops, variables)
    assert refused["exit_code"] == 5
    assert refused["git_commit"] == done["git_commit"] + "-dirty"
    assert len(done["git_commit"]) == 40
    assert done["run_id"] == applied.document["run_id"]
    assert done["summary"] == applied.document["summary"]
    whole = whole_run(faxops, done["run_id"], variables)
    assert whole["report"] == applied.document
    sent = [(each["method"], each["status"]) for each in whole["requests"]]
    assert sent == [("POST", 201), ("POST", 201)]
    assert all(each["request_id"] for each in whole["requests"])
    assert "exit 0: 2 added" in faxops("history", env=variables).out
    assert "2 to add" in faxops("history", done["run_id"], env=variables).out


COMMIT = """
git init -q . && git add faxops.yaml &&
git -c user.name=t -c user.email=t@example.com commit -q -m first
"""


def test_an_apply_that_fails_before_its_first_write_is_in_the_history(
    faxops: Program, serve: Serve, variables: dict[str, str]
) -> None:
    forbidden = {"kind": "status", "status": 403}
    account = serve({"method": "GET", "path": "/fax_applications", "fault": forbidden})
    faxops.write("faxops.yaml", configuration("intake"))
    assert faxops(*APPLY, env={**account.variables, **variables}).code == 4
    (kept,) = history(faxops, variables)
    assert (kept["status"], kept["exit_code"]) == ("finished", 4)
    assert "403" in faxops("history", kept["run_id"], env=variables).out


def test_no_secret_is_in_the_store(faxops: Program, serve: Serve) -> None:
    account = serve()
    recipient = "nurse-7f3a@clinic.example"
    faxops.write(
        "faxops.yaml",
        configuration(
            "intake", top="env: [MAILBOX]", fields='fax_email_recipient: "${env.MAILBOX}"'
        ),
    )
    store = {"FAXOPS_STATE": f"sqlite:///{faxops.folder}/store.db"}
    env = {**account.variables, **store, "MAILBOX": recipient, "GITHUB_ACTOR": recipient}
    assert faxops(*APPLY, env=env).code == 0
    assert len(history(faxops, store)) == 1
    stored = (faxops.folder / "store.db").read_bytes()
    assert recipient.encode() not in stored
    assert b"nurse-7f3a" not in stored
    assert KEY.encode() not in stored


def test_who_may_wait_goes_on_when_the_other_has_ended(
    faxops: Program, serve: Serve, variables: dict[str, str]
) -> None:
    account = serve(hang("POST", 1.5, times=1))
    faxops.write("faxops.yaml", configuration("intake"))
    env = {**account.variables, **variables}
    with faxops.start(*APPLY, env=env) as first:
        wait_for(account, "POST")
        second = faxops(*APPLY, "--lock-timeout", "20", env=env)
        assert first.wait(20) == 0
    assert second.code == 0
    assert "Waiting for the lock of the stack clinic, held by octo on " in second.err
    assert "No changes." in second.out
    assert account.writes == ["POST"]


def test_a_signal_gives_the_lock_back(
    faxops: Program, serve: Serve, variables: dict[str, str], url: str
) -> None:
    account = serve(hang("GET", 20, path="/fax_applications"))
    faxops.write("faxops.yaml", configuration("intake"))
    with faxops.start(*APPLY, env={**account.variables, **variables}) as run:
        wait_for(account, "GET", 2)
        assert len(leases(Database(url, create=False))) == 1
        run.send_signal(signal.SIGTERM)
        assert run.wait(20) == 130
    assert leases(Database(url, create=False)) == ()


@pytest.mark.parametrize(
    ("rule", "writes"),
    [
        pytest.param(
            hang("GET", 0.5, path="/fax_applications", after=1, times=1), [], id="before-the-first"
        ),
        pytest.param(
            {
                "method": "POST",
                "times": 1,
                "fault": {"kind": "status", "status": 429, "headers": {"retry-after": "1"}},
            },
            ["POST"],
            id="before-a-second-try",
        ),
        pytest.param(hang("POST", 0.5, times=1), ["POST"], id="between-two-writes"),
    ],
)
def test_a_run_that_was_frozen_past_its_lease_sends_nothing_more(
    faxops: Program,
    serve: Serve,
    url: str,
    rule: dict[str, Any],
    writes: list[str],
) -> None:
    account = serve(rule)
    faxops.write("faxops.yaml", configuration("a", "b"))
    frozen_at = ("GET", 3) if rule["method"] == "GET" else ("POST", 1)
    with subprocess.Popen(
        [sys.executable, "-c", SHORT_LEASES, *APPLY, "--format", "json"],
        cwd=faxops.folder,
        env=faxops.environment({**account.variables, "FAXOPS_STATE": url}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as run:
        wait_for(account, *frozen_at)
        run.send_signal(signal.SIGSTOP)
        (held,) = leases(Database(url, create=False))
        others = DatabaseLock(Database(url, create=False), SystemClock(), lambda _: None)
        taken: list[int | None] = []

        async def take_over() -> None:
            holder = Holder("run-2", "other", "elsewhere", os.getpid())
            async with others.hold(held.scope, holder, patience=20) as lease:
                taken.append(lease.token)
                run.send_signal(signal.SIGCONT)
                await asyncio.to_thread(run.wait, 60)

        try:
            asyncio.run(take_over())
        except BaseException:
            run.kill()  # it may be frozen, and would then be waited for without end
            raise
        out, err = run.communicate()
    assert (taken[0] or 0) > (held.token or 0)
    assert account.writes == writes
    assert run.returncode in {1, 8}, err
    document = json.loads(out)
    assert document["summary"]["not_attempted"] + document["summary"]["failed"] > 0
    assert "lock" in document["stopped"]
    assert "Nothing more is sent" in err or "not be renewed" in document["stopped"]


if programs():

    @pytest.mark.parametrize("report", ["json", "text"])
    def test_a_database_that_goes_away_half_way_costs_no_report(
        faxops: Program, serve: Serve, postgres: Server, report: str
    ) -> None:
        account = serve(hang("POST", 1, times=1))
        faxops.write("faxops.yaml", configuration("a", "b"))
        env = {**account.variables, "FAXOPS_STATE": postgres.new_database()}
        try:
            with faxops.start(*APPLY, "--format", report, env=env) as run:
                wait_for(account, "POST")
                postgres.stop()
                out, err = run.communicate(timeout=60)
        finally:
            postgres.start()
        assert run.returncode == 8
        assert account.writes == ["POST", "POST"]
        assert "The history does not show the end of this run: The store postgresql://" in err
        assert "could not be given back and ends within 60 s" in err
        assert "Traceback" not in err
        if report == "json":
            assert json.loads(out)["summary"]["added"] == 2
        else:
            assert out.endswith("Apply complete! Resources: 2 added, 0 changed, 0 destroyed.\n")

    def test_a_database_that_is_gone_before_the_first_write_ends_the_run(
        faxops: Program, serve: Serve, postgres: Server
    ) -> None:
        account = serve()
        faxops.write("faxops.yaml", configuration("a"))
        url = postgres.new_database()
        postgres.stop()
        try:
            ended = faxops(
                *APPLY, "--format", "json", env={**account.variables, "FAXOPS_STATE": url}
            )
        finally:
            postgres.start()
        assert ended.code == 1
        assert ended.document["plan"]["diagnostics"][0]["code"] == "FX905"
        assert account.requests == ()


def test_a_password_on_the_command_line_is_refused_and_not_repeated(
    faxops: Program, serve: Serve
) -> None:
    faxops.write("faxops.yaml", configuration("a"))
    url = "postgresql://fax:s3cret-word@db.example/fax"
    ended = faxops(*APPLY, "--state", url, env=serve().variables)
    assert ended.code == 64
    assert "PGPASSWORD" in ended.err
    assert "s3cret" not in ended.out + ended.err


def test_a_folder_for_locks_that_cannot_be_made_is_named(faxops: Program, serve: Serve) -> None:
    faxops.write("faxops.yaml", configuration("a"))
    faxops.write("file", "")
    state_home = {"XDG_STATE_HOME": str(faxops.folder / "file")}
    account = serve()
    ended = faxops(*APPLY, env={**account.variables, **state_home})
    assert ended.code == 1
    assert "FX904" in ended.err
    assert "--state" in ended.err
    assert account.writes == []
