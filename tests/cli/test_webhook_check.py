"""What the behaviour of a webhook URL means, sentence by sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from faxops.cli.webhook_check import webhook_check
from faxops.report.checkup import Check, Health
from faxops.telnyx.webhook_probe import Probe, Trouble

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
URL = "https://hooks.clinic.example:8443/fax/secret?token=secret"
ENDS = NOW + timedelta(days=60)


def checked(probe: Probe, url: str = URL, limit_seconds: float = 2.0) -> Check:
    return webhook_check("event webhook", url, probe, limit_seconds=limit_seconds, now=NOW)


def answered(status: int, ends: datetime | None = ENDS, seconds: float = 0.04) -> Probe:
    return Probe("203.0.113.7", ends, status=status, seconds=seconds)


@pytest.mark.parametrize(
    ("status", "health", "told"),
    [
        (200, Health.DOUBTFUL, "accepts what is not signed (200 in 0.04 s)"),
        (204, Health.DOUBTFUL, "accepts what is not signed (204 in 0.04 s)"),
        (301, Health.BAD, "redirects (301 in 0.04 s), which Telnyx takes for a failure"),
        (400, Health.GOOD, "refuses what is not signed (400 in 0.04 s)"),
        (401, Health.GOOD, "refuses what is not signed (401 in 0.04 s)"),
        (403, Health.GOOD, "refuses what is not signed (403 in 0.04 s)"),
        (404, Health.DOUBTFUL, "has nothing at this path, or says so to what is not signed"),
        (405, Health.BAD, "takes no POST of JSON (405 in 0.04 s)"),
        (415, Health.BAD, "takes no POST of JSON (415 in 0.04 s)"),
        (422, Health.GOOD, "refuses what is not signed (422 in 0.04 s)"),
        (500, Health.BAD, "fails on a body that is no event (500 in 0.04 s)"),
        (503, Health.BAD, "fails on a body that is no event (503 in 0.04 s)"),
    ],
)
def test_each_answer_has_its_meaning(status: int, health: Health, told: str) -> None:
    found = checked(answered(status))
    assert found.health is health
    assert told in found.message
    assert bool(found.advice) is (health is not Health.GOOD)


@pytest.mark.parametrize("trouble", list(Trouble), ids=lambda trouble: trouble.value)
def test_no_answer_is_bad_and_says_what_to_do(trouble: Trouble) -> None:
    found = checked(Probe(trouble=trouble, detail="the system's word"))
    assert found.health is Health.BAD
    assert found.advice
    assert trouble is Trouble.SLOW or "(the system's word)" in found.message


def test_a_good_receiver_is_told_with_its_certificate() -> None:
    public = Probe("8.8.8.8", ENDS, status=401, seconds=0.04)
    assert checked(public) == Check(
        "event webhook",
        Health.GOOD,
        "https://hooks.clinic.example:8443 has a valid certificate (60 days left);"
        " refuses what is not signed (401 in 0.04 s)",
    )


@pytest.mark.parametrize(
    ("life", "health", "told"),
    [
        (timedelta(days=14), Health.GOOD, "(14 days left)"),
        (timedelta(days=14) - timedelta(seconds=1), Health.DOUBTFUL, "(13 days left)"),
        (timedelta(days=1), Health.DOUBTFUL, "(1 day left)"),
    ],
    ids=["just long enough", "a second too short", "one day"],
)
def test_a_certificate_that_ends_soon_is_doubtful(
    life: timedelta, health: Health, told: str
) -> None:
    found = checked(answered(401, NOW + life))
    assert found.health is health
    assert told in found.message


def test_where_the_system_does_not_tell_the_end_of_a_certificate_nothing_is_said() -> None:
    found = checked(answered(401, None))
    assert found.health is Health.GOOD
    assert "certificate" not in found.message


def test_http_is_doubtful() -> None:
    found = checked(answered(401, None), "http://hooks.clinic.example/fax")
    assert found.health is Health.DOUBTFUL
    assert found.message.startswith("http://hooks.clinic.example is not encrypted; refuses")


def test_a_private_address_is_told_and_fine() -> None:
    found = checked(Probe("10.1.2.3", ENDS, status=401))
    assert found.health is Health.GOOD
    assert "10.1.2.3 is a private address" in found.message


def test_a_gate_with_a_password_is_no_refusal_of_what_is_not_signed() -> None:
    found = checked(Probe("203.0.113.7", ENDS, status=401, asks_password=True))
    assert found.health is Health.DOUBTFUL
    assert "asks for a password" in found.message


@pytest.mark.parametrize(
    ("seconds", "health"),
    [(2.0, Health.GOOD), (2.1, Health.DOUBTFUL)],
    ids=["what Telnyx waits", "longer"],
)
def test_an_answer_that_is_slower_than_telnyx_waits_is_doubtful(
    seconds: float, health: Health
) -> None:
    assert checked(answered(401, seconds=seconds), limit_seconds=20).health is health


def test_the_worst_of_several_things_counts_and_its_advice_comes_first() -> None:
    found = checked(answered(500, NOW + timedelta(days=2)))
    assert found.health is Health.BAD
    assert found.advice.startswith("See its log;")
    assert "Renew the certificate" in found.advice


@pytest.mark.parametrize(
    "url", [URL, "https://user:secret@hooks.clinic.example/", "http://[secret", "secret"]
)
def test_what_may_be_secret_in_a_url_is_not_shown(url: str) -> None:
    found = checked(Probe(trouble=Trouble.NO_CONNECTION), url)
    assert "secret" not in found.message + found.advice
