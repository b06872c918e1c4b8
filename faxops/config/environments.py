"""Choosing an environment, and naming the stack that it stands for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from faxops.config.document import Document
from faxops.config.files import ConfigurationFile
from faxops.config.fragments import STACK_FORM, STACK_PATTERN
from faxops.config.phrases import choices, did_you_mean
from faxops.config.source import Spot
from faxops.config.template import Scope, Unresolved, as_text
from faxops.config.variables import REPORTED, complaint, outer_scope
from faxops.errors import NoSuchEnvironment, UsageError
from faxops.model.diagnostic import Diagnostic
from faxops.model.marks import RESERVED_STACK_NAMES

_STACK: Final = re.compile(STACK_PATTERN.strip("^$"))


@dataclass(frozen=True, slots=True)
class Setting:
    """One environment (or the file without any): its names, and what can be referred to.

    `stack` is empty if it could not be found out, which was reported.
    `blocks` are the mappings that hold its settings, those that win last.
    """

    environment: str
    stack: str
    account: str
    scope: Scope
    blocks: tuple[dict[str, Any], ...]


def environment_names(document: Document) -> tuple[str, ...]:
    """The environments of the file, in its order."""
    return tuple(document.value.get("environments", {}))


def choose(names: tuple[str, ...], chosen: str | None) -> str:
    """The one of the environments `names` to use, "" if there are none.

    Raises `UsageError` when one must be chosen, and `NoSuchEnvironment` when the chosen one is
    unknown.
    """
    if not chosen and not names:
        return ""
    if not chosen:
        raise UsageError(
            f"The file has environments ({choices(names, last='and')}); one must be chosen.",
            hint=f"Choose with -e, for example: -e {names[0]}",
        )
    if not names:
        raise NoSuchEnvironment(
            f"The environment `{chosen}` was chosen, and the file has no environments.",
            hint="Leave out -e, or add `environments:` to the file.",
        )
    if chosen not in names:
        hint = did_you_mean(chosen, names) or f"The file has {choices(names, last='and')}."
        raise NoSuchEnvironment(f"The file has no environment `{chosen}`.", hint=hint)
    return chosen


def settle(
    main: ConfigurationFile,
    environment: str,
    *,
    given: Mapping[str, str],
    environ: Mapping[str, str],
    problems: list[Diagnostic],
) -> Setting:
    """What one environment means; what is wrong with it is added to `problems`."""
    document = main.document
    outer = outer_scope(
        document,
        pruned=main.pruned,
        environment=environment,
        given=given,
        environ=environ,
        problems=problems,
    )
    blocks = (document.value,)
    if environment:
        blocks = (document.value, document.value["environments"][environment])
    owner = blocks[-1]
    stack = _stack(document, owner, outer, problems)
    account = _plain_text(document, owner, "account", outer, problems)
    absent = {name: why for name, why in outer.absent.items() if name != "stack"}
    scope = Scope(
        {**outer.values, **({"stack": stack} if stack else {})},
        outer.spans,
        {**outer.faults, **({} if stack else {"stack": REPORTED})},
        absent,
    )
    return Setting(environment, stack, account, scope, blocks)


def misplaced(main: ConfigurationFile) -> list[Diagnostic]:
    """What stands at the top and belongs in each environment, and a missing stack."""
    document = main.document
    names = environment_names(document)
    if not names:
        wrong = {("stack",), ("environments",)} & main.pruned
        if "stack" in document.value or wrong or any("environments" in p for p in main.pruned):
            return []
        suggestion = "Add `stack: clinic`, a name that no other configuration uses."
        return [Spot(document.source, 0).error("FX310", "No stack.", suggestion=suggestion)]
    return [
        document.key_spot(document.value, name).error(
            "FX310",
            f"`{name}` stands at the top of a file that has environments.",
            detail="Nothing is shared between environments by forgetting a line.",
            suggestion=f"Move it into each of {choices(names, last='and')}.",
        )
        for name in ("stack", "account")
        if name in document.value
    ]


def shared_stacks(document: Document, settings: list[Setting]) -> list[Diagnostic]:
    """The environments whose stack is already another one's."""
    first: dict[str, Setting] = {}
    problems: list[Diagnostic] = []
    for setting in settings:
        if not setting.stack:
            continue
        other = first.setdefault(setting.stack, setting)
        if other is setting:
            continue
        where = document.value_spot(other.blocks[-1], "stack").place
        problems.append(
            document.value_spot(setting.blocks[-1], "stack").error(
                "FX312",
                f"The stack `{setting.stack}` is already that of the environment"
                f" `{other.environment}` ({where}).",
                suggestion="Give each environment a stack of its own.",
            )
        )
    return problems


def _stack(
    document: Document, owner: dict[str, Any], scope: Scope, problems: list[Diagnostic]
) -> str:
    name = _plain_text(document, owner, "stack", scope, problems)
    if not name:
        return name
    spot = document.value_spot(owner, "stack")
    if name in RESERVED_STACK_NAMES:
        problems.append(spot.error("FX311", f"The name `{name}` is reserved for marks of faxops."))
        return ""
    if not _STACK.fullmatch(name):
        problems.append(
            spot.error("FX311", f"`{name}` cannot name a stack; expected {STACK_FORM}.")
        )
        return ""
    return name


def _plain_text(
    document: Document,
    owner: dict[str, Any],
    name: str,
    scope: Scope,
    problems: list[Diagnostic],
) -> str:
    if name not in owner:
        return ""
    return plain_text(owner[name], document.value_spot(owner, name), name, scope, problems) or ""


def plain_text(
    text: str, spot: Spot, name: str, scope: Scope, problems: list[Diagnostic]
) -> str | None:
    """A text filled in where nothing may come from the environment; None if that failed."""
    if "$" not in text:
        return text
    try:
        filled = scope.fill(text)
    except Unresolved as error:
        problems += complaint(error, spot)
        return None
    if filled.spans:
        problems.append(from_environment(spot, f"`{name}`"))
        return None
    return as_text(filled.value)


def from_environment(spot: Spot, what: str) -> Diagnostic:
    """The finding about a value from the environment where none may stand."""
    return spot.error(
        "FX306",
        f"{what} cannot hold a value from the environment.",
        detail="Such values are never shown, and this one must be.",
        suggestion="Use `${var.…}`, or write the value out.",
    )
