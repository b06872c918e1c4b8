"""What the file and the account say that cannot both be true is refused instead of guessed."""

from __future__ import annotations

import pytest

from faxops.config.stack import Stack
from faxops.model.live import LiveResource
from tests.reconcile.builders import (
    app_id,
    desired,
    imports,
    live,
    moved,
    plan,
    removed,
    stack,
    told,
)

INTAKE = desired("intake", number=1)

REFUSALS: list[tuple[str, Stack, list[LiveResource], str]] = [
    ("another repository uses the stack", stack(INTAKE), [live(2, "lab")], "FX701"),
    (
        "an import of a foreign mark",
        stack(INTAKE, imports=[imports(1, "intake")]),
        [live(1, "hospital/desk")],
        "FX702",
    ),
    ("an import of nothing", stack(INTAKE, imports=[imports(9, "intake")]), [], "FX703"),
    (
        "an import of what is another key",
        stack(INTAKE, desired("lab"), imports=[imports(2, "intake")]),
        [live(2, "lab")],
        "FX704",
    ),
    (
        "an import of what another key was and no entry is",
        stack(INTAKE, imports=[imports(2, "intake")]),
        [live(2, "lab")],
        "FX704",
    ),
    (
        "one application imported twice",
        stack(INTAKE, desired("lab"), imports=[imports(1, "intake"), imports(1, "lab")]),
        [live(1)],
        "FX704",
    ),
    (
        "an import and a move of what another key was",
        stack(INTAKE, desired("z"), imports=[imports(2, "intake")], moved=[moved("lab", "z")]),
        [live(2, "lab")],
        "FX704",
    ),
    (
        "two of one mark, one of which is another key too",
        stack(desired("a"), desired("b")),
        [live(1, "a", "b"), live(2, "a")],
        "FX704",
    ),
    (
        "a move of a key that is still defined",
        stack(INTAKE, desired("lab"), moved=[moved("lab", "intake")]),
        [live(1, "lab")],
        "FX704",
    ),
    (
        "an import for a key that already is another",
        stack(INTAKE, imports=[imports(2, "intake")]),
        [live(1, "intake"), live(2)],
        "FX705",
    ),
    (
        "an import for a key that was moved from another",
        stack(INTAKE, imports=[imports(2, "intake")], moved=[moved("desk", "intake")]),
        [live(1, "desk"), live(2)],
        "FX705",
    ),
    (
        "a removal of what is not ours",
        stack(INTAKE, removed=[removed(number=2)]),
        [live(1, "intake"), live(2, "hospital/old")],
        "FX706",
    ),
    ("two keys on one application", stack(INTAKE), [live(1, "intake", "lab")], "FX707"),
    (
        "an unmarked one of the same name",
        stack(desired("intake", number=1)),
        [live(1)],
        "FX708",
    ),
    (
        "two of one mark",
        stack(INTAKE),
        [live(1, "intake"), live(2, "intake")],
        "FX710",
    ),
    (
        "two of one mark that no entry wants",
        stack(INTAKE),
        [live(1, "intake"), live(2, "old"), live(3, "old")],
        "FX710",
    ),
    (
        "two of one mark that is given up",
        stack(INTAKE, removed=[removed("old")]),
        [live(1, "intake"), live(2, "old"), live(3, "old")],
        "FX710",
    ),
    (
        "two of one mark that is moved",
        stack(INTAKE, moved=[moved("desk", "intake")]),
        [live(1, "desk"), live(2, "desk")],
        "FX710",
    ),
    (
        "both ends of a move are live",
        stack(INTAKE, moved=[moved("desk", "intake")]),
        [live(1, "intake"), live(2, "desk")],
        "FX711",
    ),
    (
        "two links of a chain of moves are live",
        stack(INTAKE, moved=[moved("a", "b"), moved("b", "intake")]),
        [live(1, "a"), live(2, "b")],
        "FX711",
    ),
    (
        "the only one of a key is named as its duplicate",
        stack(INTAKE, removed=[removed(number=1)]),
        [live(1, "intake")],
        "FX712",
    ),
    (
        "the only one of a moved key is named as its duplicate",
        stack(INTAKE, removed=[removed(number=1)], moved=[moved("desk", "intake")]),
        [live(1, "desk")],
        "FX712",
    ),
]


@pytest.mark.parametrize(
    ("wanted", "found", "code"),
    [pytest.param(*row, id=name) for name, *row in REFUSALS],
)
def test_a_plan_is_refused_for(wanted: Stack, found: list[LiveResource], code: str) -> None:
    planned = plan(wanted, *found)

    assert code in {each.code for each in planned.refusals}
    assert not planned.can_apply


@pytest.mark.parametrize(
    ("wanted", "found"),
    [pytest.param(wanted, found, id=name) for name, wanted, found, _ in REFUSALS],
)
def test_a_target_that_selects_all_hides_no_refusal_of(
    wanted: Stack, found: list[LiveResource]
) -> None:
    assert told(plan(wanted, *found, target=("*",))) == told(plan(wanted, *found))


@pytest.mark.parametrize(
    ("wanted", "found", "code"),
    [
        pytest.param(
            stack(INTAKE, desired("lab"), imports=[imports(2, "intake")]),
            [live(2, "lab")],
            "FX704",
            id="an import of another key",
        ),
        pytest.param(
            stack(INTAKE, moved=[moved("desk", "intake")]),
            [live(1, "desk"), live(2, "desk")],
            "FX710",
            id="two of its earlier mark",
        ),
        pytest.param(
            stack(INTAKE, moved=[moved("a", "b"), moved("b", "intake")]),
            [live(1, "a"), live(2, "b")],
            "FX711",
            id="two of its earlier keys",
        ),
    ],
)
def test_a_target_is_refused_for_what_contradicts_it(
    wanted: Stack, found: list[LiveResource], code: str
) -> None:
    assert told(plan(wanted, *found, target=("intake",))) == [f"refused {code}"]


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [
        pytest.param(
            stack(desired("a"), desired("z")),
            [live(1, "a"), live(2, "a"), live(3, "z")],
            ["update z", "refused FX710"],
            id="a key of the file",
        ),
        pytest.param(
            stack(INTAKE),
            [live(1, "intake"), live(2, "old"), live(3, "old"), live(5, "old"), live(4, "zeta")],
            ["delete zeta", "refused FX710"],
            id="a key of no entry",
        ),
    ],
)
def test_what_is_refused_hides_nothing_else(
    wanted: Stack, found: list[LiveResource], expected: list[str]
) -> None:
    assert told(plan(wanted, *found)) == expected


@pytest.mark.parametrize(
    ("wanted", "found"),
    [pytest.param(wanted, found, id=name) for name, wanted, found, _ in REFUSALS if len(found) > 1],
)
def test_the_order_of_live_objects_does_not_matter_to(
    wanted: Stack, found: list[LiveResource]
) -> None:
    assert plan(wanted, *found) == plan(wanted, *reversed(found))


def test_duplicates_are_named_with_ids_and_creation_times() -> None:
    found = [live(2, "intake"), live(1, "intake"), live(3, "intake", created_at=None)]

    (refusal,) = plan(stack(INTAKE), *found).refusals
    assert f"{app_id(1)} (created 2026-11-01T08:00:00.000Z)" in refusal.summary
    assert f"{app_id(2)} (created 2026-11-02T08:00:00.000Z)" in refusal.summary
    assert f"{app_id(3)} (created at an unknown time)" in refusal.summary
    assert f'removed: [{{id: "{app_id(2)}", destroy: true}}]' in refusal.suggestion


def test_two_keys_that_want_one_application_are_named_where_the_second_is_written() -> None:
    wanted = stack(INTAKE, desired("lab"), moved=[moved("lab", "intake")])

    (refusal,) = plan(wanted, live(1, "lab", application_name="lab")).refusals
    assert refusal.summary == (
        f"{app_id(1)} (created 2026-11-01T08:00:00.000Z) is claimed by two keys: lab and intake."
    )
    assert refusal.suggestion == "Let one key have it: delete the other's moved or imports entry."
    assert refusal.place == INTAKE.source


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        pytest.param(5, "(k1, k2, k3, k4, k5)", id="five"),
        pytest.param(6, "(k1, k2, k3, k4, k5 and 1 more)", id="six"),
        pytest.param(7, "(k1, k2, k3, k4, k5 and 2 more)", id="seven"),
    ],
)
def test_a_strange_stack_is_known_by_five_keys_at_most(count: int, shown: str) -> None:
    planned = plan(stack(INTAKE), *(live(n, f"k{n}") for n in range(1, 1 + count)))

    (refusal,) = (each for each in planned.refusals if each.code == "FX701")
    assert shown in refusal.summary


def test_an_unmarked_one_of_the_same_name_comes_with_the_line_to_paste() -> None:
    (refusal,) = plan(stack(INTAKE), live(1)).refusals

    assert f'imports: [{{id: "{app_id(1)}", to: intake}}]' in refusal.suggestion


def test_a_name_from_the_environment_is_masked_in_a_refusal() -> None:
    secret = desired("intake", number=1, masks={"application_name": ((0, 11),)})

    (refusal,) = plan(stack(secret), live(1)).refusals
    assert "(sensitive) 1" in refusal.summary
    assert "Application" not in refusal.summary


def test_destroy_lifts_only_the_refusal_of_a_strange_stack() -> None:
    planned = plan(stack(INTAKE), live(2, "lab"), destroy=True)

    assert told(planned) == ["create intake", "delete lab"]


def test_whatever_is_refused_about_keys_that_are_not_selected_does_not_stop_the_others() -> None:
    wanted = stack(
        desired("a", active=False),
        desired("b"),
        desired("c"),
        desired("e", number=9),
        imports=[imports(99, "c")],
    )
    found = [live(1, "a"), live(2, "b"), live(3, "b"), live(4, "d", "f"), live(9)]

    assert told(plan(wanted, *found, target=("a",))) == ["update a"]
    assert told(plan(wanted, *found, exclude=("[bcdef]",))) == ["update a"]


def test_neither_end_of_a_move_is_destroyed_while_both_are_live() -> None:
    wanted = stack(desired("intake"), moved=[moved("desk", "intake")])
    found = [live(1, "intake"), live(2, "desk")]

    assert told(plan(wanted, *found)) == ["refused FX711"]
    assert told(plan(wanted, *found, target=("desk",))) == ["refused FX711"]


def test_a_key_that_takes_what_an_unselected_key_has_is_refused() -> None:
    wanted = stack(desired("a"), desired("b"), moved=[moved("b", "a")])

    assert told(plan(wanted, live(1, "b"), target=("a",))) == ["refused FX704"]
    assert told(plan(wanted, live(1, "b", application_name="b"), target=("b",))) == []


def test_an_application_with_the_marks_of_two_keys_is_refused_if_either_is_selected() -> None:
    wanted = stack(desired("z"))
    found = [live(1, "a", "b"), live(2, "z", application_name="z")]

    assert "refused FX707" in told(plan(wanted, *found, target=("b",)))
    assert "refused FX707" in told(plan(wanted, *found, target=("a",)))
    assert told(plan(wanted, *found, target=("z",))) == []
