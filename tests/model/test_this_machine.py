"""Which hosts are this machine."""

from __future__ import annotations

import pytest

from faxops.model.this_machine import is_this_machine


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "localhost.", "127.0.0.1", "127.8.8.8", "::1"]
)
def test_this_machine(host: str) -> None:
    assert is_this_machine(host)


@pytest.mark.parametrize(
    "host",
    [
        pytest.param("telnyx.localhost", id="a name that some systems ask the DNS for"),
        pytest.param("localhost.example.org", id="a name that begins like it"),
        pytest.param("127.0.0.1.example.org", id="a name that begins like an address"),
        pytest.param("10.0.0.1", id="a private network"),
        pytest.param("", id="none"),
    ],
)
def test_another_machine(host: str) -> None:
    assert not is_this_machine(host)
