"""What faxops sends and what the emulator answers, judged by Prism on the official description."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest

from tests.prism.configurations import (
    ADOPTED,
    CLEARED,
    EMPTY,
    FIRST,
    SECOND,
    WITH_PROFILE,
    WITHOUT_PROFILE,
    seed,
)
from tests.prism.conftest import Open, Way
from tests.prism.hop import Exchange, Violation

pytestmark = pytest.mark.slow

NO_CHANGES = "No changes. Your fax applications match the configuration."


@dataclass(frozen=True, slots=True)
class Contradiction:
    """What the description forbids and the API does, or may do, all the same.

    `operation` and `place` are regular expressions that match whole.
    """

    operation: str
    status: int
    place: str
    code: str
    reason: str

    def covers(self, exchange: Exchange, violation: Violation) -> bool:
        """Whether this is what `violation` holds against `exchange`."""
        return (
            (exchange.status, violation.code) == (self.status, self.code)
            and re.fullmatch(self.operation, f"{exchange.method} {exchange.path}") is not None
            and re.fullmatch(self.place, violation.place) is not None
        )


_APPLICATIONS = "/fax_applications"
_ANY = r"(GET|POST|PATCH) /fax_applications(/[0-9]+)?"
_ITEM = r"response\.body\.data(\.[0-9]+)?\."
CONTRADICTIONS: tuple[Contradiction, ...] = (
    *(
        Contradiction(
            _ANY,
            status,
            _ITEM + "webhook_event_failover_url",
            "format",
            "The declared default of the field is the empty text, which is no URI.",
        )
        for status in (200, 201)
    ),
    *(
        Contradiction(
            _ANY,
            status,
            _ITEM + r"outbound\.outbound_voice_profile_id",
            "type",
            "Text is declared and no default; whether an unset profile is null or missing nobody"
            " says, and faxops reads either.",
        )
        for status in (200, 201)
    ),
    Contradiction(
        f"(GET|POST) {_APPLICATIONS}",
        429,
        "response",
        "",
        "The documentation describes the rate limit; no operation declares its status.",
    ),
    Contradiction(
        f"GET {_APPLICATIONS}",
        503,
        "response",
        "",
        "The documentation says to repeat on 5xx; no fax application operation declares one.",
    ),
)


def _apply_and_settle(way: Way, configuration: str, summary: str, *flags: str) -> None:
    """Plan and apply it: the summary is as told, and afterwards nothing is left to do."""
    way.write(configuration)
    way.expect(2, f"Plan: {summary}.", "plan", "--detailed-exitcode", *flags)
    way.expect(0, "Apply complete!", "apply", "--auto-approve", *flags)
    way.expect(0, NO_CHANGES, "plan", "--detailed-exitcode")


def test_no_request_and_no_reply_of_a_whole_life_breaks_the_description(way: Open) -> None:
    opened = way(
        "--errors",
        seed=seed(applications=260),
        # The one default of the API that its own description forbids; see CONTRADICTIONS.
        scenario={"behaviours": {"unset_failover_url": "null"}},
    )
    if opened is None:
        return
    opened.expect(0, "Other 258", "app", "list")
    opened.expect(0, "By hand", "app", "get", ADOPTED)
    opened.expect(1, "no fax application 1", "app", "get", "1")
    opened.expect(1, "400", "app", "get", "no-id")
    opened.expect(4, "401", "app", "list", key="wrong")
    opened.expect(0, "Wrote", "export", "--out", "exported")
    exported = "exported/faxops.yaml"
    opened.expect(0, "260 to import, 0 to add, 0 to change, 0 to destroy", "plan", "-f", exported)
    _apply_and_settle(opened, FIRST, "1 to import, 6 to add, 1 to change, 0 to destroy")
    opened.expect(0, NO_CHANGES, "drift")
    _apply_and_settle(
        opened, SECOND, "0 to add, 2 to change, 1 to destroy, 1 to forget", "--max-deletes", "1"
    )
    _apply_and_settle(opened, CLEARED, "0 to add, 3 to change, 0 to destroy")
    opened.write(EMPTY)
    everything = ("--destroy", "--max-deletes", "100%")
    opened.expect(5, "+12025550142", "plan", *everything)
    opened.expect(0, "4 destroyed", "apply", "--auto-approve", *everything, "--exclude", "adopted")
    opened.expect(0, "All is well.", "doctor")
    held = [each for each in opened.hop.exchanges if each.violations or each.problem]
    assert held == []


def test_what_breaks_the_description_is_listed_and_does_occur(way: Open) -> None:
    def once(method: str, status: int) -> Mapping[str, object]:
        fault = {"kind": "status", "status": status}
        return {"method": method, "path": _APPLICATIONS, "times": 1, "fault": fault}

    opened = way(
        seed=seed(applications=2),
        scenario={
            "behaviours": {"null_voice_profile": "accepted", "unset_voice_profile": "null"},
            "rules": [once("GET", 429), once("GET", 503), once("POST", 429)],
        },
    )
    if opened is None:
        return
    _apply_and_settle(opened, WITH_PROFILE, "2 to add, 0 to change, 0 to destroy")
    _apply_and_settle(opened, WITHOUT_PROFILE, "0 to add, 1 to change, 0 to destroy")
    exchanges = opened.hop.exchanges
    assert [each for each in exchanges if each.problem] == []
    found = [(each, violation) for each in exchanges for violation in each.violations]
    unlisted = [each for each in found if not any(row.covers(*each) for row in CONTRADICTIONS)]
    assert unlisted == []
    stale = [row for row in CONTRADICTIONS if not any(row.covers(*each) for each in found)]
    assert stale == []
