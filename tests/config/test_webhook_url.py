"""Webhook URLs and the hosts that a policy lets pass."""

from __future__ import annotations

import pytest

from faxops.config.webhook_url import (
    ends_authority,
    host_matches,
    host_pattern,
    is_email,
    is_url,
    read_url,
)


@pytest.mark.parametrize(
    ("text", "host"),
    [
        pytest.param("https://hooks.clinic.example/fax", "hooks.clinic.example", id="plain"),
        pytest.param("HTTPS://Hooks.Clinic.Example", "hooks.clinic.example", id="capitals"),
        pytest.param("https://hooks.clinic.example.:443/", "hooks.clinic.example", id="root dot"),
        pytest.param("http://10.0.0.1:8080/x?y=1#z", "10.0.0.1", id="an address"),
        pytest.param("https://[2001:db8::1]/fax", "[2001:db8::1]", id="an IPv6 address"),
        pytest.param("https://good.example@evil.example/", "evil.example", id="a user name"),
        pytest.param("https://h.example?next=https://x@y/", "h.example", id="@ in the query"),
    ],
)
def test_the_host_is_what_the_request_would_go_to(text: str, host: str) -> None:
    url = read_url(text)
    assert url is not None
    assert url.host == host


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("hooks.clinic.example/fax", id="no scheme"),
        pytest.param("//hooks.clinic.example/fax", id="no scheme, with slashes"),
        pytest.param("https:/hooks.clinic.example", id="one slash"),
        pytest.param("https://", id="no host"),
        pytest.param("https:///fax", id="an empty host"),
        pytest.param("ftp://hooks.clinic.example/", id="another scheme"),
        pytest.param("javascript://hooks.clinic.example/%0aalert(1)", id="a script"),
        pytest.param("https://good.example\\@evil.example/", id="a backslash"),
        pytest.param("https://good.example%2f@evil.example%00/", id="an escape in the host"),
        pytest.param("https://a b.example/", id="a space in the host"),
        pytest.param("https://a.example/x y", id="a space in the path"),
        pytest.param("https://a.example/\n", id="a line break at the end"),
        pytest.param("https://höoks.example/", id="not ASCII"),
        pytest.param("https://a.example:99999/", id="no such port"),
        pytest.param("https://a..example/", id="an empty label"),
        pytest.param("https://a.example/%zz", id="a broken escape"),
    ],
)
def test_what_parsers_disagree_about_is_no_url(text: str) -> None:
    assert not is_url(text)


@pytest.mark.parametrize(
    ("written", "pattern"),
    [
        pytest.param("Hooks.Clinic.Example", "hooks.clinic.example", id="capitals"),
        pytest.param("hooks.clinic.example.", "hooks.clinic.example", id="root dot"),
        pytest.param("MÜNCHEN.example", "xn--mnchen-3ya.example", id="IDNA"),
        pytest.param("*.münchen.example", "*.xn--mnchen-3ya.example", id="IDNA under a wildcard"),
        pytest.param("https://x.example", None, id="a URL"),
        pytest.param("x.example:443", None, id="a port"),
        pytest.param("*", None, id="a bare wildcard"),
        pytest.param("a.*.example", None, id="a wildcard inside"),
        pytest.param("*.", None, id="a wildcard under nothing"),
        pytest.param("", None, id="nothing"),
        pytest.param("xn--\u2028.example", None, id="not a name in any script"),
    ],
)
def test_hosts_of_a_policy_are_compared_after_idna(written: str, pattern: str | None) -> None:
    assert host_pattern(written) == pattern


@pytest.mark.parametrize(
    ("host", "pattern", "matches"),
    [
        pytest.param("x.example", "x.example", True, id="exact"),
        pytest.param("a.x.example", "x.example", False, id="exact is not its children"),
        pytest.param("a.x.example", "*.x.example", True, id="a child"),
        pytest.param("a.b.x.example", "*.x.example", True, id="a grandchild"),
        pytest.param("x.example", "*.x.example", False, id="not the parent itself"),
        pytest.param("evilx.example", "*.x.example", False, id="not by suffix alone"),
    ],
)
def test_a_host_matches_exactly_or_under_a_wildcard(
    host: str, pattern: str, *, matches: bool
) -> None:
    assert host_matches(host, pattern) is matches


@pytest.mark.parametrize(
    ("prefix", "ends"),
    [
        pytest.param("https://x.example/", True, id="a path has begun"),
        pytest.param("https://x.example?q=", True, id="a query has begun"),
        pytest.param("https://x.example", False, id="the host could go on"),
        pytest.param("https://x.example\\", False, id="a backslash ends nothing"),
        pytest.param("https://", False, id="no host yet"),
        pytest.param("", False, id="nothing yet"),
    ],
)
def test_the_host_is_settled_only_after_a_separator(prefix: str, *, ends: bool) -> None:
    assert ends_authority(prefix) is ends


@pytest.mark.parametrize("text", ["a@b.example", "first.last+tag@clinic.example", ""])
def test_addresses_are_accepted(text: str) -> None:
    assert is_email(text)


@pytest.mark.parametrize("text", ["a", "a@", "@b", "a@b, c@d", "a b@c", "a@b\n", "<a@b>", "a@@b"])
def test_what_is_not_one_address_is_refused(text: str) -> None:
    assert not is_email(text)
