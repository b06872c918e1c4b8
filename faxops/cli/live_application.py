"""From a key of the configuration to the live application that carries its mark."""

from __future__ import annotations

import os
from dataclasses import dataclass

from faxops.cli.connection import Connection
from faxops.cli.options import ConfigurationChoice
from faxops.cli.output import Output
from faxops.cli.planning import masker_of
from faxops.config.load import load_stack
from faxops.config.phrases import choices, did_you_mean
from faxops.config.reader import FolderReader
from faxops.config.stack import Stack
from faxops.errors import ObjectNotFound, Refused, UsageError
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.model.marks import Mark
from faxops.reconcile.reading import check_account
from faxops.telnyx.fax_applications import FAX_APPLICATIONS


@dataclass(slots=True)
class Applications:
    """The configuration, loaded when a key is first asked for; until then `stack` is None."""

    configuration: ConfigurationChoice
    screen: Output
    stack: Stack | None = None

    def check(self, key: str) -> None:
        """Raise `UsageError` unless there is a fax application of that key.

        Raises what `load_stack` does. The secrets of the stack are known to `screen` then.
        """
        if self.stack is None:
            self.stack = load_stack(
                FolderReader(self.configuration.file),
                environment=self.configuration.env,
                assignments=self.configuration.variables,
                environ=os.environ,
            )
            self.screen.masker = masker_of(self.stack)
        check_key(self.stack, key)


def check_key(stack: Stack, key: str) -> None:
    """Raise `UsageError` unless the stack has a fax application of that key."""
    keys = [each.key for each in stack.resources if each.kind == FAX_APPLICATION.name]
    if key in keys:
        return
    where = f" in the environment {stack.environment}" if stack.environment else ""
    raise UsageError(
        f"There is no fax application with the key {key}{where}.",
        hint=did_you_mean(key, keys) or (f"There are {choices(keys, last='and')}." if keys else ""),
    )


async def live_applications(
    way: Connection, stack: Stack, keys: frozenset[str]
) -> dict[str, LiveResource]:
    """The live application of each key, found by its mark; one listing for all of them.

    Raises `WrongAccount`, `ObjectNotFound` for one that was not applied yet, `Refused` for a key
    that two applications carry, `IncompleteListing` or an `ApiError`.
    """
    check_account(stack, way.account)
    live = await way.provider.list(FAX_APPLICATION)
    return {key: _carrier(live, Mark(stack.name, key)) for key in sorted(keys)}


def _carrier(live: tuple[LiveResource, ...], mark: Mark) -> LiveResource:
    found = [each for each in live if mark in each.marks.owners]
    if not found:
        raise ObjectNotFound(
            f"The fax application {mark.key} is not in the account yet: none carries the mark"
            f" {mark.tag}.",
            request=f"GET {FAX_APPLICATIONS.path}",
            hint="Run `faxops apply` first, or name an application by --connection-id.",
        )
    if len(found) > 1:
        raise Refused(
            f"{len(found)} fax applications carry the mark {mark.tag}:"
            f" {', '.join(each.id for each in found)}.",
            hint="`faxops plan` says how to settle that; or choose one by --connection-id.",
        )
    return found[0]
