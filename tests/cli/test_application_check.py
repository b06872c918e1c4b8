"""`faxops test` against an emulator and a receiver of webhooks, both on real sockets."""

from __future__ import annotations

import asyncio
import json
import re
import ssl
import threading
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import trustme

from faxops.cli.application_check import ApplicationCheck, Destination, country_of
from faxops.cli.options import ConfigurationChoice, ConnectionChoice, OutputChoice
from faxops.cli.output import Output
from faxops.errors import ExitCode
from faxops.report.checkup import Check, Health
from faxops.system_clock import SystemClock
from tests.cli.live import KEY, Served
from tests.cli.running import Finished, Program
from tests.golden import check_golden

# Each serves an account, which adds up.
pytestmark = pytest.mark.slow

GOLDEN = Path(__file__).parent / "golden"
Serve = Callable[..., Served]

APPLICATION = "1293384261075730001"
SECOND = "1293384261075730002"
PROFILE = "1293384261075731499"
TO = "+13127367276"
BUSY = "+13125550143"
NUMBER = "+13125790015"


@dataclass(frozen=True, slots=True)
class Hook:
    """A receiver of webhooks; `got` are the headers and bodies of the POSTs so far."""

    url: str
    got: list[tuple[dict[str, str], bytes]]


@contextmanager
def receiving(status: int, tls: ssl.SSLContext | None = None) -> Generator[Hook]:
    """A receiver that answers every POST with `status` until the block ends."""
    got: list[tuple[dict[str, str], bytes]] = []

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            got.append(({name.lower(): text for name, text in self.headers.items()}, body))
            self.send_response(status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls is not None:
        # A handshake on accepting would let one silent client hold up all others for good.
        server.socket = tls.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        scheme = "http" if tls is None else "https"
        yield Hook(f"{scheme}://localhost:{server.server_port}/fax", got)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def hook(authority: trustme.CA) -> Generator[Hook]:
    """A receiver that does as it should: TLS, and nothing without a signature."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate = authority.issue_cert("localhost")
    # It takes contexts of pyOpenSSL too, whose types are not here.
    certificate.configure_cert(tls)  # pyright: ignore[reportUnknownMemberType] - see above
    with receiving(401, tls) as hook:
        yield hook


@pytest.fixture(autouse=True)
def surroundings(
    authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key, and a trust store that knows the authority alone."""
    store = tmp_path_factory.mktemp("trust") / "authority.pem"
    authority.cert_pem.write_to_path(str(store))
    monkeypatch.setenv("SSL_CERT_FILE", str(store))
    monkeypatch.setenv("TELNYX_API_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "*")


def seed(url: str, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    """An account in which all is well; `changes` are fields of the application."""
    application = {
        "id": APPLICATION,
        "application_name": "intake",
        "webhook_event_url": url,
        "tags": ["faxops.clinic.intake"],
        "outbound": {"outbound_voice_profile_id": PROFILE},
        **changes,
    }
    return {
        "fax_applications": [application],
        "phone_numbers": [{"id": "1", "phone_number": NUMBER, "connection_id": APPLICATION}],
        "outbound_voice_profiles": [{"id": PROFILE, "name": "office"}],
    }


def write_configuration(folder: Path, url: str, more: str = "") -> Path:
    """The configuration that the account of `seed` matches."""
    file = folder / "faxops.yaml"
    file.write_text(
        "version: 1\nstack: clinic\nfax_applications:\n  intake:\n"
        f"    webhook_event_url: {url}\n"
        f'    outbound: {{outbound_voice_profile_id: "{PROFILE}"}}\n{more}'
    )
    return file


class Trial:
    """Runs the check in this process, against one account."""

    def __init__(self, folder: Path, served: Served, url: str) -> None:
        self.served = served
        self.file = write_configuration(folder, url)

    def __call__(
        self, *, key: str = "intake", to: str | None = None, from_: str | None = None
    ) -> ApplicationCheck:
        """The check after its run."""
        screen = Output(OutputChoice("json", (), no_color=True, quiet=True, verbose=0))
        check = ApplicationCheck(key, screen=screen, clock=SystemClock(), told=lambda _: None)
        destination = None if to is None else Destination(to, from_)
        configuration = ConfigurationChoice(self.file, None, ())
        connection = ConnectionChoice(self.served.url, 10)
        asyncio.run(check.run(configuration, connection, destination))
        return check


def step(check: ApplicationCheck, name: str) -> Check:
    """The last step of that name."""
    return [each.check for each in check.steps if each.check.name == name][-1]


@pytest.fixture
def tester(tmp_path: Path, serve: Serve, hook: Hook) -> Callable[..., Trial]:
    """Makes a tester of an account; takes what changes the seed, and what `serving` takes."""

    def make(
        *rules: Mapping[str, Any],
        account: Mapping[str, Any] | None = None,
        url: str = hook.url,
        **changes: Any,  # noqa: ANN401 - any JSON
    ) -> Trial:
        served = serve(
            *rules,
            seed=seed(url, **changes) if account is None else account,
            faxes={"step_seconds": 0, "outcomes": {BUSY: "user_busy"}},
        )
        return Trial(tmp_path, served, url)

    return make


def test_all_that_is_well_is_good_and_only_read(tester: Callable[..., Trial], hook: Hook) -> None:
    ready = tester()
    before = len(hook.got)
    check = ready()

    assert [(each.check.name, each.check.health) for each in check.steps] == [
        ("configuration", Health.GOOD),
        ("application", Health.GOOD),
        ("event webhook", Health.GOOD),
        ("numbers", Health.GOOD),
        ("voice profile", Health.GOOD),
    ]
    assert check.code is ExitCode.DONE
    assert (check.subject.application_id, check.subject.fax) == (APPLICATION, None)
    assert ready.served.writes == []
    assert len(hook.got) == before + 1


def test_the_key_never_goes_to_a_webhook(tester: Callable[..., Trial], hook: Hook) -> None:
    tester()()
    headers, body = hook.got[-1]
    assert KEY not in str(headers) + body.decode()
    assert body == b"{}"
    assert not {"authorization", "telnyx-signature-ed25519"} & set(headers)


def test_a_page_is_sent_once_and_followed_to_its_end(tester: Callable[..., Trial]) -> None:
    ready = tester()
    check = ready(to=TO)

    assert check.code is ExitCode.DONE
    assert ready.served.writes == ["POST"]
    fax = check.subject.fax
    assert fax is not None
    assert (fax.status, fax.from_, fax.to) == ("delivered", NUMBER, TO)
    assert fax.connection_id == APPLICATION
    assert step(check, "fax").message.startswith(f"delivered to {TO}, ")


def test_a_page_that_fails_is_8(tester: Callable[..., Trial]) -> None:
    check = tester()(to=BUSY)
    assert check.code is ExitCode.PARTLY_APPLIED
    assert step(check, "fax").message.startswith("failed ")


def test_another_number_may_be_chosen_to_send_from(tester: Callable[..., Trial]) -> None:
    check = tester()(to=TO, from_="+13125790099")
    assert check.subject.fax is not None
    assert check.subject.fax.from_ == "+13125790099"


@pytest.mark.parametrize(
    ("fields", "health", "told"),
    [
        pytest.param({"active": False}, Health.BAD, "is not active", id="inactive"),
        pytest.param(
            {"tags": []}, Health.BAD, "none in this account carries the mark", id="unmarked"
        ),
        pytest.param(
            {"webhook_timeout_secs": 20, "anchorsite_override": "Chicago, IL"},
            Health.DOUBTFUL,
            "differs from the configuration in webhook_timeout_secs, anchorsite_override",
            id="drifted",
        ),
    ],
)
def test_the_live_application_is_held_to_the_configuration(
    tester: Callable[..., Trial], fields: dict[str, Any], health: Health, told: str
) -> None:
    found = step(tester(**fields)(), "application")
    assert found.health is health
    assert told in found.message
    assert found.advice


def test_two_applications_with_the_mark_are_none(tester: Callable[..., Trial], hook: Hook) -> None:
    account = seed(hook.url)
    account["fax_applications"].append({**account["fax_applications"][0], "id": SECOND})
    check = tester(account=account)(to=TO)

    assert step(check, "application").message == (
        f"2 live ones carry the mark faxops.clinic.intake: {APPLICATION}, {SECOND}"
    )
    assert "not sent" in step(check, "fax").message
    assert check.code is ExitCode.FAILED


def test_before_the_first_apply_the_urls_of_the_configuration_are_checked(
    tester: Callable[..., Trial],
) -> None:
    check = tester(account={})()
    assert step(check, "application").advice == "Run `faxops apply` first."
    assert step(check, "event webhook").health is Health.GOOD
    assert "numbers" not in {each.check.name for each in check.steps}


def test_both_urls_are_checked_and_telnyx_calls_the_live_ones(
    tester: Callable[..., Trial],
) -> None:
    with receiving(204) as other:
        check = tester(webhook_event_failover_url=other.url)()
    found = step(check, "failover webhook")
    assert found.health is Health.DOUBTFUL
    assert "is not encrypted; accepts what is not signed (204" in found.message
    assert check.code is ExitCode.DONE
    assert len(other.got) == 1


@pytest.mark.parametrize(
    ("account", "to", "name", "health", "told"),
    [
        pytest.param(
            {"phone_numbers": []},
            None,
            "numbers",
            Health.DOUBTFUL,
            "none is attached, so no fax can come in",
            id="no number",
        ),
        pytest.param(
            {"phone_numbers": []}, TO, "fax", Health.BAD, "no number is known", id="no sender"
        ),
        pytest.param(
            {"outbound_voice_profiles": []},
            None,
            "voice profile",
            Health.BAD,
            f"there is none with the id {PROFILE}",
            id="no such profile",
        ),
        pytest.param(
            {"outbound_voice_profiles": [{"id": PROFILE, "name": "office", "enabled": False}]},
            None,
            "voice profile",
            Health.BAD,
            f"office ({PROFILE}) is disabled",
            id="disabled profile",
        ),
        pytest.param(
            {},
            "+442079460000",
            "voice profile",
            Health.BAD,
            f"office ({PROFILE}) does not allow GB, where +442079460000 is",
            id="another country",
        ),
        pytest.param(
            {}, "+16135550199", "voice profile", Health.GOOD, "allows CA", id="a permitted country"
        ),
        pytest.param(
            {}, "+80012345678", "voice profile", Health.GOOD, "allows CA, US", id="no country"
        ),
    ],
)
def test_what_a_fax_needs_besides_the_application(
    tester: Callable[..., Trial],
    hook: Hook,
    *,
    account: dict[str, Any],
    to: str | None,
    name: str,
    health: Health,
    told: str,
) -> None:
    ready = tester(account={**seed(hook.url), **account})
    found = step(ready(to=to), name)
    assert found.health is health
    assert told in found.message
    if health is Health.BAD:
        assert ready.served.writes == []


@pytest.mark.parametrize(("to", "health"), [(None, Health.DOUBTFUL), (TO, Health.BAD)])
def test_without_a_profile_faxes_only_come_in(
    tester: Callable[..., Trial], to: str | None, health: Health
) -> None:
    check = tester(outbound={})(to=to)
    assert step(check, "voice profile").health is health


@pytest.mark.parametrize(
    ("path", "name"),
    [("/phone_numbers", "numbers"), (f"/outbound_voice_profiles/{PROFILE}", "voice profile")],
)
def test_what_the_key_may_not_see_is_doubtful(
    tester: Callable[..., Trial], path: str, name: str
) -> None:
    forbidden = {"method": "GET", "path": path, "fault": {"kind": "status", "status": 403}}
    check = tester(forbidden)()
    assert step(check, name).health is Health.DOUBTFUL
    assert check.code is ExitCode.DONE


def test_nothing_is_sent_when_a_webhook_does_not_work(tester: Callable[..., Trial]) -> None:
    with receiving(500) as broken:
        ready = tester(url=broken.url)
        check = ready(to=TO)
    assert step(check, "event webhook").health is Health.BAD
    assert "was not sent" in step(check, "fax").message
    assert (check.code, ready.served.writes) == (ExitCode.FAILED, [])


@pytest.mark.parametrize(
    ("number", "country"),
    [
        ("+13127367276", "US"),
        ("+16135550199", "CA"),
        ("+18765550123", "JM"),
        ("+80012345678", None),
    ],
)
def test_the_country_of_a_number(number: str, country: str | None) -> None:
    assert country_of(number) == country


def shown(finished: Finished, command: str) -> str:
    """The transcript without what differs from run to run."""
    text = finished.transcript(command)
    for pattern, word in (
        (r" +[0-9]+\.[0-9]{2} s\b", "    N.NN s"),
        (r"localhost:[0-9]+", "localhost:<port>"),
        (r"\([0-9]+ days left\)", "(N days left)"),
    ):
        text = re.sub(pattern, word, text)
    return text


@pytest.fixture
def program(
    faxops: Program, serve: Serve, hook: Hook, authority: trustme.CA
) -> tuple[Program, Served]:
    """faxops beside a configuration and an account that match."""
    served = serve(seed=seed(hook.url), faxes={"step_seconds": 0, "outcomes": {BUSY: "user_busy"}})
    write_configuration(faxops.folder, hook.url)
    authority.cert_pem.write_to_path(str(faxops.folder / "trust.pem"))
    variables = {**served.variables, "SSL_CERT_FILE": "trust.pem"}
    return Program(faxops.folder, variables), served


@pytest.mark.parametrize(
    ("name", "command", "code"),
    [
        ("test", "test intake", 0),
        ("test-delivered", f"test intake --to {TO}", 0),
        ("test-failed", f"test intake --to {BUSY}", 8),
        ("test-unknown-key", "test intaek", 64),
        ("test-no-number", "test intake --to 312-736-7276", 64),
    ],
)
def test_people_read_a_line_a_step(
    program: tuple[Program, Served], name: str, command: str, code: int
) -> None:
    faxops, _ = program
    finished = faxops(*command.split())
    assert finished.code == code
    check_golden(GOLDEN / f"{name}.txt", shown(finished, command))


def test_machines_get_one_document_and_reports_the_same(program: tuple[Program, Served]) -> None:
    faxops, served = program
    finished = faxops(
        "test", "intake", "--to", TO, "--format", "json", "--report", "t.txt", "--report", "t.json"
    )
    document = finished.document
    assert (finished.code, finished.err) == (0, "")
    assert document["healthy"] is True
    assert (document["key"], document["stack"]) == ("intake", "clinic")
    assert document["fax"]["status"] == "delivered"
    assert document["fax"]["reference"]
    assert [set(each) for each in document["checks"]] == [
        {"name", "health", "message", "advice", "seconds"}
    ] * len(document["checks"])
    assert json.loads((faxops.folder / "t.json").read_text()) == document
    lines = (faxops.folder / "t.txt").read_text().splitlines()
    assert (len(lines), lines[-1]) == (len(document["checks"]) + 2, "All is well.")
    assert served.writes == ["POST"]


@pytest.mark.parametrize(
    ("arguments", "env", "code", "told"),
    [
        pytest.param(
            ["test", "intake"], {"TELNYX_API_KEY": "wrong"}, 4, "401", id="a rejected key"
        ),
        pytest.param(["test", "nope"], {}, 64, "no fax application", id="an unknown key"),
        pytest.param(["test", "intake", "--to", "123"], {}, 64, '--to is "123"', id="a number"),
        pytest.param(["test", "intake", "--tos", "1"], {}, 64, "--tos", id="a flag"),
        pytest.param(["test", "intake", "-f", "bad.yaml"], {}, 3, "invalid", id="a configuration"),
    ],
)
def test_a_run_that_can_not_begin_is_one_document_too(
    program: tuple[Program, Served],
    arguments: list[str],
    env: dict[str, str],
    code: int,
    told: str,
) -> None:
    faxops, served = program
    faxops.write("bad.yaml", "version: 1\nstack: clinic\nfax_applications: {intake: {}}\n")
    finished = faxops(*arguments, "--format", "json", env=env)
    assert finished.code == code
    assert finished.document["healthy"] is False
    assert told in finished.document["checks"][-1]["message"]
    assert served.writes == []
