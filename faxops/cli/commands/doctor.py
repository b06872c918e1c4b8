"""`faxops doctor`: what is wrong with the surroundings, in one screen."""

from __future__ import annotations

import asyncio
import os
import platform
from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Final

import click

from faxops import __version__
from faxops.cli.connection import EMULATOR, Connection, connect
from faxops.cli.environment import api_key
from faxops.cli.options import (
    ConfigurationChoice,
    ConnectionChoice,
    OutputChoice,
    configuration_options,
    connection_options,
    output_options,
)
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.cli.refusal import failed_check
from faxops.config.load import load_all
from faxops.config.reader import FolderReader
from faxops.config.stack import Stack
from faxops.errors import ConfigurationInvalid, ExitCode, FaxopsError, UsageError
from faxops.model.live import LiveResource
from faxops.model.registry import KINDS
from faxops.report.checkup import Check, Health, checkup_document, checkup_text

_TOLERATED_SECONDS: Final = 30
_PROBES: Final = {
    "numbers": ("/phone_numbers", "numbers attached to an application can't be seen"),
    "profiles": ("/outbound_voice_profiles", "voice profiles can't be seen"),
}


@click.command()
@configuration_options
@connection_options
@output_options("text", "json")
def command(
    configuration: ConfigurationChoice, connection: ConnectionChoice, output: OutputChoice
) -> ExitCode:
    """Check configuration, key, connection, clock, permissions and account. Sends only GET.

    Without -e, every environment of the configuration is checked.
    """
    screen = Output(output)
    with screen.reporting_failures(lambda error: _failed(error, screen)):
        checkup = _Checkup(configuration, connection, screen)
        checks = asyncio.run(checkup.run())
    screen.result(document_renderers(checkup_document(checks, screen.masker), checkup_text))
    return screen.delivered(checkup.code)


def _failed(error: FaxopsError, screen: Output) -> Mapping[str, Renderer]:
    document = checkup_document([failed_check(error)], screen.masker)
    return document_renderers(document, checkup_text)


class _Checkup:
    """The checks in order; each needs the ones before it."""

    def __init__(
        self, configuration: ConfigurationChoice, connection: ConnectionChoice, screen: Output
    ) -> None:
        self._configuration = configuration
        self._connection = connection
        self._screen = screen
        self._stacks: tuple[Stack, ...] = ()
        self.code = ExitCode.DONE

    async def run(self) -> list[Check]:
        """Check all there is to check."""
        python = f"Python {platform.python_version()}, {platform.system()}"
        checks = [
            Check("faxops", Health.GOOD, f"{__version__}, {python}"),
            self._check_configuration(),
        ]
        key = self._check_key()
        checks.append(key)
        if key.health is not Health.BAD:
            checks += [check async for check in self._check_api()]
        return checks

    def _check_configuration(self) -> Check:
        file = self._configuration.file
        if not file.exists():
            return Check(
                "configuration",
                Health.DOUBTFUL,
                f"there is no {file} here",
                "Run `faxops init`, or name the file with -f.",
            )
        try:
            self._stacks = load_all(
                FolderReader(file),
                environment=self._configuration.env,
                assignments=self._configuration.variables,
                environ=os.environ,
            )
        except ConfigurationInvalid as error:
            count = len(error.diagnostics)
            return self._bad(
                "configuration",
                error,
                f"{file} has {count} problem{'' if count == 1 else 's'}",
                f"Run `faxops validate` to see {'it' if count == 1 else 'them'}.",
            )
        except UsageError as error:
            return self._bad("configuration", error, error.message, error.hint)
        names = ", ".join(stack.name for stack in self._stacks)
        return Check("configuration", Health.GOOD, f"{file} is valid (stack {names})")

    def _check_key(self) -> Check:
        if self._connection.base_url.startswith(EMULATOR):
            return Check("key", Health.GOOD, "the emulator takes any")
        try:
            api_key(os.environ)
        except UsageError as error:
            self.code = ExitCode.NOT_PERMITTED
            return Check("key", Health.BAD, error.message, error.hint)
        source = (
            "TELNYX_API_KEY_FILE" if os.environ.get("TELNYX_API_KEY_FILE") else "TELNYX_API_KEY"
        )
        return Check("key", Health.GOOD, f"there is one in {source}")

    async def _check_api(self) -> AsyncIterator[Check]:
        url = self._connection.base_url
        try:
            async with connect(self._connection, self._screen) as way:
                yield Check("connection", Health.GOOD, f"{url} answers and accepts the key")
                yield self._check_clock(way)
                yield self._check_account(way)
                async for check in self._check_permissions(way):
                    yield check
        except FaxopsError as error:
            yield self._bad("connection", error, error.message, error.hint)

    def _check_clock(self, way: Connection) -> Check:
        offset = way.client.clock_offset
        if offset is None:
            return Check("clock", Health.GOOD, "the API did not say what time it is")
        if abs(offset) <= _TOLERATED_SECONDS:
            return Check("clock", Health.GOOD, "agrees with the API's")
        direction = "behind" if offset > 0 else "ahead of"
        return Check(
            "clock",
            Health.DOUBTFUL,
            f"is {abs(offset):.0f} s {direction} the API's",
            "Set this machine's clock, or signed webhooks will look too old or too new.",
        )

    def _check_account(self, way: Connection) -> Check:
        found = way.account.organization
        if not found:
            return Check("account", Health.DOUBTFUL, "the API does not say whose key this is")
        wanted = {stack.account for stack in self._stacks}
        if wanted and wanted.isdisjoint({found, ""}):
            self.code = ExitCode.NOT_PERMITTED
            return Check(
                "account",
                Health.BAD,
                f"the key belongs to {found}; the configuration is for {', '.join(sorted(wanted))}",
                "Use a key of the right account.",
            )
        return Check("account", Health.GOOD, found)

    async def _check_permissions(self, way: Connection) -> AsyncIterator[Check]:
        for kind in KINDS:
            checked = f"{kind.singular}s"
            try:
                live = await way.provider.list(kind)
            except FaxopsError as error:
                yield self._bad(checked, error, error.message, error.hint)
                continue
            owned = [f"{n} owned by {name}" for name, n in self._owned(live)]
            yield Check(checked, Health.GOOD, ", ".join([f"{len(live)} live", *owned]))
        for name, (path, consequence) in _PROBES.items():
            try:
                await way.client.request("GET", path, params={"page[size]": 1})
            except FaxopsError as error:
                yield Check(name, Health.DOUBTFUL, error.message, f"Without it, {consequence}.")
            else:
                yield Check(name, Health.GOOD, "can be read")

    def _owned(self, live: tuple[LiveResource, ...]) -> Iterator[tuple[str, int]]:
        for stack in self._stacks:
            yield stack.name, sum(bool(each.marks.of(stack.name)) for each in live)

    def _bad(self, name: str, error: FaxopsError, message: str, advice: str) -> Check:
        """A failed check; of several exit codes the first one stands."""
        if self.code is ExitCode.DONE:
            self.code = error.exit_code
        return Check(name, Health.BAD, message, advice)
