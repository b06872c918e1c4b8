"""Where a command's words go: the result to standard output, everything else to standard error."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from traceback import extract_tb
from typing import TYPE_CHECKING, Any, Final, NoReturn, TextIO

import click

from faxops.cli.environment import known_key
from faxops.cli.github_job import GithubJob
from faxops.cli.options import REPORT_ENDINGS, OutputChoice
from faxops.cli.repository_paths import in_repository
from faxops.errors import ExitCode, FaxopsError, Interrupted, ReportUnwritable, UsageError
from faxops.report.masking import Masker
from faxops.report.style import Style

if TYPE_CHECKING:
    from faxops.report.page import Page

Renderer = Callable[[Style], str]
"""Makes the whole text of a result; `Style` says if it may be coloured."""

TextMaker = Callable[[Mapping[str, Any], Style], str]
"""Makes the text of a document for people."""

_FINE: Final = frozenset({ExitCode.DONE, ExitCode.CHANGES})


class Output:
    """One command's output.

    `lost` becomes true when standard output or a report could not be written to the end.
    `masker` hides the API key, and the secrets of the run once they are known. `stack` and
    `environment` are what the run is about, as far as it is known.
    """

    def __init__(self, choice: OutputChoice) -> None:
        self.choice = choice
        self.stack = ""
        self.environment = ""
        self.lost = False
        self._unwritable = False
        self.masker = Masker(known_key(os.environ))
        self.style = style_on(sys.stdout, no_color=choice.no_color)
        self.notes_style = style_on(sys.stderr, no_color=choice.no_color)
        self._reports: list[tuple[Path, str, TextIO]] = []

    @property
    def shows_progress(self) -> bool:
        """Whether long work should be seen: on a terminal that redraws, unless silenced."""
        kept_as_text = os.environ.get("TERM") == "dumb" or _is_ci()
        return sys.stderr.isatty() and not self.choice.quiet and not kept_as_text

    def note(self, line: str) -> None:
        """A line on standard error, unless silenced."""
        if not self.choice.quiet:
            print_error(line)

    def print(self, text: str) -> None:
        """Text on standard output as it is. A closed pipe or full disk sets `lost`."""
        try:
            sys.stdout.write(text)
            sys.stdout.flush()
        except OSError as error:
            self.lost = True
            if not isinstance(error, BrokenPipeError):  # else the reader had enough, as `head` has
                self._undelivered(f"Standard output could not be written: {error.strerror}.")
            # What is still buffered would raise once more when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())

    def result(self, renderers: Mapping[str, Renderer]) -> None:
        """The result in the chosen format, and in that of each report."""
        self.print(renderers[self.choice.format](self.style))
        self.report(renderers)

    def report(self, renderers: Mapping[str, Renderer]) -> None:
        """The result in the format of each report alone, because it was printed line by line."""
        for path, format_, file in self._reports:
            try:
                with file:
                    file.write(renderers[format_](Style()))
            except OSError as error:
                self.lost = True
                self._undelivered(f"The report {path} could not be written: {error.strerror}.")
        self._reports = []
        self._tell_job(renderers)

    def _tell_job(self, renderers: Mapping[str, Renderer]) -> None:
        """In a GitHub job, what has pages is told to the job too: summary, outputs, annotations."""
        job = GithubJob.of(os.environ)
        if job is None or "outputs" not in renderers:
            return
        try:
            job.tell(summary=renderers["markdown"](Style()), outputs=renderers["outputs"](Style()))
        except OSError as error:
            self.lost = True
            self._undelivered(f"The summary of the job could not be written: {error.strerror}.")
        annotations = renderers["github"](Style()).rstrip("\n")
        if annotations:
            print_error(annotations)

    def delivered(self, code: ExitCode) -> ExitCode:
        """The exit code of a command that only tells: what it could not tell is a failure."""
        return ExitCode.FAILED if self._unwritable and code in _FINE else code

    def _undelivered(self, message: str) -> None:
        self._unwritable = True
        print_error(f"Error: {message}")

    @contextmanager
    def reporting_failures(
        self, renderers: Callable[[FaxopsError], Mapping[str, Renderer]] | None = None
    ) -> Generator[None]:
        """End the command with the exit code of a failure inside the block, and report it.

        The report files are opened first, so that one that can't be written stops all else.

        People read the message on standard error; machines get their one document, made by
        `renderers`, also when a run fails.
        """
        try:
            for path in self.choice.reports:
                self._reports.append((path, *_opened(path, self.choice)))
            yield
        except (click.exceptions.Exit, click.ClickException):
            raise
        except FaxopsError as error:
            self._fail(error, renderers)
        except KeyboardInterrupt:
            self._fail(Interrupted("Interrupted; nothing was changed."), renderers)
        except Exception as bug:  # noqa: BLE001 - a bug too must reach people and machines
            self._fail(internal_error(bug), renderers)

    def _fail(
        self,
        error: FaxopsError,
        renderers: Callable[[FaxopsError], Mapping[str, Renderer]] | None,
    ) -> NoReturn:
        explain(error, self.masker, self.notes_style)
        if renderers is not None:
            made = renderers(error)
            self.result({**made, "text": lambda _: ""} if self.choice.format == "text" else made)
        raise click.exceptions.Exit(error.exit_code)


def style_on(stream: TextIO, *, no_color: bool) -> Style:
    """Colour only on a terminal that can show it, and where nobody objects (no-color.org)."""
    plain = no_color or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return Style(color=stream.isatty() and not plain)


def _is_ci() -> bool:
    return os.environ.get("CI", "").lower() not in {"", "0", "false"}


def explain(error: FaxopsError, masker: Masker, style: Style) -> None:
    """Print a failure on standard error, with place, reason and what to do next."""
    from faxops.report.diagnostics import (  # noqa: PLC0415 - keeps start-up small
        diagnostic_document,
        diagnostics_of,
        diagnostics_text,
    )

    documents = [diagnostic_document(each, masker) for each in diagnostics_of(error)]
    print_error("\n".join(diagnostics_text(documents, style)).rstrip("\n"))


def internal_error(bug: Exception) -> FaxopsError:
    """A bug of faxops as a failure that says where it is, without a traceback or any value."""
    frames = extract_tb(bug.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return FaxopsError(
        f"faxops failed internally: {type(bug).__name__}{where}.",
        hint="This is a bug; please report it with the command and `faxops --version`.",
    )


def print_error(text: str) -> None:
    """A line on standard error; if that is gone too, there is nobody left to tell."""
    try:
        sys.stderr.write(text + "\n")
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


def _opened(path: Path, choice: OutputChoice) -> tuple[str, TextIO]:
    endings = {e: f for e, f in REPORT_ENDINGS.items() if f in choice.formats}
    format_ = endings.get(path.suffix.lower())
    if format_ is None:
        raise UsageError(
            f"--report {path}: a report is written as its ending says, and this one is unknown.",
            hint=f"Use one of {', '.join(endings)}.",
        )
    try:
        return format_, path.open("w", encoding="utf-8")
    except OSError as error:
        raise ReportUnwritable(
            f"The report {path} cannot be opened: {error.strerror}.",
            hint="Name a file in a folder that is there and may be written to.",
        ) from error


def page_renderers(
    document: Mapping[str, Any],
    text: TextMaker,
    page: Callable[[Mapping[str, Any]], Page],
    max_chars: int,
) -> Mapping[str, Renderer]:
    """A document in every format, the pages included; Markdown in at most `max_chars`.

    `github` and `outputs` are what a step of a GitHub job tells of it.
    """

    def markdown(_: Style) -> str:
        from faxops.report.markdown import markdown_text  # noqa: PLC0415 - Jinja is slow to load

        return markdown_text(page(document), max_chars)

    def html(_: Style) -> str:
        from faxops.report.html import html_text  # noqa: PLC0415 - Jinja is slow to load

        return html_text(page(document))

    def github(_: Style) -> str:
        from faxops.report.github_step import annotations_text  # noqa: PLC0415 - for its jobs alone

        return annotations_text(in_repository(document, os.environ, Path.cwd()))

    def outputs(_: Style) -> str:
        from faxops.report.github_step import outputs_text  # noqa: PLC0415 - for its jobs alone

        return outputs_text(document)

    pages = {"markdown": markdown, "html": html, "github": github, "outputs": outputs}
    return {**document_renderers(document, text), **pages}


def document_renderers(document: Mapping[str, Any], text: TextMaker) -> Mapping[str, Renderer]:
    """A document as JSON and, by `text`, for people."""
    from faxops.report.json_text import json_text  # noqa: PLC0415 - keeps start-up small

    return {"json": lambda _: json_text(document), "text": lambda style: text(document, style)}
