"""Floor 2: the Telnyx API over HTTP, for faxops itself and as a library (docs/library.md).

Importing any module of it imports httpx; each name below is imported when it is first used.
"""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, Any, Final, cast

if TYPE_CHECKING:
    from faxops.errors import (
        ApiError,
        ApiProblem,
        AuthenticationFailed,
        FaxopsError,
        IncompleteListing,
        MalformedAnswer,
        ObjectNotFound,
        OutcomeUnknown,
        PermissionDenied,
        RateLimited,
        RequestRejected,
        ServerFailed,
        Unreachable,
        UsageError,
        WebhookUnverified,
    )
    from faxops.model.fax import Fax
    from faxops.model.fax_request import FaxRequest
    from faxops.model.webhook_event import WebhookEvent
    from faxops.telnyx.fax_api import Telnyx
    from faxops.telnyx.faxes import Faxes, FaxFilter
    from faxops.telnyx.typed_applications import (
        FaxApplication,
        FaxApplications,
        Inbound,
        Outbound,
    )
    from faxops.telnyx.webhooks import verify_webhook

__all__ = [
    "ApiError",
    "ApiProblem",
    "AuthenticationFailed",
    "Fax",
    "FaxApplication",
    "FaxApplications",
    "FaxFilter",
    "FaxRequest",
    "Faxes",
    "FaxopsError",
    "Inbound",
    "IncompleteListing",
    "MalformedAnswer",
    "ObjectNotFound",
    "Outbound",
    "OutcomeUnknown",
    "PermissionDenied",
    "RateLimited",
    "RequestRejected",
    "ServerFailed",
    "Telnyx",
    "Unreachable",
    "UsageError",
    "WebhookEvent",
    "WebhookUnverified",
    "verify_webhook",
]

_MODULES: Final = {
    "Fax": "faxops.model.fax",
    "FaxApplication": "faxops.telnyx.typed_applications",
    "FaxApplications": "faxops.telnyx.typed_applications",
    "FaxFilter": "faxops.telnyx.faxes",
    "FaxRequest": "faxops.model.fax_request",
    "Faxes": "faxops.telnyx.faxes",
    "Inbound": "faxops.telnyx.typed_applications",
    "Outbound": "faxops.telnyx.typed_applications",
    "Telnyx": "faxops.telnyx.fax_api",
    "WebhookEvent": "faxops.model.webhook_event",
    "verify_webhook": "faxops.telnyx.webhooks",
}
"""Where each name is; the others are errors."""

_COMMAND_LINE: Final = "httpx._main"


def __getattr__(name: str) -> object:
    """Import a name of the library when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_MODULES.get(name, "faxops.errors")), name)


def __dir__() -> list[str]:
    return sorted(__all__)


# httpx loads a command line of its own with it, and that rich and pygments: 26 ms that no command
# here needs. None in its place makes the import fail, which httpx takes for "not installed".
if "httpx" not in sys.modules:
    modules = cast("dict[str, Any]", sys.modules)
    modules[_COMMAND_LINE] = None
    importlib.import_module("httpx")
    del modules[_COMMAND_LINE]
