"""The plan as a value: what would be done, why, how risky it is, and what forbids it.

A plan holds no clients and no callables, so it can be compared, printed and saved. One planner
makes it for `plan`, `apply` and `drift`; `faxops.reconcile.execute` carries it out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, StrEnum
from functools import cached_property
from typing import Final

from faxops.config.stack import DesiredResource
from faxops.model.diagnostic import Diagnostic, Place
from faxops.model.field import Value
from faxops.model.kind import ResourceKind, Values
from faxops.model.live import LiveResource
from faxops.model.marks import Mark, Marks

PREVENT_DESTROY: Final = "lifecycle.prevent_destroy"
"""The one path in a change that is no API field: it stands for the tag `faxops.keep`."""


class Unreadable(Enum):
    """In place of a value that the API keeps to itself (a write-only field)."""

    UNREADABLE = "unreadable"


UNREADABLE: Final = Unreadable.UNREADABLE


class Action(StrEnum):
    """What is done to the live object. The words are Terraform's, where it has one."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"
    NO_OP = "no-op"
    FORGET = "forget"


class Reason(StrEnum):
    """Why the action was chosen; for explaining only, never decided upon."""

    NOT_IN_ACCOUNT = "not_in_account"
    DIFFERS = "differs"
    MOVED = "moved"
    IMPORTED = "imported"
    NOT_IN_CONFIGURATION = "not_in_configuration"
    REMOVED = "removed"
    DUPLICATE = "duplicate"


class Cause(StrEnum):
    """Whose a change is, seen from the merge base: for explaining only."""

    CONFIG = "config"
    DRIFT = "drift"
    BOTH = "both"


class RiskLevel(StrEnum):
    """How bad it is if a risk comes true, from least to worst."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


RISK_ORDER: Final = ("none", *(level.value for level in RiskLevel))
"""The words of `--max-risk`, from strictest to laxest."""


@dataclass(frozen=True, slots=True, order=True)
class Risk:
    """One named danger of a change. `path` is the field it is about, or empty."""

    name: str
    level: RiskLevel
    path: str = ""


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field that would get another value. `before` is unreadable for write-only fields.

    `cause` is None unless the plan was compared with a merge base.
    """

    path: str
    before: Value | Unreadable
    after: Value
    cause: Cause | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What would happen to one resource.

    `before` is None for a create and `after` is None for a delete; for a forget they are equal.
    `action` is NO_OP only with `importing`: adopted with nothing but the mark written.
    `live` is the object as it was read. `marks` are the reserved tags that it shall have.
    `moved_from` is the mark it carried until now, if that was another one. `sought` are the marks
    by which the object of a create was looked for and not found. `cause` is None unless the plan
    was compared with a merge base.
    """

    kind: ResourceKind
    key: str
    action: Action
    reason: Reason
    marks: Marks
    importing: bool = False
    moved_from: Mark | None = None
    sought: frozenset[Mark] = frozenset()
    live: LiveResource | None = None
    desired: DesiredResource | None = None
    before: Values | None = None
    after: Values | None = None
    fields: tuple[FieldChange, ...] = ()
    risks: tuple[Risk, ...] = ()
    source: Place | None = None
    cause: Cause | None = None

    @property
    def address(self) -> str:
        """`fax_application.intake`; two changes may share one when a duplicate is settled."""
        return self.kind.address(self.key)

    @property
    def id(self) -> str | None:
        """The live object's id, None for a create."""
        return self.live.id if self.live else None

    def is_sensitive(self, path: str) -> bool:
        """Whether the field's value came from the environment, or is one the API guards."""
        field = self.kind.by_path.get(path)
        return (field is not None and field.write_only) or (
            self.desired is not None and path in self.desired.masks
        )

    @property
    def counts_as_change(self) -> bool:
        """Whether the summary's "to change" counts it: an update, imported or not."""
        return self.action is Action.UPDATE


@dataclass(frozen=True, slots=True)
class Summary:
    """How many objects a plan imports, adds, changes, destroys and forgets."""

    imported: int
    add: int
    change: int
    destroy: int
    forget: int


@dataclass(frozen=True)
class Plan:
    """All changes of one stack against one account, sorted by address and id.

    `refusals` forbid the apply; `warnings` do not. `unmanaged` are live objects without this
    stack's mark. `owned` counts live objects with it, `desired` the resources of the file.
    `target` and `exclude` are the globs that selected the keys, if any.
    """

    stack: str
    environment: str
    account: str
    base_url: str
    config_digest: str
    # Out of the repr: asyncio.run makes one of whatever it returns, in megabytes here.
    changes: tuple[Change, ...] = field(repr=False)
    refusals: tuple[Diagnostic, ...]
    warnings: tuple[Diagnostic, ...]
    unmanaged: tuple[LiveResource, ...] = field(repr=False)
    owned: int
    desired: int
    target: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @cached_property
    def summary(self) -> Summary:
        """The counts of the plan's last line."""
        actions = [change.action for change in self.changes]
        return Summary(
            imported=sum(change.importing for change in self.changes),
            add=actions.count(Action.CREATE),
            change=sum(change.counts_as_change for change in self.changes),
            destroy=actions.count(Action.DELETE),
            forget=actions.count(Action.FORGET),
        )

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.changes

    @property
    def can_apply(self) -> bool:
        """Whether nothing forbids carrying it out."""
        return not self.refusals
