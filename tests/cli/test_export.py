"""`faxops export` as its users meet it: the file it writes is what plan and apply then read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

import pytest

from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.seed import parse_seed
from faxops.system_clock import SystemClock
from tests.cli.live import Served, methods_of_writes, recorded, seeded
from tests.cli.running import Program

pytestmark = pytest.mark.slow

HOOK: Final = "https://hooks.clinic.example/fax"
FILE: Final = Path("live", "faxops.yaml")


def plant(database: Path, *applications: Mapping[str, Any]) -> None:
    """Make the account that the embedded emulator keeps in a file."""
    complete = [{"webhook_event_url": HOOK, **each} for each in applications]
    seed = parse_seed({"fax_applications": complete})
    settings = EmulatorSettings(SystemClock(), database=database, seed=seed)
    with closing(create_emulator(settings)):
        pass


def test_what_export_writes_is_imported_unchanged_and_then_is_in_sync(embedded: Program) -> None:
    database = embedded.folder / "account.db"
    plant(
        database,
        {"application_name": "Intake", "tags": ["blue", "yes"], "webhook_timeout_secs": 0},
        {"application_name": "Intake", "inbound": {"channel_limit": 10, "sip_subdomain": "a"}},
        {"application_name": "Büro ${x} \u202e", "active": False, "tags": ["faxops.keep"]},
        {"application_name": "010", "anchorsite_override": "Chicago, IL"},
    )

    exported = embedded("export", "--out", "live")

    assert (exported.code, exported.out) == (
        0,
        "Wrote live/faxops.yaml with 4 applications: 4 to import.\n",
    )
    assert exported.err == (
        "Next: run `faxops plan -f live/faxops.yaml`, which should change nothing, and then"
        " `faxops apply -f live/faxops.yaml`, which marks the applications as owned by main.\n"
    )
    planned = embedded("plan", "-f", FILE)
    assert planned.code == 0, planned.err
    assert "Plan: 4 to import, 0 to add, 0 to change, 0 to destroy." in planned.out
    assert methods_of_writes(recorded(database)) == []

    applied = embedded("apply", "-f", FILE, "--auto-approve")
    assert applied.code == 0, applied.err
    assert methods_of_writes(recorded(database)) == ["PATCH"] * 4
    after = embedded("plan", "-f", FILE, "--detailed-exitcode")
    assert after.code == 0, after.out
    assert "No changes. Your fax applications match the configuration." in after.out


def test_a_second_export_of_an_adopted_account_keeps_every_key(embedded: Program) -> None:
    plant(
        embedded.folder / "account.db",
        {"application_name": "Intake", "tags": ["faxops.clinic.front"]},
        {"application_name": "Front"},
        {"application_name": "Lab", "tags": ["faxops.laboratory.lab"]},
    )

    exported = embedded("export", "--out", "live", "--stack", "clinic", "-q")

    assert exported.out == (
        "Wrote live/faxops.yaml with 2 applications: 1 to import, 1 owned already,"
        " 1 left out, named in the file.\n"
    )
    assert exported.err == ""
    planned = embedded("plan", "-f", FILE)
    assert "Plan: 1 to import, 0 to add, 0 to change, 0 to destroy." in planned.out


def test_a_file_that_is_there_is_kept_and_no_request_is_sent(embedded: Program) -> None:
    file = embedded.write("live/faxops.yaml", "mine")

    exported = embedded("export", "--out", "live")

    assert exported.code == 64
    assert "live/faxops.yaml is there already; export never overwrites." in exported.err
    assert "--out" in exported.err
    assert file.read_text() == "mine"
    assert not (embedded.folder / "account.db").exists()


def test_the_folder_is_made_and_holds_the_file_and_its_schema_alone(embedded: Program) -> None:
    plant(embedded.folder / "account.db", {"application_name": "Intake"})

    exported = embedded("export", "--out", "a/b c")

    assert exported.code == 0, exported.err
    assert "faxops plan -f 'a/b c/faxops.yaml'" in exported.err
    folder = embedded.folder / "a" / "b c"
    assert {each.name for each in folder.iterdir()} == {"faxops.yaml", "faxops.schema.json"}
    first = (folder / "faxops.yaml").read_text().partition("\n")[0]
    assert first == "# yaml-language-server: $schema=./faxops.schema.json"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        pytest.param([], "Missing option '--out'", id="no folder"),
        pytest.param(["--out", "x", "--stack", "Clinic"], "cannot name a stack", id="capitals"),
        pytest.param(["--out", "x", "--stack", "keep"], "cannot name a stack", id="reserved"),
    ],
)
def test_wrong_flags_are_refused_before_any_request(
    embedded: Program, arguments: list[str], said: str
) -> None:
    exported = embedded("export", *arguments)

    assert exported.code == 64
    assert said in exported.err
    assert not (embedded.folder / "account.db").exists()


def test_a_folder_that_cannot_be_made_is_said_in_a_sentence(embedded: Program) -> None:
    plant(embedded.folder / "account.db", {"application_name": "Intake"})
    embedded.write("file", "")

    exported = embedded("export", "--out", "file/live")

    assert exported.code == 1
    assert "Not a directory" in exported.err
    assert "file/live/faxops.yaml cannot be written" in exported.err
    assert "internally" not in exported.err


def test_an_account_that_cannot_be_read_whole_leaves_no_file(
    faxops: Program, serve: Callable[..., Served]
) -> None:
    served = serve({"fault": {"kind": "wrong_total", "by": 1}}, seed=seeded("a"))

    exported = faxops("export", "--out", "live", env=served.variables)

    assert exported.code == 1
    assert "FX810" in exported.err
    assert not (faxops.folder / "live").exists()


def test_over_http_a_large_account_is_read_with_get_alone(
    faxops: Program, serve: Callable[..., Served]
) -> None:
    served = serve(seed=seeded(*(f"clinic-{number}" for number in range(600))))

    exported = faxops("export", "--out", "live", env=served.variables)

    assert exported.code == 0, exported.err
    assert served.writes == []
    planned = faxops("plan", "-f", FILE, env=served.variables)
    assert "Plan: 600 to import, 0 to add, 0 to change, 0 to destroy." in planned.out
