"""Floor 2: the Telnyx API over HTTP. Importing any module of it imports httpx."""

from __future__ import annotations

import importlib
import sys
from typing import Any, Final, cast

_COMMAND_LINE: Final = "httpx._main"

# httpx loads a command line of its own with it, and that rich and pygments: 26 ms that no command
# here needs. None in its place makes the import fail, which httpx takes for "not installed".
if "httpx" not in sys.modules:
    modules = cast("dict[str, Any]", sys.modules)
    modules[_COMMAND_LINE] = None
    importlib.import_module("httpx")
    del modules[_COMMAND_LINE]
