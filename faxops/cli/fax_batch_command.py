"""`faxops fax send --batch`: from the flags to the exit code."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from faxops.cli.fax_batch import BatchChoice, send_batch
from faxops.cli.fax_options import SendingChoice
from faxops.cli.fax_table import Batch, read_batch
from faxops.cli.live_application import Applications
from faxops.cli.options import ConnectionChoice
from faxops.cli.output import Output, Renderer, document_renderers
from faxops.errors import ExitCode, FaxopsError, UsageError
from faxops.report.batch_document import (
    BatchOutcome,
    batch_document,
    batch_requests_document,
    failed_batch_document,
)
from faxops.report.batch_text import batch_requests_text, batch_text
from faxops.report.masking import Masker

DEFAULT_RATE: Final = 2.0


def send_table(
    sending: SendingChoice,
    table: Path,
    given: Mapping[str, Any],
    connection: ConnectionChoice,
    screen: Output,
) -> ExitCode:
    """Check every row of `table`, then send. `given` are the fields that flags set for all."""
    with screen.reporting_failures(lambda error: _failed(error, screen)):
        _check(sending, given)
        applications = Applications(sending.configuration, screen)
        flags = {**given, "app": sending.app} if sending.app else given
        batch = read_batch(
            table, flags, check_app=applications.check, hide=lambda texts: _hide(texts, screen)
        )
        if sending.dry_run:
            return _dry_run(batch, screen)
        choice = BatchChoice(_results(sending, table), sending.rate or DEFAULT_RATE)
        sent = send_batch(
            batch,
            choice,
            connection,
            screen,
            stack=applications.stack,
            report=lambda outcome: _report(outcome, screen),
        )
        outcome = asyncio.run(sent)
    code = outcome.exit_code
    return ExitCode.PARTLY_APPLIED if screen.lost and code is ExitCode.DONE else code


def _report(outcome: BatchOutcome, screen: Output) -> None:
    document = batch_document(outcome, screen.masker)
    screen.result(document_renderers(document, batch_text))


def _check(sending: SendingChoice, given: Mapping[str, Any]) -> None:
    for flag, is_given, why in (
        ("--wait", sending.wait, "the faxes of a batch are not followed"),
        ("--idempotency-key", sending.idempotency_key is not None, "the results file is the key"),
        ("--client-state", "client_state" in given, "faxops writes its own for each row"),
    ):
        if is_given:
            raise UsageError(f"{flag} can't go with --batch: {why}.", hint="Leave it out.")


def _hide(texts: frozenset[str], screen: Output) -> None:
    screen.masker = Masker(screen.masker.secrets | texts)


def _results(sending: SendingChoice, table: Path) -> Path:
    return sending.results or Path(f"{table}.results.ndjson")


def _dry_run(batch: Batch, screen: Output) -> ExitCode:
    requests = [
        {**({"app": row.app} if row.app else {}), **row.request.body(), **_file(row.request.file)}
        for row in batch.rows
    ]
    document = batch_requests_document(batch.name, requests, screen.masker)
    screen.result(document_renderers(document, batch_requests_text))
    return screen.delivered(ExitCode.DONE)


def _file(path: str) -> dict[str, str]:
    return {"file": path} if path else {}


def _failed(error: FaxopsError, screen: Output) -> Mapping[str, Renderer]:
    return document_renderers(failed_batch_document(error, screen.masker), batch_text)
