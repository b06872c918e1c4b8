"""The steps of `faxops test`: from the configuration of one application to a fax that arrived."""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final
from uuid import uuid4

import phonenumbers

from faxops.cli.connection import Connection, connect
from faxops.cli.live_application import check_key
from faxops.cli.options import ConfigurationChoice, ConnectionChoice
from faxops.cli.output import Output
from faxops.cli.page_fax import PageFax, Route
from faxops.cli.planning import masker_of
from faxops.cli.webhook_check import webhook_check
from faxops.config.load import load_stack
from faxops.config.reader import FolderReader
from faxops.config.stack import Stack
from faxops.errors import ExitCode, FaxopsError
from faxops.model.clock import Clock
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.field import Value
from faxops.model.kind import Values
from faxops.model.live import LiveResource
from faxops.model.marks import Mark
from faxops.model.registry import KINDS
from faxops.reconcile.plan import Change
from faxops.reconcile.planner import PlanOptions, make_plan
from faxops.reconcile.reading import check_account
from faxops.reconcile.snapshot import Snapshot
from faxops.report.application_check import Step, Subject
from faxops.report.checkup import Check, Health
from faxops.telnyx.faxes import Faxes
from faxops.telnyx.voice_profiles import VoiceProfile, voice_profile
from faxops.telnyx.webhook_probe import DELIVERY_SECONDS, probe

_SHOWN_NUMBERS: Final = 3
_URLS: Final = (
    ("event webhook", "webhook_event_url"),
    ("failover webhook", "webhook_event_failover_url"),
)
_PROFILE_ID: Final = "outbound.outbound_voice_profile_id"
_PLAN: Final = "Run `faxops plan` to see it."


@dataclass(frozen=True, slots=True)
class Destination:
    """Where the test page goes, in E.164. `from_` is None for the first attached number."""

    to: str
    from_: str | None


class ApplicationCheck:
    """The steps in order. `told` is called with each as it ends; `steps` are those so far.

    `page` is the fax, sent or not. `code` is the exit code that they amount to.
    """

    def __init__(
        self,
        key: str,
        *,
        screen: Output,
        clock: Clock,
        told: Callable[[Step], None],
    ) -> None:
        self.steps: list[Step] = []
        self.page = PageFax(clock)
        self._key = key
        self._stack = self._environment = self._application_id = ""
        self._screen = screen
        self._clock = clock
        self._told = told

    async def run(
        self,
        configuration: ConfigurationChoice,
        connection: ConnectionChoice,
        destination: Destination | None,
    ) -> None:
        """Check everything, and send the test page if there is a destination.

        Raises what ends the run before there is an application to check: `ConfigurationInvalid`,
        `UsageError`, `WrongAccount` and the `ApiError` of the listing.
        """
        since = self._clock.monotonic()
        async with aclosing(self._all(configuration, connection, destination)) as checks:
            async for check in checks:
                now = self._clock.monotonic()
                step = Step(check, now - since)
                since = now
                self.steps.append(step)
                self._told(step)

    @property
    def code(self) -> ExitCode:
        """The fax's own code if it failed or is unknown, else whether all was well."""
        if self.page.code is not ExitCode.DONE:
            return self.page.code
        healthy = all(each.check.health is not Health.BAD for each in self.steps)
        return ExitCode.DONE if healthy else ExitCode.FAILED

    @property
    def subject(self) -> Subject:
        """What is tested, as far as it is known by now."""
        return Subject(
            key=self._key,
            stack=self._stack,
            environment=self._environment,
            application_id=self._application_id,
            reference=self.page.reference,
            fax=self.page.fax,
        )

    async def _all(
        self,
        configuration: ConfigurationChoice,
        connection: ConnectionChoice,
        destination: Destination | None,
    ) -> AsyncGenerator[Check]:
        stack = load_stack(
            FolderReader(configuration.file),
            environment=configuration.env,
            assignments=configuration.variables,
            environ=os.environ,
        )
        self._screen.masker = masker_of(stack)
        key = self._key
        self._stack, self._environment = stack.name, stack.environment
        check_key(stack, key)
        yield Check("configuration", Health.GOOD, f"{configuration.file} is valid and has {key}")
        async with connect(connection, self._screen) as way:
            live, check = await self._application(way, stack)
            yield check
            desired = next(each.values for each in stack.resources if each.key == key)
            values = desired if live is None else live.values
            for name, field in _URLS:
                if url := _text(values[field]):
                    yield await self._webhook(name, url, values)
            numbers: tuple[str, ...] = ()
            if live is not None:
                numbers, check = await _numbers(way, live)
                yield check
            yield await _profile(way, values, destination)
            if destination is not None:
                async with aclosing(self._fax(way, live, numbers, destination)) as states:
                    async for check in states:
                        yield check

    async def _application(
        self, way: Connection, stack: Stack
    ) -> tuple[LiveResource | None, Check]:
        """The one live application with the stack's mark for the key, if there is one."""
        check_account(stack, way.account)
        listed = {kind.name: await way.provider.list(kind) for kind in KINDS}
        snapshot = Snapshot(way.account.organization, way.account.base_url, listed)
        mark = Mark(stack.name, self._key)
        found = [each for each in listed[FAX_APPLICATION.name] if mark in each.marks.owners]
        plan = make_plan(stack, snapshot, PlanOptions(target=(mark.key,)))
        change = next((each for each in plan.changes if each.key == mark.key), None)
        if len(found) != 1:
            return None, _not_the_one(found, mark, change)
        self._application_id = found[0].id
        return found[0], _state(found[0], change)

    async def _webhook(self, name: str, url: str, values: Values) -> Check:
        # 0 is within the API's range and nobody knows what it means.
        limit = float(_number(values["webhook_timeout_secs"]) or DELIVERY_SECONDS)
        found = await probe(url, limit_seconds=limit, clock=self._clock)
        return webhook_check(name, url, found, limit_seconds=limit, now=self._clock.now())

    async def _fax(
        self,
        way: Connection,
        live: LiveResource | None,
        numbers: tuple[str, ...],
        destination: Destination,
    ) -> AsyncGenerator[Check]:
        sender = destination.from_ or next(iter(numbers), None)
        if live is None or any(each.check.health is Health.BAD for each in self.steps):
            advice = "Correct that and test again."
            yield Check("fax", Health.BAD, "was not sent, because of what is wrong above", advice)
            return
        if sender is None:
            advice = "Name the number to send from with --from."
            yield Check("fax", Health.BAD, "was not sent, because no number is known", advice)
            return
        route = Route(self._key, self._stack, live.id, sender, destination.to)
        async with aclosing(self.page.checks(Faxes(way.client), route, uuid4())) as checks:
            async for check in checks:
                yield check


def _not_the_one(found: list[LiveResource], mark: Mark, change: Change | None) -> Check:
    if found:
        ids = ", ".join(each.id for each in found)
        message = f"{len(found)} live ones carry the mark {mark.tag}: {ids}"
        return Check("application", Health.BAD, message, "`faxops plan` says how to settle it.")
    message = f"none in this account carries the mark {mark.tag}"
    if change is not None and change.id is not None:
        message += f"; {change.id} would get it"
    return Check("application", Health.BAD, message, "Run `faxops apply` first.")


def _state(live: LiveResource, change: Change | None) -> Check:
    if not live.values["active"]:
        advice = "Set `active: true` and apply; an inactive one sends and receives nothing."
        return Check("application", Health.BAD, f"{live.id} is not active", advice)
    if change is None:
        return Check("application", Health.GOOD, f"{live.id} is active and as configured")
    paths = ", ".join(each.path for each in change.fields) or "its mark"
    message = f"{live.id} is active and differs from the configuration in {paths}"
    return Check("application", Health.DOUBTFUL, message, _PLAN)


async def _numbers(way: Connection, live: LiveResource) -> tuple[tuple[str, ...], Check]:
    try:
        numbers = await way.provider.attached_numbers(live.id)
    except FaxopsError as error:
        return (), Check("numbers", Health.DOUBTFUL, error.message, error.hint)
    if not numbers:
        advice = "Attach one in the Telnyx portal, unless faxes only go out."
        return (), Check(
            "numbers", Health.DOUBTFUL, "none is attached, so no fax can come in", advice
        )
    more = len(numbers) - _SHOWN_NUMBERS
    named = ", ".join(numbers[:_SHOWN_NUMBERS]) + (f" and {more} more" if more > 0 else "")
    return numbers, Check("numbers", Health.GOOD, f"{named} attached")


async def _profile(way: Connection, values: Values, destination: Destination | None) -> Check:
    profile_id = _text(values[_PROFILE_ID])
    if not profile_id:
        health = Health.DOUBTFUL if destination is None else Health.BAD
        advice = f"Set `{_PROFILE_ID}`, unless faxes only come in."
        return Check("voice profile", health, "none is set, so no fax can go out", advice)
    try:
        profile = await voice_profile(way.client, profile_id)
    except FaxopsError as error:
        return Check("voice profile", Health.DOUBTFUL, error.message, error.hint)
    if profile is None:
        return Check(
            "voice profile",
            Health.BAD,
            f"there is none with the id {profile_id}",
            f"Correct `{_PROFILE_ID}`.",
        )
    return _allows(profile, destination)


def _allows(profile: VoiceProfile, destination: Destination | None) -> Check:
    named = f"{profile.name} ({profile.id})" if profile.name else profile.id
    if not profile.enabled:
        advice = "Enable it in the Telnyx portal, or set another one."
        return Check("voice profile", Health.BAD, f"{named} is disabled", advice)
    allowed = profile.destinations
    country = None if destination is None else country_of(destination.to)
    if allowed is None:
        message = f"{named} is enabled and names no destinations"
        return Check("voice profile", Health.DOUBTFUL, message, "See it in the Telnyx portal.")
    if country is None:
        names = ", ".join(sorted(allowed)) or "no country"
        return Check("voice profile", Health.GOOD, f"{named} is enabled and allows {names}")
    if country not in allowed:
        advice = f"Add {country} to its destinations in the Telnyx portal."
        message = f"{named} does not allow {country}, where {_to(destination)} is"
        return Check("voice profile", Health.BAD, message, advice)
    return Check("voice profile", Health.GOOD, f"{named} is enabled and allows {country}")


def country_of(number: str) -> str | None:
    """The country of a number in E.164, in alpha-2; None for one that belongs to none (+800)."""
    region = phonenumbers.region_code_for_number(phonenumbers.parse(number))
    return None if region in {None, "001"} else region


def _to(destination: Destination | None) -> str:
    return "" if destination is None else destination.to


def _text(value: Value) -> str:
    return value if isinstance(value, str) else ""


def _number(value: Value) -> int:
    return value if isinstance(value, int) else 0
