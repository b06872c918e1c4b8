"""Users, colleagues, the network and Ctrl-C against the promises, in any order.

Users edit a configuration, colleagues edit the account past faxops, and applies run while both the
network and the process fail. After every step the promises hold, judged by what the account really
keeps. At the end the users settle what faxops refused to guess, and one apply makes all of it true.
"""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from faxops.config.stack import DesiredResource, Import, Moved, Removed, Stack
from faxops.emulator.distortions import Distortion
from faxops.emulator.scenario import Fault, Rule
from faxops.errors import ExitCode
from tests.reconcile.builders import NOWHERE, moved, removed, stack
from tests.reconcile.states import BEHAVIOURS, KEYS, wanted
from tests.reconcile.test_properties import FAULTS
from tests.stateful.fleet_world import Break, Held, Run, World
from tests.stateful.truth import assert_promises, assert_words

BREAKS = st.builds(
    Break, st.sampled_from(["kill before", "kill after", "interrupt"]), st.integers(0, 4)
)
_SOME_KEYS = st.lists(st.sampled_from(KEYS), min_size=1, max_size=3, unique=True)
EDITS = st.sampled_from(
    [
        {"active": False},
        {"webhook_timeout_secs": 7},
        {"webhook_event_url": "https://elsewhere.example/"},
        {"inbound": {"channel_limit": 3}},
    ]
)


class Fleet(RuleBasedStateMachine):
    """The machine. `desired` is the configuration, by key."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="faxops-fleet-"))
        self.world = World(self.folder)
        self.desired: dict[str, DesiredResource] = {}
        self.imports: list[Import] = []
        self.moved: list[Moved] = []
        self.removed: list[Removed] = []
        self.names = 0
        self.settled = False
        self.refused = False

    @initialize(behaviours=BEHAVIOURS, data=st.data())
    def begin(self, behaviours: dict[str, Any], data: st.DataObject) -> None:
        """Some applications are there, of an API that stands one way or the other.

        Its description leaves open which.
        """
        self.world.behaviours = behaviours
        for key in KEYS[: data.draw(st.integers(2, len(KEYS)), label="applications")]:
            self.desired[key] = self._drawn(data, key)
        self.apply(destroy=False)

    # What users do to the configuration.

    @rule(data=st.data())
    def write(self, data: st.DataObject) -> None:
        """Add applications, or change some."""
        self.settled = False
        for key in data.draw(_SOME_KEYS, label="keys"):
            self._leave(key)
            self.desired[key] = self._drawn(data, key)

    @precondition(lambda self: self.desired)
    @rule(data=st.data())
    def erase(self, data: st.DataObject) -> None:
        """Delete an application's block."""
        self.settled = False
        key = self._key(data)
        del self.desired[key]
        self._leave(key)

    @precondition(lambda self: self.desired)
    @rule(data=st.data())
    def give_up(self, data: st.DataObject) -> None:
        """Delete an application's block and leave the live one running."""
        self.settled = False
        key = self._key(data)
        del self.desired[key]
        self._leave(key)
        self.removed.append(removed(key))

    @precondition(lambda self: self.desired and len(self.desired) < len(KEYS))
    @rule(data=st.data())
    def rename(self, data: st.DataObject) -> None:
        """Give an application another key, and say so."""
        self.settled = False
        old = self._key(data)
        new = data.draw(st.sampled_from([key for key in KEYS if key not in self.desired]))
        self._leave(new)
        self.desired[new] = replace(self.desired.pop(old), key=new)
        self.imports = [
            replace(each, key=new) if each.key == old else each for each in self.imports
        ]
        self.removed = [each for each in self.removed if each.key != old]
        self.moved.append(moved(old, new))

    @precondition(lambda self: self._unmarked())
    @rule(data=st.data())
    def adopt(self, data: st.DataObject) -> None:
        """Import an application that somebody made by hand."""
        self.settled = False
        held = data.draw(st.sampled_from(self._unmarked()), label="adopted")
        key = data.draw(st.sampled_from(KEYS), label="key")
        self._leave(key)
        self.desired[key] = self._drawn(data, key)
        self.imports = [each for each in self.imports if each.id != held.id]
        self.imports.append(Import(held.id, key, NOWHERE))

    @precondition(lambda self: self._of_others())
    @rule(data=st.data())
    def take_over(self, data: st.DataObject) -> None:
        """Take an application over from another stack."""
        self.settled = False
        held = data.draw(st.sampled_from(self._of_others()), label="taken over")
        key = data.draw(st.sampled_from(KEYS), label="key")
        (mark,) = held.live.marks.owners
        self._leave(key)
        self.desired[key] = self._drawn(data, key)
        self.moved.append(moved(f"{mark.stack}/{mark.key}", key))

    @rule()
    def tidy(self) -> None:
        """Take out the entries that have done their work, or never did."""
        self.imports, self.moved, self.removed = [], [], []

    @precondition(lambda self: self.refused)
    @rule()
    def heed(self) -> None:
        """Do what a refusal says."""
        self._settle()
        self.refused = False

    # What colleagues do in the portal.

    @rule(owner=st.sampled_from(["", "faxops.hospital.x", "faxops.lab.y"]), keep=st.booleans())
    def somebody_creates(self, owner: str, keep: bool) -> None:  # noqa: FBT001 - drawn by name
        """Make an application by hand, or by another stack, whose key nobody has yet."""
        self.names += 1
        tags = [f"{owner}{self.names}"] if owner else ["theirs"]
        tags += ["faxops.keep"] if keep and owner else []
        self.world.create(application_name=f"Theirs {self.names}", tags=tags)

    @precondition(lambda self: self.world.content())
    @rule(data=st.data(), fields=EDITS)
    def somebody_changes(self, data: st.DataObject, fields: dict[str, Any]) -> None:
        """Change any application."""
        self.settled = False
        self.world.change(self._any(data).id, **fields)

    @precondition(lambda self: self.world.content())
    @rule(data=st.data())
    def somebody_deletes(self, data: st.DataObject) -> None:
        """Delete any application."""
        self.settled = False
        self.world.delete(self._any(data).id)

    @precondition(lambda self: self.world.content())
    @rule(data=st.data(), tags=st.sampled_from([[], ["new"], ["faxops.keep"]]))
    def somebody_retags(self, data: st.DataObject, tags: list[str]) -> None:
        """Take all tags off any application, or give it others: its mark is lost."""
        self.settled = False
        self.world.change(self._any(data).id, tags=tags)

    @precondition(lambda self: self.world.content())
    @rule(data=st.data())
    def somebody_copies(self, data: st.DataObject) -> None:
        """Make a second application with the tags of any other one, its mark included."""
        self.settled = False
        self.names += 1
        tags = sorted({*self._any(data).live.marks.tags})
        self.world.create(application_name=f"Copy {self.names}", tags=tags)

    # Runs, while there may be something to do.

    @precondition(lambda self: not self.settled)
    @rule(destroy=st.booleans())
    def apply(self, destroy: bool) -> None:  # noqa: FBT001 - drawn by name
        """Apply on a good day: all of it is done, or refused before anything is."""
        run = self._apply(destroy=destroy)
        assert run.plan is not None
        if run.outcome is not None:
            assert run.outcome.exit_code is ExitCode.DONE, run.outcome
            assert self.world.plan(self._stack(), destroy=destroy).is_empty
            self.settled = True

    @precondition(lambda self: not self.refused)
    @rule(data=st.data(), kind=FAULTS, times=st.sampled_from([1, 5]), after=st.integers(0, 5))
    def apply_in_trouble(self, data: st.DataObject, kind: Fault, times: int, after: int) -> None:
        """Apply some edits while a request, or some in a row, meet a fault."""
        self.write(data)
        lie = isinstance(kind, Distortion)
        hits = Rule(kind, "GET" if lie else "*", after=after, times=1 if lie else times)
        self._apply(rules=[hits])

    @precondition(lambda self: not self.refused)
    @rule(data=st.data(), stop=BREAKS)
    def apply_and_break(self, data: st.DataObject, stop: Break) -> None:
        """Apply some edits, and be killed or interrupted at some request."""
        self.write(data)
        self._apply(stop=stop)

    @precondition(lambda self: not self.refused and self.world.content())
    @rule(data=st.data(), fields=st.one_of(st.none(), EDITS))
    def apply_in_company(self, data: st.DataObject, fields: dict[str, Any] | None) -> None:
        """Apply some edits while a colleague gets between the plan and the writes."""
        self.write(data)
        held = self._any(data)

        def meddle() -> None:
            if fields is None:
                self.world.delete(held.id)
            else:
                self.world.change(held.id, **fields)

        self._apply(meddle=meddle)

    def teardown(self) -> None:
        """Settle what only people can, and apply: then everything is as the files say."""
        try:
            self._settle()
            run = self._apply(destroy=True)
            assert run.plan is not None
            assert run.plan.refusals == ()
            assert run.outcome is None or run.outcome.exit_code is ExitCode.DONE
            assert self.world.plan(self._stack(), destroy=True).is_empty
            keys = Counter(key for held in run.after.values() for key in held.keys)
            assert keys == Counter(list(self.desired))
        finally:
            shutil.rmtree(self.folder)

    def _apply(self, **how: Any) -> Run:  # noqa: ANN401 - of World.apply
        wanted = self._stack()
        run = self.world.apply(wanted, **how)
        assert_promises(wanted, run)
        assert_words(run)
        self.refused = run.plan is not None and not run.plan.can_apply
        return run

    def _settle(self) -> None:
        self.tidy()
        seen = set[str]()
        for held in self.world.content().values():
            for key in held.keys:
                if key in seen:
                    self._unprotect(held)
                    self.removed.append(Removed(NOWHERE, id=held.id, destroy=True))
                elif key not in self.desired and held.live.marks.keep:
                    self.removed.append(removed(key))
                seen.add(key)
        for key, each in self.desired.items():
            self.desired[key] = self._named(each)  # what lost its mark may still have the name

    def _unprotect(self, held: Held) -> None:
        tags = sorted(held.live.marks.tags - {"faxops.keep"})
        self.world.change(held.id, tags=tags)

    def _stack(self) -> Stack:
        return stack(
            *self.desired.values(), imports=self.imports, moved=self.moved, removed=self.removed
        )

    def _leave(self, key: str) -> None:
        """Take out the entries that would contradict a block, or no block, of this key."""
        self.imports = [each for each in self.imports if each.key != key]
        self.removed = [each for each in self.removed if each.key != key]
        self.moved = [
            each
            for each in self.moved
            if each.to_key != key and (each.from_stack, each.from_key) != ("clinic", key)
        ]

    def _drawn(self, data: st.DataObject, key: str) -> DesiredResource:
        return self._named(data.draw(wanted(key), label="block"))

    def _named(self, resource: DesiredResource) -> DesiredResource:
        """With a name and a subdomain that nothing else has ever had."""
        self.names += 1
        values = {**resource.values, "application_name": f"Ours {self.names}"}
        if values["inbound.sip_subdomain"] is not None:
            values["inbound.sip_subdomain"] = f"sub-{self.names}"
        return replace(resource, values=values)

    def _key(self, data: st.DataObject) -> str:
        return data.draw(st.sampled_from(sorted(self.desired)), label="key")

    def _any(self, data: st.DataObject) -> Held:
        content = self.world.content()
        number = data.draw(st.integers(0, len(content) - 1), label="application")
        return list(content.values())[number]

    def _unmarked(self) -> list[Held]:
        return [held for held in self.world.content().values() if not held.live.marks.owners]

    def _of_others(self) -> list[Held]:
        taken = {(each.from_stack, each.from_key) for each in self.moved}
        owned = [held for held in self.world.content().values() if len(held.live.marks.owners) == 1]
        return [
            held
            for held in owned
            for mark in held.live.marks.owners
            if mark.stack != "clinic" and (mark.stack, mark.key) not in taken
        ]


Fleet.TestCase.settings = settings(
    max_examples=40,
    stateful_step_count=20,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
TestFleet = pytest.mark.slow(Fleet.TestCase)
