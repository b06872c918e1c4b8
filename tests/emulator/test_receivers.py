from __future__ import annotations

import pytest

from faxops.emulator.receivers import check_permitted, may_receive
from faxops.errors import UsageError


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.200.3.4",
        "::1",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "hooks.localhost",
        "a.b.LocalHost.",
    ],
)
def test_this_machine_may_receive(host: str) -> None:
    assert may_receive(host, ())


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("hooks.clinic.example", id="a production host"),
        pytest.param("", id="no host"),
        pytest.param("192.168.0.1", id="another machine at home"),
        pytest.param("0.0.0.0", id="any address"),  # noqa: S104 - nothing listens
        pytest.param("::", id="any address of version 6"),
        pytest.param("fe80::1", id="a link's address"),
        pytest.param("127.1", id="a loopback address that only a resolver reads so"),
        pytest.param("0x7f.0.0.1", id="another one"),
        pytest.param("2130706433", id="an address as one number"),
        pytest.param("127.0.0.1.nip.example", id="a name that begins as an address"),
        pytest.param("localhost.clinic.example", id="a name that begins with localhost"),
        pytest.param("notlocalhost", id="a name that ends with it"),
        pytest.param("localhost.localdomain", id="a name that some systems give themselves"),
    ],
)
def test_no_other_host_may_receive(host: str) -> None:
    assert not may_receive(host, ())


@pytest.mark.parametrize(
    ("host", "permitted", "may"),
    [
        ("hooks.clinic.example", "hooks.clinic.example", True),
        ("HOOKS.clinic.example.", "Hooks.Clinic.Example", True),
        ("hooks.clinic.example", "clinic.example", False),
        ("xhooks.clinic.example", "hooks.clinic.example", False),
        ("hooks.clinic.example", "*.clinic.example", True),
        ("a.hooks.clinic.example", "*.clinic.example", True),
        ("clinic.example", "*.clinic.example", False),
        ("notclinic.example", "*.clinic.example", False),
        ("192.168.0.1", "192.168.0.1", True),
        ("fd00::1", "fd00::1", True),
    ],
)
def test_a_permitted_host_may_receive(host: str, permitted: str, *, may: bool) -> None:
    assert may_receive(host, ("other.example", permitted)) is may


@pytest.mark.parametrize(
    "host",
    [
        "",
        "*",
        "*.",
        "http://hooks.clinic.example/fax",
        "hooks.clinic.example:8080",
        "hooks.clinic.example/fax",
        "user@hooks.clinic.example",
        "hooks.*.example",
        "a b",
        "[::1]",
        "bell\x07",
    ],
)
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="is no host to deliver webhooks to") as caught:
        check_permitted(("hooks.clinic.example", host))
    assert "\x07" not in caught.value.message


@pytest.mark.parametrize("host", ["bücher.example", "xn--bcher-kva.example", "*.x", "fd00::1"])
def test_every_kind_of_host_can_be_named(host: str) -> None:
    check_permitted((host,))
