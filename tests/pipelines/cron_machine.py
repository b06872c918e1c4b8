"""A machine in a scratch folder, for files that name absolute paths of one."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.cli.live import KEY, Served

CRON = Path(__file__).parents[2] / "examples" / "cron"
CONFIGURATION = """\
version: 1
environments:
  prod: {stack: clinic-prod}
fax_applications:
  intake:
    webhook_event_url: https://hooks.clinic.example/fax/intake
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """`root` stands for `/`. faxops is installed, and knows where the account is."""

    root: Path
    account: Served

    def __post_init__(self) -> None:
        program = self.write(
            "/usr/local/bin/faxops",
            f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m faxops "$@"\n',
        )
        program.chmod(0o755)

    def path(self, absolute: str) -> Path:
        """Where the file of that name lies."""
        return self.root / absolute.removeprefix("/")

    def write(self, absolute: str, text: str) -> Path:
        """A file of the machine."""
        path = self.path(absolute)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def installed(self) -> Machine:
        """The machine with a configuration in /srv/fax, which was applied once."""
        self.write("/srv/fax/faxops.yaml", CONFIGURATION)
        command = ["faxops", "apply", "--auto-approve", "-e", "prod"]
        done = self.run(command, {"TELNYX_API_KEY": KEY}, "/srv/fax")
        assert done.returncode == 0, done.stderr
        return self

    def drift(self) -> None:
        """Change the one application past the configuration."""
        (live,) = self.account.applications()
        self.account.change(live["id"], webhook_event_url="https://stranger.example/fax")

    def run(
        self, command: Sequence[str], env: Mapping[str, str], folder: str
    ) -> subprocess.CompletedProcess[str]:
        """Run it there with these variables and no others, but what leads to the account."""
        return subprocess.run(
            command,
            cwd=self.path(folder),
            env={
                "PATH": f"{self.path('/usr/local/bin')}:/usr/bin:/bin",
                "TELNYX_BASE_URL": self.account.url,
                **env,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
