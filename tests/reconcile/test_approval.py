"""A saved plan is done only if planning again gives the same; else it says what differs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, cast

import pytest

from faxops.config.stack import Stack
from faxops.model.live import LiveResource
from faxops.reconcile.approval import approved, differences
from faxops.reconcile.plan import Plan
from faxops.report.masking import Masker
from faxops.report.plan_document import PlanContext, plan_document
from tests.reconcile.builders import app_id, desired, imports, live, plan, removed, stack, told
from tests.telnyx.virtual import START

WANTED = stack(
    desired("changed", number=1, active=False),
    desired("new", masks={"application_name": ((0, 3),)}),
    desired("third", number=3),
    imports=[imports(3, "third")],
)
FOUND = (live(1, "changed"), live(2, "old"), live(3))


def document(planned: Plan) -> dict[str, Any]:
    """The plan as it is saved, and read again."""
    context = PlanContext(START, Masker(salt=b"0123456789abcdef"))
    return json.loads(json.dumps(plan_document(planned, context)))


SAVED = document(plan(WANTED, *FOUND))


def now(wanted: Stack = WANTED, *found: LiveResource, **head: Any) -> Mapping[str, Any]:  # noqa: ANN401 - of Plan
    return document(replace(plan(wanted, *(found or FOUND)), **head))


def test_the_same_plan_is_the_approved_one() -> None:
    assert differences(SAVED, now()) == ()


@pytest.mark.parametrize(
    ("head", "words"),
    [
        pytest.param({"stack": "other"}, "the stack is other, not clinic", id="stack"),
        pytest.param({"environment": "prod"}, "the environment is prod, not unknown", id="env"),
        pytest.param({"account": "9f"}, "the account is 9f, not 7a1c", id="account"),
        pytest.param({"base_url": "http://evil"}, "the base URL is http://evil, not", id="url"),
        pytest.param({"config_digest": "1"}, "the configuration or a variable", id="files"),
    ],
)
def test_another_surrounding_is_stale(head: dict[str, Any], words: str) -> None:
    (found,) = differences(SAVED, now(**head))

    assert found.startswith(words)


STALE = [
    pytest.param(
        (live(1, "changed", active=False), *FOUND[1:]),
        "fax_application.changed: the approved update is no longer planned",
        id="done by someone else",
    ),
    pytest.param(
        (live(1, "changed", webhook_timeout_secs=4), *FOUND[1:]),
        "fax_application.changed: before and paths would be different",
        id="another before",
    ),
    pytest.param(
        (live(1, "changed", updated_at="2026-11-25T00:00:00Z"), *FOUND[1:]),
        "fax_application.changed: the live object was changed since the plan was made",
        id="touched",
    ),
    pytest.param(
        (live(1, "changed", newer_field=1), *FOUND[1:]),
        "fax_application.changed: the live object was changed since the plan was made",
        id="an unknown field",
    ),
    pytest.param(
        (*FOUND, live(4, "new", application_name="new")),
        "fax_application.new: the approved create is no longer planned",
        id="created meanwhile",
    ),
    pytest.param(
        (FOUND[0], FOUND[2]),
        "fax_application.old: the approved delete is no longer planned",
        id="destroyed meanwhile",
    ),
    pytest.param(
        (FOUND[0], FOUND[1], live(3, "third")),
        "fax_application.third: the approved no-op is no longer planned",
        id="imported meanwhile",
    ),
]


@pytest.mark.parametrize(("found", "words"), STALE)
def test_a_changed_account_is_stale(found: tuple[LiveResource, ...], words: str) -> None:
    assert differences(SAVED, now(WANTED, *found)) == (words,)


def test_a_used_plan_is_stale_in_every_change() -> None:
    after = [
        live(1, "changed", active=False),
        live(3, "third"),
        live(9, "new", application_name="new"),
    ]

    assert len(differences(SAVED, now(WANTED, *after))) == 4


@pytest.mark.parametrize(
    ("path", "value"),
    [
        pytest.param(("change", "after", "webhook_event_url"), "https://evil.example/", id="after"),
        pytest.param(("change", "actions"), ["delete"], id="action"),
        pytest.param(("change", "before", "active"), False, id="before"),
        pytest.param(("id",), app_id(2), id="id"),
        pytest.param(("address",), "fax_application.third", id="address"),
        pytest.param(("key",), "third", id="key"),
        pytest.param(("previous_address",), "fax_application.x", id="previous address"),
        pytest.param(("fingerprint",), "0" * 64, id="fingerprint"),
    ],
)
def test_a_tampered_plan_is_stale(path: tuple[str, ...], value: object) -> None:
    tampered = json.loads(json.dumps(SAVED))
    holder = tampered["resource_changes"][0]
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = value

    assert differences(tampered, now()) != ()


@pytest.mark.parametrize(
    ("tampering", "words"),
    [
        pytest.param({"change": {"more": 1}}, "the change would be different", id="more"),
        pytest.param(
            {"key": "x", "previous_address": "x"},
            "previous_address and key would be different",
            id="several",
        ),
    ],
)
def test_what_was_tampered_with_is_named(tampering: dict[str, Any], words: str) -> None:
    tampered = json.loads(json.dumps(SAVED))
    entry = tampered["resource_changes"][0]
    more = tampering.get("change", {})
    entry |= {**tampering, "change": {**entry["change"], **more}}

    assert differences(tampered, now()) == (f"fax_application.changed: {words}",)


def test_an_account_that_is_not_known_any_more_is_said_to_be() -> None:
    assert differences(SAVED, now(account="")) == ("the account is unknown, not 7a1c",)


def leaves(value: object, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """The path of every value in a document that holds no others."""
    if isinstance(value, dict) and value:
        for name, item in cast("dict[str, object]", value).items():
            yield from leaves(item, (*path, name))
    elif isinstance(value, list) and value:
        for index, item in enumerate(cast("list[object]", value)):
            yield from leaves(item, (*path, index))
    else:
        yield path


# What tells of the moment of the plan and not of what it does, and the salt of the digests.
OF_THE_MOMENT = {
    "format_version",
    "faxops_version",
    "generated_at",
    "unmanaged",
    "fleet",
    "diagnostics",
    "errored",
    "salt",
}
# What was found out against a merge base, which an apply does not look at.
OF_THE_BRANCH = {"cause", "field_causes"}
READ = [
    path
    for path in leaves(SAVED)
    if path[0] not in OF_THE_MOMENT and not OF_THE_BRANCH.intersection(path)
]


@pytest.mark.parametrize("path", READ, ids=lambda path: ".".join(map(str, path)))
def test_whatever_a_reviewer_can_have_read_is_compared(path: tuple[str | int, ...]) -> None:
    tampered: Any = json.loads(json.dumps(SAVED))
    holder = tampered
    for name in path[:-1]:
        holder = holder[name]
    holder[path[-1]] = "tampered"

    assert differences(tampered, SAVED) != ()


def test_a_masked_value_is_compared_by_its_digest() -> None:
    other = stack(
        *(each for each in WANTED.resources if each.key != "new"),
        desired("new", application_name="NEW", masks={"application_name": ((0, 3),)}),
        imports=WANTED.imports,
    )

    assert differences(SAVED, now(other)) == ("fax_application.new: after would be different",)


def test_changes_that_were_not_approved_are_no_difference_and_are_not_done() -> None:
    more = (*FOUND, live(5, "later"))
    planned = plan(WANTED, *more)
    assert "delete later" in told(planned)

    kept = approved(planned, SAVED)
    assert differences(SAVED, document(kept)) == ()
    assert told(kept) == [
        "update changed",
        "create new",
        "delete old",
        "import third",
    ]


def test_of_two_changes_with_one_address_only_the_approved_one_is_done() -> None:
    wanted = stack(desired("a", number=1, active=False), removed=[removed(number=2)])
    planned = plan(wanted, live(1, "a"), live(2, "a"))
    saved = document(replace(planned, changes=planned.changes[1:]))

    assert told(approved(planned, saved)) == ["delete a"]
