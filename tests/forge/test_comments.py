"""One comment for each stack and environment, on either forge, whatever comes between."""

from __future__ import annotations

import pytest

from faxops.errors import CommentFailed, OutcomeUnknown
from faxops.forge.comments import Comment, Deed, Mark, choose, mark_of
from faxops.report.markdown import markdown_text
from faxops.report.page import Page
from tests.forge.conversations import published, text
from tests.forge.stand_in import APP, Fault, Forge, StandIn
from tests.telnyx.virtual import JumpingClock

BOTH = pytest.mark.parametrize("forge", ["github", "gitlab"])
_POST = r"POST .*/(comments|notes)"
_CHANGE = r"(PATCH|PUT) .*"


@BOTH
def test_the_first_run_creates_it_and_the_next_finds_nothing_to_do(forge: Forge) -> None:
    stand_in = StandIn(forge)
    first, second = published(stand_in, text()), published(stand_in, text())
    assert (first.deed, second.deed) == (Deed.CREATED, Deed.UNCHANGED)
    assert first.comment.id == second.comment.id
    assert (stand_in.bodies(), stand_in.writes) == ([text()], ["POST"])


@BOTH
def test_a_new_text_takes_the_place_of_the_old_one(forge: Forge) -> None:
    stand_in = StandIn(forge)
    published(stand_in, text())
    after = published(stand_in, text(words="another plan"))
    assert after.deed is Deed.UPDATED
    assert stand_in.bodies() == [text(words="another plan")]


@BOTH
def test_line_ends_and_outer_blanks_that_a_forge_changes_are_no_change(forge: Forge) -> None:
    stand_in = StandIn(forge)
    stand_in.write(APP, text().replace("\n", "\r\n").rstrip())
    assert published(stand_in, text()).deed is Deed.UNCHANGED
    assert stand_in.writes == []


@BOTH
def test_it_is_found_on_the_third_page_and_nobody_is_asked_elsewhere(forge: Forge) -> None:
    stand_in = StandIn(forge)
    for number in range(250):
        stand_in.write("somebody", f"comment {number}")
    stand_in.write(APP, text())
    for number in range(49):
        stand_in.write("somebody", f"comment {number}")
    assert published(stand_in, text(words="new")).deed is Deed.UPDATED
    assert stand_in.writes == ["PATCH" if forge == "github" else "PUT"]
    # The third page is full and names no next one; a proxy may have dropped that header.
    assert len([each for each in stand_in.requests if each.startswith("GET")]) == 1 + 4


@BOTH
@pytest.mark.parametrize(
    ("login", "body"),
    [
        pytest.param("stranger", text(), id="a stranger's comment begins with the marker"),
        pytest.param("other[bot]", text(), id="another bot's does"),
        pytest.param("", text(), id="one of a deleted account does"),
        pytest.param(APP, f"> {text()}", id="our own comment quotes it"),
        pytest.param(APP, f"Look:\n{text()}", id="it is not the first line"),
        pytest.param(APP, f" {text()}", id="something stands before it"),
        pytest.param(APP, text(stack="other"), id="it is another stack's"),
        pytest.param(APP, text(environment="staging"), id="it is another environment's"),
        pytest.param(APP, "", id="it is empty"),
    ],
)
def test_any_other_comment_is_left_alone(forge: Forge, login: str, body: str) -> None:
    stand_in = StandIn(forge)
    stand_in.write(login, body)
    assert published(stand_in, text(words="mine")).deed is Deed.CREATED
    assert stand_in.bodies() == [body, text(words="mine")]


@BOTH
def test_two_of_ours_become_the_older_one_and_a_strangers_stays(forge: Forge) -> None:
    stand_in = StandIn(forge)
    stand_in.write("stranger", text(words="fake"))
    older = stand_in.write(APP, text(words="one"))
    stand_in.write(APP, text(words="two"))
    after = published(stand_in, text(words="three"))
    assert (after.comment.id, after.deed, after.removed) == (older, Deed.UPDATED, 1)
    assert stand_in.bodies() == [text(words="fake"), text(words="three")]


@BOTH
def test_a_race_of_two_first_runs_leaves_one_comment(forge: Forge) -> None:
    stand_in = StandIn(forge)

    def other_run() -> None:
        stand_in.on_list = lambda: None
        stand_in.write(APP, text(words="of the other run"))

    stand_in.on_list = other_run
    after = published(stand_in, text(words="mine"))
    assert (after.deed, after.removed) == (Deed.UPDATED, 1)
    assert stand_in.bodies() == [text(words="mine")]


@BOTH
def test_the_other_run_of_a_race_may_remove_the_spare_one_first(forge: Forge) -> None:
    stand_in = StandIn(forge)
    stand_in.write(APP, text())
    spare = stand_in.write(APP, text())

    def other_run() -> None:
        stand_in.notes.pop(spare, None)

    stand_in.on_list = other_run
    published(stand_in, text())
    assert stand_in.bodies() == [text()]


@BOTH
def test_one_that_is_deleted_before_the_update_is_written_anew(forge: Forge) -> None:
    stand_in = StandIn(forge)
    stand_in.write(APP, text())

    def somebody() -> None:
        stand_in.on_list = lambda: None
        stand_in.notes.clear()

    stand_in.on_list = somebody
    assert published(stand_in, text(words="new")).deed is Deed.CREATED
    assert stand_in.bodies() == [text(words="new")]


def test_one_that_always_vanishes_is_given_up() -> None:
    stand_in = StandIn(faults=[Fault(_CHANGE, 404, times=9)])
    stand_in.write(APP, text())
    with pytest.raises(CommentFailed, match="deleted 3 times"):
        published(stand_in, text(words="new"))


@BOTH
def test_a_lost_answer_is_looked_for_and_nothing_is_written_twice(forge: Forge) -> None:
    stand_in = StandIn(forge, faults=[Fault(_POST, done=True)])
    published(stand_in, text())
    assert (stand_in.bodies(), stand_in.writes) == ([text()], ["POST"])


@BOTH
@pytest.mark.parametrize("status", [500, 502, 503, 408], ids=lambda status: f"{status}")
def test_a_failure_after_the_writing_is_looked_for_as_well(forge: Forge, status: int) -> None:
    stand_in = StandIn(forge, faults=[Fault(_POST, status, done=True)])
    published(stand_in, text())
    assert (stand_in.bodies(), stand_in.writes) == ([text()], ["POST"])


def test_a_request_that_was_lost_before_is_sent_again_once_nothing_is_found() -> None:
    clock = JumpingClock()
    stand_in = StandIn(faults=[Fault(_POST)])
    published(stand_in, text(), clock)
    assert (stand_in.bodies(), stand_in.writes) == ([text()], ["POST", "POST"])
    assert clock.waited == [1.0, 2.0, 4.0]


def test_a_comment_that_shows_late_is_one_too_many_and_removed() -> None:
    stand_in = StandIn(faults=[Fault(_POST)])

    def late() -> None:
        if len(stand_in.writes) == 2:
            stand_in.on_list = lambda: None
            stand_in.notes[1] = stand_in.notes[1001]

    stand_in.on_list = late
    published(stand_in, text())
    published(stand_in, text())
    assert stand_in.bodies() == [text()]


def test_two_lost_requests_leave_it_unknown() -> None:
    stand_in = StandIn(faults=[Fault(_POST, times=2)])
    with pytest.raises(OutcomeUnknown, match="Nobody knows whether the comment was written"):
        published(stand_in, text())


def test_an_endless_conversation_is_not_read_to_the_end() -> None:
    stand_in = StandIn()
    for number in range(100 * 100 + 1):
        stand_in.write("somebody", f"{number}")
    with pytest.raises(CommentFailed, match="more than 10,000 comments"):
        published(stand_in, text())


def test_a_body_without_a_marker_is_a_bug() -> None:
    with pytest.raises(ValueError, match="marker"):
        published(StandIn(), "### a plan\n")


def _placed(mark: Mark, *there: tuple[str, str]) -> tuple[int | None, tuple[int, ...]]:
    comments = [Comment(number, APP, text(*each)) for number, each in enumerate(there)]
    choice = choose(mark, comments)
    return (choice.target.id if choice.target else None, tuple(each.id for each in choice.surplus))


@pytest.mark.parametrize(
    ("mark", "there", "placed"),
    [
        pytest.param(("a", "p"), [], (None, ()), id="nothing is there"),
        pytest.param(("a", "p"), [("b", "p"), ("a", "p")], (1, ()), id="its own among others"),
        pytest.param(("a", "p"), [("a", "p"), ("a", "p"), ("a", "p")], (0, (1, 2)), id="three"),
        pytest.param(("a", "p"), [("", "p")], (0, ()), id="a failed run's is taken over"),
        pytest.param(("a", "p"), [("", "q")], (None, ()), id="not that of another environment"),
        pytest.param(("a", "p"), [("", "p"), ("a", "p")], (1, (0,)), id="a failed run's is over"),
        pytest.param(
            ("a", "p"), [("", "p"), ("a", "p"), ("b", "p")], (1, ()), id="it may be the other's"
        ),
        pytest.param(("a", "p"), [("", "p"), ("b", "p")], (None, ()), id="as before the first"),
        pytest.param(("", "p"), [("a", "p")], (0, ()), id="a failed run in the only stack's"),
        pytest.param(("", "p"), [("a", "p"), ("a", "p")], (0, (1,)), id="of which there are two"),
        pytest.param(("", "p"), [("a", "p"), ("b", "p")], (None, ()), id="in neither of two"),
        pytest.param(("", "p"), [("a", "q")], (None, ()), id="in none of another environment"),
        pytest.param(("", "p"), [("a", "p"), ("", "p")], (1, ()), id="in its own if there is one"),
        pytest.param(("", ""), [("", "")], (0, ()), id="neither is known"),
    ],
)
def test_the_place_of_a_text(
    mark: tuple[str, str], there: list[tuple[str, str]], placed: tuple[int | None, tuple[int, ...]]
) -> None:
    assert _placed(Mark(*mark), *there) == placed


@pytest.mark.parametrize(
    ("stack", "environment"),
    [
        pytest.param("clinic-prod", "prod", id="names"),
        pytest.param("clinic", "", id="no environment"),
        pytest.param("", "", id="nothing is known"),
        pytest.param("x -->\n<b>", "p environment=q -->", id="hostile names"),
    ],
)
def test_what_a_report_begins_with_is_read_as_its_mark(stack: str, environment: str) -> None:
    page = Page(
        title="faxops plan",
        stack=stack,
        environment=environment,
        meta=(),
        sentence="No changes.",
        causes="",
        alert="",
        errors=(),
        tiles=(),
        dangers=(),
        warnings=(),
        changes=(),
        notes=(),
    )
    found = mark_of(markdown_text(page, 65_000))
    assert found is not None
    assert bool(found.stack) == bool(stack)
    assert mark_of(markdown_text(page, 1_000)) == found
