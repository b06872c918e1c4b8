"""Why faxes failed: every failed fax of the account, counted by its reason.

    TELNYX_API_KEY=… python examples/failed_faxes.py

`TELNYX_BASE_URL` points it elsewhere, for example at `faxops emulator`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections import Counter

from faxops.telnyx import FaxopsError, Telnyx


async def main() -> None:
    """Print a line for each reason, the most frequent first."""
    reasons: Counter[str] = Counter()
    async with Telnyx(
        api_key=os.environ.get("TELNYX_API_KEY", ""),
        base_url=os.environ.get("TELNYX_BASE_URL", "https://api.telnyx.com/v2"),
    ) as telnyx:
        async for fax in telnyx.faxes.list():
            if fax.status == "failed":
                reasons[fax.failure_reason or "no reason given"] += 1
    for reason, count in reasons.most_common():
        print(f"{count:6}  {reason}")
    print(f"{reasons.total():6}  in all")


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except FaxopsError as error:
        sys.exit(f"{error.message} {error.hint}")
