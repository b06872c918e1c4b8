"""The one rule about parts that tests need from outside: a description, a server, a runtime.

Where a part is missing, the test that needs it says how to get it and passes, so that a fresh
clone tests all it can. Under `REQUIRE_REAL_PARTS=1`, as in CI, a missing part is a failure.
"""

from __future__ import annotations

import os
import warnings


def real_part(name: str, *, found: bool, how_to_get: str) -> bool:
    """Whether the part is there. If it is not: a warning in the test summary, or a failure."""
    if found:
        return True
    message = f"{name} is missing, so this was not tested. {how_to_get}"
    if os.environ.get("REQUIRE_REAL_PARTS") == "1":
        raise AssertionError(message)
    warnings.warn(message, stacklevel=2)
    return False
