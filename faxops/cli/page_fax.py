"""The fax of `faxops test`: the test page sent once, followed to its end, and judged."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from faxops.errors import ExitCode, FaxopsError, Interrupted, OutcomeUnknown
from faxops.model.clock import Clock
from faxops.model.fax import GOOD_ENDS, Fax
from faxops.model.fax_failures import failure_of
from faxops.model.fax_request import FaxRequest
from faxops.report.checkup import Check, Health
from faxops.telnyx.fax_watch import follow
from faxops.telnyx.faxes import Faxes
from faxops.telnyx.media_file import MediaFile
from faxops.telnyx.sending import send_once, unique_state

FOLLOWED_SECONDS: Final = 900
"""A page takes a minute or two; a busy receiver is called again for some time."""


@dataclass(frozen=True, slots=True)
class Route:
    """From where to where: a key and its stack, the application's id, two numbers in E.164."""

    key: str
    stack: str
    connection_id: str
    sender: str
    recipient: str


class PageFax:
    """One sending of the test page.

    `reference` stands on the page and, encoded, in the fax's `client_state`; it is empty until the
    page is about to be sent. `fax` is the fax as it was last seen. `is_unknown` says that nobody
    knows how it ended.
    """

    def __init__(self, clock: Clock) -> None:
        self.reference = ""
        self.fax: Fax | None = None
        self.is_unknown = False
        self._clock = clock
        self._sent_at = 0.0

    @property
    def code(self) -> ExitCode:
        """9 for a fax of which nobody knows how it ended, 8 for one that failed, else 0."""
        if self.is_unknown:
            return ExitCode.UNKNOWN_OUTCOME
        if self.fax is not None and self.fax.is_final and self.fax.status not in GOOD_ENDS:
            return ExitCode.PARTLY_APPLIED
        return ExitCode.DONE

    def interrupted(self) -> FaxopsError:
        """What a signal at this moment leaves behind."""
        if self.fax is not None:
            return OutcomeUnknown(
                f"Interrupted while the fax {self.fax.id} was under way.",
                hint=f"`faxops fax wait {self.fax.id}` follows it to its end.",
            )
        if self.reference:
            return OutcomeUnknown(
                "Interrupted while the fax was being sent, so it may be under way.",
                hint="Look with `faxops fax list --direction outbound` before you test again.",
            )
        return Interrupted("Interrupted; nothing was sent.")

    async def checks(self, faxes: Faxes, route: Route, reference: UUID) -> AsyncGenerator[Check]:
        """Send the page and follow it: a check for each status, the last one a judgement.

        Raises nothing: a failure of a request is a check too.
        """
        try:
            taken = await self._send(faxes, route, str(reference))
            yield _good(f"{taken.id} from {route.sender} was taken ({taken.status})")
            watch = follow(faxes, taken.id, self._clock, limit_seconds=FOLLOWED_SECONDS)
            async with aclosing(watch) as states:
                async for self.fax in states:
                    if self.fax.status != taken.status and not self.fax.is_final:
                        yield _good(self.fax.status)
        except FaxopsError as error:
            # Once it was taken, a failure to follow it leaves its end unknown.
            self.is_unknown = self.fax is not None or isinstance(error, OutcomeUnknown)
            yield Check("fax", Health.BAD, error.message, error.hint)
            return
        yield self._end(self.fax or taken, route)

    async def _send(self, faxes: Faxes, route: Route, reference: str) -> Fax:
        # Only who sends it pays for loading pillow.
        from faxops.report.test_page import FaxTestPage, page_pdf  # noqa: PLC0415

        page = FaxTestPage(
            key=route.key,
            stack=route.stack,
            sender=route.sender,
            recipient=route.recipient,
            sent_at=self._clock.now(),
            reference=reference,
        )
        media = MediaFile("faxops-test.pdf", "application/pdf", page_pdf(page), pages=1)
        request = FaxRequest(
            from_=route.sender,
            to=route.recipient,
            connection_id=route.connection_id,
            file=media.name,
            client_state=unique_state(reference),
        )
        self.reference = reference
        self._sent_at = self._clock.monotonic()
        sent = await send_once(faxes, request, media, clock=self._clock)
        self.fax = sent.fax
        return sent.fax

    def _end(self, fax: Fax, route: Route) -> Check:
        after = f"{self._clock.monotonic() - self._sent_at:.0f} s after it was sent"
        if failure := failure_of(fax):
            message = f"failed {after}: {failure.happened}"
            return Check("fax", Health.BAD, message, failure.advice)
        if fax.is_final:
            pages = "" if fax.page_count is None else f" ({_pages(fax.page_count)})"
            return _good(f"{fax.status}{pages} to {route.recipient}, {after}")
        self.is_unknown = True
        advice = f"`faxops fax wait {fax.id}` follows it further."
        return Check("fax", Health.BAD, f"is still {fax.status} {after}", advice)


def _good(message: str) -> Check:
    return Check("fax", Health.GOOD, message)


def _pages(count: int) -> str:
    return f"{count} page" if count == 1 else f"{count} pages"
