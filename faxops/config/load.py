"""From files to `Stack`: the way in to this floor."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from faxops.config.claims import read_claims
from faxops.config.encoding import Unparsable, decode
from faxops.config.entries import Entries, check_environments, gather
from faxops.config.environments import (
    Setting,
    choose,
    environment_names,
    misplaced,
    settle,
    shared_stacks,
)
from faxops.config.files import Files, Tables, digest, read_files, unreadable
from faxops.config.judge import policy_judge, sound
from faxops.config.limits import Limits, breaches, imposed_limits, own_limits, tightened
from faxops.config.parse import parse
from faxops.config.phrases import choices
from faxops.config.reader import Reader, Unreadable, read_file
from faxops.config.resources import Findings, Layers, origin, resolve
from faxops.config.scalars import Scalar
from faxops.config.stack import DesiredResource, Policy, Stack
from faxops.config.template import as_text
from faxops.config.variables import declared_variables, forbidden_names, given_variables
from faxops.errors import ConfigurationInvalid
from faxops.model.diagnostic import Diagnostic, Place, Severity
from faxops.model.kind import ResourceKind
from faxops.model.registry import KINDS


def load_stack(
    reader: Reader,
    *,
    environment: str | None,
    assignments: Iterable[str] = (),
    environ: Mapping[str, str],
    policy: Path | None = None,
    undeclared_refused: bool = True,
) -> Stack:
    """The configuration of one environment, resolved and validated.

    `assignments` are the `NAME=VALUE` of `--var`; `environ` is the process environment; `policy`
    is the file of `--policy`. Variables given that the file does not declare are refused, or else
    ignored: an older file may not know them. Raises `ConfigurationInvalid` with every finding, and
    `UsageError` when an environment must be chosen or is unknown, or a variable is given that the
    file does not declare.
    """
    with _collection_off():
        run = _Run.begin(
            reader, assignments, environ, policy, undeclared_refused=undeclared_refused
        )
        chosen = choose(run.environments, environment)
        return run.stacks((chosen,))[0]


def load_all(
    reader: Reader,
    *,
    environment: str | None = None,
    assignments: Iterable[str] = (),
    environ: Mapping[str, str],
    policy: Path | None = None,
) -> tuple[Stack, ...]:
    """The configuration of every environment, in the order of the file; one without any is one.

    With `environment` it is that one alone. A finding that several environments share is raised
    once. See `load_stack`.
    """
    with _collection_off():
        run = _Run.begin(reader, assignments, environ, policy)
        if environment is not None:
            return run.stacks((choose(run.environments, environment),))
        return run.stacks(run.environments or ("",))


@contextmanager
def _collection_off() -> Generator[None]:
    # Loading makes millions of objects and no garbage; collecting meanwhile triples its time.
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            # Without this, every collection of the run would look at all of them again.
            gc.freeze()
            gc.enable()


@dataclass(frozen=True, slots=True)
class _Run:
    """One reading of the files, from which stacks are made."""

    files: Files
    tables: Tables
    given: Mapping[str, str]
    environ: Mapping[str, str]
    imposed: Limits | None
    policy_digest: str
    problems: list[Diagnostic]

    @classmethod
    def begin(
        cls,
        reader: Reader,
        assignments: Iterable[str],
        environ: Mapping[str, str],
        policy: Path | None,
        *,
        undeclared_refused: bool = True,
    ) -> _Run:
        """Read all files and do the checks that are the same for every environment."""
        problems: list[Diagnostic] = []
        try:
            files = read_files(reader, problems)
        except ConfigurationInvalid as error:
            raise ConfigurationInvalid(_sorted(error.diagnostics)) from None
        document = files.main.document
        names = environment_names(document)
        declared = {
            name for each in ("", *names) for name in declared_variables(document, each)
        } | {str(path[-1]) for path in files.main.pruned if "variables" in path[:3]}
        given = given_variables(
            assignments, environ, declared, undeclared_refused=undeclared_refused
        )
        imposed, policy_digest = _imposed(policy, problems)
        if ("environments",) in files.main.pruned:
            raise ConfigurationInvalid(_sorted(problems))
        problems += forbidden_names(document)
        problems += misplaced(files.main)
        problems += check_environments(files)
        return cls(files, Tables(reader, {}), given, environ, imposed, policy_digest, problems)

    @property
    def environments(self) -> tuple[str, ...]:
        """Every environment of the file, those included that are wrong."""
        pruned = self.files.main.pruned
        wrong = (str(path[1]) for path in pruned if path[0] == "environments" and path[1:])
        return tuple(dict.fromkeys((*environment_names(self.files.main.document), *wrong)))

    def stacks(self, chosen: tuple[str, ...]) -> tuple[Stack, ...]:
        """The stacks of the chosen environments. Raises `ConfigurationInvalid`."""
        names = environment_names(self.files.main.document)
        # What is wrong with the others was found when the file was judged.
        sound_ones = [name for name in chosen if name in names or not name]
        settings = {name: self._setting(name) for name in sound_ones}
        others = [settings[name] if name in settings else self._quietly(name) for name in names]
        self.problems.extend(shared_stacks(self.files.main.document, others))
        stacks = [self._stack(setting) for setting in settings.values()]
        found = _sorted(self.problems)
        if any(each.severity is Severity.ERROR for each in found):
            # With the breaches, so that one run tells of everything that is wrong.
            breached = (each for stack in stacks for each in stack.breaches)
            raise ConfigurationInvalid(_sorted((*found, *breached)))
        return tuple(replace(stack, warnings=found) for stack in stacks)

    def _setting(self, environment: str, problems: list[Diagnostic] | None = None) -> Setting:
        return settle(
            self.files.main,
            environment,
            given=self.given,
            environ=self.environ,
            problems=self.problems if problems is None else problems,
        )

    def _quietly(self, environment: str) -> Setting:
        """An environment that was not chosen: only the name of its stack matters."""
        return self._setting(environment, [])

    def _stack(self, setting: Setting) -> Stack:
        document = self.files.main.document
        entries = gather(self.files, setting, self.tables, self.problems)
        limits = own_limits(document, setting, self.problems)
        if self.imposed is not None:
            limits = tightened(limits, self.imposed, self.problems)
        claims = read_claims(self.files, setting, entries, self.problems)
        resources: list[DesiredResource] = []
        breached: list[Diagnostic] = []
        for kind in KINDS:
            layers = Layers.of(self.files, setting, kind)
            found = resolve(entries, kind, setting, layers, self.problems)
            breached += _policy_breaches(found, limits.policy, entries, layers, self.problems)
            self.problems.extend(_shared_names(found, kind, entries))
            resources += found
        return Stack(
            name=setting.stack,
            environment=setting.environment,
            account=setting.account,
            resources=tuple(resources),
            imports=claims.imports,
            moved=claims.moved,
            removed=claims.removed,
            guards=limits.guards,
            policy=limits.policy,
            config_digest=self._digest(entries.digests),
            secrets=_secrets(resources),
            warnings=(),
            breaches=_sorted(breached),
        )

    def _digest(self, tables: Mapping[str, str]) -> str:
        parts = [f"file {path} {each}" for path, each in {**self.files.digests, **tables}.items()]
        parts += [f"variable {name} {value!r}" for name, value in self.given.items()]
        parts.append(f"policy {self.policy_digest}")
        # A file's name may be no text.
        return digest("\n".join(sorted(parts)).encode(errors="surrogateescape"))


def _imposed(policy: Path | None, problems: list[Diagnostic]) -> tuple[Limits | None, str]:
    """The limits of the `--policy` file and its digest."""
    if policy is None:
        return None, ""
    name = policy.as_posix()
    try:
        data = read_file(policy)
        document, findings = parse(decode(name, data))
    except Unreadable as error:
        problems.append(unreadable(name, error))
        return None, ""
    except Unparsable as error:
        problems += error.diagnostics
        return None, ""
    problems += findings
    document, findings, _ = sound(document, policy_judge())
    problems += findings
    return imposed_limits(document, problems), digest(data)


def _policy_breaches(
    resources: tuple[DesiredResource, ...],
    policy: Policy,
    entries: Entries,
    layers: Layers,
    problems: list[Diagnostic],
) -> list[Diagnostic]:
    """What the policy forbids; what no URL may hold, whatever the policy, goes to `problems`."""
    breached: list[Diagnostic] = []
    forbidden, wrong = Findings(breached), Findings(problems)
    for resource in resources:
        entry = entries.by_key[resource.key]
        for path, breach in breaches(resource, entry.kind, policy):
            spot = origin(entry, tuple(path.split(".")), layers)
            findings = forbidden if breach.of_policy else wrong
            findings.add(entry, breach.at(spot))
    forbidden.close()
    wrong.close()
    return breached


def _shared_names(
    resources: tuple[DesiredResource, ...], kind: ResourceKind, entries: Entries
) -> Iterator[Diagnostic]:
    """The names that several applications have, which nobody can tell apart in the portal."""
    by_name: dict[object, list[str]] = {}
    for resource in resources:
        by_name.setdefault(resource.values[kind.name_field], []).append(resource.key)
    for keys in by_name.values():
        if len(keys) > 1:
            named = choices((f"`{key}`" for key in keys), last="and")
            yield entries.by_key[keys[0]].spot.warning(
                "FX407",
                f"The applications {named} have one name.",
                detail="In the portal nobody can tell them apart.",
                suggestion=f"Give each an `{kind.name_field}` of its own, e.g. with `${{key}}`.",
            )


def _secrets(resources: Iterable[DesiredResource]) -> frozenset[str]:
    return frozenset(
        as_text(cast("Scalar", resource.values[path]))[start:end]
        for resource in resources
        for path, spans in resource.masks.items()
        for start, end in spans
    )


def _sorted(problems: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Each finding once, by place."""

    def order(each: Diagnostic) -> tuple[Place, str, str]:
        return each.place or Place(""), each.code, each.summary

    return tuple(sorted(set(problems), key=order))
