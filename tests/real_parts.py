"""The one rule about parts that tests need from outside: a description, a server, a runtime.

Where a part is missing, the test that needs it says how to get it and passes, so that a fresh
clone tests all it can. Under `REQUIRE_REAL_PARTS=1`, as in CI, a missing part is a failure.
"""

from __future__ import annotations

import os
import shutil
import warnings
from pathlib import Path

_BESIDE = Path(__file__).parents[2] / "shared" / "telnyx" / "fax.openapi.json"
_NODE_PARTS = Path(__file__).parent / "node" / "node_modules"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def real_part(name: str, *, found: bool, how_to_get: str) -> bool:
    """Whether the part is there. If it is not: a warning in the test summary, or a failure."""
    if found:
        return True
    message = f"{name} is missing, so this was not tested. {how_to_get}"
    if os.environ.get("REQUIRE_REAL_PARTS") == "1":
        raise AssertionError(message)
    warnings.warn(message, stacklevel=2)
    return False


def chromium() -> str | None:
    """The path of a Chromium; None, by the rule above, where there is none."""
    found = next(filter(None, map(shutil.which, _BROWSERS)), None)
    how_to_get = "Install Chromium, on Debian by `apt-get install chromium`."
    return found if real_part("Chromium", found=bool(found), how_to_get=how_to_get) else None


def official_description() -> Path | None:
    """The official API description, cut to faxes; None, by the rule above, where it is missing.

    It is no part of the project: TELNYX_OPENAPI names it, or it lies beside the repository.
    """
    path = Path(os.environ.get("TELNYX_OPENAPI") or _BESIDE)
    how_to_get = (
        "Take openapi/spec3.yml of github.com/team-telnyx/openapi, cut to the fax operations, as"
        " JSON, and name the file in TELNYX_OPENAPI."
    )
    found = real_part("The official API description", found=path.exists(), how_to_get=how_to_get)
    return path if found else None


def github_description() -> Path | None:
    """GitHub's own API description, from npm; None, by the rule above, where it is missing."""
    path = _NODE_PARTS / "@octokit" / "openapi" / "generated" / "api.github.com.json"
    how_to_get = "Install Node.js 20 or newer, then run `make real-parts`."
    found = real_part("GitHub's API description", found=path.exists(), how_to_get=how_to_get)
    return path if found else None


def debian_program(program: str, package: str) -> str | None:
    """The path of a program that Debian packages; None, by the rule above, where it is missing."""
    found = shutil.which(program)
    how_to_get = f"Install it, on Debian by `apt-get install {package}`."
    return found if real_part(program, found=bool(found), how_to_get=how_to_get) else None
