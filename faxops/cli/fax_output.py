"""What the `fax` commands have in common: how they print, and how their writes end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from faxops.cli.output import Output, Renderer, document_renderers
from faxops.cli.signals import stopping_on_signals, until_stopped
from faxops.errors import ApiError, FaxopsError, Interrupted, OutcomeUnknown, Withheld
from faxops.model.fax import Fax
from faxops.report.fax_document import failed_faxes_document
from faxops.report.style import Style
from faxops.telnyx.client import TelnyxClient

Result = TypeVar("Result")


def fax_renderers(
    document: Mapping[str, Any], text: Callable[[Mapping[str, Any], Style], str], screen: Output
) -> Mapping[str, Renderer]:
    """The document in every format, without the API key."""
    renderers = document_renderers(redacted(document, screen), text)
    # These were printed while the faxes came.
    return {**renderers, "ndjson": lambda _: "", "csv": lambda _: ""}


def redacted(document: Mapping[str, Any], screen: Output) -> dict[str, Any]:
    """A document without the API key, should the API repeat it."""
    return cast("dict[str, Any]", screen.masker.redacted_tree(dict(document)))


def failed_renderers(
    error: FaxopsError, screen: Output, faxes: Iterable[Fax] = ()
) -> Mapping[str, Renderer]:
    """The document of a failure, with the faxes known by then; people have read it already."""
    document = failed_faxes_document(error, screen.masker, faxes)
    return fax_renderers(document, lambda _document, _style: "", screen)


@contextmanager
def writing(client: TelnyxClient) -> Generator[asyncio.Event]:
    """Until the block ends, a signal sets the event given and keeps new writes from being sent."""
    with stopping_on_signals() as stop:
        client.stop_with(stop)
        yield stop


async def carried_out(
    write: Coroutine[Any, Any, Result], stop: asyncio.Event, *, fax_id: str, doubt: str
) -> Result:
    """The result of `write`, which gets 5 s to end once `stop` is set.

    Raises `OutcomeUnknown` with `doubt` as its hint if it may have been carried out and may not,
    and `Interrupted` if it was not sent.
    """
    task = asyncio.create_task(write)
    try:
        await until_stopped(task, stop)
    except Withheld:
        raise Interrupted("Interrupted; nothing was changed.") from None
    except ApiError as error:
        if error.processed == "maybe":
            raise OutcomeUnknown(error.message, hint=doubt) from error
        raise
    if task.cancelled():
        reason = f"The answer about fax {fax_id} did not come before the run was interrupted."
        raise OutcomeUnknown(reason, hint=doubt)
    return task.result()
