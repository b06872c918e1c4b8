"""`make mutants`: small bugs in the reconciler, one by one, and which of them no test notices.

Works on a copy in `build/mutants`, which stays, so that a second run goes on where the first one
ended. Takes about ten minutes for each thousand; Ctrl-C keeps what is done.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[1]
COPY: Final = ROOT / "build" / "mutants"
PARTS: Final = ("faxops", "tests", "schemas", "examples", "pyproject.toml")
SETTINGS: Final = """[mutmut]
source_paths=faxops
only_mutate=faxops/reconcile/*.py
tests_dir=tests/reconcile
also_copy=
  tests
  schemas
  examples
  pyproject.toml
pytest_add_cli_args=
  -m
  not slow
  -p
  no:cacheprovider
"""


def main() -> int:
    """Make the copy, break it, and list the survivors; mutmut's own exit code."""
    COPY.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, COPY / part, dirs_exist_ok=True)
        else:
            shutil.copy2(ROOT / part, COPY / part)
    (COPY / "setup.cfg").write_text(SETTINGS, encoding="utf-8")
    mutmut = [sys.executable, "-m", "mutmut"]
    try:
        code = subprocess.run([*mutmut, "run"], cwd=COPY, check=False).returncode
    except KeyboardInterrupt:
        code = 130
    subprocess.run([*mutmut, "results"], cwd=COPY, check=False)
    sys.stdout.write(f"To see one: cd {COPY} && {' '.join(mutmut)} show NAME\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
