"""The fax of `faxops test`, on a clock whose waits take no time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import httpx

from faxops.cli.page_fax import FOLLOWED_SECONDS, PageFax, Route
from faxops.errors import ExitCode, Interrupted, OutcomeUnknown
from faxops.model.fax import Fax
from faxops.model.fax_failures import FAX_FAILURES
from faxops.model.fax_request import decoded_state
from faxops.report.checkup import Check, Health
from faxops.report.test_page import FaxTestPage, page_pdf
from faxops.system_clock import SystemClock
from faxops.telnyx.faxes import Faxes
from tests.telnyx.virtual import START, LoopClock, open_client, run_virtual

FAX_ID = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0"
REFERENCE = UUID("3f2a9c1e-8d14-4f0b-9a6e-5b7d2c1e0f42")
ROUTE = Route("intake", "clinic", "1293384261075731499", "+13125790015", "+13127367276")


class Telnyx:
    """Takes a fax and then shows each of `statuses` once, the last one for good.

    `answers` says whether the POST is answered; `listed` whether the fax is among the faxes.
    """

    def __init__(
        self,
        *statuses: str,
        answers: bool = True,
        listed: bool = True,
        **fields: Any,  # noqa: ANN401
    ) -> None:
        self._statuses = list(statuses)
        self._answers = answers
        self._listed = listed
        self._fields = fields
        self.sent: list[dict[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            self.sent.append(form(request))
            if not self._answers:
                raise httpx.ReadTimeout("lost", request=request)
            return httpx.Response(202, json={"data": self._fax("queued")})
        if request.url.path.endswith("/faxes"):
            faxes = [self._fax("queued")] if self._listed else []
            meta = {"page_number": 1, "page_size": 250, "total_pages": 1}
            meta["total_results"] = len(faxes)
            return httpx.Response(200, json={"data": faxes, "meta": meta})
        status = self._statuses.pop(0) if len(self._statuses) > 1 else self._statuses[0]
        if status == "gone":
            return httpx.Response(404, json={"errors": [{"code": "10005", "title": "Not found"}]})
        return httpx.Response(200, json={"data": self._fax(status)})

    def _fax(self, status: str) -> dict[str, Any]:
        return {
            "id": FAX_ID,
            "direction": "outbound",
            "status": status,
            "from": ROUTE.sender,
            "to": ROUTE.recipient,
            "connection_id": ROUTE.connection_id,
            "client_state": self.sent[-1]["client_state"],
            **(self._fields if status in {"failed", "delivered"} else {}),
        }


def form(request: httpx.Request) -> dict[str, Any]:
    """The fields of a multipart body; a file is its bytes."""
    boundary = request.headers["content-type"].partition("boundary=")[2].encode()
    read: dict[str, Any] = {}
    for part in request.content.split(b"--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = head.partition(b'name="')[2].partition(b'"')[0].decode()
        content = content.removesuffix(b"\r\n")
        read[name] = content if b"filename=" in head else content.decode()
    return read


def run(telnyx: Callable[[httpx.Request], httpx.Response]) -> tuple[PageFax, list[Check]]:
    """The fax and its checks, on virtual time."""

    async def work() -> tuple[PageFax, list[Check]]:
        clock = LoopClock()
        page = PageFax(clock)
        async with open_client(telnyx, clock=clock) as client:
            return page, [each async for each in page.checks(Faxes(client), ROUTE, REFERENCE)]

    return run_virtual(work())


def test_a_delivered_page_is_told_status_by_status() -> None:
    telnyx = Telnyx("media.processed", "sending", "sending", "delivered", page_count=1)
    page, checks = run(telnyx)

    assert [(each.health, each.message) for each in checks] == [
        (Health.GOOD, f"{FAX_ID} from +13125790015 was taken (queued)"),
        (Health.GOOD, "media.processed"),
        (Health.GOOD, "sending"),
        (Health.GOOD, "delivered (1 page) to +13127367276, 10 s after it was sent"),
    ]
    assert (page.code, len(telnyx.sent)) == (ExitCode.DONE, 1)


def test_what_is_sent_is_the_page_with_its_reference() -> None:
    telnyx = Telnyx("delivered")
    page, _ = run(telnyx)

    (sent,) = telnyx.sent
    assert (sent["from"], sent["to"]) == (ROUTE.sender, ROUTE.recipient)
    assert sent["connection_id"] == ROUTE.connection_id
    assert decoded_state(sent["client_state"]).endswith(str(REFERENCE))
    assert page.reference == str(REFERENCE)
    drawn = FaxTestPage("intake", "clinic", ROUTE.sender, ROUTE.recipient, START, str(REFERENCE))
    assert sent["contents"] == page_pdf(drawn)


def test_a_failed_page_is_8_with_the_reason_in_plain_words() -> None:
    page, checks = run(Telnyx("sending", "failed", failure_reason="user_busy"))

    failure = FAX_FAILURES["user_busy"]
    assert checks[-1].health is Health.BAD
    assert checks[-1].message == f"failed 2 s after it was sent: {failure.happened}"
    assert checks[-1].advice == failure.advice
    assert page.code is ExitCode.PARTLY_APPLIED


def test_a_page_that_never_ends_is_9_and_followed_a_quarter_of_an_hour() -> None:
    page, checks = run(Telnyx("sending"))

    assert checks[-1].health is Health.BAD
    assert checks[-1].message == f"is still sending {FOLLOWED_SECONDS} s after it was sent"
    assert f"faxops fax wait {FAX_ID}" in checks[-1].advice
    assert page.code is ExitCode.UNKNOWN_OUTCOME


def test_a_page_whose_answer_was_lost_is_found_and_followed() -> None:
    telnyx = Telnyx("delivered", answers=False)
    page, checks = run(telnyx)

    assert [each.health for each in checks] == [Health.GOOD, Health.GOOD]
    assert (page.code, len(telnyx.sent)) == (ExitCode.DONE, 1)


def test_a_page_whose_answer_was_lost_and_that_is_not_found_is_9() -> None:
    telnyx = Telnyx("delivered", answers=False, listed=False)
    page, checks = run(telnyx)

    assert [each.health for each in checks] == [Health.BAD]
    assert (page.code, len(telnyx.sent)) == (ExitCode.UNKNOWN_OUTCOME, 1)


def test_a_page_that_is_deleted_while_it_is_followed_is_9() -> None:
    page, checks = run(Telnyx("sending", "gone"))

    assert [each.health for each in checks] == [Health.GOOD, Health.GOOD, Health.BAD]
    assert page.code is ExitCode.UNKNOWN_OUTCOME


def test_a_page_that_the_api_refuses_is_no_unknown_one() -> None:
    def refuse(_: httpx.Request) -> httpx.Response:
        error = {"code": "10015", "title": "Bad Request", "detail": "can't be blank"}
        return httpx.Response(422, json={"errors": [error]})

    page, checks = run(refuse)
    assert "can't be blank" in checks[0].message
    assert (page.code, page.fax) == (ExitCode.DONE, None)


def test_an_interrupt_says_how_far_it_was() -> None:
    page = PageFax(SystemClock())
    assert isinstance(page.interrupted(), Interrupted)

    page.reference = str(REFERENCE)
    assert isinstance(page.interrupted(), OutcomeUnknown)
    assert "may be under way" in page.interrupted().message

    page.fax = Fax.read({"id": FAX_ID, "status": "sending"})
    assert isinstance(page.interrupted(), OutcomeUnknown)
    assert f"faxops fax wait {FAX_ID}" in page.interrupted().hint
