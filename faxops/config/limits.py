"""`guards` and `policy`: the file's own, tightened by those of `--policy FILE`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from faxops.config.document import Document
from faxops.config.environments import Setting, plain_text
from faxops.config.phrases import choices, shown
from faxops.config.source import Spot
from faxops.config.stack import DesiredResource, Guards, Limit, Policy
from faxops.config.webhook_url import host_matches, host_pattern, read_url
from faxops.model.diagnostic import Diagnostic
from faxops.model.field import FieldType
from faxops.model.kind import ResourceKind

_RISKS: Final = ("none", "low", "medium", "high")
_EVERYTHING: Final = 100
"""The percentage that forbids nothing, and so is looser than any number."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Guards and policy, with the spot of each that was written."""

    guards: Guards
    policy: Policy
    spots: dict[str, Spot]


def own_limits(document: Document, setting: Setting, problems: list[Diagnostic]) -> Limits:
    """Those of the file; what the environment says replaces what the file says, line by line."""
    limits = Limits(Guards(), Policy(), {})
    for block in setting.blocks:
        limits = _overlaid(document, block, setting, limits, problems)
    return limits


def imposed_limits(document: Document, problems: list[Diagnostic]) -> Limits:
    """Those of a `--policy` file, in which nothing is filled in."""
    return _overlaid(document, document.value, None, Limits(Guards(), Policy(), {}), problems)


def tightened(own: Limits, imposed: Limits, problems: list[Diagnostic]) -> Limits:
    """The stricter of each. What the file would loosen is a warning and has no effect."""
    guards, policy = own.guards, own.policy
    for name in ("max_deletes", "max_changes", "max_creates"):
        limit = _stricter(name, own, imposed, problems)
        guards = replace(guards, **{name: limit})
    policy = Policy(
        webhook_hosts=_common_hosts(own, imposed, problems),
        require_https=_https(own, imposed, problems),
        max_risk=_lower_risk(own, imposed, problems),
    )
    return Limits(guards, policy, own.spots)


@dataclass(frozen=True, slots=True)
class Breach:
    """What is forbidden about a webhook URL, by the policy or (not `of_policy`) always."""

    code: str
    summary: str
    suggestion: str
    of_policy: bool = True

    def at(self, spot: Spot) -> Diagnostic:
        """The finding at the spot of the URL."""
        return spot.error(self.code, self.summary, suggestion=self.suggestion)


def breaches(
    resource: DesiredResource, kind: ResourceKind, policy: Policy
) -> Iterator[tuple[str, Breach]]:
    """What the policy forbids about the webhook URLs of one resource, by field path."""
    anything_goes = policy.webhook_hosts is None and not policy.require_https
    for field in kind.fields:
        text = resource.values.get(field.path)
        if field.type is not FieldType.URL or not isinstance(text, str):
            continue
        if anything_goes and "@" not in text:
            continue
        url = read_url(text)
        if url is None:
            continue
        if url.user_info:
            yield (
                field.path,
                Breach(
                    "FX603",
                    f"`{field.path}` holds a user name or password before its host.",
                    "Delete everything between `://` and `@`, the `@` included.",
                    of_policy=False,
                ),
            )
        if policy.require_https and url.scheme != "https":
            yield (
                field.path,
                Breach("FX602", f"`{field.path}` is not https.", "Begin it with `https://`."),
            )
        hosts = policy.webhook_hosts
        if hosts is not None and not _allowed(url.host, hosts):
            allowed = choices((f"`{each}`" for each in hosts), last="and")
            yield (
                field.path,
                Breach(
                    "FX601",
                    f"The host `{url.host}` of `{field.path}` is not among `webhook_hosts`.",
                    f"Allowed are {allowed}." if hosts else "No host is allowed.",
                ),
            )


def _allowed(host: str, patterns: tuple[str, ...]) -> bool:
    return host in patterns or any(host_matches(host, each) for each in patterns)


def _overlaid(
    document: Document,
    block: dict[str, Any],
    setting: Setting | None,
    limits: Limits,
    problems: list[Diagnostic],
) -> Limits:
    guards: dict[str, Any] = block.get("guards", {})
    policy: dict[str, Any] = dict(block.get("policy", {}))
    spots = dict(limits.spots)
    for section in ("guards", "policy"):
        for name in block.get(section, {}):
            spots[name] = document.value_spot(block[section], name)
    if "webhook_hosts" in policy:
        written: list[str] = policy["webhook_hosts"]
        hosts = _hosts(document, written, setting, problems)
        # Hosts are not held against a list of which a part was wrong.
        policy["webhook_hosts"] = hosts if len(hosts) == len(written) else None
    limited = {name: _limit(value) for name, value in guards.items()}
    return Limits(replace(limits.guards, **limited), replace(limits.policy, **policy), spots)


def _limit(value: float | str) -> Limit:
    if isinstance(value, str):
        return Limit(int(value.removesuffix("%")), percent=True)
    return Limit(int(value))


def _hosts(
    document: Document,
    hosts: list[str],
    setting: Setting | None,
    problems: list[Diagnostic],
) -> tuple[str, ...]:
    found: list[str] = []
    for number, text in enumerate(hosts):
        spot = document.value_spot(hosts, number)
        written = text
        if setting is not None:
            filled = plain_text(text, spot, "webhook_hosts", setting.scope, problems)
            if filled is None:
                continue
            written = filled
        pattern = host_pattern(written)
        if pattern is None:
            problems.append(
                spot.error(
                    "FX606",
                    f"{shown(written)} is not a host name.",
                    suggestion="Write only the host, e.g. `hooks.clinic.example`, or `*.x` for"
                    " every host under `x`.",
                )
            )
        else:
            found.append(pattern)
    return tuple(found)


def _stricter(name: str, own: Limits, imposed: Limits, problems: list[Diagnostic]) -> Limit:
    mine: Limit = getattr(own.guards, name)
    theirs: Limit = getattr(imposed.guards, name)
    if name not in imposed.spots:
        return mine
    if name not in own.spots:
        # The file leaves its default, which is no wish to be looser than the policy.
        return theirs
    order = _compared(mine, theirs)
    if order is None:
        problems.append(
            own.spots[name].error(
                "FX605",
                f"`{name}: {mine}` cannot be compared with {theirs} of the policy file.",
                suggestion=f"Write it as a {'percentage' if theirs.percent else 'number'}.",
            )
        )
        return theirs
    if order > 0:
        problems.append(_without_effect(own.spots[name], f"{name}: {mine}", str(theirs)))
        return theirs
    return mine


def _compared(mine: Limit, theirs: Limit) -> int | None:
    """Positive if `mine` is looser; None if that depends on how many applications there are."""
    if mine.percent == theirs.percent:
        return mine.number - theirs.number
    for limit, sign in ((mine, 1), (theirs, -1)):
        if limit.number == 0:
            return -sign
        if limit.percent and limit.number == _EVERYTHING:
            return sign
    return None


def _common_hosts(
    own: Limits, imposed: Limits, problems: list[Diagnostic]
) -> tuple[str, ...] | None:
    mine, theirs = own.policy.webhook_hosts, imposed.policy.webhook_hosts
    if mine is None or theirs is None:
        return theirs if mine is None else mine
    common: set[str] = set()
    for host in mine:
        narrowed = _narrowed(host, theirs)
        common |= narrowed
        if host not in narrowed:
            listed = choices(theirs, last="and")
            spot = own.spots["webhook_hosts"]
            problems.append(_without_effect(spot, f"webhook_hosts: {host}", listed))
    return tuple(sorted(common))


def _narrowed(host: str, patterns: Iterable[str]) -> set[str]:
    """What `host` and the patterns both let through, as patterns."""
    if any(_covers(pattern, host) for pattern in patterns):
        return {host}
    return {pattern for pattern in patterns if _covers(host, pattern)}


def _covers(wide: str, narrow: str) -> bool:
    return wide == narrow or (wide.startswith("*.") and narrow.endswith(wide[1:]))


def _https(own: Limits, imposed: Limits, problems: list[Diagnostic]) -> bool:
    mine, theirs = own.policy.require_https, imposed.policy.require_https
    if theirs and not mine and "require_https" in own.spots:
        problems.append(_without_effect(own.spots["require_https"], "require_https: false", "true"))
    return mine or theirs


def _lower_risk(own: Limits, imposed: Limits, problems: list[Diagnostic]) -> str:
    mine, theirs = own.policy.max_risk, imposed.policy.max_risk
    if _RISKS.index(mine) <= _RISKS.index(theirs):
        return mine
    if "max_risk" in own.spots:
        problems.append(_without_effect(own.spots["max_risk"], f"max_risk: {mine}", theirs))
    return theirs


def _without_effect(spot: Spot, line: str, imposed: str) -> Diagnostic:
    return spot.warning(
        "FX604",
        f"`{line}` is looser than the policy file and has no effect.",
        suggestion=f"Delete it, or stay within {imposed}.",
    )
