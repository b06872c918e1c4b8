"""`make mutants`: small bugs in the reconciler, one by one, and which of them no test notices.

mutmut leaves decorated functions as they are, so the copy has its properties without a decorator.

Works on a copy in `build/mutants`, which stays, so that a second run goes on where the first one
ended. Takes about ten minutes for each thousand; Ctrl-C keeps what is done.
"""

from __future__ import annotations

import ast
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
tests_dir=
  tests/reconcile
  tests/store/test_never_sent.py
  tests/store/test_withheld.py
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
    for module in (COPY / "faxops" / "reconcile").glob("*.py"):
        module.write_text(without_decorators(module.read_text("utf-8")), encoding="utf-8")
    (COPY / "setup.cfg").write_text(SETTINGS, encoding="utf-8")
    mutmut = [sys.executable, "-m", "mutmut"]
    try:
        code = subprocess.run([*mutmut, "run"], cwd=COPY, check=False).returncode
    except KeyboardInterrupt:
        code = 130
    subprocess.run([*mutmut, "results"], cwd=COPY, check=False)
    sys.stdout.write(f"To see one: cd {COPY} && {' '.join(mutmut)} show NAME\n")
    return code


def without_decorators(source: str) -> str:
    """The same module, each property `name` made from a plain method `_get_name`."""
    lines = source.splitlines()
    found = [
        (node, decorator.id)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Name) and decorator.id in {"property", "cached_property"}
    ]
    for node, decorator in sorted(found, key=lambda each: -each[0].lineno):
        made = f"    {node.name} = {decorator}(_get_{node.name})"
        body = lines[node.lineno : node.end_lineno]
        head = lines[node.lineno - 1].replace(node.name, f"_get_{node.name}", 1)
        lines[node.decorator_list[0].lineno - 1 : node.end_lineno] = [head, *body, "", made]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    sys.exit(main())
