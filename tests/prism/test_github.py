"""What `faxops comment` sends to GitHub, judged by Prism on GitHub's own API description.

The one request that is not in it is the question for an app's login, which is GraphQL.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Generator, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from tests.cli.live import configuration
from tests.cli.running import Finished, Program
from tests.forge.stand_in import APP, TOKEN, Fault, StandIn, served
from tests.prism.hop import Hop, recording
from tests.prism.programs import PRISM, prism
from tests.real_parts import github_description, real_part

pytestmark = pytest.mark.slow

_COMMENTS = "/repos/{owner}/{repo}/issues/{issue_number}/comments"
_COMMENT = "/repos/{owner}/{repo}/issues/comments/{comment_id}"
_OPERATIONS = {_COMMENTS: ("get", "post"), _COMMENT: ("patch", "delete"), "/user": ("get",)}


class Way:
    """faxops in a folder with a plan, and a GitHub that only Prism leads to."""

    def __init__(self, program: Program, hop: Hop, stand_in: StandIn) -> None:
        self.program = program
        self.hop = hop
        self.stand_in = stand_in

    def comment(self, name: str = "plan.json") -> Finished:
        """Comment a document on pull request 7."""
        variables = {
            "GITHUB_TOKEN": TOKEN,
            "GITHUB_REPOSITORY": "clinic/fax",
            "GITHUB_API_URL": self.hop.url,
        }
        flags = ("--github", "--pull-request", "7")
        return self.program("comment", "--plan", name, *flags, env=variables)

    def judged(self) -> list[tuple[str, int]]:
        """Every exchange that the description is about, in order, once none of them breaks it."""
        about = [each for each in self.hop.exchanges if each.path != "/graphql"]
        assert [each for each in about if each.violations or each.problem] == []
        return [(f"{each.method} {each.path}", each.status) for each in about]


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Generator[Way | None]:
    """The way; None where a part is missing. Every program it starts ends with the module."""
    description = github_description()
    node = shutil.which("node")
    how_to_get = "Install Node.js 20 or newer, then run `make real-parts`."
    there = real_part("Prism", found=bool(node) and PRISM.exists(), how_to_get=how_to_get)
    if description is None or not there:
        yield None
        return
    folder = tmp_path_factory.mktemp("github")
    path = folder / "github.json"
    path.write_text(json.dumps(_cut(json.loads(description.read_text(encoding="utf-8")))))
    stand_in = StandIn()
    with ExitStack() as stack:
        upstream = stack.enter_context(served(stand_in))
        proxy = stack.enter_context(prism(node or "node", path, upstream, "--errors"))
        yield Way(_planned(folder), stack.enter_context(recording(proxy)), stand_in)


@pytest.fixture
def way(opened: Way | None) -> Way | None:
    """The way with an empty conversation, whose token is an app's."""
    if opened is not None:
        opened.stand_in.reset()
        opened.hop.exchanges.clear()
    return opened


def _planned(folder: Path) -> Program:
    """faxops in a folder with two plans."""
    program = Program(folder, {"TELNYX_BASE_URL": "emulator:account.db"})
    for name, keys in (("plan", ("intake",)), ("other", ("intake", "billing"))):
        program.write("faxops.yaml", configuration(*keys))
        assert program("plan", "--report", f"{name}.json").code == 0
    return program


def _cut(description: Mapping[str, Any]) -> dict[str, Any]:
    """The description with the operations of comments alone, and what they refer to."""
    paths = {
        path: {name: description["paths"][path][name] for name in names}
        for path, names in _OPERATIONS.items()
    }
    components: dict[str, dict[str, Any]] = {}
    left = list(_references(paths))
    while left:
        _, _, kind, name = left.pop().split("/")
        if name not in components.setdefault(kind, {}):
            components[kind][name] = description["components"][kind][name]
            left += _references(components[kind][name])
    kept = {name: description[name] for name in ("openapi", "info", "servers")}
    return {**kept, "paths": paths, "components": components}


def _references(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        members = cast("dict[str, object]", value)
        reference = members.get("$ref")
        if isinstance(reference, str):
            yield reference
        for each in members.values():
            yield from _references(each)
    elif isinstance(value, list):
        for each in cast("list[object]", value):
            yield from _references(each)


def test_every_request_of_a_comments_life_fits_the_description(way: Way | None) -> None:
    if way is None:
        return
    user, page = ("GET /user", 200), ("GET /repos/clinic/fax/issues/7/comments", 200)
    way.stand_in.is_app, way.stand_in.login = False, "ann"
    for number in range(100):
        way.stand_in.write("somebody", f"comment {number}")
    told = [way.comment(), way.comment(), way.comment("other.json")]
    spare = way.stand_in.write("ann", way.stand_in.notes[1101].body)
    told.append(way.comment("other.json"))
    assert [each.out.split(":")[0] for each in told] == [
        "Created the comment",
        "The comment is up to date",
        "Updated the comment",
        "The comment is up to date",
    ]
    create = ("POST /repos/clinic/fax/issues/7/comments", 201)
    update = ("PATCH /repos/clinic/fax/issues/comments/1101", 200)
    remove = (f"DELETE /repos/clinic/fax/issues/comments/{spare}", 204)
    read = [user, page, page]
    assert way.judged() == [*read, create, page, page, *read, *read, update, *read, remove]


def test_so_does_what_an_app_sends_and_what_a_fork_is_answered(way: Way | None) -> None:
    if way is None:
        return
    way.stand_in.faults.append(Fault("POST .*/comments", 403, "not accessible by integration"))
    assert [way.comment().code, way.comment().code] == [4, 0]
    assert way.judged()[2] == ("POST /repos/clinic/fax/issues/7/comments", 403)
    assert [note.login for note in way.stand_in.notes.values()] == [APP]


def test_prism_does_refuse_what_does_not_fit(way: Way | None) -> None:
    if way is None:
        return
    url = f"{way.hop.url}/repos/clinic/fax/issues/7/comments"
    reply = httpx.post(url, json={"text": "no body"}, timeout=10, trust_env=False)
    assert (reply.status_code, way.stand_in.requests) == (422, [])
    assert "body" in way.hop.exchanges[0].problem
