"""A page whose console blocks are run: what they print is put where the page has it.

In a block, `$ ` begins a command and `> ` continues it; the rest is what it prints, then its exit
code if that is not 0. `<!-- meanwhile: NAME -->` between two blocks calls the world's NAME.
What differs from run to run stands in the page as a stand-in, which commands may use.
"""

from __future__ import annotations

import hashlib
import re
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Final

_PIECE: Final = re.compile(
    r"^```console\n(?P<block>.*?)^```$|^<!-- meanwhile: (?P<name>[\w-]+) -->$",
    re.MULTILINE | re.DOTALL,
)
_ID: Final = re.compile(
    r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|^[0-9a-f]{8}(?=  )", re.MULTILINE
)
_ID_SHOWN: Final = 8
_VARYING: Final = (
    (re.compile(r"20\d\d-\d\d-\d\d([T ])\d\d:\d\d:\d\d(\.\d+)?"), r"2026-11-25\g<1>02:41:07"),
    (re.compile(r"\bon \S+ \(pid \d+\)"), "on runner-7 (pid 4242)"),
    (re.compile(r"\b[0-9]+ ms\b"), "42 ms"),
    (re.compile(r"Python 3\.\S+,"), "Python 3.13.9,"),
)
_END: Final = "ended: "


@dataclass(slots=True)
class StandIns:
    """What the page says in place of what differs. `fixed` maps what is printed to the page."""

    fixed: Mapping[str, str]
    ids: dict[str, str] = field(default_factory=dict[str, str])

    def shown(self, printed: str) -> str:
        """The text as the page has it."""
        for actual, stand_in in self.fixed.items():
            printed = printed.replace(actual, stand_in)
        printed = _ID.sub(self._stand_in, printed)
        for pattern, stand_in in _VARYING:
            printed = pattern.sub(stand_in, printed)
        return printed

    def meant(self, command: str) -> str:
        """The command of the page as it must be run here."""
        for actual, stand_in in [*self.ids.items(), *self.fixed.items()]:
            command = command.replace(stand_in, actual)
        return command

    def _stand_in(self, found: re.Match[str]) -> str:
        """The same for each id, whole or by its beginning; in the order in which they come."""
        short, rest = found[0][:_ID_SHOWN], found[0][_ID_SHOWN:]
        if short not in self.ids:
            self.ids[short] = hashlib.sha256(b"%d" % len(self.ids)).hexdigest()[:_ID_SHOWN]
        digits = iter(hashlib.sha256(self.ids[short].encode()).hexdigest())
        return self.ids[short] + "".join(each if each == "-" else next(digits) for each in rest)


class Shell(AbstractContextManager["Shell"]):
    """One bash for a whole page, so that `export` and `cd` last."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._bash = subprocess.Popen(
            ["bash", "--norc"],
            cwd=folder,
            env=dict(environment),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, command: str) -> tuple[str, int]:
        """What the command prints on both streams, and its exit code."""
        assert self._bash.stdin is not None
        assert self._bash.stdout is not None
        self._bash.stdin.write(f"{{\n{command}\n}} </dev/null; printf '\\n{_END}%s\\n' $?\n")
        self._bash.stdin.flush()
        lines: list[str] = []
        for line in self._bash.stdout:
            if line.startswith(_END):
                return "".join(lines).removesuffix("\n"), int(line.removeprefix(_END))
            lines.append(line)
        raise AssertionError(f"the shell ended in `{command}`: {''.join(lines)}")

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the shell."""
        self._bash.communicate()


def played(
    page: str, shell: Shell, stand_ins: StandIns, meanwhile: Mapping[str, Callable[[], None]]
) -> str:
    """The page with every block run anew, in its order."""

    def piece(found: re.Match[str]) -> str:
        if found["name"]:
            meanwhile[found["name"]]()
            return found[0]
        return f"```console\n{''.join(_run(found['block'], shell, stand_ins))}```"

    return _PIECE.sub(piece, page)


def _run(block: str, shell: Shell, stand_ins: StandIns) -> Iterator[str]:
    command: list[str] = []
    lines = block.splitlines()
    for at, line in enumerate(lines):
        if not line.startswith(("$ ", "> ")):
            continue
        yield f"{line}\n"
        command.append(line[2:])
        if at + 1 < len(lines) and lines[at + 1].startswith("> "):
            continue
        printed, code = shell.run(stand_ins.meant("\n".join(command)))
        command.clear()
        yield stand_ins.shown(printed)
        yield f"(exit code {code})\n" if code else ""
        yield "\n" if any(later.startswith("$ ") for later in lines[at + 1 :]) else ""
