"""The resource kinds that faxops manages; a new kind is one more line here."""

from __future__ import annotations

from typing import Final

from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.kind import ResourceKind

KINDS: Final[tuple[ResourceKind, ...]] = (FAX_APPLICATION,)
