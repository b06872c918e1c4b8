"""`faxops.telnyx` as other programs use it, against the emulator."""

from __future__ import annotations

import ast
import asyncio
import importlib.metadata
import json
import re
import runpy
import subprocess
import sys
from collections.abc import Awaitable, Callable, Generator
from dataclasses import fields
from pathlib import Path

import pytest

import faxops.telnyx
from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.scenario import LostAfter, LostBefore, Rule, Scenario
from faxops.emulator.seed import load_seed, parse_seed
from faxops.emulator.signing import PUBLIC_KEY
from faxops.emulator.transport import EmulatorTransport
from faxops.model.fax_application import FAX_APPLICATION
from faxops.system_clock import SystemClock
from faxops.telnyx import (
    FaxApplication,
    FaxRequest,
    Inbound,
    ObjectNotFound,
    Outbound,
    OutcomeUnknown,
    RequestRejected,
    Telnyx,
    Unreachable,
    UsageError,
)
from tests.cli.live import KEY, Served, serving
from tests.telnyx.virtual import LoopClock, Result, run_virtual, seeded

ROOT = Path(__file__).parents[2]
SEED = ROOT / "examples" / "seed.json"
INTAKE = "1293384261075731499"
PROFILE = "1293384261075731500"
URL = "https://hooks.clinic.example/fax"
BLOCKS = re.findall(
    r"^## ([^\n]+)\n\n```python\n(.*?)```",
    (ROOT / "docs" / "library.md").read_text(),
    re.MULTILINE | re.DOTALL,
)


def emulated(work: Callable[[Telnyx], Awaitable[Result]], *rules: Rule) -> Result:
    """What `work` gets from an emulated account that begins with the example seed."""

    async def run() -> Result:
        clock = LoopClock()
        emulator = create_emulator(
            EmulatorSettings(clock=clock, seed=load_seed(SEED), scenario=Scenario(rules=rules))
        )
        transport = EmulatorTransport(emulator)
        try:
            async with Telnyx(
                api_key=KEY, clock=clock, random=seeded(1), transport=transport
            ) as telnyx:
                return await work(telnyx)
        finally:
            emulator.close()

    return run_virtual(run())


def test_everything_public_can_be_imported_and_nothing_else_is_promised() -> None:
    names = faxops.telnyx.__all__
    assert names == sorted(names, key=lambda name: (name.islower(), name))
    assert [name for name in names if not hasattr(faxops.telnyx, name)] == []
    assert dir(faxops.telnyx) == sorted(names)
    tree = ast.parse(Path(str(faxops.telnyx.__file__)).read_text())
    typed = [
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("faxops.")
        for alias in node.names
    ]
    assert sorted(typed) == sorted(names)
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        faxops.telnyx.Nothing  # noqa: B018 # pyright: ignore[reportAttributeAccessIssue] - it isn't there


def test_every_public_name_is_in_its_page() -> None:
    page = (ROOT / "docs" / "library.md").read_text()
    unnamed = {"ApiProblem", "FaxApplications", "Faxes", "Inbound", "Outbound"}  # seen as fields
    told = {name for name in faxops.telnyx.__all__ if re.search(rf"\b{name}\b", page)}
    assert set(faxops.telnyx.__all__) - told == unnamed


def test_the_types_go_with_the_package() -> None:
    assert (ROOT / "faxops" / "py.typed").exists()
    assert importlib.metadata.metadata("faxops")["Requires-Python"] == ">=3.11"


@pytest.mark.slow
def test_importing_it_loads_what_speaks_and_nothing_else() -> None:
    code = "import json, sys, faxops.telnyx; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout))
    assert "httpx" in loaded
    assert not loaded & {"rich", "pygments", "click", "nacl", "PIL", "pypdf", "sqlalchemy"}
    assert not {name for name in loaded if name.startswith(("faxops.cli", "faxops.emulator"))}


def test_the_typed_application_has_every_field_of_the_table() -> None:
    tops = {each.name for each in fields(FaxApplication)}
    nested = {
        f"{section}.{each.name}"
        for section, holder in (("inbound", Inbound), ("outbound", Outbound))
        for each in fields(holder)
    }
    own = {"id", "created_at", "updated_at", "raw", *FAX_APPLICATION.sections}
    assert (tops - own) | nested == set(FAX_APPLICATION.by_path)


def test_applications_are_listed_typed() -> None:
    first, *others = emulated(lambda telnyx: telnyx.fax_applications.list())
    assert [each.application_name for each in others] == ["Billing", "Old front desk"]
    assert (first.id, first.webhook_timeout_secs, first.tags) == (INTAKE, 25, {"team-intake"})
    assert first.inbound == Inbound(10, "clinic-intake", "only_my_connections")
    assert first.outbound == Outbound(10, PROFILE)
    assert (first.active, others[1].active) == (True, False)
    assert first.raw["id"] == INTAKE


def test_an_update_changes_what_it_is_given_and_nothing_else() -> None:
    async def work(telnyx: Telnyx) -> tuple[FaxApplication, FaxApplication]:
        before = await telnyx.fax_applications.get(INTAKE)
        after = await telnyx.fax_applications.update(
            INTAKE,
            webhook_event_failover_url=None,
            inbound={"channel_limit": 3},
            outbound={"outbound_voice_profile_id": None},
            tags={"faxops.clinic.intake", "a"},
        )
        return before, after

    before, after = emulated(work)
    assert (after.application_name, after.webhook_event_url) == (
        before.application_name, before.webhook_event_url,
    )  # fmt: skip
    assert after.webhook_event_failover_url is None
    assert after.inbound == Inbound(3, "clinic-intake", "only_my_connections")
    assert after.outbound == Outbound(10, None)
    assert after.tags == {"faxops.clinic.intake", "a"}
    assert after.webhook_timeout_secs == before.webhook_timeout_secs


def test_a_new_application_has_the_api_s_defaults() -> None:
    async def work(telnyx: Telnyx) -> list[FaxApplication]:
        new = await telnyx.fax_applications.create("New", URL, tags=["b", "a"])
        return [new, await telnyx.fax_applications.get(new.id)]

    new, read = emulated(work)
    assert new == read
    assert (new.anchorsite_override, new.inbound.channel_limit, new.tags) == (
        "Latency", None, {"a", "b"},
    )  # fmt: skip


Wrong = Callable[[Telnyx], Awaitable[object]]
FROM, TO = "+12025550142", "+12025550177"
WRONG: dict[str, tuple[Wrong, type[Exception], str]] = {
    "get": (lambda telnyx: telnyx.fax_applications.get("1"), ObjectNotFound, "application 1"),
    "update": (
        lambda telnyx: telnyx.fax_applications.update("1", active=False),
        ObjectNotFound,
        "application 1",
    ),
    "no id": (lambda telnyx: telnyx.fax_applications.delete(""), UsageError, "empty"),
    "no such field": (
        lambda telnyx: telnyx.fax_applications.create("x", URL, colour="red"),  # pyright: ignore[reportCallIssue, reportUnknownLambdaType] - a program without types may
        UsageError,
        "no field colour",
    ),
    "no such nested field": (
        lambda telnyx: telnyx.fax_applications.create("x", URL, inbound={"limit": 1}),  # pyright: ignore[reportArgumentType] - as above
        UsageError,
        "no field inbound.limit",
    ),
    "judged by the API": (
        lambda telnyx: telnyx.fax_applications.create("x", "nowhere"),
        RequestRejected,
        "POST /fax_applications",
    ),
    "a fax that can't be sent": (
        lambda telnyx: telnyx.send_fax(FaxRequest("0100", TO)),
        UsageError,
        "from is .*; media_url is missing",
    ),
    "a fax of nobody": (
        lambda telnyx: telnyx.send_fax(FaxRequest(FROM, TO, media_url="https://a.example/")),
        UsageError,
        "connection_id is missing",
    ),
    "a file that isn't there": (
        lambda telnyx: telnyx.send_fax(FaxRequest(FROM, TO, INTAKE, file="no-such-file.pdf")),
        UsageError,
        "no-such-file.pdf",
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_has_its_own_error(name: str) -> None:
    wrong, error, told = WRONG[name]
    with pytest.raises(error, match=told):
        emulated(wrong)


def test_a_create_whose_answer_is_lost_says_that_it_may_have_been_done() -> None:
    rule = Rule(fault=LostAfter(), method="POST", path="/fax_applications")

    async def work(telnyx: Telnyx) -> tuple[str, int]:
        with pytest.raises(Unreachable) as caught:
            await telnyx.fax_applications.create("New", URL)
        return caught.value.processed, len(await telnyx.fax_applications.list())

    assert emulated(work, rule) == ("maybe", 4)


@pytest.mark.parametrize("rules", [[], [LostAfter()]], ids=["answered", "answer lost"])
def test_a_fax_is_sent_exactly_once(rules: list[LostAfter]) -> None:
    request = FaxRequest(FROM, TO, INTAKE, media_url="https://files.clinic.example/a.pdf")

    async def work(telnyx: Telnyx) -> tuple[str, list[str], list[str]]:
        sent = await telnyx.send_fax(request)
        listed = [fax.id async for fax in telnyx.faxes.list()]
        followed = [fax.status async for fax in telnyx.follow(sent.id)]
        return sent.id, listed, followed

    faults = [Rule(fault=each, method="POST", path="/faxes") for each in rules]
    sent, listed, followed = emulated(work, *faults)
    assert listed.count(sent) == 1
    assert len(listed) == len(set(listed))
    assert followed[-1] == "delivered"


def test_an_older_fax_with_the_same_client_state_is_not_taken_for_the_new_one() -> None:
    request = FaxRequest(
        FROM, TO, INTAKE, media_url="https://files.clinic.example/a.pdf", client_state="bXkgb3du"
    )

    async def work(telnyx: Telnyx) -> int:
        await telnyx.send_fax(request)
        with pytest.raises(OutcomeUnknown):
            await telnyx.send_fax(request)
        return len([fax async for fax in telnyx.faxes.list()])

    lost = Rule(fault=LostBefore(), method="POST", path="/faxes", after=1)
    assert emulated(work, lost) == 1


def test_the_public_key_is_the_account_s() -> None:
    assert emulated(lambda telnyx: telnyx.public_key()) == PUBLIC_KEY


def test_clock_and_randomness_are_the_system_s_by_default() -> None:
    async def run() -> int:
        async with Telnyx(api_key=KEY, transport=EmulatorTransport(emulator)) as telnyx:
            return len(await telnyx.fax_applications.list())

    emulator = create_emulator(EmulatorSettings(clock=SystemClock(), seed=parse_seed({})))
    assert asyncio.run(run()) == 0
    emulator.close()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Generator[Served]:
    """The account that examples find in the environment."""
    with serving(seed=json.loads(SEED.read_text())) as served:
        for name, value in served.variables.items():
            monkeypatch.setenv(name, value)
        yield served


PRINTED = {
    "Read faxes": r"(\+[0-9]+ \S+ \S+\n)*",
    "Send a fax": r"queued \+12025550177\n",
    "Fax applications": rf"Radiology Outbound\(channel_limit=4, .*'{PROFILE}'\)\ngone: 404\n",
    "Verify a webhook": r"400\n",
}


def test_every_example_of_the_page_is_tested() -> None:
    page = (ROOT / "docs" / "library.md").read_text()
    assert [name for name, _ in BLOCKS] == list(PRINTED)
    assert page.count("```python") == len(PRINTED)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(("name", "text"), BLOCKS, ids=[name for name, _ in BLOCKS])
def test_an_example_of_the_page_runs(
    name: str, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "example.py"
    script.write_text(text)
    runpy.run_path(str(script), run_name="__main__")
    printed = capsys.readouterr().out
    assert re.fullmatch(PRINTED[name], printed), printed


@pytest.mark.usefixtures("account")
def test_the_example_of_failed_faxes_runs(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(ROOT / "examples" / "failed_faxes.py"), run_name="__main__")
    assert re.fullmatch(r"( +\d+  \S[^\n]*\n)* +\d+  in all\n", capsys.readouterr().out)
