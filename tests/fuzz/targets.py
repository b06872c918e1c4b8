"""What reads bytes that others wrote, each as a function that must end well for any of them.

To end well is to return, or to raise what the caller puts in words: a `FaxopsError`. Everything
else that comes out is a bug. Nothing here touches the network, and only a saved plan a disk.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from contextlib import closing
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any, Final

import httpx

from faxops.cli import saved_plan
from faxops.config.load import load_all
from faxops.config.reader import Unreadable, check_pattern
from faxops.config.stack import Stack
from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.scenario import load_scenario
from faxops.emulator.seed import Seed, load_seed
from faxops.emulator.transport import EmulatorTransport
from faxops.errors import ConfigurationInvalid, FaxopsError
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.reconcile.approval import approved, differences
from faxops.reconcile.outcome import ChangeOutcome, Outcome, Result
from faxops.reconcile.payload import create_payload, update_payload
from faxops.reconcile.plan import Action, Plan
from faxops.reconcile.planner import PlanOptions, make_plan
from faxops.reconcile.snapshot import Snapshot
from faxops.report.diagnostics import diagnostic_document, diagnostics_of, diagnostics_text
from faxops.report.json_text import json_text
from faxops.report.live_document import live_list_document
from faxops.report.live_text import live_list_text
from faxops.report.masking import Masker
from faxops.report.outcome_document import outcome_document
from faxops.report.outcome_text import outcome_text
from faxops.report.plan_document import Document, PlanContext, plan_document
from faxops.report.plan_text import plan_text
from faxops.report.style import Style
from faxops.telnyx.answers import Call, Reply, read
from faxops.telnyx.provider import TelnyxProvider
from tests.telnyx.virtual import KEY, START, LoopClock, open_client, run_virtual

MAIN: Final = "faxops.yaml"
FILE_LINE: Final = b"=== "
"""Begins the line that names the next file of a tree; what comes before is the main file."""

# The last is what Python makes of a byte that is no UTF-8.
_ENVIRON: Final = {
    "MAILBOX": "jane.doe@clinic.example",
    "HOST": "hooks.clinic.example",
    "BYTE": "a\udcff",
}
_CONTEXT: Final = PlanContext(START, Masker(frozenset({KEY, *_ENVIRON.values()})), True)  # noqa: FBT003 - a record's field
_LISTINGS: Final = ("/fax_applications", "/faxes", "/phone_numbers", "/outbound_voice_profiles")
_TABLE: Final = b"""version: 1
stack: clinic
env: [MAILBOX]
fax_applications:
  intake: {webhook_event_url: "https://hooks.clinic.example/a", tags: [b, a]}
  front-desk:
    webhook_event_url: https://hooks.clinic.example/b
    fax_email_recipient: ${env.MAILBOX}
    inbound: {channel_limit: 10, sip_subdomain: desk}
    lifecycle: {prevent_destroy: true, ignore_changes: [outbound.channel_limit, tags]}
  adopted: {webhook_event_url: "https://hooks.clinic.example/c"}
imports: [{id: "1293384261075731499", to: adopted}]
moved: [{from: old, to: intake}]
removed: [{key: given-up, destroy: false}]
guards: {max_deletes: 100%}
"""


class Tree:
    """A configuration's `Reader` over one text of bytes that holds all of its files."""

    main = MAIN

    def __init__(self, data: bytes) -> None:
        self._files: dict[str, bytes] = {}
        name, lines = MAIN, list[bytes]()
        for line in data.splitlines(keepends=True):
            if line.startswith(FILE_LINE):
                self._files[name] = b"".join(lines)
                name, lines = line[len(FILE_LINE) :].decode("utf-8", "replace").strip(), []
            else:
                lines.append(line)
        self._files[name] = b"".join(lines)

    def shown(self, path: str) -> str:
        """The path as it is."""
        return path

    def read(self, path: str) -> bytes:
        """The file's bytes. Raises `Unreadable`."""
        check_pattern(path)
        if path not in self._files:
            raise Unreadable("FX114", "does not exist.", "Check the path.")
        return self._files[path]

    def glob(self, pattern: str) -> tuple[str, ...]:
        """The names that match, sorted. Raises `Unreadable`."""
        check_pattern(pattern)
        return tuple(sorted(name for name in self._files if fnmatchcase(name, pattern)))


def configuration(data: bytes) -> None:
    """Load every environment, plan each on an empty account, and print all that comes of it."""
    try:
        stacks = load_all(Tree(data), environ=_ENVIRON)
    except ConfigurationInvalid as error:
        _tell(error)
        raise
    for stack in stacks:
        _print_plan(make_plan(stack, _snapshot(()), PlanOptions()))


def answer(data: bytes) -> None:
    """Read one reply. The first line is its status and content type, the rest its body."""
    head, _, body = data.partition(b"\n")
    status, _, kind = head.decode("latin-1").partition(" ")
    number = int(status) if status.isascii() and status.isdigit() and len(status) == 3 else 200
    headers = httpx.Headers(
        [(b"content-type", kind.encode("latin-1")), (b"x-request-id", head[:40])]
    )
    try:
        found = read(Reply(Call("GET", "/fax_applications/1"), number, headers, body), KEY)
        _plan_on((found.the_object(),))
    except FaxopsError as error:
        _tell(error)
        raise


def listing(data: bytes) -> None:
    """List an account whose pages are the lines of `data`, one after the other and again."""
    pages = data.split(b"\n") or [b""]
    given = iter(range(1 << 30))

    def reply(_: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=pages[next(given) % len(pages)])

    async def work() -> tuple[LiveResource, ...]:
        async with open_client(reply) as client:
            provider = TelnyxProvider(client)
            await provider.list(FAX_APPLICATION)
            return await provider.list_settled(FAX_APPLICATION)

    try:
        found = run_virtual(work())
    except FaxopsError as error:
        _tell(error)
        raise
    _plan_on(tuple(each.raw for each in found))


def plan(data: bytes) -> None:
    """Read a saved plan, show it, and compare it with a fresh one, as `apply PLAN` does."""
    try:
        saved = saved_plan.read(_file("plan.json", data))
        masker = Masker(frozenset({KEY}), saved_plan.salt_of(saved))
    except FaxopsError as error:
        _tell(error)
        raise
    plan_text(saved, Style())
    fresh = make_plan(_stack(), _snapshot(()), PlanOptions())
    document = plan_document(fresh, PlanContext(START, masker))
    if not differences(saved, document):
        approved(fresh, saved)


def seed(data: bytes) -> None:
    """Start an emulator from a seed, and list what it holds."""
    try:
        _serve(load_seed(_file("seed.json", data)))
    except FaxopsError as error:
        _tell(error)
        raise


def scenario(data: bytes) -> None:
    """Read a scenario."""
    try:
        load_scenario(_file("scenario.json", data))
    except FaxopsError as error:
        _tell(error)
        raise


TARGETS: Final[dict[str, Callable[[bytes], None]]] = {
    "configuration": configuration,
    "answer": answer,
    "listing": listing,
    "plan": plan,
    "seed": seed,
    "scenario": scenario,
}
"""Each target by the name of its folder in `corpus/`."""


def ends_well(target: Callable[[bytes], None], data: bytes) -> None:
    """Run `target`; only what a user would see as a traceback comes out."""
    try:
        target(data)
    except FaxopsError:
        return


def _plan_on(found: tuple[Mapping[str, Any], ...]) -> None:
    """Plan, print, and word the requests of an apply on an account that holds `found`."""
    live = tuple(LiveResource.read(FAX_APPLICATION, each) for each in found)
    document = live_list_document(FAX_APPLICATION, live)
    json_text(document)
    live_list_text(document, Style())
    made = make_plan(_stack(), _snapshot(live), PlanOptions())
    _print_plan(made)
    for change in made.changes:
        if change.action is Action.CREATE:
            json.dumps(create_payload(change)).encode()
        elif change.action is not Action.DELETE and change.live is not None:
            json.dumps(update_payload(change, change.live)).encode()
    ended = tuple(ChangeOutcome(each, Result.APPLIED, after=each.live) for each in made.changes)
    told = outcome_document(Outcome("run-1", START, START, made, ended), _CONTEXT)
    _encodable(json_text(told), outcome_text(told, Style()))


def _print_plan(made: Plan) -> None:
    document = plan_document(made, _CONTEXT)
    _encodable(json_text(document), plan_text(document, Style()))


def _tell(error: FaxopsError) -> None:
    documents = [diagnostic_document(each, _CONTEXT.masker) for each in diagnostics_of(error)]
    _encodable(diagnostics_text(documents, Style()), json.dumps(documents))


def _encodable(*texts: str | list[str]) -> None:
    """What can't be written to a stream would end a run there."""
    for text in texts:
        ("\n".join(text) if isinstance(text, list) else text).encode()


def _serve(given: Seed) -> None:
    async def work() -> list[int]:
        settings = EmulatorSettings(LoopClock(), seed=given)
        with closing(create_emulator(settings)) as emulator:
            transport = EmulatorTransport(emulator)
            async with httpx.AsyncClient(transport=transport, base_url="http://e/v2") as client:
                client.headers["authorization"] = "Bearer K"
                return [(await client.get(path)).status_code for path in _LISTINGS]

    assert run_virtual(work()) == [200] * len(_LISTINGS)


def _file(name: str, data: bytes) -> Path:
    path = _scratch() / name
    path.write_bytes(data)
    return path


def _snapshot(live: tuple[LiveResource, ...]) -> Snapshot:
    return Snapshot("7a1c", "https://api.example/v2", {FAX_APPLICATION.name: live})


@cache
def _stack() -> Stack:
    return load_all(Tree(_TABLE), environ=_ENVIRON)[0]


@cache
def _scratch() -> Path:
    return Path(tempfile.mkdtemp(prefix="faxops-fuzz-"))


def saved_document() -> Document:
    """A saved plan that `plan` would accept."""
    made = make_plan(_stack(), _snapshot(()), PlanOptions())
    return plan_document(made, PlanContext(START, Masker(frozenset(), b"0123456789abcdef")))
