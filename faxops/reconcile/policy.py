"""What a policy forbids, whatever the account looks like: webhook hosts and plain http."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

from faxops.config.stack import DesiredResource, Policy, Stack
from faxops.model.diagnostic import Diagnostic, Severity
from faxops.model.field import FieldType
from faxops.model.registry import KINDS
from faxops.model.sensitive import masked
from faxops.reconcile.risks import host_of


def violations(stack: Stack) -> tuple[Diagnostic, ...]:
    """Every URL of the stack that its policy forbids; `validate` and `plan` both refuse (5)."""
    policy = stack.policy
    if policy.webhook_hosts is None and not policy.require_https:
        return ()
    return tuple(found for resource in stack.resources for found in _of_resource(resource, policy))


def host_is_allowed(host: str, allowed: tuple[str, ...]) -> bool:
    """Whether a host is one of `allowed`: itself, or below `*.x` (which does not cover `x`).

    Both sides are compared as IDNA (ASCII), in lower case, without a final dot.
    """
    ascii_host = _ascii(host)
    for pattern in allowed:
        if pattern.startswith("*."):
            if ascii_host.endswith("." + _ascii(pattern[2:])):
                return True
        elif ascii_host == _ascii(pattern):
            return True
    return False


def _of_resource(resource: DesiredResource, policy: Policy) -> Iterator[Diagnostic]:
    kind = next(kind for kind in KINDS if kind.name == resource.kind)
    for field in kind.fields:
        url = resource.values.get(field.path)
        if field.type is not FieldType.URL or not isinstance(url, str):
            continue
        shown = masked(url, resource.masks.get(field.path, ()))
        where = f"{kind.address(resource.key)}: {field.path} {shown}"
        hosts = policy.webhook_hosts
        if hosts is not None and not host_is_allowed(host_of(url), hosts):
            yield Diagnostic(
                Severity.ERROR,
                "FX730",
                f"{where}: the policy does not allow this host.",
                suggestion=f"Allowed: {', '.join(hosts) or 'none'}.",
                place=resource.source,
            )
        if policy.require_https and urlsplit(url).scheme.lower() != "https":
            yield Diagnostic(
                Severity.ERROR,
                "FX731",
                f"{where}: the policy requires https.",
                suggestion="Write the URL with https://.",
                place=resource.source,
            )


def _ascii(host: str) -> str:
    plain = host.rstrip(".").lower()
    if plain.isascii():
        return plain
    import idna  # noqa: PLC0415 - its tables are large, and hosts are nearly always ASCII

    try:
        return idna.encode(plain, uts46=True).decode()
    except idna.IDNAError:
        return plain
