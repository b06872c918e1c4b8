"""faxops' way to the emulator through Prism, on free ports."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.prism.hop import Hop, recording
from tests.prism.programs import PRISM, emulator, faxops, prism
from tests.real_parts import official_description, real_part

KEY = "KEY-0123456789"


@dataclass(frozen=True, slots=True)
class Way:
    """A folder to work in, and an account that only Prism leads to."""

    folder: Path
    hop: Hop

    def run(self, *arguments: str, key: str = KEY) -> tuple[int, str]:
        """One faxops command: its exit code, and all that it printed."""
        return faxops(self.folder, self.hop.url, *arguments, key=key)

    def expect(self, code: int, phrase: str, *arguments: str, key: str = KEY) -> str:
        """Run a command that ends in `code` and says `phrase`; returns all that it printed."""
        ended, printed = self.run(*arguments, key=key)
        refused = [each for each in self.hop.exchanges if each.problem]
        assert (ended, phrase in printed) == (code, True), f"{printed}\n{refused}"
        return printed

    def write(self, configuration: str) -> None:
        """Put another configuration in the place of the one before."""
        (self.folder / "faxops.yaml").write_text(configuration, encoding="utf-8")


Open = Callable[..., Way | None]


@pytest.fixture
def way(tmp_path: Path) -> Generator[Open]:
    """Open the way, with Prism's flags, a seed and a scenario; None where a part is missing.

    Every program that this starts has ended when the test has.
    """
    with ExitStack() as stack:

        def opened(*flags: str, seed: Mapping[str, Any], scenario: Mapping[str, Any]) -> Way | None:
            description = official_description()
            node = shutil.which("node")
            there = real_part(
                "Prism",
                found=bool(node) and PRISM.exists(),
                how_to_get="Install Node.js 20 or newer, then run `make real-parts`.",
            )
            if description is None or not there:
                return None
            (tmp_path / "seed.json").write_text(json.dumps(seed))
            (tmp_path / "scenario.json").write_text(json.dumps(scenario))
            files = ["--db", str(tmp_path / "account.db"), "--seed", str(tmp_path / "seed.json")]
            files += ["--scenario", str(tmp_path / "scenario.json"), "--key", KEY]
            upstream = stack.enter_context(emulator(*files))
            proxy = stack.enter_context(prism(node or "node", description, upstream, *flags))
            return Way(tmp_path, stack.enter_context(recording(proxy)))

        yield opened
