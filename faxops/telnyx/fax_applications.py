"""The endpoint of the fax application.

Source: API description: `ListFaxApplications`. The order is named because the description
contradicts itself on which one is the default.
"""

from __future__ import annotations

from typing import Final

from faxops.model.fax_application import FAX_APPLICATION
from faxops.telnyx.endpoint import Endpoint

FAX_APPLICATIONS: Final = Endpoint(kind=FAX_APPLICATION, sort="created_at")
