"""The main job from beginning to end, on the embedded emulator: run it with `make demo`.

Every command is printed as a user would type it. Nothing leaves this machine, and everything is
done in a scratch folder that is deleted at the end.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import httpx

from faxops.emulator.application import EmulatorSettings, create_emulator
from faxops.emulator.transport import EmulatorTransport
from faxops.system_clock import SystemClock

DATABASE = "demo.db"
STRANGER = "https://hooks.stranger.example/fax"


def main() -> None:
    """Run the demo; exit with 1 as soon as a step does not end as it must."""
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        tell("A first configuration, valid as it is written.")
        faxops("init")
        faxops("validate")
        tell(f"From here on the account is an emulator: export TELNYX_BASE_URL=emulator:{DATABASE}")
        os.environ["TELNYX_BASE_URL"] = f"emulator:{DATABASE}"
        tell("What would happen?")
        faxops("plan")
        tell("Make it so. On a terminal it would ask for `yes` first.")
        faxops("apply", "--auto-approve")
        tell("A plan after an apply is empty.")
        faxops("plan", "--detailed-exitcode")
        tell("Now somebody changes the webhook in the portal, past Git.")
        asyncio.run(change_in_the_portal())
        tell("The cron job finds it, and exits with 2.")
        faxops("drift", expected=2)
        tell("Apply mends it.")
        faxops("apply", "--auto-approve")
        faxops("drift")
        tell("That was the main job. README.md tells how to do it with a real account.")


def tell(text: str) -> None:
    """A line to the reader between two commands."""
    print(f"\n# {text}", flush=True)


def faxops(*arguments: str, expected: int = 0) -> None:
    """Run one command as a process of its own, like a shell would."""
    print(f"\n$ faxops {' '.join(arguments)}", flush=True)
    ended = subprocess.run([sys.executable, "-m", "faxops", *arguments], check=False)
    if ended.returncode != expected:
        sys.exit(f"demo: it exited with {ended.returncode} instead of {expected}")
    if expected:
        print(f"(exit code {expected})", flush=True)


async def change_in_the_portal() -> None:
    """Change the first application through the API, as any other client would."""
    emulator = create_emulator(EmulatorSettings(clock=SystemClock(), database=Path(DATABASE)))
    async with httpx.AsyncClient(
        transport=EmulatorTransport(emulator),
        base_url="http://emulator/v2",
        headers={"Authorization": "Bearer the key of somebody else"},
    ) as client:
        listing = await client.get("/fax_applications")
        found = listing.json()["data"][0]
        body = {"application_name": found["application_name"], "webhook_event_url": STRANGER}
        answer = await client.patch(f"/fax_applications/{found['id']}", json=body)
        answer.raise_for_status()
    emulator.close()
    print(f"PATCH /fax_applications/{found['id']} webhook_event_url={STRANGER}", flush=True)


if __name__ == "__main__":
    main()
