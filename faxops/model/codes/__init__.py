"""The catalogue of FX codes: what each finding means, and what to do about it.

FX1xx to FX6xx are about the configuration, FX7xx about a plan, FX8xx about the API, FX9xx about
the run. A code is never given another meaning.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from faxops.model.codes.code import Code
from faxops.model.codes.configuration import CONFIGURATION_CODES
from faxops.model.codes.plan import PLAN_CODES
from faxops.model.codes.run import RUN_CODES

__all__ = ["CODES", "Code"]

CODES: Final[Mapping[str, Code]] = {
    each.code: each for each in (*CONFIGURATION_CODES, *PLAN_CODES, *RUN_CODES)
}
"""Every code, in order."""
