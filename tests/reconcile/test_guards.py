"""How many changes and how much risk one apply may hold."""

from __future__ import annotations

from typing import Any

import pytest

from faxops.config.stack import Guards, Limit, Policy, Stack
from faxops.model.live import LiveResource
from faxops.reconcile.plan import Plan
from tests.reconcile.builders import desired, imports, live, moved, plan, removed, stack


def guards_of(planned: Plan) -> list[str]:
    return [each.code for each in planned.refusals if each.code.startswith("FX74")]


def owned(count: int) -> list[LiveResource]:
    return [live(number, f"k{number}") for number in range(1, count + 1)]


def kept(numbers: range, **fields: Any) -> list[Any]:  # noqa: ANN401 - any JSON
    return [desired(f"k{number}", number=number, **fields) for number in numbers]


@pytest.mark.parametrize(
    ("of", "deletes", "refused"),
    [
        pytest.param(5, 1, [], id="10% of 5 is rounded up to 1"),
        pytest.param(5, 2, ["FX740"], id="2 of 5 is more"),
        pytest.param(10, 1, [], id="1 of 10"),
        pytest.param(10, 2, ["FX740"], id="2 of 10"),
        pytest.param(11, 2, [], id="10% of 11 is rounded up to 2"),
    ],
)
def test_deletes_are_measured_against_what_is_owned(
    of: int, deletes: int, refused: list[str]
) -> None:
    wanted = stack(*kept(range(deletes + 1, of + 1)), guards=Guards())

    assert guards_of(plan(wanted, *owned(of), live(of + 1))) == refused


def test_imports_do_not_raise_the_limit_of_deletes() -> None:
    wanted = stack(
        *kept(range(3, 26)), guards=Guards(), imports=[imports(n, f"k{n}") for n in range(6, 26)]
    )
    found = [*owned(5), *(live(number) for number in range(6, 26))]

    assert guards_of(plan(wanted, *found)) == ["FX740"]


@pytest.mark.parametrize(
    ("limit", "refused"),
    [
        pytest.param(Limit(100, percent=True), [], id="100% allows all"),
        pytest.param(Limit(50, percent=True), [], id="50% of 4 is 2"),
        pytest.param(Limit(49, percent=True), [], id="49% of 4 is rounded up to 2"),
        pytest.param(Limit(25, percent=True), ["FX741"], id="25% of 4 is 1"),
        pytest.param(Limit(2), [], id="2"),
        pytest.param(Limit(1), ["FX741"], id="1"),
        pytest.param(Limit(0), ["FX741"], id="0 forbids"),
        pytest.param(Limit(0, percent=True), ["FX741"], id="0% forbids"),
    ],
)
def test_changes_are_measured_against_what_is_owned(limit: Limit, refused: list[str]) -> None:
    wanted = stack(
        *kept(range(1, 3), active=False), *kept(range(3, 5)), guards=Guards(max_changes=limit)
    )

    assert guards_of(plan(wanted, *owned(4))) == refused


TAKEN_OVER = [
    pytest.param(
        stack(
            desired("a", number=1), guards=Guards(max_changes=Limit(0)), imports=[imports(1, "a")]
        ),
        live(1),
        id="imports",
    ),
    pytest.param(
        stack(
            desired("a", number=1),
            guards=Guards(max_changes=Limit(0)),
            moved=[moved("hospital/a", "a")],
        ),
        live(1, "hospital/a"),
        id="hand-overs",
    ),
    pytest.param(
        stack(desired("b", number=2), guards=Guards(max_changes=Limit(0)), removed=[removed("a")]),
        live(1, "a"),
        id="forgets",
    ),
]


@pytest.mark.parametrize(("wanted", "found"), TAKEN_OVER)
def test_changes_count(wanted: Stack, found: LiveResource) -> None:
    assert guards_of(plan(wanted, found, live(2, "b"), max_creates=Limit(9)))[:1] == ["FX741"]


@pytest.mark.parametrize(("wanted", "found"), TAKEN_OVER[:2])
def test_the_default_guards_let_a_new_stack_take_over(wanted: Stack, found: LiveResource) -> None:
    default = Limit(100, percent=True)

    assert guards_of(plan(wanted, found, max_changes=default)) == []


@pytest.mark.parametrize(
    ("limit", "refused"),
    [
        pytest.param(Limit(50, percent=True), [], id="half of what is desired"),
        pytest.param(Limit(49, percent=True), [], id="rounded up"),
        pytest.param(Limit(25, percent=True), ["FX742"], id="a quarter"),
        pytest.param(Limit(0), ["FX742"], id="0 forbids"),
    ],
)
def test_creates_are_measured_against_what_is_desired(limit: Limit, refused: list[str]) -> None:
    wanted = stack(*kept(range(1, 5)), guards=Guards(max_creates=limit))

    assert guards_of(plan(wanted, *owned(2))) == refused


def test_a_refusal_lists_the_changes_the_limit_and_the_flag() -> None:
    wanted = stack(*kept(range(3, 6)), guards=Guards())
    (refusal,) = plan(wanted, *owned(5)).refusals

    assert refusal.summary == (
        "2 deletes are planned; the guard max_deletes allows 10% of 5 owned, that is 1."
    )
    assert "fax_application.k1" in refusal.detail
    assert "fax_application.k2" in refusal.detail
    assert "--max-deletes 2" in refusal.suggestion


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        pytest.param(10, "k1, k10, k2, k3, k4, k5, k6, k7, k8, k9", id="ten"),
        pytest.param(12, "k1, k10, k11, k12, k2, k3, k4, k5, k6, k7 and 2 more", id="twelve"),
        pytest.param(11, "k1, k10, k11, k2, k3, k4, k5, k6, k7, k8 and 1 more", id="eleven"),
    ],
)
def test_a_refusal_lists_ten_changes_at_most(count: int, shown: str) -> None:
    (refusal,) = plan(
        stack(*kept(range(1, count + 1)), guards=Guards(max_creates=Limit(0)))
    ).refusals

    assert refusal.detail.replace("fax_application.", "") == shown


def test_a_flag_replaces_the_stacks_own_limit() -> None:
    wanted = stack(*kept(range(3, 6)), guards=Guards())

    assert guards_of(plan(wanted, *owned(5), max_deletes=Limit(2))) == []
    assert guards_of(plan(wanted, *owned(5), max_deletes=Limit(1))) == ["FX740"]


@pytest.mark.parametrize(
    ("wanted", "flag", "code"),
    [
        pytest.param(stack(*kept(range(1, 2), active=False)), "max_changes", "FX741", id="changes"),
        pytest.param(stack(*kept(range(1, 3))), "max_creates", "FX742", id="creates"),
    ],
)
def test_a_flag_replaces_any_limit(wanted: Stack, flag: str, code: str) -> None:
    none: dict[str, Any] = {"max_changes": Limit(0), "max_creates": Limit(0)}

    lifted: dict[str, Any] = {**none, flag: Limit(1)}

    assert guards_of(plan(wanted, *owned(1), **none)) == [code]
    assert guards_of(plan(wanted, *owned(1), **lifted)) == []


EMPTIED = [
    pytest.param(stack(), id="an empty file"),
    pytest.param(stack(desired("new"), imports=[imports(9, "new")]), id="one import"),
    pytest.param(
        stack(removed=[removed("k1", destroy=True), removed("k2", destroy=True)]), id="removed"
    ),
]


@pytest.mark.parametrize("wanted", EMPTIED)
def test_everything_is_destroyed_only_with_the_flag(wanted: Stack) -> None:
    found = [*owned(2), live(9)]

    assert "FX743" in guards_of(plan(wanted, *found, max_deletes=Limit(100, percent=True)))
    assert guards_of(plan(wanted, *found, destroy=True)) == []


def test_a_target_does_not_make_everything_smaller() -> None:
    assert "FX743" not in guards_of(plan(stack(), *owned(3), target=("k1",)))
    assert "FX743" in guards_of(plan(stack(), *owned(3), target=("k*",)))


@pytest.mark.parametrize(
    ("allowed", "refused"),
    [("none", True), ("low", True), ("medium", False), ("high", False)],
)
def test_a_risk_above_the_allowed_level_is_refused(allowed: str, *, refused: bool) -> None:
    wanted = stack(
        desired("k1", number=1, inbound={"channel_limit": 5}), policy=Policy(max_risk=allowed)
    )

    assert guards_of(plan(wanted, *owned(1))) == (["FX744"] if refused else [])
    assert guards_of(plan(wanted, *owned(1), max_risk="medium")) == []


@pytest.mark.parametrize(
    ("count", "words"), [(1, "1 risk is"), (2, "2 risks are")], ids=["one", "two"]
)
def test_the_risks_above_the_allowed_level_are_counted(count: int, words: str) -> None:
    wanted = stack(*kept(range(1, count + 1), active=False), policy=Policy(max_risk="low"))

    (refusal,) = plan(wanted, *owned(count)).refusals
    assert refusal.summary == f"{words} above the allowed level low."


def test_a_destroy_is_a_high_risk() -> None:
    wanted = stack(*kept(range(2, 4)), policy=Policy(max_risk="medium"))

    assert guards_of(plan(wanted, *owned(3))) == ["FX744"]
