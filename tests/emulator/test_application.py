from __future__ import annotations

import json
import subprocess
import sys
import uuid
from dataclasses import asdict
from pathlib import Path

from faxops.emulator.store import Record
from tests.emulator.account import MINIMAL, Account

ROOT = Path(__file__).parents[2]


def test_every_reply_carries_the_headers_of_the_api() -> None:
    account = Account()
    replies = [account.post(MINIMAL), account.get("/fax_applications/1"), account.get("/nowhere")]
    for reply in replies:
        assert reply.headers["date"] == "Tue, 24 Nov 2026 12:00:00 GMT"
        assert reply.headers["content-type"] == "application/json; charset=utf-8"
        assert int(reply.headers["x-ratelimit-remaining"]) > 0
        assert {"x-ratelimit-limit", "x-ratelimit-reset"} <= set(reply.headers)
    ids = {str(uuid.UUID(reply.headers["x-request-id"])) for reply in replies}
    assert len(ids) == 3


def test_every_request_is_recorded_as_it_was_sent() -> None:
    account = Account()
    account.get("/fax_applications", **{"page[size]": 5})
    account.clock.moved = 1
    account.request("POST", "/fax_applications", json={"a": "ü"}, headers={})
    expected = (
        Record(
            seq=1,
            at="2026-11-24T12:00:00.250Z",
            method="GET",
            path="/fax_applications",
            query="page%5Bsize%5D=5",
            body="",
            status=200,
            fault="",
        ),
        Record(
            seq=2,
            at="2026-11-24T12:00:01.250Z",
            method="POST",
            path="/fax_applications",
            query="",
            body='{"a":"ü"}',
            status=401,
            fault="",
        ),
    )
    assert account.emulator.requests() == expected


def test_the_record_is_served_without_a_key_and_does_not_record_itself() -> None:
    account = Account()
    account.made()
    for _ in range(2):
        reply = account.request("GET", "http://emulator/_emulator/requests", headers={})
        assert reply.status_code == 200
        assert reply.json() == {"data": [asdict(each) for each in account.emulator.requests()]}
        assert len(reply.json()["data"]) == 1


def test_no_key_is_ever_stored() -> None:
    account = Account()
    account.made()
    assert "KEY-one" not in json.dumps([asdict(each) for each in account.emulator.requests()])


def test_the_application_imports_neither_a_client_nor_a_server() -> None:
    code = "import sys, faxops.emulator.application as a; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    loaded = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
    assert not {"httpx", "uvicorn", "h11"} & set(loaded.stdout.split())
