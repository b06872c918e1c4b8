"""The scenario file: how the emulator behaves, and what goes wrong when.

`{"behaviours": {switch: value}, "rules": [{"method", "path", "after", "times", "fault"}],
"faxes": {"step_seconds", "outcomes": {number: reason}, "pages"},
"webhooks": {"duplicates", "reorder", "retry_seconds"}}`
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from faxops.emulator.behaviours import DEFAULT_BEHAVIOURS, Behaviours, behaviours_schema
from faxops.emulator.description import Schema, load_description
from faxops.emulator.distortions import (
    Distortion,
    DuplicateInPages,
    EmptyList,
    OtherActor,
    ShiftingList,
    StaleRead,
    WrongTotal,
)
from faxops.emulator.fax_course import DEFAULT_FAXES, MOST_PAGES, FaxSettings
from faxops.emulator.json_file import checked, read_json
from faxops.errors import UsageError

BodyKind = Literal["api_error", "html", "empty", "truncated", "wrong_content_type"]


@dataclass(frozen=True, slots=True)
class Status:
    """A reply with this status.

    With `acts` the request is done first; then `status` None keeps the real one, and the bodies
    `truncated` and `wrong_content_type` are made of the real reply. `code` is the API's error code
    in an `api_error` body; None is one that fits the status. `detail` is the error's sentence.
    """

    status: int | None = None
    code: str | None = None
    detail: str = "A fault of the emulator's scenario."
    body: BodyKind = "api_error"
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    acts: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """The connection is refused; in process only. Served, it is dropped like `lost_before`."""


@dataclass(frozen=True, slots=True)
class LostBefore:
    """The connection is reset and nothing was done."""


@dataclass(frozen=True, slots=True)
class LostAfter:
    """What was asked is done, and the connection is reset instead of a reply."""


@dataclass(frozen=True, slots=True)
class Hang:
    """The reply takes `seconds`. Without `acts` nothing is done and the connection is lost then."""

    seconds: float
    acts: bool = True


@dataclass(frozen=True, slots=True)
class SlowDrip:
    """The reply's body arrives in ten pieces over `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True)
class RateLimit:
    """At most `requests` in each window of `seconds`; more are answered 429 and not processed.

    `retry_after` is how the 429 says when to come back, `reset` is the unit of
    `x-ratelimit-reset`: seconds from now, or Unix time.
    """

    requests: int
    seconds: float = 1.0
    retry_after: Literal["seconds", "date", "none"] = "seconds"
    reset: Literal["delta", "epoch"] = "delta"


@dataclass(frozen=True, slots=True)
class Behaves:
    """The request meets an API whose switches stand otherwise (`faxops.emulator.behaviours`)."""

    behaviours: Mapping[str, str]


Fault = (
    Status | Refused | LostBefore | LostAfter | Hang | SlowDrip | RateLimit | Behaves | Distortion
)


@dataclass(frozen=True, slots=True)
class Rule:
    """A fault for the requests that match.

    `method` is upper case or `*`. `path` is a glob without `/v2`, whose `*` also matches `/`. The
    first `after` matching requests are let through; then `times` are hit, None is all of them.
    """

    fault: Fault
    method: str = "*"
    path: str = "*"
    after: int = 0
    times: int | None = None


@dataclass(frozen=True, slots=True)
class Webhooks:
    """How webhooks are delivered.

    `duplicates` is how many extra copies of an event arrive on average: 0.3 doubles three events
    of ten, 2 sends each three times. With `reorder` an event is held back for a while, so that a
    later one may overtake it. `retry_seconds` is the wait after the first failed attempt at a URL;
    it doubles with each further one. What chance decides depends on the event's id alone.
    """

    duplicates: float = 0
    reorder: bool = False
    retry_seconds: float = 1


DEFAULT_WEBHOOKS: Final = Webhooks()


@dataclass(frozen=True, slots=True)
class Scenario:
    """What a scenario file says. The default has the default behaviours and no fault."""

    behaviours: Behaviours = DEFAULT_BEHAVIOURS
    rules: tuple[Rule, ...] = ()
    webhooks: Webhooks = DEFAULT_WEBHOOKS
    faxes: FaxSettings = DEFAULT_FAXES


_SECONDS: Final = {"type": "number", "minimum": 0}
_BOOLEAN: Final = {"type": "boolean"}
_CHANGE: Final = {
    "type": "object",
    "properties": load_description().properties("UpdateFaxApplicationRequest"),
}
_FAULTS: Final[Mapping[str, tuple[type[Fault], Mapping[str, Any], tuple[str, ...]]]] = {
    "status": (
        Status,
        {
            "status": {"type": ["integer", "null"], "minimum": 200, "maximum": 599},
            "code": {"type": "string"},
            "detail": {"type": "string"},
            "body": {"enum": ["api_error", "html", "empty", "truncated", "wrong_content_type"]},
            "headers": {"type": "object", "additionalProperties": {"type": "string"}},
            "acts": _BOOLEAN,
        },
        (),
    ),
    "refused": (Refused, {}, ()),
    "lost_before": (LostBefore, {}, ()),
    "lost_after": (LostAfter, {}, ()),
    "hang": (Hang, {"seconds": _SECONDS, "acts": _BOOLEAN}, ("seconds",)),
    "slow_drip": (SlowDrip, {"seconds": _SECONDS}, ("seconds",)),
    "stale_read": (StaleRead, {}, ()),
    "shifting_list": (ShiftingList, {}, ()),
    "wrong_total": (WrongTotal, {"by": {"type": "integer"}}, ()),
    "empty_list": (EmptyList, {}, ()),
    "duplicate_in_pages": (DuplicateInPages, {}, ()),
    "rate_limit": (
        RateLimit,
        {
            "requests": {"type": "integer", "minimum": 1},
            "seconds": {"type": "number", "exclusiveMinimum": 0},
            "retry_after": {"enum": ["seconds", "date", "none"]},
            "reset": {"enum": ["delta", "epoch"]},
        },
        ("requests",),
    ),
    "behaves": (Behaves, {"behaviours": behaviours_schema()}, ("behaviours",)),
    "other_actor": (OtherActor, {"change": _CHANGE, "id": {"type": "string"}}, ()),
}
FAULT_KINDS: Final = tuple(_FAULTS)
_FAULT_NAME: Final = {"enum": list(FAULT_KINDS)}
_RULE: Final = {
    "type": "object",
    "required": ["fault"],
    "additionalProperties": False,
    "properties": {
        "method": {"enum": ["GET", "POST", "PATCH", "DELETE", "*"]},
        "path": {"type": "string", "pattern": "^[/*]"},
        "after": {"type": "integer", "minimum": 0},
        "times": {"type": ["integer", "null"], "minimum": 1},
        "fault": {
            "type": ["string", "object"],
            "if": {"type": "string"},
            "then": _FAULT_NAME,
            "else": {"required": ["kind"], "properties": {"kind": _FAULT_NAME}},
        },
    },
}
_SCENARIO: Final = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "behaviours": behaviours_schema(),
        "rules": {"type": "array", "items": _RULE},
        "faxes": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "step_seconds": {**_SECONDS, "maximum": 86400},
                "outcomes": {
                    "type": "object",
                    "propertyNames": {"pattern": r"^(\+[1-9][0-9]{1,14}|sips?:.+)$"},
                    # An open set: the API adds reasons without notice.
                    "additionalProperties": {"type": "string", "pattern": "^[a-z][a-z0-9_]*$"},
                },
                "pages": {"type": "integer", "minimum": 1, "maximum": MOST_PAGES},
            },
        },
        "webhooks": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "duplicates": {"type": "number", "minimum": 0, "maximum": 100},
                "reorder": _BOOLEAN,
                "retry_seconds": {**_SECONDS, "maximum": 86400},
            },
        },
    },
}


def fault_kind(fault: Fault) -> str:
    """The name of a fault in scenario files and records."""
    return next(kind for kind, (cls, _, _) in _FAULTS.items() if type(fault) is cls)


def load_scenario(path: Path) -> Scenario:
    """Read a scenario file. Raises `UsageError` naming the file and the place."""
    return parse_scenario(read_json(path, "scenario"), str(path))


def parse_scenario(content: object, source: str = "scenario") -> Scenario:
    """Read a scenario. Raises `UsageError` naming `source` and the place."""
    data = checked(Schema(_SCENARIO), content, source)
    rules = tuple(
        _rule(rule, f"{source}: /rules/{place}") for place, rule in enumerate(data.get("rules", ()))
    )
    webhooks = Webhooks(**data.get("webhooks", {}))
    faxes = FaxSettings(**data.get("faxes", {}))
    return Scenario(Behaviours(**data.get("behaviours", {})), rules, webhooks, faxes)


def _rule(data: Mapping[str, Any], source: str) -> Rule:
    given: dict[str, Any] = (
        {"kind": data["fault"]} if isinstance(data["fault"], str) else data["fault"]
    )
    cls, properties, required = _FAULTS[given["kind"]]
    settings: dict[str, Any] = {key: value for key, value in given.items() if key != "kind"}
    schema = {
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": False,
        "components": load_description().document["components"],
    }
    checked(Schema(schema), settings, f"{source}/fault")
    if cls is Status and settings.get("status") is None and not settings.get("acts"):
        raise UsageError(
            f"{source}/fault: a status fault that does not act needs a status.",
            hint='Write for example {"kind": "status", "status": 503}.',
        )
    return Rule(cls(**settings), **{key: data[key] for key in data if key != "fault"})
