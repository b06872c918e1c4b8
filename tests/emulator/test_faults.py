from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from faxops.emulator.distortions import SHIFTED_IN
from faxops.emulator.scenario import FAULT_KINDS
from tests.emulator.account import INTAKE, MINIMAL, URL, Account, problem

LIST = "/fax_applications"


def _rule(fault: object, **settings: object) -> Mapping[str, Any]:
    return {"method": "GET", "path": LIST, "fault": fault, **settings}


def _three(*rules: Mapping[str, Any]) -> Account:
    """An account with a, b and c, made in that order."""
    applications = [
        {**MINIMAL, "id": str(place), "application_name": name}
        for place, name in enumerate("abc", start=1)
    ]
    return Account(seed={"fax_applications": applications}, rules=rules)


def _faults(account: Account) -> list[tuple[str, int | None, str]]:
    return [(each.method, each.status, each.fault) for each in account.emulator.requests()]


def test_after_lets_requests_through_and_times_ends_it() -> None:
    account = Account(rules=[_rule({"kind": "status", "status": 503}, after=1, times=2)])
    statuses = [account.get(LIST).status_code for _ in range(4)]
    assert statuses == [200, 503, 503, 200]
    assert _faults(account)[1] == ("GET", 503, "status")


@pytest.mark.parametrize(
    ("method", "path", "hit"),
    [
        ("GET", "/fax_applications", False),
        ("GET", "/fax_applications/1", True),
        ("DELETE", "/fax_applications/1", False),
        ("GET", "/phone_numbers", False),
    ],
)
def test_a_rule_hits_its_method_and_path_only(method: str, path: str, *, hit: bool) -> None:
    rule = {
        "method": "GET",
        "path": "/fax_applications/*",
        "fault": {"kind": "status", "status": 500},
    }
    reply = _three(rule).request(method, path)
    assert (reply.status_code == 500) is hit


def test_a_rule_without_method_and_path_hits_everything_even_outside_the_api() -> None:
    account = Account(rules=[{"fault": {"kind": "status", "status": 500}}])
    assert account.get("/nowhere").status_code == 500
    assert account.request("POST", LIST, headers={}).status_code == 500


def test_of_two_rules_the_first_with_hits_left_counts() -> None:
    first = _rule({"kind": "status", "status": 500}, times=1)
    second = _rule({"kind": "status", "status": 502}, times=1)
    account = Account(rules=[first, second])
    assert [account.get(LIST).status_code for _ in range(3)] == [500, 502, 200]


@pytest.mark.parametrize(
    ("status", "code"), [(401, "10009"), (403, "10010"), (423, "10035"), (500, "10007")]
)
def test_a_status_has_an_error_body_that_fits(status: int, code: str) -> None:
    account = Account(rules=[_rule({"kind": "status", "status": status})])
    assert problem(account.get(LIST)) == (status, code, "")


def test_a_status_carries_its_own_code_and_headers() -> None:
    fault = {"kind": "status", "status": 403, "code": "10038", "headers": {"Retry-After": "7"}}
    reply = Account(rules=[_rule(fault)]).get(LIST)
    assert problem(reply) == (403, "10038", "")
    assert reply.headers["retry-after"] == "7"


def test_a_status_may_say_anything() -> None:
    fault = {"kind": "status", "status": 422, "detail": "someone@clinic.example is taken"}
    reply = Account(rules=[_rule(fault)]).get(LIST)
    assert reply.json()["errors"][0]["detail"] == "someone@clinic.example is taken"


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        ("html", "text/html", "<html>"),
        ("empty", "application/json; charset=utf-8", ""),
        ("truncated", "application/json; charset=utf-8", '{"errors":[{'),
        ("wrong_content_type", "text/plain", '{"errors":[{'),
    ],
)
def test_a_status_with_a_body_that_is_not_the_apis(body: str, content_type: str, text: str) -> None:
    account = Account(rules=[_rule({"kind": "status", "status": 502, "body": body})])
    reply = account.get(LIST)
    assert reply.status_code == 502
    assert reply.headers["content-type"] == content_type
    assert reply.text.startswith(text)
    assert (reply.text == "") is (body == "empty")


def test_a_status_that_acts_has_done_what_was_asked() -> None:
    fault = {"kind": "status", "status": 504, "acts": True}
    account = Account(rules=[{"method": "POST", "fault": fault, "times": 1}])
    assert problem(account.post(MINIMAL)) == (504, "10007", "")
    assert account.names() == ["Intake"]
    assert _faults(account)[0] == ("POST", 504, "status")


def test_a_real_reply_can_be_cut_short() -> None:
    whole = _three().get(LIST).text
    fault = {"kind": "status", "body": "truncated", "acts": True}
    reply = _three(_rule(fault)).get(LIST)
    assert reply.status_code == 200
    assert whole.startswith(reply.text)
    assert len(reply.text) == len(whole.encode()) // 2


def test_a_real_reply_can_have_the_wrong_type() -> None:
    fault = {"kind": "status", "body": "wrong_content_type", "acts": True}
    reply = _three(_rule(fault)).get(LIST)
    assert reply.headers["content-type"] == "text/plain"
    assert len(reply.json()["data"]) == 3


@pytest.mark.parametrize(
    ("kind", "error", "names"),
    [
        ("refused", httpx.ConnectError, []),
        ("lost_before", httpx.ReadError, []),
        ("lost_after", httpx.ReadError, ["Intake"]),
    ],
)
def test_a_lost_connection(kind: str, error: type[Exception], names: list[str]) -> None:
    account = Account(rules=[{"method": "POST", "path": LIST, "fault": kind}])
    with pytest.raises(error, match="emulator"):
        account.post(MINIMAL)
    assert account.names() == names
    assert _faults(account)[0] == ("POST", None, kind)


@pytest.mark.parametrize("acts", [True, False], ids=["the work is done", "nothing is done"])
def test_a_hang_longer_than_the_clients_patience_times_out(*, acts: bool) -> None:
    fault = {"kind": "hang", "seconds": 600, "acts": acts}
    account = Account(rules=[{"method": "POST", "fault": fault}])
    with pytest.raises(httpx.ReadTimeout):
        account.post(MINIMAL)
    assert account.clock.naps == [30]
    assert account.names() == (["Intake"] if acts else [])
    assert _faults(account)[0] == ("POST", None, "hang")


def test_a_shorter_hang_is_a_late_reply_or_a_lost_connection() -> None:
    late = Account(rules=[{"fault": {"kind": "hang", "seconds": 0.05}}])
    assert late.post(MINIMAL).status_code == 201
    assert late.clock.naps == [0.05]
    lost = Account(rules=[{"fault": {"kind": "hang", "seconds": 5, "acts": False}}])
    with pytest.raises(httpx.ReadError, match="before"):
        lost.post(MINIMAL)


def test_a_slow_drip_arrives_whole() -> None:
    account = _three(_rule({"kind": "slow_drip", "seconds": 20}))
    assert account.get(LIST).text == _three().get(LIST).text
    assert account.clock.naps == [2.0] * 10


def test_a_stale_read_of_one_object_shows_it_before_its_last_write() -> None:
    path = f"{LIST}/1"
    account = _three({"method": "GET", "path": path, "fault": "stale_read", "times": 1})
    before = _three().read("1")
    account.clock.moved = 5
    account.patch(path, {**MINIMAL, "application_name": "new"})
    account.patch(f"{LIST}/2", {**MINIMAL, "application_name": "unrelated"})
    assert account.read("1") == before
    assert account.read("1")["application_name"] == "new"


def test_a_stale_read_of_what_was_just_created_or_deleted() -> None:
    account = Account(rules=[{"method": "GET", "path": f"{LIST}/*", "fault": "stale_read"}])
    made = account.made()
    path = f"{LIST}/{made['id']}"
    assert account.get(path).status_code == 404
    account.delete(path)
    assert account.read(made["id"]) == made
    assert account.names() == []


def test_a_stale_listing_undoes_the_last_write_alone() -> None:
    account = _three(_rule("stale_read", times=3))
    account.delete(f"{LIST}/1")
    assert account.names() == ["a", "b", "c"]
    account.patch(f"{LIST}/2", {**MINIMAL, "application_name": "B"})
    assert account.names() == ["b", "c"]
    account.made(application_name="d")
    assert account.names() == ["B", "c"]
    assert account.names() == ["B", "c", "d"]


def test_a_stale_read_with_no_write_before_it_is_an_ordinary_one() -> None:
    assert Account(rules=[_rule("stale_read")]).names() == []


def test_a_shifting_list_loses_one_object_between_pages_and_no_total_tells() -> None:
    account = _three(_rule("shifting_list", after=1, times=1))
    first = account.names(**{"page[size]": 2, "page[number]": 1})
    second = account.get(LIST, **{"page[size]": 2, "page[number]": 2, "sort": "created_at"})
    assert first == ["a", "b"]
    assert [each["application_name"] for each in second.json()["data"]] == [SHIFTED_IN]
    assert second.json()["meta"]["total_results"] == 3
    assert account.names() == ["b", "c", SHIFTED_IN]


def test_a_wrong_total() -> None:
    account = _three(_rule({"kind": "wrong_total", "by": -2}, times=1), _rule("wrong_total"))
    metas = [account.get(LIST).json()["meta"]["total_results"] for _ in range(2)]
    assert metas == [1, 4]
    assert account.read("1")


def test_an_empty_list() -> None:
    account = _three(_rule("empty_list", times=1))
    reply = account.get(LIST).json()
    assert reply["data"] == []
    assert (reply["meta"]["total_results"], reply["meta"]["total_pages"]) == (0, 0)
    assert len(account.names()) == 3


def test_a_duplicate_in_pages() -> None:
    account = _three(_rule("duplicate_in_pages"))
    assert account.names() == ["a", "b", "a"]
    assert account.names(**{"page[size]": 2, "page[number]": 2}) == ["a"]


def test_another_actor_changes_what_was_just_read() -> None:
    fault = {"kind": "other_actor", "change": {"application_name": "theirs"}}
    account = _three({"method": "GET", "path": f"{LIST}/*", "times": 1, "fault": fault})
    account.clock.moved = 5
    assert account.read("2")["application_name"] == "b"
    changed = account.read("2")
    assert changed["application_name"] == "theirs"
    assert changed["updated_at"] > changed["created_at"]
    assert changed["webhook_event_url"] == URL


def test_another_actor_deletes_what_was_just_read() -> None:
    account = _three(_rule("other_actor"))
    assert account.names() == ["a", "b", "c"]
    assert account.names() == ["b", "c"]


def test_another_actor_may_take_an_object_that_was_not_read() -> None:
    account = _three(_rule({"kind": "other_actor", "id": "2"}, times=1))
    assert account.names() == ["a", "b", "c"]
    assert account.names() == ["a", "c"]


def test_another_actor_ignores_a_read_that_failed() -> None:
    account = _three({"method": "GET", "path": f"{LIST}/*", "fault": "other_actor"})
    assert account.get(f"{LIST}/9").status_code == 404
    assert len(account.names()) == 3


@pytest.mark.parametrize(
    "kind", ["stale_read", "wrong_total", "other_actor", "duplicate_in_pages", "shifting_list"]
)
def test_faults_of_reading_leave_writes_and_other_paths_alone(kind: str) -> None:
    account = _three({"fault": kind, "after": 9})
    body = {**MINIMAL, "application_name": "written"}
    assert account.patch(f"{LIST}/1", body).json()["data"]["application_name"] == "written"
    bent = _three({"fault": kind})
    assert bent.patch(f"{LIST}/1", body).status_code == 200
    assert bent.get("/public_key").json() == account.get("/public_key").json()
    reply = bent.get("/phone_numbers")
    assert reply.json()["data"] == []
    assert [each.fault for each in bent.emulator.requests()] == ["", kind, kind]


def test_a_rate_limit_lets_so_many_through_in_each_window() -> None:
    account = Account(rules=[{"fault": {"kind": "rate_limit", "requests": 2}}])
    assert [account.get(LIST).status_code for _ in range(4)] == [200, 200, 429, 429]
    account.clock.moved += 1
    assert [account.get(LIST).status_code for _ in range(3)] == [200, 200, 429]


def test_a_request_over_the_limit_is_not_processed() -> None:
    account = Account(rules=[{"method": "POST", "fault": {"kind": "rate_limit", "requests": 1}}])
    account.made()
    assert problem(account.post(MINIMAL)) == (429, "10011", "")
    assert account.names() == ["Intake"]
    assert _faults(account)[1] == ("POST", 429, "rate_limit")


@pytest.mark.parametrize(
    ("settings", "retry_after", "reset"),
    [
        pytest.param({}, "3", "3", id="seconds, delta"),
        pytest.param({"retry_after": "none"}, None, "3", id="no header"),
        pytest.param(
            {"retry_after": "date"}, "Tue, 24 Nov 2026 12:00:04 GMT", "3", id="a date, rounded up"
        ),
        pytest.param({"reset": "epoch"}, "3", "1795521604", id="Unix time"),
    ],
)
def test_a_rate_limit_says_when_to_come_back(
    settings: Mapping[str, Any], retry_after: str | None, reset: str
) -> None:
    fault = {"kind": "rate_limit", "requests": 1, "seconds": 3, **settings}
    account = Account(rules=[{"fault": fault}])
    allowed = account.get(LIST)
    assert "retry-after" not in allowed.headers
    account.clock.moved += 0.5
    refused = account.get(LIST)
    assert refused.headers.get("retry-after") == retry_after
    assert refused.headers["x-ratelimit-reset"] == reset
    assert refused.headers["x-ratelimit-limit"] == "1"
    assert refused.headers["x-ratelimit-remaining"] == "0"


def test_a_rate_limit_and_another_fault_work_together() -> None:
    limit = {"fault": {"kind": "rate_limit", "requests": 1}}
    account = Account(rules=[limit, _rule({"kind": "status", "status": 503}, times=1)])
    assert [account.get(LIST).status_code for _ in range(2)] == [503, 429]


def test_one_request_meets_an_api_that_behaves_otherwise() -> None:
    fault = {"kind": "behaves", "behaviours": {"tags": "dropped"}}
    account = Account(rules=[{"method": "POST", "after": 1, "times": 1, "fault": fault}])
    assert [account.made(tags=["x"])["tags"] for _ in range(3)] == [["x"], [], ["x"]]
    assert _faults(account)[1] == ("POST", 201, "behaves")


def test_faults_can_be_ended() -> None:
    account = _three(_rule({"kind": "status", "status": 503}))
    assert account.get(LIST).status_code == 503
    account.emulator.end_faults()
    assert account.names() == ["a", "b", "c"]


def _sent(*rules: Mapping[str, Any], faxes: int = 3, **behaviours: str) -> Account:
    """An account with faxes to +10, +11 and so on, delivered in that order."""
    given = [
        {
            "connection_id": "42",
            "from": "+1",
            "to": f"+{10 + place}",
            "created_at": f"202{place}-01-01T00:00:00Z",
        }
        for place in range(faxes)
    ]
    seed = {"fax_applications": [INTAKE], "faxes": given}
    return Account(seed=seed, rules=rules, behaviours=behaviours)


def _numbers(account: Account, **query: str | int) -> list[str]:
    return [each["to"] for each in account.get("/faxes", **query).json()["data"]]


@pytest.mark.parametrize(("kind", "made"), [("refused", 0), ("lost_before", 0), ("lost_after", 1)])
def test_a_send_whose_connection_is_lost(kind: str, made: int) -> None:
    account = _sent({"method": "POST", "path": "/faxes", "fault": kind}, faxes=0)
    with pytest.raises(httpx.TransportError, match="emulator"):
        account.send()
    assert len(_numbers(account)) == made
    assert len(account.events()) == made


@pytest.mark.parametrize(
    ("method", "path", "action"),
    [
        ("GET", "/faxes/*", ""),
        ("DELETE", "/faxes/*", ""),
        ("POST", "/faxes/*/actions/cancel", "/actions/cancel"),
        ("POST", "/faxes/*/actions/refresh", "/actions/refresh"),
    ],
)
def test_a_rule_hits_one_operation_on_a_fax(method: str, path: str, action: str) -> None:
    fault = {"kind": "status", "status": 503}
    account = _sent({"method": method, "path": path, "fault": fault})
    fax = account.get("/faxes").json()["data"][0]
    reply = account.request(method, f"/faxes/{fax['id']}{action}")
    assert reply.status_code == 503
    assert account.send()["status"] == "queued"


def test_a_stale_read_of_a_fax_does_not_know_it_yet() -> None:
    rules = [
        {"method": "GET", "path": path, "fault": "stale_read"} for path in ("/faxes", "/faxes/*")
    ]
    account = _sent(*rules)
    sent = account.send()
    assert account.get(f"/faxes/{sent['id']}").status_code == 404
    assert _numbers(account) == ["+12", "+11", "+10"]
    account.clock.moved = 1
    assert account.fax(sent["id"])["status"] == "queued"
    account.emulator.end_faults()
    assert account.fax(sent["id"])["status"] == "media.processed"


def test_a_listing_of_faxes_shifts() -> None:
    rule = {"method": "GET", "path": "/faxes", "after": 1, "times": 1, "fault": "shifting_list"}
    newest_first = _sent(rule)
    pages = [_numbers(newest_first, **{"page[size]": 2, "page[number]": each}) for each in (1, 2)]
    assert pages == [["+12", "+11"], ["+11"]]
    oldest_first = _sent(rule, fax_order="oldest_first")
    pages = [_numbers(oldest_first, **{"page[size]": 2, "page[number]": each}) for each in (1, 2)]
    assert pages == [["+10", "+11"], ["+10"]]
    faxes = oldest_first.get("/faxes").json()["data"]
    assert len({each["id"] for each in faxes}) == 3


def test_a_listing_of_faxes_is_wrong() -> None:
    rule = {"method": "GET", "path": "/faxes"}
    account = _sent(
        {**rule, "times": 1, "fault": {"kind": "wrong_total", "by": 2}},
        {**rule, "times": 1, "fault": "empty_list"},
        {**rule, "times": 2, "fault": "duplicate_in_pages"},
    )
    assert account.get("/faxes").json()["meta"]["total_results"] == 5
    assert _numbers(account) == []
    assert _numbers(account) == ["+12", "+11", "+12"]
    assert _numbers(account, **{"page[size]": 2, "page[number]": 2}) == ["+12"]


def test_another_actor_deletes_a_fax_and_cannot_change_one() -> None:
    change = {"kind": "other_actor", "change": {"active": False}}
    rule = {"method": "GET", "path": "/faxes", "times": 1}
    account = _sent({**rule, "fault": change}, {**rule, "fault": "other_actor"})
    assert [_numbers(account) for _ in range(3)] == [["+12", "+11", "+10"]] * 2 + [["+11", "+10"]]


def test_every_kind_of_fault_is_tested_here() -> None:
    source = Path(__file__).read_text(encoding="utf-8")
    assert [kind for kind in FAULT_KINDS if f'"{kind}"' not in source] == []
