"""The named dangers of a change, by which a reviewer or `--max-risk` judges it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from faxops.model.kind import Values
from faxops.reconcile.plan import Action, Risk, RiskLevel

_URL: Final = "webhook_event_url"
_FAILOVER: Final = "webhook_event_failover_url"
_RECIPIENT: Final = "fax_email_recipient"
_SUBDOMAIN: Final = "inbound.sip_subdomain"
_RECEIVE: Final = "inbound.sip_subdomain_receive_settings"
_LIMITS: Final = ("inbound.channel_limit", "outbound.channel_limit")

RISKS: Final[dict[str, tuple[RiskLevel, str]]] = {
    "webhook_host_changed": (RiskLevel.HIGH, "events with patient data go to another host"),
    "webhook_not_https": (RiskLevel.HIGH, "events travel unencrypted"),
    "recipient_changed": (RiskLevel.HIGH, "received faxes are mailed to someone else"),
    "deactivated": (RiskLevel.HIGH, "faxes stop"),
    "destroyed": (RiskLevel.HIGH, "faxes stop, and a new application would get another id"),
    "open_to_anyone": (RiskLevel.MEDIUM, "anyone may call the SIP subdomain"),
    "channel_limit_cut": (RiskLevel.MEDIUM, "faxes above the new limit are rejected"),
    "failover_same_host": (RiskLevel.LOW, "the failover fails together with the webhook host"),
}
"""Every risk by name: its level, and what happens if it comes true."""


def host_of(url: object) -> str:
    """The host of a URL in lower case, empty if it has none or is no URL."""
    try:
        return (urlsplit(url).hostname or "") if isinstance(url, str) else ""
    except ValueError:
        return ""


def risks_of(action: Action, before: Values | None, after: Values | None) -> tuple[Risk, ...]:
    """The risks of going from `before` to `after`, worst first and then by name.

    A risk that was there before and stays as it is belongs to no change and is not named.
    """
    if action is Action.DELETE:
        found = [_risk("destroyed")]
    elif action is Action.FORGET or after is None:
        found = []
    else:
        found = [*_new_risks(before, after)]
        if before is not None:
            found += _risks_of_update(before, after)
    return tuple(sorted(set(found), key=_worst_first))


def _new_risks(before: Values | None, after: Values) -> Iterator[Risk]:
    old: Values = before or {}
    for path in (_URL, _FAILOVER):
        url = after.get(path)
        if isinstance(url, str) and url.lower().startswith("http:") and old.get(path) != url:
            yield _risk("webhook_not_https", path)
    if _is_open(after) and not _is_open(old):
        yield _risk("open_to_anyone", _RECEIVE)
    if _shares_host(after) and not _shares_host(old):
        yield _risk("failover_same_host", _FAILOVER)


def _risks_of_update(before: Values, after: Values) -> Iterator[Risk]:
    known = {host_of(before.get(_URL)), host_of(before.get(_FAILOVER))}
    for path in (_URL, _FAILOVER):
        host = host_of(after.get(path))
        if host and host not in known:
            yield _risk("webhook_host_changed", path)
    if host_of(before.get(_URL)) != host_of(after.get(_URL)):
        yield _risk("webhook_host_changed", _URL)
    if _RECIPIENT in after and before.get(_RECIPIENT, object()) != after[_RECIPIENT]:
        yield _risk("recipient_changed", _RECIPIENT)
    if before.get("active") is True and after.get("active") is False:
        yield _risk("deactivated", "active")
    for path in _LIMITS:
        if _is_cut(before.get(path), after.get(path)):
            yield _risk("channel_limit_cut", path)


def _is_open(values: Values) -> bool:
    return values.get(_SUBDOMAIN) is not None and values.get(_RECEIVE) == "from_anyone"


def _shares_host(values: Values) -> bool:
    failover = host_of(values.get(_FAILOVER))
    return bool(failover) and failover == host_of(values.get(_URL))


def _is_cut(before: object, after: object) -> bool:
    if not isinstance(after, int):
        return False
    return not isinstance(before, int) or after < before


def _risk(name: str, path: str = "") -> Risk:
    return Risk(name, RISKS[name][0], path)


def _worst_first(risk: Risk) -> tuple[int, str, str]:
    return (-list(RiskLevel).index(risk.level), risk.name, risk.path)
