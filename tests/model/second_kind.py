"""What holds once a second kind is registered; `test_second_kind` runs this, registered first."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from faxops.config.export import export
from faxops.config.judge import Judge
from faxops.config.load import load_stack
from faxops.config.reader import FolderReader
from faxops.config.schema import file_schema, include_schema
from faxops.config.stack import Limit, Stack
from faxops.errors import ConfigurationInvalid
from faxops.model.live import LiveResource
from faxops.model.registry import KINDS
from faxops.reconcile.outcome import Result
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions, make_plan
from faxops.reconcile.snapshot import Snapshot
from faxops.report.masking import Masker
from faxops.report.plan_document import PlanContext, plan_document
from faxops.report.plan_text import plan_text
from faxops.report.style import Style
from tests.model.texml_application import TEXML_APPLICATION
from tests.reconcile.account import Account
from tests.reconcile.builders import desired, live, told
from tests.report.schema_check import check_document

BOTH = """\
version: 1
stack: clinic
defaults: {webhook_event_url: "https://hooks.clinic.example/fax"}
texml_defaults: {voice_method: get, lifecycle: {prevent_destroy: true}}
fax_applications:
  intake: {}
texml_applications:
  menu: {voice_url: "https://hooks.clinic.example/${key}", tags: [team-phone]}
fleets:
  branches:
    rows: [{code: north}, {code: south}]
    key: branch-${row.code}
    texml_application: {voice_url: "https://hooks.clinic.example/${row.code}", voice_method: post}
"""
KEYS = ["intake", "branch-north", "branch-south", "menu"]

Loading = Callable[[str], Stack]


@pytest.fixture
def loading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loading:
    """Load a text as the file of a configuration in the current folder."""
    monkeypatch.chdir(tmp_path)
    file = Path("faxops.yaml")

    def load(text: str) -> Stack:
        file.write_text(text, encoding="utf-8")
        return load_stack(FolderReader(file), environment=None, environ={})

    return load


class WithTexml(httpx.AsyncBaseTransport):
    """The emulator, and in front of it a collection of TeXML applications."""

    def __init__(self, emulator: httpx.AsyncBaseTransport, live: dict[str, dict[str, Any]]) -> None:
        self._emulator = emulator
        self._live = live
        self._ids = map(str, itertools.count(7_000_000_000_000_000_000 + len(live)))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer for the collection; pass on everything else."""
        _, _, below = request.url.path.partition("/texml_applications")
        if "/texml_applications" not in request.url.path:
            return await self._emulator.handle_async_request(request)
        body: dict[str, Any] = json.loads(await request.aread() or "{}")
        found = self._live.get(below.removeprefix("/"), {})
        match request.method:
            case "POST":
                found = {"id": next(self._ids), "created_at": "2026-11-24T12:00:00Z", **body}
                self._live[found["id"]] = found
            case "PATCH":
                found |= body
            case "DELETE":
                del self._live[found["id"]]
            case _ if not below:
                return httpx.Response(200, json=self._page())
            case _:
                pass
        return httpx.Response(200 if found else 404, json={"data": found})

    def _page(self) -> dict[str, Any]:
        total = len(self._live)
        meta = {"page_number": 1, "page_size": 250, "total_pages": 1, "total_results": total}
        return {"data": [*self._live.values()], "meta": meta}


def account(texml: dict[str, dict[str, Any]]) -> Account:
    return Account(wrap=lambda emulator: WithTexml(emulator, texml))


def menu(number: int, *marks: str, **fields: Any) -> LiveResource:  # noqa: ANN401 - any JSON
    """A live TeXML application with the marks of these keys of the stack."""
    return LiveResource.read(
        TEXML_APPLICATION,
        {
            "id": f"700000000000000000{number}",
            "friendly_name": f"Menu {number}",
            "voice_url": "https://hooks.clinic.example/menu",
            "tags": [f"faxops.clinic.{key}" for key in marks],
            **fields,
        },
    )


def planned(wanted: Stack, *found: LiveResource, **options: Any) -> Plan:  # noqa: ANN401 - of PlanOptions
    by_kind = {kind.name: tuple(each for each in found if each.kind is kind) for kind in KINDS}
    return make_plan(wanted, Snapshot("", "", by_kind), PlanOptions(**options))


def findings(error: ConfigurationInvalid) -> list[tuple[str, str, str]]:
    return [(each.code, each.summary, each.suggestion) for each in error.diagnostics]


@pytest.mark.parametrize("schema", [file_schema(), include_schema()], ids=["main", "included"])
def test_the_schema_has_its_section(schema: dict[str, Any]) -> None:
    assert schema["properties"]["texml_applications"]["title"] == "TeXML applications"
    assert "voice_url" in schema["$defs"]["texml_application"]["properties"]


@pytest.mark.parametrize(
    "part",
    [
        pytest.param({"defaults": {"voice_url": "https://a.example"}}, id="another's default"),
        pytest.param({"texml_defaults": {"active": True}}, id="a default it has no field for"),
        pytest.param({"texml_applications": {"a": {"active": True}}}, id="another kind's field"),
        pytest.param({"fleets": {"a": {"rows": [], "key": "a"}}}, id="a fleet of nothing"),
        pytest.param(
            {"fleets": {"a": {"rows": [], "key": "a", "application": {}, "texml_application": {}}}},
            id="a fleet of two kinds",
        ),
    ],
)
def test_the_schema_keeps_the_kinds_apart(part: dict[str, Any]) -> None:
    judge = Judge(file_schema())
    assert judge.approves({"version": 1, "stack": "clinic"})
    assert not judge.approves({"version": 1, "stack": "clinic", **part})


def test_a_file_with_both_kinds_loads(loading: Loading) -> None:
    stack = loading(BOTH)

    assert [each.key for each in stack.resources] == KEYS
    assert {each.kind for each in stack.resources[1:]} == {TEXML_APPLICATION.name}
    assert stack.resources[-1].values == {
        "friendly_name": "menu",
        "voice_url": "https://hooks.clinic.example/menu",
        "voice_method": "get",
        "tags": frozenset({"team-phone"}),
    }


def test_defaults_stand_under_their_own_kind_alone(loading: Loading) -> None:
    assert [each.prevent_destroy for each in loading(BOTH).resources] == [False, True, True, True]


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [
        pytest.param(
            "fax_applications: {a: {webhook_event_url: https://a.example}}\n"
            "texml_applications: {a: {voice_url: https://a.example}}",
            (
                "FX402",
                "The key `a` is already that of the application at faxops.yaml:3:20.",
                "Give one of the two another key, or delete it.",
            ),
            id="a key is one over all kinds",
        ),
        pytest.param(
            'imports: [{id: "1", to: desk}]',
            (
                "FX501",
                "No application has the key `desk`, the target of this import.",
                "Define it under `fax_applications:` or `texml_applications:`.",
            ),
            id="a key of no kind",
        ),
        pytest.param(
            "fleets: {clinics: {rows: [], key: a}}",
            (
                "FX212",
                "`clinics` must be a fleet of one kind, with `application` or `texml_application`.",
                "",
            ),
            id="a fleet that names no kind",
        ),
        pytest.param(
            "texml_applications: {a: {voice_url: https://a.example,"
            " lifecycle: {ignore_changes: [zzz]}}}",
            (
                "FX215",
                "`zzz` is no field of a texml application.",
                "Write the path of a field, e.g. `friendly_name`.",
            ),
            id="an example of its own",
        ),
    ],
)
def test_a_wrong_file_is_told_of_all_kinds(
    loading: Loading, wrong: str, expected: tuple[str, str, str]
) -> None:
    with pytest.raises(ConfigurationInvalid) as caught:
        loading(f"version: 1\nstack: clinic\n{wrong}\n")
    assert findings(caught.value) == [expected]


def test_its_plan_is_a_document_and_a_text_like_any_other(loading: Loading) -> None:
    plan = planned(loading(BOTH), menu(1, "menu"), menu(2))
    context = PlanContext(datetime(2026, 11, 24, tzinfo=UTC), Masker(), show_unmanaged=True)

    document = plan_document(plan, context)

    check_document("plan", document)
    changes = {each["address"]: each["change"] for each in document["resource_changes"]}
    assert changes["texml_application.branch-north"]["actions"] == ["create"]
    assert {".".join(path) for path in changes["texml_application.menu"]["paths"]} == {
        "friendly_name",
        "lifecycle.prevent_destroy",
        "tags",
        "voice_method",
    }
    assert [each["name"] for each in document["unmanaged"]["resources"]] == ["Menu 2"]
    text = plan_text(document, Style(color=False))
    assert "+ texml_application.branch-north" in text
    assert "Plan: 3 to add, 1 to change, 0 to destroy." in text


def test_plan_apply_and_the_next_plan_is_empty(loading: Loading) -> None:
    texml: dict[str, dict[str, Any]] = {}
    place = account(texml)
    wanted = loading(BOTH.replace("prevent_destroy: true", "prevent_destroy: false"))

    assert {each.result for each in place.apply(wanted).changes} == {Result.APPLIED}
    assert place.plan(wanted).is_empty
    assert sorted(each["friendly_name"] for each in texml.values()) == sorted(KEYS[1:])

    next(iter(texml.values()))["voice_url"] = "https://elsewhere.example"
    outcome = place.apply(wanted)
    assert [(each.change.kind, each.result) for each in outcome.changes] == [
        (TEXML_APPLICATION, Result.APPLIED)
    ]
    assert place.plan(wanted).is_empty

    fax_only = loading(BOTH.partition("texml_applications:")[0])
    outcome = place.apply(fax_only, max_deletes=Limit(3))
    assert [each.change.action.value for each in outcome.changes] == ["delete"] * 3
    assert texml == {}
    assert len(place.live()) == 1


def test_an_export_holds_every_kind_and_changes_nothing(loading: Loading) -> None:
    found = [live(1), menu(1), menu(2, voice_method="get"), menu(3)]

    exported = export(found, "clinic")

    plan = planned(loading(exported.text), *found)
    assert (plan.summary.imported, plan.refusals) == (4, ())
    assert plan.summary.add + plan.summary.change + plan.summary.destroy == 0
    assert "# Every fax application and texml application of one" in exported.text


def test_a_value_no_file_can_hold_is_left_to_the_live_object(loading: Loading) -> None:
    found = [menu(1, friendly_name="a\nb", voice_url="nowhere", voice_method="put")]

    plan = planned(loading(export(found, "clinic").text), *found)

    assert [each.key for each in plan.changes] == ["a-b"]
    assert plan.changes[0].fields == ()


@pytest.mark.parametrize(
    ("fax", "texml"),
    [
        pytest.param("old", "menu", id="by the second kind"),
        pytest.param("intake", "gone", id="by the first kind"),
    ],
)
def test_a_stack_that_is_recognised_by_one_kind_is_not_strange(
    loading: Loading, fax: str, texml: str
) -> None:
    plan = planned(loading(BOTH), live(1, fax), menu(1, texml))
    assert "FX701" not in [each.code for each in plan.refusals]


def test_a_plan_counts_what_is_owned_and_what_is_not_over_all_kinds(loading: Loading) -> None:
    strange = [live(2), menu(2)]
    plan = planned(loading(BOTH), live(1, "intake"), menu(1, "menu"), *strange)
    assert plan.owned == 2
    assert list(plan.unmanaged) == strange


def test_a_stack_of_which_no_kind_is_recognised_is_strange(loading: Loading) -> None:
    fax_only = loading(BOTH.partition("texml_applications:")[0])
    plan = planned(fax_only, menu(1, "lab"))
    assert "FX701" in [each.code for each in plan.refusals]


def test_a_target_may_be_the_key_of_any_kind(loading: Loading) -> None:
    plan = planned(loading(BOTH), live(1, "intake"), menu(1, "gone"), target=("gone",))
    assert told(plan)[0] == "delete gone"


def test_a_key_may_change_its_kind(loading: Loading) -> None:
    wanted = replace(loading(BOTH), resources=(desired("menu"),))
    plan = planned(wanted, menu(1, "menu"), destroy=True)
    assert [each.address for each in plan.changes] == [
        "fax_application.menu",
        "texml_application.menu",
    ]
    assert [each.action.value for each in plan.changes] == ["create", "delete"]
