"""Which live application a key is."""

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

MATCHES: list[tuple[str, Stack, list[LiveResource], list[str]]] = [
    ("nothing live is a create", stack(INTAKE), [], ["create intake"]),
    ("its own mark", stack(INTAKE), [live(1, "intake")], []),
    (
        "the own mark with another name",
        stack(desired("intake", application_name="Other")),
        [live(1, "intake")],
        ["update intake"],
    ),
    (
        "a moved key",
        stack(INTAKE, moved=[moved("front-desk", "intake")]),
        [live(1, "front-desk")],
        ["update intake from clinic/front-desk"],
    ),
    (
        "a move that was applied",
        stack(INTAKE, moved=[moved("front-desk", "intake")]),
        [live(1, "intake")],
        [],
    ),
    (
        "a chain of moves from its first name",
        stack(INTAKE, moved=[moved("a", "b"), moved("b", "intake")]),
        [live(1, "a")],
        ["update intake from clinic/a"],
    ),
    (
        "a chain of moves from its second name",
        stack(INTAKE, moved=[moved("a", "b"), moved("b", "intake")]),
        [live(1, "b")],
        ["update intake from clinic/b"],
    ),
    (
        "a hand-over from another stack",
        stack(INTAKE, moved=[moved("hospital/desk", "intake")]),
        [live(1, "hospital/desk")],
        ["update intake from hospital/desk"],
    ),
    (
        "a hand-over of the same key",
        stack(INTAKE, moved=[moved("hospital/intake", "intake")]),
        [live(1, "hospital/intake")],
        ["update intake from hospital/intake"],
    ),
    (
        "a hand-over of the same key, renamed before it was applied",
        stack(INTAKE, moved=[moved("hospital/a", "a"), moved("a", "intake")]),
        [live(1, "hospital/a")],
        ["update intake from hospital/a"],
    ),
    (
        "a hand-over leaves the other applications of that stack alone",
        stack(INTAKE, moved=[moved("hospital/desk", "intake")]),
        [live(1, "hospital/desk"), live(2, "hospital/lab")],
        ["update intake from hospital/desk"],
    ),
    ("an import", stack(INTAKE, imports=[imports(1, "intake")]), [live(1)], ["import intake"]),
    (
        "an import that was applied",
        stack(INTAKE, imports=[imports(1, "intake")]),
        [live(1, "intake")],
        [],
    ),
    (
        "an import of an unmarked one that is protected",
        stack(INTAKE, imports=[imports(1, "intake")]),
        [live(1, "keep")],
        ["import intake"],
    ),
    ("no entry is a destroy", stack(), [live(1, "old"), live(2)], ["delete old", "refused FX743"]),
    ("given up", stack(removed=[removed("old")]), [live(1, "old")], ["forget old"]),
    (
        "a circle of moves, which no loader lets through",
        stack(INTAKE, moved=[moved("a", "intake"), moved("intake", "a")]),
        [live(1, "a")],
        ["update intake from clinic/a"],
    ),
    (
        "a hand-over whose key has a move in this stack",
        stack(INTAKE, desired("a"), moved=[moved("hospital/a", "intake"), moved("desk", "a")]),
        [live(1, "desk")],
        ["update a from clinic/desk", "create intake"],
    ),
    ("given up before", stack(removed=[removed("old")]), [live(1)], []),
    (
        "given up and destroyed",
        stack(INTAKE, removed=[removed("old", destroy=True)]),
        [live(1, "intake"), live(2, "old")],
        ["delete old"],
    ),
    (
        "a duplicate settled by its id",
        stack(INTAKE, removed=[removed(number=2)]),
        [live(1, "intake"), live(2, "intake")],
        ["delete intake"],
    ),
    (
        "a duplicate that was settled",
        stack(INTAKE, removed=[removed(number=2)]),
        [live(1, "intake")],
        [],
    ),
    ("another stack's", stack(INTAKE), [live(1, "intake"), live(2, "hospital/old")], []),
    (
        "another stack's with the same key",
        stack(INTAKE),
        [live(1, "hospital/intake")],
        ["create intake", "warned FX709"],
    ),
    (
        "a mark of a stack whose name begins alike",
        stack(INTAKE),
        [live(1, "intake"), live(2, "clinic-prod/intake")],
        [],
    ),
    (
        "an own one that carries another stack's mark too",
        stack(desired("intake", active=False)),
        [live(1, "intake", "hospital/lab")],
        ["update intake"],
    ),
]


@pytest.mark.parametrize(
    ("wanted", "found", "expected"),
    [pytest.param(*row, id=name) for name, *row in MATCHES],
)
def test_a_key_is_matched_by(wanted: Stack, found: list[LiveResource], expected: list[str]) -> None:
    assert told(plan(wanted, *found)) == expected


@pytest.mark.parametrize(
    ("wanted", "found"),
    [pytest.param(wanted, found, id=name) for name, wanted, found, _ in MATCHES if len(found) > 1],
)
def test_the_order_of_live_objects_does_not_matter_to(
    wanted: Stack, found: list[LiveResource]
) -> None:
    assert plan(wanted, *found) == plan(wanted, *reversed(found))


def test_unmanaged_ones_are_counted_and_nothing_else() -> None:
    planned = plan(stack(INTAKE), live(1, "intake"), live(2), live(3, "hospital/lab"))

    assert [each.id for each in planned.unmanaged] == [app_id(2), app_id(3)]
    assert planned.is_empty
