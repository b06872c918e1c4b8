"""What a configuration means once resolved: the desired resources of one stack.

These are the values that `faxops.reconcile` works on. Nothing in them refers to YAML but the
places, which are for messages alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from faxops.model.diagnostic import Diagnostic, Place
from faxops.model.kind import Values
from faxops.model.sensitive import Span


@dataclass(frozen=True, slots=True)
class DesiredResource:
    """One resource that should exist.

    `kind` is a `ResourceKind.name`. `values` is the canonical form with every default filled in;
    a write-only field is there only if the file sets it (to null included). Reserved tags are
    never among them. `masks` holds, by field path, the spans that came from the environment.
    `source` is where its block begins.
    """

    kind: str
    key: str
    values: Values
    masks: Mapping[str, tuple[Span, ...]]
    source: Place
    prevent_destroy: bool = False
    ignore_changes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Import:
    """Adopt the live object `id` as `key`; does nothing once that has happened."""

    id: str
    key: str
    source: Place


@dataclass(frozen=True, slots=True)
class Moved:
    """`from_key` of `from_stack` (the own stack unless a hand-over) is now `to_key`."""

    from_stack: str
    from_key: str
    to_key: str
    source: Place


@dataclass(frozen=True, slots=True)
class Removed:
    """Give up `key` (forget, or destroy when `destroy`), or settle the duplicate `id`.

    Exactly one of `key` and `id` is set; with `id`, `destroy` is true.
    """

    source: Place
    key: str | None = None
    id: str | None = None
    destroy: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """A guard's bound: an absolute number, or a percentage rounded up (0 forbids either way)."""

    number: int
    percent: bool = False

    def allows(self, count: int, total: int) -> bool:
        """Whether `count` of `total` objects may change."""
        return count <= self.bound(total)

    def bound(self, total: int) -> int:
        """The largest count that is allowed for `total` objects."""
        return -(-total * self.number // 100) if self.percent else self.number

    def __str__(self) -> str:
        return f"{self.number}%" if self.percent else str(self.number)


@dataclass(frozen=True, slots=True)
class Guards:
    """How much one apply may do; deletes and changes are counted against what is owned."""

    max_deletes: Limit = Limit(10, percent=True)
    max_changes: Limit = Limit(100, percent=True)
    max_creates: Limit = Limit(100, percent=True)


@dataclass(frozen=True, slots=True)
class Policy:
    """What a plan may hold. `webhook_hosts` is None when any host may be used.

    `max_risk` is `none`, `low`, `medium` or `high`, the highest severity that may be planned.
    """

    webhook_hosts: tuple[str, ...] | None = None
    require_https: bool = False
    max_risk: str = "high"


@dataclass(frozen=True, slots=True)
class Stack:
    """A whole configuration for one environment, resolved and validated.

    `environment` is empty when the file has none. `resources` is sorted by key within each kind;
    no two share a key, of whatever kind they are.
    `config_digest` is sha256 (hex) over every file read and every variable given; values from
    the environment are not part of it. `secrets` are the texts that came from `${env.…}`, which no
    output may show. `warnings` did not stop the run. `breaches` is what the policy forbids: the
    configuration is valid, and every plan of it is refused.
    """

    name: str
    environment: str
    account: str
    resources: tuple[DesiredResource, ...]
    imports: tuple[Import, ...]
    moved: tuple[Moved, ...]
    removed: tuple[Removed, ...]
    guards: Guards
    policy: Policy
    config_digest: str
    secrets: frozenset[str]
    warnings: tuple[Diagnostic, ...]
    breaches: tuple[Diagnostic, ...] = ()
