"""What must hold after any apply, against what the account really kept before and after it."""

from __future__ import annotations

from collections import Counter

from faxops.config.stack import Stack
from faxops.reconcile.outcome import ChangeOutcome, Result
from faxops.reconcile.plan import Action, Change
from tests.stateful.fleet_world import Content, Held, Run

RECIPIENT = "fax_email_recipient"


def assert_promises(stack: Stack, run: Run) -> None:
    """The promises that hold however the run went: nothing foreign, nothing twice, nothing lost."""
    _assert_nothing_foreign_changed(stack, run)
    _assert_nothing_made_twice(stack, run)
    _assert_nothing_lost(stack, run)


def assert_words(run: Run) -> None:
    """Every outcome is what became of the object; a run that only planned changed nothing."""
    if run.plan is not None and run.outcome is None:
        assert run.after == run.before
    if run.outcome is None:
        return
    doubted = {each.address for each in run.outcome.stored_differently}
    for each in run.outcome.changes:
        if each.result is Result.APPLIED and (
            each.partly or run.outcome.unconfirmed or each.change.address in doubted
        ):
            continue  # the report says itself that it can't vouch for this one
        _assert_true(each, run)


def _assert_true(ended: ChangeOutcome, run: Run) -> None:
    change = ended.change
    now = _of(run.after, change)
    if ended.result is Result.APPLIED and change.action is Action.DELETE:
        assert not now
    elif ended.result is Result.APPLIED:
        (held,) = now
        assert_done(ended, held)
    elif ended.result in (Result.NOT_APPLIED, Result.NOT_ATTEMPTED):
        assert now == _of(run.before, change)


def assert_done(ended: ChangeOutcome, held: Held) -> None:
    """The object has every value and every mark that the change was to give it."""
    change = ended.change
    live = held.live
    wanted = {path: value for path, value in (change.after or {}).items() if path in live.values}
    assert {path: live.values[path] for path in wanted} == wanted
    assert live.marks.owners == change.marks.owners
    assert live.marks.keep == change.marks.keep
    sent = {each.path: each.after for each in change.fields}
    if change.action is Action.CREATE and (change.after or {}).get(RECIPIENT) is not None:
        sent[RECIPIENT] = (change.after or {})[RECIPIENT]
    if RECIPIENT in sent:
        assert held.recipient == sent[RECIPIENT]


def claimable(stack: Stack, held: Held) -> bool:
    """Whether the stack owns the object, or its files say that it shall."""
    named = {f"faxops.{each.from_stack}.{each.from_key}" for each in stack.moved}
    return bool(
        held.keys or held.id in {each.id for each in stack.imports} or named & held.live.marks.tags
    )


def _assert_nothing_foreign_changed(stack: Stack, run: Run) -> None:
    for held in run.before.values():
        if not claimable(stack, held):
            assert run.after.get(held.id) == held, "a foreign application was touched"


def _assert_nothing_made_twice(stack: Stack, run: Run) -> None:
    had, has = _keys(run.before), _keys(run.after)
    for held in run.after.values():
        if held.id not in run.before:
            (key,) = held.keys
            assert key in {each.key for each in stack.resources}
            assert had[key] == 0, "a key that was live was created again"
            assert has[key] == 1, "a key was created twice"


def _assert_nothing_lost(stack: Stack, run: Run) -> None:
    wanted = {each.key for each in stack.resources}
    forgotten = {each.key for each in stack.removed if not each.destroy}
    settled = {each.id for each in stack.removed}
    for held in run.before.values():
        if held.id in run.after:
            continue
        assert held.keys, "what had no mark of the stack was destroyed"
        assert not held.live.marks.keep, "what was protected was destroyed"
        assert held.id in settled or not {*held.keys} & (wanted | forgotten), "a key was lost"


def _of(content: Content, change: Change) -> list[Held]:
    """The object of the change; for a create, all that carry the mark."""
    if change.id is not None:
        return [held for held in content.values() if held.id == change.id]
    return [held for held in content.values() if change.key in held.keys]


def _keys(content: Content) -> Counter[str]:
    return Counter(key for held in content.values() for key in held.keys)
