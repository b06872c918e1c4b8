"""`faxops drift` from cron: metrics, memory, notifications, and who it was."""

from __future__ import annotations

import signal
import stat
import time
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from faxops.store.database import DRIFTS, NOTICES, Database
from tests.cli.live import KEY, Served, configuration, seeded
from tests.cli.receiver import Receiver, receiving
from tests.cli.running import Finished, Program
from tests.golden import check_golden
from tests.report.schema_check import check_document
from tests.report.test_metrics import values

pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
ELSEWHERE = "https://elsewhere.example/fax"
FORBIDDEN = {"path": "/audit_events", "fault": {"kind": "status", "status": 403}}
HANGING = {"method": "GET", "fault": {"kind": "hang", "seconds": 20}}
Serve = Callable[..., Served]


@pytest.fixture
def account(serve: Serve) -> Served:
    return serve(seed=seeded("unmanaged"))


@pytest.fixture
def program(faxops: Program, account: Served) -> Program:
    """faxops beside a configuration that was applied; metrics and state lie beside it, too."""
    return applied(faxops, account)


@pytest.fixture
def receiver() -> Generator[Receiver]:
    with receiving() as receiver:
        yield receiver


def applied(faxops: Program, account: Served) -> Program:
    program = Program(faxops.folder, {**account.variables, "FAXOPS_METRICS": "drift.prom"})
    program.write("faxops.yaml", configuration("intake"))
    assert program("apply", "--auto-approve").code == 0
    return program


def intake(account: Served) -> str:
    (found,) = (e["id"] for e in account.applications() if e["application_name"] == "intake")
    return found


def drift(account: Served, url: str = ELSEWHERE) -> None:
    account.change(intake(account), webhook_event_url=url)


def mend(program: Program) -> None:
    assert program("apply", "--auto-approve").code == 0


def metrics(program: Program) -> dict[str, float]:
    return values((program.folder / "drift.prom").read_text())


def store(program: Program) -> Database:
    return Database(f"sqlite:///{program.folder / 'store.db'}", create=False)


# --metrics


def test_in_sync_and_drift_are_two_metrics(program: Program, account: Served) -> None:
    assert program("drift").code == 0
    before = metrics(program)
    drift(account)
    assert program("drift").code == 2
    after = metrics(program)
    names = ("faxops_drifted_applications", "faxops_run_exit_code", "faxops_unmanaged_applications")
    assert [before[name] for name in names] == [0, 0, 1]
    assert [after[name] for name in names] == [1, 2, 1]
    name = "faxops_last_success_timestamp_seconds"
    assert after[name] > before[name]
    text = (program.folder / "drift.prom").read_text()
    assert 'faxops_run_exit_code{environment="",stack="clinic"} 2.0' in text


def test_the_file_is_readable_by_all_and_alone(program: Program) -> None:
    assert program("drift").code == 0
    assert program("drift").code == 0
    mode = stat.S_IMODE((program.folder / "drift.prom").stat().st_mode)
    assert mode == 0o644
    assert [each.name for each in program.folder.glob("*drift.prom*")] == ["drift.prom"]
    assert [each.name for each in program.folder.glob(".*")] == []


@pytest.mark.parametrize(
    ("arguments", "env", "text", "code"),
    [
        pytest.param([], {"TELNYX_BASE_URL": "http://127.0.0.1:9"}, None, 1, id="unreachable"),
        pytest.param([], {}, "version: 1\nstack: clinic\nsurprise: 1\n", 3, id="invalid"),
        pytest.param([], {"TELNYX_API_KEY": "KEY-wrong"}, None, 4, id="not permitted"),
        pytest.param(["-e", "nowhere"], {}, None, 64, id="no such environment"),
    ],
)
def test_each_failure_has_its_exit_and_metrics_of_its_own(
    program: Program, arguments: list[str], env: dict[str, str], text: str | None, code: int
) -> None:
    assert program("drift").code == 0
    before = metrics(program)
    if text is not None:
        program.write("faxops.yaml", text)
    failed = program("drift", *arguments, env=env)
    assert failed.code == code, failed.err
    after = metrics(program)
    assert after["faxops_run_exit_code"] == code
    assert "faxops_drifted_applications" not in after
    assert after["faxops_last_run_timestamp_seconds"] > before["faxops_last_run_timestamp_seconds"]
    assert ("faxops_api_requests_total GET none" in after) == (code == 1)
    kept = after.get("faxops_last_success_timestamp_seconds")
    success = before["faxops_last_success_timestamp_seconds"]
    assert kept == (success if code != 64 else None)  # 64: the file is of no environment


def test_an_interrupted_run_leaves_metrics(faxops: Program, serve: Serve) -> None:
    account = serve(HANGING)
    faxops.write("faxops.yaml", configuration("intake"))
    with faxops.start("drift", "--metrics", "drift.prom", env=account.variables) as run:
        limit = time.monotonic() + 20
        while not account.requests:
            assert time.monotonic() < limit
            time.sleep(0.02)
        run.send_signal(signal.SIGTERM)
        assert run.wait(timeout=20) == 130
    assert metrics(faxops)["faxops_run_exit_code"] == 130


def test_metrics_that_cannot_be_written_are_a_failure(program: Program) -> None:
    failed = program("drift", "--metrics", "nowhere/drift.prom")
    assert failed.code == 1
    assert "Error: The metrics nowhere/drift.prom could not be written:" in failed.err
    assert failed.out.startswith("No changes.")


# --state


def aged(program: Program) -> None:
    with store(program).transaction() as connection:
        connection.execute(update(DRIFTS).values(first_seen=0.0))
        connection.execute(update(NOTICES).values(notified_at=0.0))


def first_seen(found: Finished) -> list[str]:
    check_document("plan", found.document)
    return [each["first_seen"] for each in found.document["resource_changes"]]


def test_a_drift_is_known_since_it_was_first_seen(program: Program, account: Served) -> None:
    drift(account)
    run = ("drift", "--format", "json", "--state", "sqlite:///store.db")
    (began,) = first_seen(program(*run))
    assert began > "2026"
    aged(program)
    assert first_seen(program(*run)) == ["1970-01-01T00:00:00+00:00"]
    drift(account, "https://third.example/fax")
    assert first_seen(program(*run)) != ["1970-01-01T00:00:00+00:00"]
    aged(program)
    mend(program)
    assert first_seen(program(*run)) == []
    drift(account)
    assert first_seen(program(*run)) != ["1970-01-01T00:00:00+00:00"]


def test_without_a_store_nothing_is_said_of_it(program: Program, account: Served) -> None:
    drift(account)
    (change,) = program("drift", "--format", "json").document["resource_changes"]
    assert not {"first_seen", "who"} & set(change)


def test_no_value_is_kept_in_the_store(program: Program, account: Served) -> None:
    drift(account, "https://very-secret-host.example/fax")
    assert program("drift", "--state", "sqlite:///store.db").code == 2
    assert b"very-secret-host" not in (program.folder / "store.db").read_bytes()


def test_a_store_that_is_gone_is_a_failure_with_metrics(program: Program) -> None:
    failed = program("drift", "--state", "postgresql://nobody@127.0.0.1:9/none")
    assert failed.code == 1
    assert "FX905" in failed.err
    assert metrics(program)["faxops_run_exit_code"] == 1


# --who


def test_who_made_the_drift_is_as_reviewed(program: Program, account: Served) -> None:
    drift(account)
    told = program("drift", "--who", "--state", "sqlite:///store.db", "--report", "drift.md")
    check_golden(GOLDEN / "drift-who.txt", told.transcript("drift --who"))
    assert "# first seen 20" in (program.folder / "drift.md").read_text()
    assert "(account_owner): webhook_event_url " in (program.folder / "drift.md").read_text()


def who(program: Program, *more: str) -> dict[str, list[dict[str, Any]]]:
    found = program("drift", "--who", "--format", "json", "--report", "drift.html", *more)
    assert found.code == 2, found.err
    check_document("plan", found.document)
    return {each["address"]: each["who"] for each in found.document["resource_changes"]}


def test_an_event_names_actor_time_field_and_values(program: Program, account: Served) -> None:
    drift(account)
    account.change(intake(account), active=False)
    newest, older = who(program)["fax_application.intake"]
    assert (newest["field"], newest["from"], newest["to"]) == ("active", True, False)
    assert older["to"] == ELSEWHERE
    assert older["actor"] == "3f1c9a52-7d60-4e0b-9b1e-5a8f0c2d7e64"
    assert older["actor_kind"] == "account_owner"
    assert older["at"] <= newest["at"]
    assert ELSEWHERE in (program.folder / "drift.html").read_text()


def test_the_log_is_read_only_for_drift(program: Program, account: Served) -> None:
    assert program("drift", "--who").code == 0
    assert not [each for each in account.requests if "audit_events" in each.path]


def test_an_object_that_is_gone_has_nobody(program: Program) -> None:
    program.write("faxops.yaml", configuration("intake", "second"))
    assert who(program)["fax_application.second"] == []
    text = program("drift", "--who").out
    assert "    nobody is named: audit events are found by id, and nothing with one" in text


def test_what_is_sensitive_is_hidden(faxops: Program, serve: Serve) -> None:
    account = serve(behaviours={"recipient_in_replies": "present"})
    program = Program(faxops.folder, {**account.variables, "MAILBOX": "wanted@clinic.example"})
    top = "env: [MAILBOX]"
    text = configuration("intake", top=top, fields="fax_email_recipient: ${env.MAILBOX}")
    program.write("faxops.yaml", text)
    assert program("apply", "--auto-approve").code == 0
    account.change(intake(account), fax_email_recipient="other@clinic.example")
    (event,) = (e for e in who(program)["fax_application.intake"] if e["from"] is not None)
    assert (event["from"], event["to"]) == ("(sensitive)", "(sensitive)")
    run = program("drift", "--who", "--state", "sqlite:///store.db")
    html = (program.folder / "drift.html").read_text()
    database = (program.folder / "store.db").read_bytes().decode("latin-1")
    for secret in ("wanted@", "other@"):
        assert secret not in run.out + run.err + html + database


def test_a_log_that_may_not_be_read_is_one_line(faxops: Program, serve: Serve) -> None:
    account = serve(FORBIDDEN)
    program = applied(faxops, account)
    drift(account)
    told = program("drift", "--who")
    assert told.code == 2
    check_golden(GOLDEN / "drift-who-forbidden.txt", told.transcript("drift --who"))
    check_document("plan", program("drift", "--who", "--format", "json").document)


# --notify


class Cron:
    """The job, which tells the receiver."""

    def __init__(self, program: Program, receiver: Receiver) -> None:
        self.program, self.receiver = program, receiver

    def __call__(self, *arguments: str, **env: str) -> Finished:
        told = {"FAXOPS_NOTIFY": self.receiver.url, "FAXOPS_STATE": "sqlite:///store.db"}
        return self.program("drift", *arguments, env={**told, **env})


@pytest.fixture
def cron(program: Program, receiver: Receiver) -> Cron:
    return Cron(program, receiver)


DRIFTED = "faxops: clinic has drifted"
ENDED = "faxops: clinic is in sync again"


def test_a_drift_is_told_once_and_its_end_once(cron: Cron, account: Served) -> None:
    assert cron().code == 0
    assert cron.receiver.titles == []
    drift(account)
    assert [cron().code for _ in range(2)] == [2, 2]
    assert cron.receiver.titles == [DRIFTED]
    drift(account, "https://third.example/fax")
    assert cron().code == 2
    assert cron.receiver.titles == [DRIFTED, DRIFTED]
    mend(cron.program)
    assert [cron().code for _ in range(2)] == [0, 0]
    assert cron.receiver.titles == [DRIFTED, DRIFTED, ENDED]
    body = cron.receiver.came[0]["message"]
    assert body.startswith("### faxops drift of `clinic`")
    assert ELSEWHERE in body
    assert "first seen" in body


def test_what_lasts_is_told_again_after_a_while(cron: Cron, account: Served) -> None:
    drift(account)
    cron()
    aged(cron.program)
    cron()
    assert cron.receiver.titles == [DRIFTED] * 2


def test_failures_are_told_once_for_each_change_of_state(cron: Cron) -> None:
    down = {"TELNYX_BASE_URL": cron.program.variables["TELNYX_BASE_URL"], "TELNYX_API_KEY": "KEY-x"}
    assert [cron(**down).code for _ in range(2)] == [4, 4]
    unknown = "faxops: The drift of clinic is not known"
    assert cron.receiver.titles == [unknown]
    assert "FX801" in cron.receiver.came[0]["message"]
    cron.program.write("faxops.yaml", "version: 2\n")
    assert [cron().code for _ in range(2)] == [3, 3]
    assert cron.receiver.titles == [unknown, "faxops: The drift of a stack is not known"]
    cron.program.write("faxops.yaml", configuration("intake"))
    assert cron().code == 0
    assert cron.receiver.titles[2:] == [ENDED]


def test_a_notification_that_fails_is_tried_again(cron: Cron, account: Served) -> None:
    drift(account)
    cron.receiver.status = 500
    failed = cron()
    assert failed.code == 2
    assert failed.err == ("Error: The notification was not delivered; the next run tries again.\n")
    assert metrics(cron.program)["faxops_run_exit_code"] == 2
    cron.receiver.status = 200
    assert cron().err == ""
    assert cron.receiver.titles == [DRIFTED]


def test_unmanaged_applications_are_told_of_where_they_count(cron: Cron) -> None:
    assert cron("--fail-on-unmanaged").code == 2
    assert cron.receiver.titles == [DRIFTED]


def test_a_body_is_at_most_four_thousand_characters(
    faxops: Program, serve: Serve, receiver: Receiver
) -> None:
    account = serve()
    cron = Cron(Program(faxops.folder, account.variables), receiver)
    cron.program.write("faxops.yaml", configuration(*(f"clinic-{n}" for n in range(60))))
    assert cron().code == 2
    (told,) = receiver.came
    assert len(told["message"]) <= 4000
    assert "not shown here" in told["message"]


def test_notify_needs_a_store_and_says_why(program: Program) -> None:
    failed = program("drift", "--notify", "json://127.0.0.1:9")
    assert failed.code == 64
    assert "--notify needs --state" in failed.err
    assert metrics(program)["faxops_run_exit_code"] == 64


def test_a_url_with_a_secret_is_refused_on_the_command_line(faxops: Program) -> None:
    failed = faxops("drift", "--notify", "json://user:hush-hush@clinic.example")
    assert failed.code == 64
    assert "FAXOPS_NOTIFY" in failed.err
    assert "hush-hush" not in failed.err + failed.out


def test_no_part_of_the_url_is_told_when_sending_fails(cron: Cron, account: Served) -> None:
    drift(account)
    failed = cron("-vvv", FAXOPS_NOTIFY="json://user:hush-hush@127.0.0.1:9/hush-path")
    assert failed.code == 2
    assert "not delivered" in failed.err
    assert "hush" not in failed.err + failed.out
    assert KEY not in failed.err


def test_a_reminder_that_is_no_length_of_time_is_wrong_usage(faxops: Program) -> None:
    failed = faxops("drift", "--remind", "soon")
    assert failed.code == 64
    assert "24h, 7d" in failed.err


def test_without_apprise_the_message_names_the_extra(faxops: Program) -> None:
    faxops.write("hidden/apprise.py", "raise ImportError('hidden by a test')\n")
    env = {
        "FAXOPS_NOTIFY": "json://127.0.0.1:9",
        "FAXOPS_STATE": "sqlite:///store.db",
        "PYTHONPATH": str(faxops.folder / "hidden"),
    }
    failed = faxops("drift", env=env)
    assert failed.code == 64
    assert "pip install 'faxops[notify]'" in failed.err
