"""One change: what happened to its object since the plan, and what is sent for it."""

from __future__ import annotations

import json

import httpx
import pytest

from faxops.emulator.scenario import OtherActor, WrongTotal
from faxops.errors import ExitCode
from faxops.reconcile.outcome import Outcome
from faxops.reconcile.plan import Plan
from faxops.telnyx.provider import TelnyxProvider
from tests.reconcile.account import Account, ended, fault
from tests.reconcile.builders import app_id, desired, imports, moved, raw, removed, stack

ONE = "/fax_applications/" + app_id(1)
DONE = ExitCode.DONE


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
    another = {**NUMBER, "phone_number": "+13125550101"}
    later = Account([raw(1, "a"), raw(2, "k")], numbers=[NUMBER, another])

    outcome = later.apply(stack(), plan=planned, read_back=False)

    assert ended(outcome) == {"a": "not_applied"}
    assert outcome.changes[0].reason == (
        "Phone numbers point to it now: +13125550100, +13125550101."
    )
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
    assert outcome.changes[0].error is None


# --- what is sent ------------------------------------------------------------------------------


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
