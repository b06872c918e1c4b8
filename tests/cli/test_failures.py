"""What goes wrong between faxops and the API: exit codes, words, and that nothing changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.cli.live import KEY, Served, configuration, seeded
from tests.cli.running import Finished, Program
from tests.golden import check_golden
from tests.report.schema_check import check_document

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
Serve = Callable[..., Served]
Fault = Mapping[str, Any]

READING = ["plan", "drift", "app list", "doctor"]


def status(number: int, **more: Any) -> Fault:  # noqa: ANN401 - any JSON
    return {"kind": "status", "status": number, **more}


def on_listing(fault: Fault | str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    return {"method": "GET", "path": "/fax_applications", "fault": fault, **more}


@pytest.mark.parametrize(
    ("name", "fault", "code"),
    [
        ("not-permitted", status(403, code="10010"), 4),
        ("rejected", status(400), 1),
        ("truncated", {"kind": "status", "acts": True, "body": "truncated"}, 1),
        ("web-page", status(200, body="html"), 1),
        ("empty", status(200, body="empty"), 1),
    ],
)
def test_an_answer_that_is_none_ends_with_the_request_that_caused_it(
    faxops: Program, serve: Serve, name: str, fault: Fault, code: int
) -> None:
    account = serve(on_listing(fault))
    faxops.write("faxops.yaml", configuration("intake"))
    failed = faxops("plan", env=account.variables)
    assert failed.code == code
    assert "GET /fax_applications" in failed.err
    check_golden(GOLDEN / f"api-{name}.txt", failed.transcript("plan"))
    in_json = faxops("plan", "--format", "json", env=account.variables)
    assert in_json.code == code
    check_document("plan", in_json.document)


@pytest.mark.parametrize("command", [*READING, "apply --auto-approve"])
@pytest.mark.parametrize(
    ("rule", "code"),
    [
        pytest.param({"fault": status(401)}, 4, id="401"),
        pytest.param(on_listing(status(403)), 4, id="403"),
        pytest.param(on_listing(status(200, body="html")), 1, id="web page"),
        pytest.param(on_listing(status(422)), 1, id="422"),
    ],
)
def test_every_command_ends_in_the_failures_code_and_changes_nothing(
    faxops: Program, serve: Serve, command: str, rule: Fault, code: int
) -> None:
    account = serve(rule)
    faxops.write("faxops.yaml", configuration("intake"))
    failed = faxops(*command.split(), env=account.variables)
    assert failed.code == code, failed
    assert "Traceback" not in failed.err
    assert account.writes == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("unavailable", status(503)),
        ("gateway", status(502, body="html")),
        ("lost", "lost_before"),
        ("wrong-total", {"kind": "wrong_total", "by": 1}),
        ("shifting", "shifting_list"),
    ],
)
def test_an_account_that_can_not_be_read_whole_changes_nothing(
    faxops: Program, serve: Serve, name: str, fault: Fault | str
) -> None:
    account = serve(on_listing(fault), seed=seeded(*(f"app-{n}" for n in range(300))))
    faxops.write("faxops.yaml", configuration("intake"))
    failed = faxops("apply", "--auto-approve", "--format", "json", env=account.variables)
    assert failed.code == 1, failed
    assert account.writes == []
    check_document("outcome", failed.document)
    told = Finished(failed.code, "", failed.err)
    check_golden(GOLDEN / f"unread-{name}.txt", told.transcript("apply --auto-approve"))


@pytest.mark.slow
def test_nobody_there_is_1(faxops: Program) -> None:
    faxops.write("faxops.yaml", configuration("intake"))
    env = {"TELNYX_BASE_URL": "http://127.0.0.1:1/v2", "TELNYX_API_KEY": KEY}
    failed = faxops("plan", env=env)
    assert failed.code == 1
    check_golden(GOLDEN / "unreachable.txt", failed.transcript("plan"))


@pytest.mark.parametrize("command", ["plan", "drift", "apply --auto-approve"])
def test_the_wrong_account_is_4(faxops: Program, serve: Serve, command: str) -> None:
    account = serve()
    faxops.write("faxops.yaml", configuration("intake", top="account: 7a1c0000-another"))
    failed = faxops(*command.split(), env=account.variables)
    assert failed.code == 4
    assert account.writes == []
    check_golden(GOLDEN / "wrong-account.txt", failed.err)


def test_a_rejected_change_beside_an_applied_one_is_8(faxops: Program, serve: Serve) -> None:
    account = serve({"method": "POST", "after": 1, "fault": status(422, code="10025")})
    faxops.write("faxops.yaml", configuration("a", "b"))
    ended = faxops("apply", "--auto-approve", env=account.variables)
    assert ended.code == 8
    check_golden(GOLDEN / "partly-applied.txt", ended.transcript("apply --auto-approve"))
    in_json = faxops("apply", "--auto-approve", "--format", "json", env=account.variables)
    assert in_json.code == 1
    check_document("outcome", in_json.document)
    assert [each["outcome"] for each in in_json.document["changes"]] == ["not_applied"]


def test_a_rejected_change_alone_has_its_own_code(faxops: Program, serve: Serve) -> None:
    account = serve({"method": "POST", "fault": status(403)})
    faxops.write("faxops.yaml", configuration("a", "b"))
    assert faxops("apply", "--auto-approve", env=account.variables).code == 4


@pytest.mark.slow  # what may have been created is looked for over 31 s
def test_a_create_with_an_unknown_end_is_9_and_is_not_sent_twice(
    faxops: Program, serve: Serve
) -> None:
    account = serve({"method": "POST", "fault": "lost_before", "after": 1})
    faxops.write("faxops.yaml", configuration("a", "b"))
    ended = faxops("apply", "--auto-approve", env=account.variables, timeout=60)
    assert ended.code == 9
    assert account.writes == ["POST", "POST"]
    check_golden(GOLDEN / "unknown.txt", ended.transcript("apply --auto-approve"))


@pytest.mark.slow
def test_a_create_whose_answer_is_lost_is_found_by_its_mark(faxops: Program, serve: Serve) -> None:
    account = serve({"method": "POST", "fault": "lost_after", "times": 1})
    faxops.write("faxops.yaml", configuration("a"))
    ended = faxops("apply", "--auto-approve", env=account.variables)
    assert ended.code == 0, ended
    assert account.writes == ["POST"]
    assert len(account.applications()) == 1


def test_a_live_change_during_the_apply_is_not_overwritten(faxops: Program, serve: Serve) -> None:
    account = serve()
    program = Program(faxops.folder, account.variables)
    program.write("faxops.yaml", configuration("a"))
    assert program("apply", "--auto-approve").code == 0
    program.write("faxops.yaml", configuration("a", fields="webhook_timeout_secs: 9"))
    screen = program.on_terminal("apply", env={"TERM": "dumb"})
    screen.see("Answer: ")
    (live,) = account.applications()
    account.change(live["id"], active=False)
    before = account.writes
    screen.type("yes\r")
    ended = screen.end()
    assert ended.code == 1
    assert account.writes == before
    check_golden(GOLDEN / "changed-meanwhile.txt", ended.transcript("apply"))


@pytest.mark.parametrize("command", ["plan", "apply --auto-approve", "drift", "validate", "doctor"])
def test_a_wrong_file_is_3_and_no_request_is_sent(
    faxops: Program, serve: Serve, command: str
) -> None:
    account = serve()
    faxops.write(
        "faxops.yaml",
        "version: 1\nstack: Clinic\nfax_applications:\n  intake: {webhook_event_ur: x}\n  b: 3\n",
    )
    failed = faxops(*command.split(), env=account.variables)
    assert failed.code == 3
    if command != "doctor":  # which goes on to the rest of the surroundings
        assert account.requests == ()
        places = [
            line.split(":", 1)[1]
            for line in (failed.out + failed.err).splitlines()
            if "at faxops.yaml:" in line
        ]
        assert places == ["2:8", "4:12", "5:6"]


@pytest.mark.parametrize(
    ("name", "more", "flags"),
    [
        ("guard", ["a"], ["--max-creates", "0"]),
        ("risk", ["a"], ["--max-risk", "none"]),
        ("destroys-all", [], []),
    ],
)
def test_a_refused_plan_is_5_and_is_still_shown(
    faxops: Program, serve: Serve, name: str, more: list[str], flags: list[str]
) -> None:
    account = serve()
    program = Program(faxops.folder, account.variables)
    program.write("faxops.yaml", configuration("old"))
    assert program("apply", "--auto-approve").code == 0
    shape = "webhook_timeout_secs: 3\n    active: false"
    keys = ("old", *more) if more else ()
    program.write("faxops.yaml", configuration(*keys, fields=shape))
    before = account.writes
    planned, applied = program("plan", *flags), program("apply", "--auto-approve", *flags)
    assert (planned.code, applied.code) == (5, 5)
    assert applied.out == planned.out
    assert account.writes == before
    check_golden(GOLDEN / f"refused-{name}.txt", planned.transcript(" ".join(["plan", *flags])))
    in_json = program("apply", "--auto-approve", "--format", "json", *flags)
    assert in_json.code == 5
    check_document("outcome", in_json.document)
    assert in_json.document["plan"]["errored"]


def test_destroy_lifts_what_forbids_destroying_everything(faxops: Program, serve: Serve) -> None:
    account = serve()
    program = Program(faxops.folder, account.variables)
    program.write("faxops.yaml", configuration("old"))
    assert program("apply", "--auto-approve").code == 0
    program.write("faxops.yaml", configuration())
    ended = program("apply", "--auto-approve", "--destroy", "--max-deletes", "100%")
    assert ended.code == 0, ended
    assert ended.out.endswith("Apply complete! Resources: 0 added, 0 changed, 1 destroyed.\n")
    assert account.applications() == []
