from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from faxops.emulator.behaviours import Behaviours
from faxops.emulator.fax_course import FaxSettings
from faxops.emulator.scenario import (
    FAULT_KINDS,
    Hang,
    LostAfter,
    OtherActor,
    RateLimit,
    Rule,
    Scenario,
    Status,
    fault_kind,
    load_scenario,
    parse_scenario,
)
from faxops.errors import UsageError

ROOT = Path(__file__).parents[2]
NOTHING: Mapping[str, str] = {}


def test_the_page_shows_good_scenarios_and_every_fault() -> None:
    page = (ROOT / "docs" / "emulator.md").read_text(encoding="utf-8")
    shown = re.findall(r"```json\n(.*?)```", page, re.DOTALL)
    assert len(shown) == 2
    for text in shown:
        assert parse_scenario(json.loads(text)) != Scenario()
    table = page.partition("| fault | what happens |")[2].partition("\n\n")[0]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    named = [name for row in rows for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(FAULT_KINDS)


def test_a_scenario_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "scenario.json"
    content = {
        "behaviours": {"nested_patch": "merge", "tags": "lower_cased"},
        "rules": [
            {"method": "POST", "path": "/fax_applications", "times": 1, "fault": "lost_after"},
            {"after": 2, "fault": {"kind": "hang", "seconds": 1.5, "acts": False}},
            {"fault": {"kind": "rate_limit", "requests": 50, "reset": "epoch"}},
            {"fault": {"kind": "other_actor", "change": {"active": False}}},
            {"fault": {"kind": "status", "status": 502, "body": "html", "headers": {"a": "b"}}},
        ],
        "faxes": {"step_seconds": 0.5, "outcomes": {"+15551230001": "user_busy"}, "pages": 2},
    }
    path.write_text(json.dumps(content), encoding="utf-8")
    assert load_scenario(path) == Scenario(
        Behaviours(nested_patch="merge", tags="lower_cased"),
        (
            Rule(LostAfter(), "POST", "/fax_applications", 0, 1),
            Rule(Hang(1.5, acts=False), after=2),
            Rule(RateLimit(50, reset="epoch")),
            Rule(OtherActor({"active": False})),
            Rule(Status(502, body="html", headers={"a": "b"})),
        ),
        faxes=FaxSettings(0.5, {"+15551230001": "user_busy"}, 2),
    )


def test_an_empty_scenario_is_the_default_one() -> None:
    assert parse_scenario({}) == Scenario()


def test_every_kind_is_named_as_it_is_written() -> None:
    needed = {
        "status": {"status": 500},
        "hang": {"seconds": 1},
        "slow_drip": {"seconds": 1},
        "rate_limit": {"requests": 1},
        "behaves": {"behaviours": NOTHING},
    }
    for kind in FAULT_KINDS:
        fault = {"kind": kind, **needed.get(kind, {})}
        (rule,) = parse_scenario({"rules": [{"fault": fault}]}).rules
        assert fault_kind(rule.fault) == kind


@pytest.mark.parametrize(
    ("content", "place"),
    [
        pytest.param([], ": /: ", id="no object"),
        pytest.param({"rule": []}, "'rule' was unexpected", id="an unknown key"),
        pytest.param({"behaviours": {"tag": "kept"}}, "/behaviours: ", id="an unknown switch"),
        pytest.param({"behaviours": {"tags": "x"}}, "/behaviours/tags: ", id="an unknown value"),
        pytest.param({"faxes": {"step": 1}}, "/faxes: ", id="an unknown key of faxes"),
        pytest.param({"faxes": {"pages": 0}}, "/faxes/pages: ", id="a fax of no page"),
        pytest.param(
            {"faxes": {"step_seconds": 1e300}}, "/faxes/step_seconds: ", id="a step without end"
        ),
        pytest.param(
            {"faxes": {"outcomes": {"+12": "User busy"}}}, "/faxes/outcomes/", id="no reason"
        ),
        pytest.param(
            {"faxes": {"outcomes": {"12": "user_busy"}}}, "/faxes/outcomes: ", id="no number"
        ),
        pytest.param({"rules": [NOTHING]}, "/rules/0/fault: ", id="no fault"),
        pytest.param({"rules": [{"fault": "lost"}]}, "/rules/0/fault: ", id="an unknown fault"),
        pytest.param(
            {"rules": [{"fault": NOTHING}]}, "/rules/0/fault/kind: ", id="a fault of no kind"
        ),
        pytest.param(
            {"rules": [{"fault": "hang"}]}, "/rules/0/fault: /seconds: ", id="a setting is missing"
        ),
        pytest.param(
            {"rules": [{"fault": {"kind": "hang", "seconds": "1"}}]},
            "/rules/0/fault: /seconds: ",
            id="a setting of the wrong type",
        ),
        pytest.param(
            {"rules": [{"fault": {"kind": "lost_after", "times": 1}}]},
            "/rules/0/fault: /: ",
            id="a setting at the wrong level",
        ),
        pytest.param(
            {"rules": [{"fault": {"kind": "behaves", "behaviours": {"tags": "x"}}}]},
            "/rules/0/fault: /behaviours/tags: ",
            id="a behaviour that no switch has",
        ),
        pytest.param(
            {"rules": [{"fault": {"kind": "other_actor", "change": {"inbound": 5}}}]},
            "/rules/0/fault: /change/inbound: ",
            id="a change that no PATCH could make",
        ),
        pytest.param(
            {"rules": [{"fault": "status"}]}, "/rules/0/fault: ", id="a status without a status"
        ),
        pytest.param(
            {"rules": [{"fault": "lost_after", "method": "get"}]},
            "/rules/0/method: ",
            id="a method in lower case",
        ),
        pytest.param(
            {"rules": [{"fault": "lost_after", "times": 0}]}, "/rules/0/times: ", id="zero times"
        ),
        pytest.param(
            {"rules": [{"fault": "lost_after", "path": "fax"}]},
            "/rules/0/path: ",
            id="a path without its slash",
        ),
    ],
)
def test_a_wrong_scenario_is_refused_with_file_and_place(content: object, place: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_scenario(content, "outage.json")
    assert caught.value.message.startswith("outage.json: ")
    assert place in caught.value.message.replace('"', "'")
    assert caught.value.hint


def test_a_file_that_is_not_there_or_not_json(tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    with pytest.raises(UsageError, match=r"scenario file .*missing\.json cannot be read"):
        load_scenario(missing)
    broken = tmp_path / "broken.json"
    broken.write_bytes(b'{"rules": [')
    with pytest.raises(UsageError, match=r"scenario file .*broken\.json is not JSON"):
        load_scenario(broken)
