"""Where the values behind `${…}` come from: declared variables, flags, the environment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from faxops.config.document import Document, Path
from faxops.config.phrases import did_you_mean
from faxops.config.scalars import Scalar
from faxops.config.source import Spot
from faxops.config.template import Fault, Filled, Scope, Unresolved
from faxops.errors import UsageError
from faxops.model.diagnostic import Diagnostic

VARIABLE_PREFIX: Final = "FAXOPS_VAR_"

# Names that hold keys of the surroundings; a pull request must not be able to send them away.
_FORBIDDEN: Final = re.compile(r"(?:TELNYX|FAXOPS|GITHUB|ACTIONS|AWS)_.*|.*TOKEN.*", re.IGNORECASE)


REPORTED: Final = Fault("", "")
"""Why a name has no value, when that was already said."""


def given_variables(
    assignments: Iterable[str],
    environ: Mapping[str, str],
    declared: Iterable[str],
    *,
    undeclared_refused: bool = True,
) -> dict[str, str]:
    """The values of `--var NAME=VALUE` pairs and `FAXOPS_VAR_…` variables; the pairs win.

    Raises `UsageError` for a pair without `=`, a name that no environment of the file declares
    (or that is ignored, if so wished), and two environment variables that mean one name.
    """
    names = sorted(set(declared))
    flags: dict[str, str] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or not name:
            raise UsageError(f"`--var {assignment}` has no value.", hint="Write --var NAME=VALUE.")
        if name in names:
            flags[name] = value
        elif undeclared_refused:
            raise _undeclared(f"`--var {name}=…`", name, names)
    return _from_environ(environ, names, undeclared_refused) | flags


def _from_environ(
    environ: Mapping[str, str],
    names: list[str],
    undeclared_refused: bool,  # noqa: FBT001 - internal
) -> dict[str, str]:
    # Variables of a shell are in capitals by custom, so NAME also sets a declared `name`.
    by_suffix = {name.upper(): name for name in names} | {name: name for name in names}
    found: dict[str, str] = {}
    origin: dict[str, str] = {}
    for variable in sorted(environ):
        if not variable.startswith(VARIABLE_PREFIX):
            continue
        suffix = variable.removeprefix(VARIABLE_PREFIX)
        name = by_suffix.get(suffix)
        if name is None and undeclared_refused:
            raise _undeclared(f"The environment variable {variable}", suffix, names)
        if name is None:
            continue
        if name in found and found[name] != environ[variable]:
            raise UsageError(
                f"{origin[name]} and {variable} give the variable `{name}` two values.",
                hint=f"Unset one: unset {variable}",
            )
        found[name], origin[name] = environ[variable], variable
    return found


def _undeclared(what: str, name: str, names: list[str]) -> UsageError:
    hint = did_you_mean(name, names) or f"Declare it in the file: variables: {{{name}: …}}"
    return UsageError(f"{what} sets a variable that the file does not declare.", hint=hint)


def forbidden_names(document: Document) -> list[Diagnostic]:
    """What is wrong with the names in `env`."""
    names: list[str] = document.value.get("env", [])
    return [
        document.value_spot(names, number).error(
            "FX305",
            f"The environment variable {name} may not be read by a configuration.",
            detail="Names with TOKEN, or under TELNYX_, FAXOPS_, GITHUB_, ACTIONS_ and AWS_, hold"
            " keys that a changed configuration could send elsewhere.",
            suggestion="Pass the value under another name, if it is no secret.",
        )
        for number, name in enumerate(names)
        if _FORBIDDEN.fullmatch(name)
    ]


def outer_scope(
    document: Document,
    *,
    pruned: Iterable[Path],
    environment: str,
    given: Mapping[str, str],
    environ: Mapping[str, str],
    problems: list[Diagnostic],
) -> Scope:
    """What can be referred to before the stack has a name: variables and the environment.

    `environment` is empty when the file has none; `given` are values that replace declared ones;
    `pruned` are paths of the document that are wrong and were reported.
    """
    base = _environment_scope(document, environment, environ)
    values = dict(base.values)
    spans = dict(base.spans)
    faults = {f"var.{path[-1]}": REPORTED for path in pruned if "variables" in path[:3]}
    faults |= {f"var.{name}": why for name, why in _declared_elsewhere(document, environment)}
    faults |= base.faults
    for name, (value, spot) in declared_variables(document, environment).items():
        expression = f"var.{name}"
        faults.pop(expression, None)
        try:
            filled = Filled(given[name]) if name in given else _declared(name, value, base)
        except Unresolved as error:
            # A variable without a value is wrong only where it is used.
            faults[expression] = Fault(error.code, error.summary, error.suggestion)
            if error.code != "FX308":
                faults[expression] = REPORTED
                problems += complaint(error, spot)
            continue
        values[expression] = filled.value
        if filled.spans:
            spans[expression] = filled.spans
    absent = {name: why for name, why in base.absent.items() if name != "var"}
    return Scope(values, spans, faults, absent)


def complaint(error: Unresolved, spot: Spot) -> list[Diagnostic]:
    """The finding about a `${…}` at `spot`; none if its cause was reported."""
    if not error.code:
        return []
    return [spot.error(error.code, error.summary, suggestion=error.suggestion)]


def declared_variables(document: Document, environment: str) -> dict[str, tuple[Scalar, Spot]]:
    """The variables of the file and of one of its environments, with their places."""
    found: dict[str, tuple[Scalar, Spot]] = {}
    holders: list[dict[str, Scalar]] = [document.value.get("variables", {})]
    if environment:
        holders.append(document.value["environments"][environment].get("variables", {}))
    for holder in holders:
        for name, value in holder.items():
            found[name] = (value, document.value_spot(holder, name))
    return found


def _declared_elsewhere(document: Document, environment: str) -> Iterator[tuple[str, Fault]]:
    """The variables of the other environments; those of this one take their places."""
    for other in document.value.get("environments", {}).values():
        for name in other.get("variables", {}):
            yield (
                name,
                Fault(
                    "FX302",
                    f"The variable `{name}` is not declared in the environment `{environment}`.",
                    f"Declare it there, or for all environments: `variables: {{{name}: …}}`",
                ),
            )


def _declared(name: str, value: Scalar, base: Scope) -> Filled:
    if value is None:
        raise Unresolved(
            "FX308",
            f"The variable `{name}` has no value.",
            f"Give it one with `--var {name}=VALUE` or {VARIABLE_PREFIX}{name}.",
        )
    if isinstance(value, str) and "$" in value:
        return base.fill(value)
    return Filled(value)


def _environment_scope(document: Document, environment: str, environ: Mapping[str, str]) -> Scope:
    values: dict[str, Scalar] = {}
    faults: dict[str, Fault] = {}
    absent = {
        "var": "a variable cannot refer to another one",
        "row": "only the application of a fleet has rows",
        "key": "there is a key only within an application",
        "stack": "the name of the stack is not known yet",
    }
    if environment:
        values["environment"] = environment
    else:
        absent["environment"] = "the file has no environments"
    names: list[str] = document.value.get("env", [])
    for name in names:
        value = environ.get(name)
        if _FORBIDDEN.fullmatch(name):
            faults[f"env.{name}"] = REPORTED
        elif value is None:
            summary = f"The environment variable {name} is not set."
            faults[f"env.{name}"] = Fault("FX304", summary, f"Set it: export {name}=…")
        elif not _is_text(value):
            summary = f"The environment variable {name} does not hold UTF-8 text."
            faults[f"env.{name}"] = Fault("FX304", summary, f"Set it again: export {name}=…")
        else:
            values[f"env.{name}"] = value
    spans = {
        name: ((0, len(value)),)
        for name, value in values.items()
        if name.startswith("env.") and isinstance(value, str) and value
    }
    return Scope(values, spans, faults, absent)


def _is_text(value: str) -> bool:
    # Python stands lone surrogates in for bytes that are not UTF-8.
    return not any("\ud800" <= character <= "\udfff" for character in value)
