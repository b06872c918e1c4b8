"""The runbooks are true: every command in them is run, and prints what the page says.

`UPDATE_GOLDEN=1` writes what they print into the pages.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from faxops.emulator.application import Emulator, EmulatorSettings, create_emulator
from faxops.emulator.scenario import parse_scenario
from faxops.emulator.seed import parse_seed
from faxops.system_clock import SystemClock
from tests.golden import check_golden
from tests.real_parts import debian_program
from tests.runbook import Shell, StandIns, played
from tests.served import served

pytestmark = pytest.mark.slow

PAGES = Path(__file__).parents[1] / "docs" / "runbooks"
KEY = "KEY-of-the-runbooks"
NEW_KEY = "KEY-of-the-runbooks-after-the-leak"
API = "https://api.telnyx.com/v2"
NUMBER = "2919762866204575273"
CONFIGURATION = """\
version: 1
stack: clinic
fax_applications:
  intake:
    application_name: Intake
    webhook_event_url: https://hooks.clinic.example/fax/intake
  billing:
    application_name: Billing
    webhook_event_url: https://hooks.clinic.example/fax/billing
"""
COMMITS_AT = "2026-11-25T02:30:00Z"


@dataclass(frozen=True, slots=True)
class World:
    """What a runbook starts from: a checkout whose configuration was applied, and the account."""

    root: Path
    url: str
    emulator: Emulator

    @property
    def checkout(self) -> Path:
        return self.root / "fax"

    @property
    def environment(self) -> dict[str, str]:
        """As in a deploy pipeline, and the same on every machine."""
        program = self.root / "bin"
        who = {"NAME": "Sam", "EMAIL": "sam@clinic.example", "DATE": COMMITS_AT}
        return {
            "PATH": f"{program}:{os.environ['PATH']}",
            "HOME": str(self.root),
            "LANG": "C.UTF-8",
            "COLUMNS": "98",
            "LOGNAME": "sam",
            "TZ": "UTC",
            "TELNYX_BASE_URL": self.url,
            "TELNYX_API_KEY_FILE": str(self.root / "telnyx-api-key"),
            "FAXOPS_STATE": f"sqlite:///{self.root}/state/faxops.db",
            **{f"GIT_{role}_{name}": who[name] for role in ("AUTHOR", "COMMITTER") for name in who},
        }

    def bash(self, script: str) -> None:
        """Something that happens in the checkout; it must succeed."""
        done = subprocess.run(
            ["bash", "-euc", script],
            cwd=self.checkout,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    def commit(self, message: str, old: str, new: str) -> None:
        """Replace a text of the configuration."""
        path = self.checkout / "faxops.yaml"
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))
        self.bash(f"git commit --quiet -am '{message}'")

    def api(self, method: str, path: str, key: str = KEY, **body: Any) -> Any:  # noqa: ANN401 - any JSON
        """What somebody else does with the account, or sees of it."""
        headers = {"authorization": f"Bearer {key}"}
        with httpx.Client(base_url=self.url, headers=headers, trust_env=False) as client:
            reply = client.request(method, path, json=body or None)
        assert reply.is_success, reply.text
        return reply.json()["data"]

    def application(self, name: str, key: str = KEY) -> dict[str, Any]:
        (found,) = (
            each
            for each in self.api("GET", "/fax_applications", key)
            if each["application_name"] == name
        )
        return found

    def receive_a_fax(self) -> None:
        address = self.url.replace("/v2", "/_emulator/faxes")
        self.api("POST", address, to="+12025550142")

    def attach_a_number(self) -> None:
        self.api(
            "PATCH", f"/phone_numbers/{NUMBER}", connection_id=self.application("Intake")["id"]
        )


@contextmanager
def clinic(
    root: Path,
    *rules: Mapping[str, Any],
    behaviours: Mapping[str, str] | None = None,
    key: str = KEY,
) -> Generator[World]:
    """The account in `root`, which begins with a phone number and no application."""
    settings = EmulatorSettings(
        SystemClock(),
        seed=parse_seed({"phone_numbers": [{"id": NUMBER, "phone_number": "+12025550142"}]}),
        scenario=parse_scenario(
            {
                "rules": list(rules),
                "behaviours": behaviours or {},
                "faxes": {"step_seconds": 0},  # so that what is printed depends on no clock
            }
        ),
        database=root / "account.db",
        key=key,
    )
    emulator = create_emulator(settings)
    with served(emulator) as url:
        yield World(root, url, emulator)


def furnish(world: World) -> None:
    """Make the files of the world, and apply them."""
    for folder in ("bin", "fax", "state"):
        (world.root / folder).mkdir()
    program = world.root / "bin" / "faxops"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m faxops "$@"\n')
    program.chmod(0o755)
    (world.root / "telnyx-api-key").write_text(KEY)
    (world.checkout / "faxops.yaml").write_text(CONFIGURATION)
    (world.checkout / ".gitignore").write_text("*.plan\n")
    world.bash(
        "git init --quiet --initial-branch main && git add . && git commit --quiet -m 'Begin'"
        " && git init --quiet --bare ../remote.git && git remote add origin ../remote.git"
        " && git push --quiet --set-upstream origin main && faxops apply --quiet --auto-approve"
    )
    world.attach_a_number()


def check(
    name: str,
    world: World,
    meanwhile: Mapping[str, Callable[[], None]] | None = None,
    **variables: str,
) -> None:
    """Play the page in the world, and compare."""
    if debian_program("curl", "curl") is None or debian_program("jq", "jq") is None:
        return
    page = PAGES / name
    stand_ins = StandIns({world.url: API, str(world.root): "/srv"})
    with Shell(world.checkout, world.environment | variables) as shell:
        text = played(page.read_text(encoding="utf-8"), shell, stand_ins, meanwhile or {})
    check_golden(page, text)


def test_a_bad_webhook_was_applied(tmp_path: Path) -> None:
    with clinic(tmp_path) as world:
        furnish(world)
        world.commit("Move the intake webhook", "clinic.example/fax/intake", "clinlc.example/fax")
        world.bash("git push --quiet && faxops apply --quiet --auto-approve")
        assert "clinlc" in world.application("Intake")["webhook_event_url"]
        world.receive_a_fax()
        check("bad-webhook.md", world)
        assert "clinlc" not in world.application("Intake")["webhook_event_url"]


def test_an_application_was_deleted_by_hand(tmp_path: Path) -> None:
    with clinic(tmp_path, behaviours={"attached_delete": "allowed"}) as world:
        furnish(world)
        world.api("DELETE", f"/fax_applications/{world.application('Intake')['id']}")
        check("deleted-application.md", world)
        (number,) = world.api("GET", "/phone_numbers")
        assert number["connection_id"] == world.application("Intake")["id"]


def test_two_pipelines_raced(tmp_path: Path) -> None:
    with clinic(tmp_path) as world:
        furnish(world)
        first = world.application("Intake")
        copied = ("application_name", "webhook_event_url", "tags")
        world.api("POST", "/fax_applications", **{field: first[field] for field in copied})
        check("raced-pipelines.md", world)
        assert world.application("Intake")["id"] == first["id"]


def test_the_state_store_is_gone(tmp_path: Path) -> None:
    with clinic(tmp_path) as world:
        furnish(world)
        world.commit("Move billing", "fax/billing", "fax/bills")
        shutil.rmtree(tmp_path / "state")
        check("state-store-gone.md", world)
        assert world.application("Billing")["webhook_event_url"].endswith("/bills")


def test_the_key_leaked(tmp_path: Path) -> None:
    with clinic(tmp_path) as world:
        furnish(world)
        intake = world.application("Intake")
        (tmp_path / "new-key").write_text(NEW_KEY)
        world.api(
            "PATCH",
            f"/fax_applications/{intake['id']}",
            application_name=intake["application_name"],
            webhook_event_url="https://stranger.example/fax",
        )
        url = "https://stranger.example/relay"
        world.api("POST", "/fax_applications", application_name="Relay", webhook_event_url=url)
    with clinic(tmp_path, key=NEW_KEY) as world:

        def clean_up() -> None:
            relay = world.application("Relay", NEW_KEY)["id"]
            world.api("DELETE", f"/fax_applications/{relay}", key=NEW_KEY)

        check("leaked-key.md", world, {"the-intruders-application-is-deleted": clean_up})
        restored = world.application("Intake", NEW_KEY)["webhook_event_url"]
    assert restored == intake["webhook_event_url"]


def test_the_api_is_down_for_hours(tmp_path: Path) -> None:
    with clinic(tmp_path) as world:
        furnish(world)
        world.commit("Move billing", "fax/billing", "fax/bills")
    fault = {"kind": "status", "status": 503, "detail": "Please try again later."}
    down = {"fault": {**fault, "headers": {"Retry-After": "0"}}}
    with clinic(tmp_path, down) as world:

        def recover() -> None:
            world.emulator.end_faults()
            world.receive_a_fax()

        check("api-is-down.md", world, {"the-api-recovers": recover})
        assert world.application("Billing")["webhook_event_url"].endswith("/bills")


def test_the_index_names_every_runbook() -> None:
    index = (PAGES / "README.md").read_text(encoding="utf-8")
    pages = {page.name for page in PAGES.glob("*.md")} - {"README.md"}
    assert {name for name in pages if f"]({name})" in index} == pages
    tested = Path(__file__).read_text(encoding="utf-8")
    assert {name for name in pages if f'check("{name}"' in tested} == pages
