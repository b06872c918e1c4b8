"""A step of a GitHub job: its summary and its outputs, written by the run itself.

A step that is cancelled gets a signal and ten seconds; no line of a script after faxops would run.

Source: GitHub docs: workflow commands (job summaries, output parameters), default environment
variables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class GithubJob:
    """The files of the step that this process is; either may be missing."""

    summary: Path | None
    outputs: Path | None

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> GithubJob | None:
        """The job that this process runs in, or None where there is none."""
        if environ.get("GITHUB_ACTIONS") != "true":
            return None
        summary, outputs = environ.get("GITHUB_STEP_SUMMARY"), environ.get("GITHUB_OUTPUT")
        return cls(Path(summary) if summary else None, Path(outputs) if outputs else None)

    def tell(self, *, summary: str = "", outputs: str = "") -> None:
        """Add Markdown to the summary, and lines to the outputs. Raises `OSError`."""
        for file, text in ((self.summary, summary), (self.outputs, outputs)):
            if file is not None and text:
                with file.open("a", encoding="utf-8") as opened:
                    opened.write(text)
