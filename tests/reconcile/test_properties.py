"""What holds for every account and every stack."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faxops.emulator.distortions import Distortion
from faxops.emulator.scenario import (
    DuplicateInPages,
    EmptyList,
    Fault,
    Hang,
    LostAfter,
    LostBefore,
    RateLimit,
    Refused,
    Rule,
    SlowDrip,
    StaleRead,
    Status,
    WrongTotal,
)
from faxops.errors import ExitCode, FaxopsError
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from tests.reconcile.account import Account
from tests.reconcile.builders import plan, told
from tests.reconcile.states import BEHAVIOURS, State, states

OPTIONS: dict[str, Any] = {"destroy": True}

READS = {"GET": ("GET",), "*": ()}
FAULTS = st.sampled_from(
    [
        Status(422),
        Status(401),
        Status(403),
        Status(404),
        Status(429),
        Status(500),
        Status(500, acts=True),
        Status(502, body="html"),
        Status(acts=True, body="truncated"),
        Status(acts=True, body="empty"),
        Status(204, body="empty"),
        Refused(),
        LostBefore(),
        LostAfter(),
        Hang(3),
        Hang(60),
        Hang(60, acts=False),
        SlowDrip(60),
        RateLimit(1, 1.0),
        StaleRead(),
        EmptyList(),
        WrongTotal(),
        DuplicateInPages(),
    ]
)


def account_of(state: State, behaviours: dict[str, Any], *rules: Rule) -> Account:
    return Account(state.live, rules=rules, **behaviours)


def assert_foreign_unchanged(account: Account, state: State, before: dict[str, Any]) -> None:
    after = {each.id: each.raw for each in account.live()}
    for object_id in state.foreign:
        assert json.dumps(after[object_id]) == json.dumps(before[object_id])


def assert_each_key_once(account: Account, state: State) -> None:
    owners = Counter(mark.key for each in account.live() for mark in each.marks.of("clinic"))
    assert owners == Counter(each.key for each in state.stack.resources)


@settings(max_examples=40, deadline=None)
@given(states(), BEHAVIOURS)
def test_after_an_apply_the_plan_is_empty_and_nothing_foreign_has_changed(
    state: State, behaviours: dict[str, Any]
) -> None:
    assert_converges(state, behaviours)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(states(), BEHAVIOURS)
def test_after_any_of_many_applies_the_plan_is_empty(
    state: State, behaviours: dict[str, Any]
) -> None:
    assert_converges(state, behaviours)


def assert_converges(state: State, behaviours: dict[str, Any]) -> None:
    account = account_of(state, behaviours)
    before = {each.id: each.raw for each in account.live()}

    outcome = account.apply(state.stack, **OPTIONS)

    assert [each for each in outcome.changes if not each.is_whole] == []
    assert outcome.stored_differently == ()
    assert outcome.exit_code is ExitCode.DONE
    assert account.plan(state.stack, **OPTIONS).is_empty
    assert_foreign_unchanged(account, state, before)
    assert_each_key_once(account, state)


@settings(max_examples=100, deadline=None)
@given(states(), st.randoms(use_true_random=False))
def test_the_order_of_resources_and_live_objects_never_matters(state: State, random: Any) -> None:  # noqa: ANN401 - Hypothesis's own
    live = [LiveResource.read(FAX_APPLICATION, each) for each in state.live]
    resources = list(state.stack.resources)
    expected = plan(state.stack, *live, **OPTIONS)
    random.shuffle(live)
    random.shuffle(resources)

    shuffled = plan(replace(state.stack, resources=tuple(resources)), *live, **OPTIONS)

    assert shuffled.changes == expected.changes
    assert sorted(told(shuffled)) == sorted(told(expected))
    assert shuffled.unmanaged == expected.unmanaged


@settings(max_examples=100, deadline=None)
@given(states())
def test_a_plan_is_for_owned_and_adopted_objects_alone(state: State) -> None:
    planned = plan(
        state.stack, *(LiveResource.read(FAX_APPLICATION, each) for each in state.live), **OPTIONS
    )

    assert not {change.id for change in planned.changes} & set(state.foreign)
    assert {each.id for each in planned.unmanaged} == set(state.foreign)


@pytest.mark.slow
@settings(max_examples=100, deadline=None)
@given(states(), BEHAVIOURS, FAULTS, st.sampled_from([1, 5]), st.data())
def test_no_fault_at_any_request_duplicates_or_loses_anything(
    state: State, behaviours: dict[str, Any], kind: Fault, times: int, data: st.DataObject
) -> None:
    twin = account_of(state, behaviours)
    twin.apply(state.stack, **OPTIONS)
    if isinstance(kind, StaleRead | EmptyList):
        times = 1  # a listing that is wrong twice in the same way looks like a right one
    # What bends a listing would undo the write it is put on.
    method = "GET" if isinstance(kind, Distortion) else "*"
    after = data.draw(
        st.integers(0, len(twin.requests(*READS[method])) - 1), label="requests before the fault"
    )
    account = account_of(state, behaviours, Rule(kind, method, after=after, times=times))
    before = {each.id: each.raw for each in twin.live()}

    apply_as_it_goes(account, state)
    for _ in range(times):
        apply_as_it_goes(account, state)  # until the fault has hit as often as it shall
    assert account.apply(state.stack, **OPTIONS).exit_code is ExitCode.DONE

    assert account.plan(state.stack, **OPTIONS).is_empty
    assert_each_key_once(account, state)
    assert_foreign_unchanged(account, state, before)
    assert not [each for each in account.writes() if each.rpartition(" ")[2] in state.foreign]


def apply_as_it_goes(account: Account, state: State) -> None:
    """An apply that may fail in any way that faxops has a name for."""
    try:
        planned = account.plan(state.stack, **OPTIONS)
        if planned.can_apply:
            account.apply(state.stack, plan=planned, **OPTIONS)
    except FaxopsError:
        return  # the account could not be read
