"""In which order changes are made, when sending stops, and what an interrupt leaves behind."""

from __future__ import annotations

import asyncio
import json

import httpx
import pytest

from faxops.config.stack import DesiredResource
from faxops.emulator.scenario import (
    Fault,
    Hang,
    LostBefore,
    OtherActor,
    StaleRead,
    Status,
    WrongTotal,
)
from faxops.errors import ExitCode
from faxops.reconcile.outcome import Outcome
from faxops.reconcile.plan import Plan
from faxops.telnyx.provider import TelnyxProvider
from tests.reconcile.account import Account, Told, ended, fault
from tests.reconcile.builders import app_id, desired, imports, moved, plan, raw, removed, stack

ONE = "/fax_applications/" + app_id(1)
EVERY = "/fax_applications"
DONE = ExitCode.DONE


def news(*keys: str) -> list[DesiredResource]:
    return [desired(key) for key in keys]


# --- order -------------------------------------------------------------------------------------


def test_creates_and_updates_go_before_destroys() -> None:
    account = Account([raw(1, "a"), raw(2, "z")])

    outcome = account.apply(stack(desired("b"), desired("z", number=2, active=False)))

    assert outcome.exit_code is DONE
    assert account.writes() == ["POST b", f"PATCH {app_id(2)}", f"DELETE {app_id(1)}"]


def test_a_destroy_waits_until_everything_else_has_succeeded() -> None:
    account = Account([raw(1, "a"), raw(2, "z")], rules=[fault(Status(422), "PATCH")])

    outcome = account.apply(stack(desired("b"), desired("z", number=2, active=False)))

    assert ended(outcome) == {"a": "not_attempted", "b": "applied", "z": "not_applied"}
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED
    assert outcome.stopped == "destroys wait until everything else has succeeded"


def test_destroys_are_independent_of_each_other() -> None:
    account = Account([raw(1, "a"), raw(2, "b"), raw(3, "k")], rules=[fault(Status(422), "DELETE")])

    outcome = account.apply(stack(desired("k", number=3)), parallelism=1)

    assert ended(outcome) == {"a": "not_applied", "b": "applied"}


def test_a_read_comes_right_before_every_patch_and_delete() -> None:
    account = Account([raw(1, "a"), raw(2, "b"), raw(3)])
    wanted = stack(
        desired("a", number=1, active=False), desired("c", number=3), imports=[imports(3, "c")]
    )

    account.apply(wanted)

    for number, method in ((1, "PATCH"), (2, "DELETE"), (3, "PATCH")):
        path = "/fax_applications/" + app_id(number)
        of_it = [each.method for each in account.requests() if each.path == path]
        assert of_it[:2] == ["GET", method]


def test_a_listing_comes_right_before_the_first_create() -> None:
    account = Account()
    planned = account.plan(stack(*news("a", "b")))
    account.apply(stack(), plan=planned, read_back=False)

    methods = [each.method for each in account.requests() if each.path == EVERY]
    assert methods == ["GET", "GET", "POST", "POST"]


def test_what_someone_else_created_since_the_plan_is_not_created_again() -> None:
    account = Account()
    planned = account.plan(stack(*news("a", "b")))
    account.apply(stack(desired("a")))

    outcome = account.apply(stack(), plan=planned, read_back=False)

    assert ended(outcome) == {"a": "not_applied", "b": "applied"}
    assert outcome.changes[0].reason.startswith("It is there, unlike when the plan was made: ")
    assert account.writes() == ["POST a", "POST b"]


@pytest.mark.parametrize("origin", ["desk", "hospital/desk"], ids=["renamed", "handed over"])
def test_what_a_move_would_have_found_is_not_created_beside_it(origin: str) -> None:
    wanted = stack(desired("a"), moved=[moved(origin, "b"), moved("b", "a")])
    planned = plan(wanted)
    account = Account([raw(1, origin)])

    outcome = account.apply(wanted, plan=planned, read_back=False)

    assert ended(outcome) == {"a": "not_applied"}
    assert app_id(1) in outcome.changes[0].reason
    assert account.writes() == []


def test_at_most_so_many_changes_are_under_way_at_once() -> None:
    account = Account(rules=[fault(Hang(10), "POST", times=None)])

    account.apply(stack(*news("a", "b", "c", "d", "e")), parallelism=2, read_back=False)

    # The first alone, then two at a time.
    assert account.clock.passed == 30.0


def subdomain(key: str, name: str | None, number: int = 0) -> DesiredResource:
    return desired(key, number=number, inbound={"sip_subdomain": name})


def test_a_subdomain_is_freed_before_it_is_taken() -> None:
    live = [
        raw(number, key, inbound={"sip_subdomain": name})
        for number, key, name in ((1, "a", None), (2, "b", "x"), (3, "c", "y"))
    ]
    account = Account(live, rules=[fault(Hang(2), "PATCH", times=None)])
    wanted = stack(subdomain("a", "x", 1), subdomain("b", "y", 2), subdomain("c", "z", 3))

    assert account.apply(wanted).exit_code is DONE
    assert account.writes() == [f"PATCH {app_id(number)}" for number in (3, 2, 1)]


def test_the_first_create_waits_for_the_whole_chain_that_frees_its_subdomain() -> None:
    live = [raw(n, k, inbound={"sip_subdomain": s}) for n, k, s in ((2, "b", "x"), (3, "c", "y"))]
    account = Account(live)
    wanted = stack(subdomain("a", "x"), subdomain("b", "y", 2), subdomain("c", "z", 3))

    assert account.apply(wanted).exit_code is DONE
    assert account.writes() == [f"PATCH {app_id(3)}", f"PATCH {app_id(2)}", "POST a"]


def test_a_subdomain_is_not_taken_when_it_was_not_freed() -> None:
    live = [raw(2, "b", inbound={"sip_subdomain": "x"})]
    account = Account(live, rules=[fault(Status(422), "PATCH")])

    outcome = account.apply(stack(subdomain("a", "x"), subdomain("b", None, 2)))

    assert ended(outcome) == {"a": "not_attempted", "b": "not_applied"}
    assert outcome.changes[0].reason == ("It waits for fax_application.b, which was not applied.")


# --- the first mark ----------------------------------------------------------------------------


@pytest.mark.parametrize("tags", ["dropped", "colons_rejected", "lower_cased", "reordered"])
def test_whatever_the_api_does_to_tags_nothing_is_created_that_would_be_lost(tags: str) -> None:
    account = Account(tags=tags)
    wanted = stack(*news("a", "b", "c"))

    outcome = account.apply(wanted)

    if tags == "dropped":
        assert ended(outcome) == {"a": "applied", "b": "not_attempted", "c": "not_attempted"}
        assert outcome.stopped.startswith("the API did not keep the tag faxops.clinic.a on ")
        assert str(outcome.changes[0].id) in outcome.stopped
        assert outcome.exit_code is ExitCode.PARTLY_APPLIED
    else:
        assert outcome.exit_code is DONE
        assert account.plan(wanted).is_empty


def test_an_apply_of_one_create_whose_mark_is_lost_is_no_success() -> None:
    outcome = Account(tags="dropped").apply(stack(desired("a")))

    assert ended(outcome) == {"a": "applied"}
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED


def test_an_import_is_confirmed_like_a_create() -> None:
    account = Account([raw(1), raw(2)], tags="dropped")
    wanted = stack(
        desired("a", number=1),
        desired("b", number=2),
        imports=[imports(1, "a"), imports(2, "b")],
    )

    assert ended(account.apply(wanted)) == {"a": "applied", "b": "not_attempted"}


def test_when_the_first_create_fails_the_next_one_runs_alone() -> None:
    account = Account(tags="dropped", rules=[fault(Status(422), "POST")])

    outcome = account.apply(stack(*news("a", "b", "c", "d")))

    assert ended(outcome) == {
        "a": "not_applied",
        "b": "applied",
        "c": "not_attempted",
        "d": "not_attempted",
    }


def test_a_first_mark_may_show_late() -> None:
    account = Account(rules=[fault(StaleRead(), "GET", EVERY + "/*", times=2)])

    assert account.apply(stack(*news("a", "b"))).exit_code is DONE


def test_a_first_mark_that_cannot_be_read_stops_the_apply() -> None:
    account = Account(rules=[fault(Status(403), "GET", EVERY + "/*", times=None)])

    outcome = account.apply(stack(*news("a", "b")))

    assert ended(outcome) == {"a": "applied", "b": "not_attempted"}
    assert outcome.stopped.startswith("the first mark could not be confirmed: ")


def test_an_apply_without_creates_and_imports_confirms_nothing() -> None:
    account = Account([raw(1, "a")])
    account.apply(stack(desired("b", number=1), moved=[moved("a", "b")]))

    assert [each.method for each in account.requests() if each.path == ONE] == ["GET", "PATCH"]


# --- what happened since the plan --------------------------------------------------------------

CHANGED = [
    pytest.param({"active": False}, "It was changed by someone else since the plan.", id="field"),
    pytest.param({"tags": ["mine"]}, "It was changed by someone else since the plan.", id="mark"),
    pytest.param(None, "It was deleted since the plan.", id="gone"),
]


class ReversedTags(httpx.AsyncBaseTransport):
    """Shows the tags of a single object in another order than a listing does."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self._inner = inner

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        document = json.loads(await response.aread())
        if isinstance(document["data"], dict) and "tags" in document["data"]:
            document["data"]["tags"].reverse()
        return httpx.Response(response.status_code, json=document)


def test_tags_in_another_order_are_no_change_since_the_plan() -> None:
    account = Account([raw(1, "a", tags=["x", "y"]), raw(2, "old", tags=["z"])], wrap=ReversedTags)

    outcome = account.apply(stack(desired("a", number=1, tags=["x", "y"], active=False)))

    assert ended(outcome) == {"a": "applied", "old": "applied"}
    assert outcome.exit_code is DONE


def interfere(account: Account, planned: Plan, change: dict[str, object] | None) -> Outcome:
    """Carry `planned` out after another actor did `change`, None being a delete, to object 1."""

    async def other(provider: TelnyxProvider) -> None:
        kind = planned.changes[0].kind
        if change is None:
            await provider.delete(kind, app_id(1))
        else:
            required = {
                "application_name": "Application 1",
                "webhook_event_url": raw(1)["webhook_event_url"],
            }
            await provider.update(kind, app_id(1), {**required, **change})

    account.run(other)
    return account.apply(stack(), plan=planned, read_back=False)


@pytest.mark.parametrize(("change", "reason"), CHANGED)
def test_an_update_of_what_changed_since_the_plan_is_not_made(
    change: dict[str, object] | None, reason: str
) -> None:
    account = Account([raw(1, "a")])
    planned = account.plan(stack(desired("a", number=1, webhook_timeout_secs=3)))

    outcome = interfere(account, planned, change)

    assert ended(outcome) == {"a": "not_applied"}
    assert outcome.changes[0].reason == reason
    assert outcome.exit_code is ExitCode.FAILED
    assert len(account.requests("PATCH", "DELETE")) == 1


def test_a_destroy_of_what_changed_since_the_plan_is_not_made() -> None:
    account = Account([raw(1, "a"), raw(2, "k")])
    planned = account.plan(stack(desired("k", number=2)))

    assert ended(interfere(account, planned, {"active": False})) == {"a": "not_applied"}
    assert len(account.requests("DELETE")) == 0


def test_a_destroy_of_what_is_gone_is_done() -> None:
    account = Account([raw(1, "a"), raw(2, "k")])
    planned = account.plan(stack(desired("k", number=2)))

    outcome = interfere(account, planned, None)

    assert ended(outcome) == {"a": "applied"}
    assert outcome.exit_code is DONE


def test_an_update_whose_object_goes_between_its_read_and_its_patch_is_not_made() -> None:
    account = Account([raw(1, "a")], rules=[fault(OtherActor(), "GET", ONE)])

    outcome = account.apply(stack(desired("a", number=1, active=False)))

    assert ended(outcome) == {"a": "not_applied"}
    assert outcome.changes[0].reason == "It was deleted since the plan."


NUMBER = {"phone_number": "+13125550100", "connection_id": app_id(1)}


def test_a_number_that_was_attached_since_the_plan_stops_the_destroy() -> None:
    account = Account([raw(1, "a"), raw(2, "k")])
    planned = account.plan(stack(desired("k", number=2)))
    later = Account([raw(1, "a"), raw(2, "k")], numbers=[NUMBER])

    outcome = later.apply(stack(), plan=planned, read_back=False)

    assert ended(outcome) == {"a": "not_applied"}
    assert outcome.changes[0].reason == "Phone numbers point to it now: +13125550100."
    assert later.requests("DELETE") == []


def test_an_attached_number_refuses_the_plan() -> None:
    account = Account([raw(1, "a"), raw(2, "k")], numbers=[NUMBER])

    assert [each.code for each in account.plan(stack(desired("k", number=2))).refusals] == ["FX722"]


def test_numbers_that_cannot_be_read_whole_stop_the_destroy_and_nothing_else() -> None:
    account = Account(
        [raw(1, "a"), raw(2, "b"), raw(3, "k")],
        rules=[fault(WrongTotal(), "GET", "/phone_numbers", after=2, times=4)],
    )

    outcome = account.apply(stack(desired("k", number=3)), parallelism=1)

    assert ended(outcome) == {"a": "not_applied", "b": "applied"}
    assert "could not be read whole" in outcome.changes[0].reason


# --- when sending stops ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        pytest.param(Status(401), ExitCode.NOT_PERMITTED, id="401"),
        pytest.param(Status(403, code="10038"), ExitCode.NOT_PERMITTED, id="10038"),
    ],
)
def test_sending_stops_at(kind: Fault, code: ExitCode) -> None:
    account = Account(rules=[fault(kind, "POST", times=None)])

    outcome = account.apply(stack(*news("a", "b")), read_back=False)

    assert ended(outcome) == {"a": "not_applied", "b": "not_attempted"}
    assert outcome.exit_code is code
    assert len(account.writes()) == 1


def test_another_403_is_about_its_own_change() -> None:
    account = Account(rules=[fault(Status(403), "POST")])

    assert ended(account.apply(stack(*news("a", "b")))) == {"a": "not_applied", "b": "applied"}


@pytest.mark.parametrize("kind", [Status(500), LostBefore()], ids=["5xx", "network"])
def test_sending_stops_after_ten_failures_in_a_row(kind: Fault) -> None:
    keys = [f"k{number:02d}" for number in range(1, 15)]
    live = [raw(number, key) for number, key in enumerate(keys, 1)]
    wanted = stack(*(desired(key, number=n, active=False) for n, key in enumerate(keys, 1)))
    account = Account(live, rules=[fault(kind, "GET", EVERY + "/*", times=None)])

    outcome = account.apply(wanted, parallelism=1, read_back=False)

    results = list(ended(outcome).values())
    assert results == ["not_applied"] * 10 + ["not_attempted"] * 4
    assert outcome.stopped == "10 changes in a row failed to reach the API"
    assert outcome.exit_code is ExitCode.FAILED


def test_failures_that_are_not_in_a_row_do_not_stop_the_sending() -> None:
    keys = [f"k{number:02d}" for number in range(1, 15)]
    live = [raw(number, key) for number, key in enumerate(keys, 1)]
    wanted = stack(*(desired(key, number=n, active=False) for n, key in enumerate(keys, 1)))
    rules = [
        fault(Status(422), "PATCH", "/fax_applications/" + app_id(6)),
        *(
            fault(Status(500), "GET", "/fax_applications/" + app_id(n), times=None)
            for n in range(1, 15)
            if n != 6
        ),
    ]
    account = Account(live, rules=rules)

    outcome = account.apply(wanted, parallelism=1, read_back=False)

    assert set(ended(outcome).values()) == {"not_applied"}


def test_an_account_that_cannot_be_read_before_the_first_create_is_left_alone() -> None:
    account = Account([raw(1, "u")], rules=[fault(Status(403), "GET", EVERY, after=1)])

    outcome = account.apply(
        stack(desired("new"), desired("u", number=1, active=False)), read_back=False
    )

    assert ended(outcome) == {"new": "not_applied", "u": "not_attempted"}
    assert outcome.exit_code is ExitCode.NOT_PERMITTED
    assert account.writes() == []


# --- interrupts --------------------------------------------------------------------------------


def interrupted(
    account: Account,
    planned: Plan,
    *,
    at: float,
    parallelism: int = 8,
) -> Outcome:
    """Carry `planned` out, with the signal `at` so many seconds after the start."""

    async def work(provider: TelnyxProvider) -> Outcome:
        stop = asyncio.Event()
        asyncio.get_running_loop().call_later(at, stop.set)
        execution = account.execution(planned, provider, parallelism=parallelism, stop=stop)
        return await execution.run()

    return account.run(work)


@pytest.mark.parametrize(
    ("seconds", "results", "code"),
    [
        pytest.param(4, ["applied", "not_attempted"], ExitCode.PARTLY_APPLIED, id="in 5 s"),
        pytest.param(20, ["unknown", "not_attempted"], ExitCode.UNKNOWN_OUTCOME, id="too late"),
    ],
)
def test_what_is_in_flight_gets_five_seconds(
    seconds: float, results: list[str], code: ExitCode
) -> None:
    account = Account([raw(1, "a"), raw(2, "b")], rules=[fault(Hang(seconds), "PATCH", times=None)])
    wanted = stack(desired("a", number=1, active=False), desired("b", number=2, active=False))

    outcome = interrupted(account, account.plan(wanted), at=1, parallelism=1)

    assert list(ended(outcome).values()) == results
    assert outcome.exit_code is code
    assert account.clock.passed == min(seconds, 6.0)
    assert len(account.writes()) == 1


def test_an_interrupt_of_the_listing_before_the_first_create_sends_no_write() -> None:
    account = Account([raw(1, "a")], rules=[fault(Hang(20), "GET", EVERY, after=1)])
    planned = account.plan(stack(desired("a", number=1, active=False), *news("b")))

    outcome = interrupted(account, planned, at=1)

    assert ended(outcome) == {"a": "not_attempted", "b": "not_attempted"}
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert account.writes() == []
    assert account.clock.passed == 6.0


def test_an_interrupt_between_a_read_and_its_write_sends_no_write() -> None:
    account = Account([raw(1, "a")], rules=[fault(Hang(3), "GET", ONE)])
    planned = account.plan(stack(desired("a", number=1, active=False)))

    outcome = interrupted(account, planned, at=1)

    assert ended(outcome) == {"a": "not_attempted"}
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert account.writes() == []


def test_an_interrupt_after_a_rejected_write_is_a_failure() -> None:
    live = [raw(1, "a"), raw(2, "b")]
    rules = [
        fault(Status(422), "PATCH"),
        fault(Hang(20), "GET", "/fax_applications/" + app_id(2)),
    ]
    account = Account(live, rules=rules)
    wanted = stack(desired("a", number=1, active=False), desired("b", number=2, active=False))

    outcome = interrupted(account, account.plan(wanted), at=1, parallelism=1)

    assert ended(outcome) == {"a": "not_applied", "b": "not_attempted"}
    assert outcome.exit_code is ExitCode.FAILED


def test_an_interrupt_of_the_last_change_that_still_succeeds_is_a_success() -> None:
    account = Account([raw(1, "a")], rules=[fault(Hang(3), "PATCH")])
    planned = account.plan(stack(desired("a", number=1, active=False)))

    outcome = interrupted(account, planned, at=1)

    assert ended(outcome) == {"a": "applied"}
    assert outcome.exit_code is DONE


def test_an_interrupt_while_the_first_mark_is_confirmed_is_no_success() -> None:
    account = Account(rules=[fault(Hang(20), "GET", EVERY + "/*")])
    planned = account.plan(stack(desired("a")))

    outcome = interrupted(account, planned, at=1)

    assert ended(outcome) == {"a": "applied"}
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED


WITH_RECIPIENT = stack(desired("a", fax_email_recipient="a@clinic.example"))


def test_an_interrupt_between_a_create_and_its_completion_tells_what_was_created() -> None:
    account = Account(rules=[fault(Hang(3), "POST")])
    planned = account.plan(WITH_RECIPIENT)

    outcome = interrupted(account, planned, at=1)

    (change,) = outcome.changes
    assert (change.result, change.is_whole) == ("applied", False)
    assert change.reason.startswith("Created, partly applied")
    assert change.id == account.live()[0].id
    assert outcome.exit_code is ExitCode.PARTLY_APPLIED
    assert outcome.counts.added == 1
    assert outcome.counts.failed == 1
    assert account.writes() == ["POST a"]


def test_an_interrupt_of_the_completion_of_a_create_tells_its_id() -> None:
    account = Account(rules=[fault(Hang(20), "PATCH")])
    planned = account.plan(WITH_RECIPIENT)

    outcome = interrupted(account, planned, at=1)

    (change,) = outcome.changes
    assert change.result == "unknown"
    assert change.id == account.live()[0].id


def test_an_interrupt_of_a_search_for_a_lost_create_leaves_it_unknown() -> None:
    account = Account(rules=[fault(LostBefore(), "POST")])
    planned = account.plan(stack(*news("a", "b")))

    outcome = interrupted(account, planned, at=1.5)

    assert ended(outcome) == {"a": "unknown", "b": "not_attempted"}
    assert outcome.exit_code is ExitCode.UNKNOWN_OUTCOME


def test_an_interrupt_before_the_start_sends_nothing() -> None:
    account = Account([raw(1, "a")])
    planned = account.plan(stack(desired("a", number=1, active=False)))
    before = len(account.requests())

    async def work(provider: TelnyxProvider) -> Outcome:
        stop = asyncio.Event()
        stop.set()
        return await account.execution(planned, provider, stop=stop).run()

    outcome = account.run(work)

    assert ended(outcome) == {"a": "not_attempted"}
    assert outcome.exit_code is ExitCode.INTERRUPTED
    assert len(account.requests()) == before


# --- what the reporter and the record say ------------------------------------------------------


def test_progress_is_told_of_every_start_and_end() -> None:
    account = Account([raw(1, "a"), raw(2, "old")])
    told = Told()

    account.apply(stack(desired("a", number=1, active=False)), told=told)

    assert told.words == ["started a", "applied a", "started old", "applied old"]


def test_a_forget_leaves_the_application_as_it_is() -> None:
    before = raw(1, "old", "keep", tags=["theirs"], inbound={"channel_limit": 3})
    account = Account([before, raw(2, "k")])

    outcome = account.apply(stack(desired("k", number=2), removed=[removed("old")]))

    assert outcome.exit_code is DONE
    assert outcome.counts.forgotten == 1
    after = {**account.live()[0].raw, "updated_at": before["updated_at"]}
    assert after == {**before, "tags": ["theirs"]}


def test_a_duplicate_is_settled() -> None:
    account = Account([raw(1, "a"), raw(2, "a")])

    outcome = account.apply(stack(desired("a", number=1), removed=[removed(number=2)]))

    assert outcome.exit_code is DONE
    assert [each.id for each in account.live()] == [app_id(1)]


def test_every_patch_carries_both_required_fields_and_no_post_a_null() -> None:
    live = [raw(1, "a"), raw(2), raw(3, "old"), raw(4, "from")]
    account = Account(live)
    wanted = stack(
        desired("a", number=1, active=False),
        desired("b", number=2),
        desired("c", fax_email_recipient="a@clinic.example"),
        desired("to", number=4),
        imports=[imports(2, "b")],
        moved=[moved("from", "to")],
        removed=[removed("old")],
    )

    assert account.apply(wanted).exit_code is DONE
    patches = [json.loads(each.body) for each in account.requests("PATCH")]
    assert len(patches) == 5
    assert all({"application_name", "webhook_event_url"} <= body.keys() for body in patches)
    assert all("null" not in each.body for each in account.requests("POST"))
