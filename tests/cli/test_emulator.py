"""The emulator as a program that others speak to."""

from __future__ import annotations

import json
import signal

import httpx
import pytest

from tests.cli.live import KEY, recorded, seeded
from tests.cli.running import Program


def test_the_emulator_is_served_until_interrupted(faxops: Program) -> None:
    faxops.write("seed.json", json.dumps(seeded("old")))
    faxops.write("scenario.json", '{"rules": [{"method": "POST", "fault": "lost_before"}]}')
    options = ["--port", "0", "--db", "account.db", "--seed", "seed.json"]
    options += ["--scenario", "scenario.json", "--key", KEY]
    with faxops.start("emulator", *options) as served:
        assert served.stdout is not None
        url = served.stdout.readline().split()[-1]
        headers = {"authorization": f"Bearer {KEY}"}
        with httpx.Client(base_url=url, headers=headers, timeout=10, trust_env=False) as client:
            listing = client.get("/fax_applications").json()
            assert [each["application_name"] for each in listing["data"]] == ["old"]
            with pytest.raises(httpx.ReadError):
                client.post("/fax_applications", json={})
            assert (
                client.get("/fax_applications", headers={"authorization": "x"}).status_code == 401
            )
        served.send_signal(signal.SIGINT)
        out, err = served.communicate(timeout=10)
    assert served.returncode == 0
    assert out == ""
    assert f"TELNYX_BASE_URL={url}" in err
    assert [each.method for each in recorded(faxops.folder / "account.db")] == [
        "GET",
        "POST",
        "GET",
    ]


@pytest.mark.parametrize(
    ("flag", "content"),
    [
        ("--seed", "{"),
        ("--seed", '{"fax_aplications": []}'),
        ("--scenario", '{"rules": [{"fault": "explode"}]}'),
        ("--scenario", None),
        ("--db", "no database at all, and longer than a header of one would be" * 9),
    ],
)
def test_the_emulator_refuses_a_wrong_file(faxops: Program, flag: str, content: str | None) -> None:
    if content is not None:
        faxops.write("given", content)
    failed = faxops("emulator", "--port", "0", flag, "given")
    assert (failed.code, failed.out) == (64, "")
    assert "given" in failed.err
    assert "Traceback" not in failed.err
