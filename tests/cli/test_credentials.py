"""The API key: where it comes from, and that it goes nowhere but to the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.cli.live import KEY, Served, configuration
from tests.cli.running import Program
from tests.golden import check_golden

# Each starts the program some times, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
Serve = Callable[..., Served]


def test_a_key_file_does_as_well_as_the_variable(faxops: Program, serve: Serve) -> None:
    account = serve()
    faxops.write("faxops.yaml", configuration("intake"))
    file = faxops.write("key", f"{KEY}\n")
    by_file = faxops("plan", "--base-url", account.url, env={"TELNYX_API_KEY_FILE": str(file)})
    by_variable = faxops("plan", "--base-url", account.url, env={"TELNYX_API_KEY": KEY})
    assert by_file == by_variable
    assert by_file.code == 0


@pytest.mark.parametrize(
    ("name", "variables"),
    [
        ("none", {}),
        ("empty", {"TELNYX_API_KEY": ""}),
        ("in-two-places", {"TELNYX_API_KEY": KEY, "TELNYX_API_KEY_FILE": "key"}),
        ("with-a-line-end", {"TELNYX_API_KEY": f"KEY01\n{KEY}"}),
        ("file-missing", {"TELNYX_API_KEY_FILE": "nowhere"}),
        ("file-empty", {"TELNYX_API_KEY_FILE": "empty"}),
        ("file-is-a-folder", {"TELNYX_API_KEY_FILE": "."}),
        ("file-is-not-text", {"TELNYX_API_KEY_FILE": "bytes"}),
        ("file-has-two", {"TELNYX_API_KEY_FILE": "two"}),
    ],
)
def test_a_key_that_can_not_be_used_is_wrong_usage(
    faxops: Program, serve: Serve, name: str, variables: Mapping[str, str]
) -> None:
    account = serve()
    faxops.write("faxops.yaml", configuration("intake"))
    for file, content in {"key": KEY.encode(), "empty": b"\n", "bytes": b"\xff\xfe\x00"}.items():
        faxops.write(file, content)
    faxops.write("two", f"{KEY}\n{KEY}2\n")
    failed = faxops("plan", env={"TELNYX_BASE_URL": account.url, **variables})
    assert failed.code == 64
    assert KEY not in failed.out + failed.err
    assert account.requests == ()
    check_golden(GOLDEN / f"key-{name}.txt", failed.transcript("plan"))


def test_a_wrong_key_is_4_and_names_no_key(faxops: Program, serve: Serve) -> None:
    account = serve(key="KEY-another")
    faxops.write("faxops.yaml", configuration("intake"))
    failed = faxops("plan", env=account.variables)
    assert failed.code == 4
    check_golden(GOLDEN / "key-wrong.txt", failed.transcript("plan"))


ELSEWHERE = "http://10.1.2.3/v2"


@pytest.mark.parametrize(
    ("command", "url"),
    [
        ("plan", "http://api.telnyx.com/v2"),
        ("plan", "http://10.1.2.3:8740/v2"),
        ("plan", "http://localhost.example.com/v2"),
        ("plan", "http://127.0.0.1.example.com/v2"),
        ("plan", "HTTP://[2001:db8::1]/v2"),
        ("plan", "http://2130706434/v2"),
        ("apply --auto-approve", ELSEWHERE),
        ("drift", ELSEWHERE),
        ("app list", ELSEWHERE),
        ("doctor", ELSEWHERE),
        ("export --out exported", ELSEWHERE),
    ],
)
def test_the_key_is_not_sent_unencrypted_to_another_machine(
    faxops: Program, command: str, url: str
) -> None:
    faxops.write("faxops.yaml", configuration("intake"))
    env = {"TELNYX_BASE_URL": url, "TELNYX_API_KEY": KEY}
    failed = faxops(*command.split(), "--timeout", "1", env=env)
    assert failed.code == 64
    told = failed.out + failed.err
    assert "unencrypted" in told
    assert "https://" in told
    assert KEY not in told


def test_an_unencrypted_url_says_what_to_do(faxops: Program) -> None:
    faxops.write("faxops.yaml", configuration("intake"))
    failed = faxops("plan", "--base-url", ELSEWHERE, env={"TELNYX_API_KEY": KEY})
    check_golden(GOLDEN / "unencrypted.txt", failed.transcript(f"plan --base-url {ELSEWHERE}"))


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_this_machine_may_be_spoken_to_unencrypted(
    faxops: Program, serve: Serve, host: str
) -> None:
    account = serve()
    faxops.write("faxops.yaml", configuration("intake"))
    url = account.url.replace("127.0.0.1", host)
    assert faxops("plan", "--base-url", url, env={"TELNYX_API_KEY": KEY}).code == 0


@pytest.mark.slow  # a refused connection is tried again
@pytest.mark.parametrize("host", ["127.9.9.9", "[::1]"])
def test_every_loopback_address_is_this_machine(faxops: Program, host: str) -> None:
    faxops.write("faxops.yaml", configuration("intake"))
    failed = faxops("plan", "--base-url", f"http://{host}:1/v2", env={"TELNYX_API_KEY": KEY})
    assert failed.code == 1
    assert "no connection could be made" in failed.err


@pytest.mark.parametrize(
    "url",
    ["nonsense", "ftp://x.example/v2", "https://", f"https://{KEY}@x.example/v2", "https://[", ""],
)
def test_a_base_url_that_is_none_is_wrong_usage(faxops: Program, url: str) -> None:
    faxops.write("faxops.yaml", configuration("intake"))
    failed = faxops("plan", "--base-url", url, env={"TELNYX_API_KEY": KEY})
    assert failed.code == 64
    assert "https://api.telnyx.com/v2" in failed.err
    assert KEY not in failed.err


@pytest.mark.slow
@pytest.mark.parametrize("source", ["TELNYX_API_KEY", "TELNYX_API_KEY_FILE"])
def test_the_key_stands_in_no_output_even_if_others_repeat_it(
    faxops: Program, serve: Serve, source: str
) -> None:
    telling = {"kind": "status", "status": 422, "headers": {"x-request-id": f"for-{KEY}"}}
    account = serve({"method": "POST", "fault": telling})
    faxops.write("faxops.yaml", configuration("intake", fields=f"application_name: Of {KEY}"))
    faxops.write("key", KEY)
    value = KEY if source == "TELNYX_API_KEY" else "key"
    env = {"TELNYX_BASE_URL": account.url, source: value}
    saved = faxops.folder / "plan.json"
    runs = [
        faxops("validate", "-v", env=env),
        faxops("plan", "-v", "--out", saved, env=env),
        faxops("plan", "--format", "json", env=env),
        faxops("drift", env=env),
        faxops("doctor", env=env),
        faxops("apply", "-v", saved, "--report", "report.txt", "--report", "report.json", env=env),
        faxops("app", "list", env=env),
        faxops("show", saved, env=env),
    ]
    assert [run.code for run in runs] == [0, 0, 0, 2, 0, 1, 0, 0]
    told = "".join(run.out + run.err for run in runs)
    told += "".join((faxops.folder / name).read_text() for name in ("report.txt", "report.json"))
    assert KEY not in told + saved.read_text()
    assert account.writes == ["POST"]


@pytest.mark.slow
def test_the_key_is_not_in_the_process_list(faxops: Program, serve: Serve) -> None:
    account = serve({"fault": {"kind": "hang", "seconds": 2}})
    faxops.write("faxops.yaml", configuration("intake"))
    with faxops.start("plan", "--timeout", "1", env=account.variables) as running:
        while not account.requests:
            assert running.poll() is None
        assert KEY.encode() not in Path(f"/proc/{running.pid}/cmdline").read_bytes()
        running.kill()


def test_verbose_tells_of_every_request_and_quiet_of_none(faxops: Program, serve: Serve) -> None:
    account = serve()
    faxops.write("faxops.yaml", configuration("intake"))
    told = faxops("plan", "-v", env=account.variables)
    lines = [line.split()[:3] for line in told.err.splitlines()]
    assert lines == [[each.method, each.path, str(each.status)] for each in account.requests]
    assert faxops("plan", env=account.variables).err == ""
    assert faxops("apply", "-q", "--auto-approve", env=account.variables).err == ""
