"""Downloading the document of a fax: which link, fresh or not, whole or not at all, to whom."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from gzip import compress
from pathlib import Path
from typing import Any

import httpx
import pytest

from faxops.errors import (
    FaxopsError,
    MalformedAnswer,
    ObjectNotFound,
    ReportUnwritable,
    RequestRejected,
    ServerFailed,
    Unreachable,
    UsageError,
)
from faxops.model.fax import Fax
from faxops.telnyx import download as module
from faxops.telnyx.download import Saved, Storage, download, link_of
from faxops.telnyx.faxes import Faxes
from tests.telnyx.virtual import KEY, LoopClock, open_client, run_virtual, seeded

FAX = "0ccc7b54-4df3-4bca-a65a-3da1ecc777f0"
OLD = "https://storage.example/fax.pdf?X-Amz-Signature=old"
FRESH = "https://storage.example/fax.pdf?X-Amz-Signature=fresh"
DOCUMENT = b"%PDF-1.4 the patient"
NOW, LONG_AGO = "2026-11-24T11:59:00Z", "2026-11-24T11:49:00Z"  # the tests' clock shows 12:00

StorageReply = Callable[[httpx.Request], httpx.Response]


def fax(**fields: Any) -> dict[str, Any]:  # noqa: ANN401 - any JSON
    defaults = {"id": FAX, "direction": "inbound", "status": "received", "updated_at": NOW}
    return {**defaults, "media_url": OLD, **fields}


class Account:
    """An account of one fax, whose link a refresh renews, and the storage of its document."""

    def __init__(self, found: dict[str, Any], *replies: StorageReply) -> None:
        self.fax = found
        self.calls: list[str] = []
        self.links: list[str] = []
        self._replies = list(replies)

    def api(self, request: httpx.Request) -> httpx.Response:
        self.calls.append(f"{request.method} {request.url.path.rpartition('/')[2]}")
        if request.method == "POST":
            self.fax = {**self.fax, "media_url": FRESH}
            return httpx.Response(200, json={"data": {"result": "ok"}})
        return httpx.Response(200, json={"data": self.fax})

    def storage(self, request: httpx.Request) -> httpx.Response:
        assert "authorization" not in request.headers
        assert KEY not in str(request.headers.raw)
        self.links.append(str(request.url))
        return (self._replies.pop(0) if len(self._replies) > 1 else self._replies[0])(request)


def saved(account: Account, file: Path, *, overwrite: bool = False) -> Saved:
    """Run a download on virtual time."""
    clock = LoopClock()

    async def work() -> Saved:
        transport = httpx.MockTransport(account.storage)
        async with (
            open_client(account.api, clock=clock) as client,
            Storage(clock=clock, random=seeded(3), timeout=30, transport=transport) as storage,
        ):
            return await download(
                Faxes(client), storage, FAX, file, clock=clock, overwrite=overwrite
            )

    return run_virtual(work())


def replied(status: int, content: bytes = b"", **headers: str) -> StorageReply:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda _: httpx.Response(status, content=content, headers=named)


def names(folder: Path) -> list[str]:
    """Every file of the folder, hidden ones too."""
    return [each.name for each in folder.iterdir()]


GOOD = replied(200, DOCUMENT, content_type="application/pdf")


def test_a_document_is_written_for_its_owner_alone(tmp_path: Path) -> None:
    account = Account(fax(), GOOD)
    file = tmp_path / "fax.pdf"
    assert saved(account, file).size == len(DOCUMENT)
    assert file.read_bytes() == DOCUMENT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert names(tmp_path) == ["fax.pdf"]
    assert (account.calls, account.links) == ([f"GET {FAX}"], [OLD])


@pytest.mark.parametrize("status", [403, 404, 410])
def test_an_expired_link_is_renewed_once(tmp_path: Path, status: int) -> None:
    account = Account(fax(), replied(status), GOOD)
    found = saved(account, tmp_path / "fax.pdf")
    assert account.calls == [f"GET {FAX}", "POST refresh", f"GET {FAX}"]
    assert account.links == [OLD, FRESH]
    assert found.fax.media_url == FRESH
    assert (tmp_path / "fax.pdf").read_bytes() == DOCUMENT


def test_a_link_of_more_than_ten_minutes_is_renewed_before_it_is_tried(tmp_path: Path) -> None:
    account = Account(fax(updated_at=LONG_AGO), GOOD)
    saved(account, tmp_path / "fax.pdf")
    assert account.links == [FRESH]


@pytest.mark.parametrize("updated_at", ["", "soon", "2026-11-24T11:00:00"], ids=repr)
def test_a_link_of_unknown_age_is_tried(tmp_path: Path, updated_at: str) -> None:
    account = Account(fax(updated_at=updated_at), GOOD)
    saved(account, tmp_path / "fax.pdf")
    assert account.links == [OLD]


@pytest.mark.parametrize(
    ("status", "error"), [(403, RequestRejected), (404, ObjectNotFound), (410, ObjectNotFound)]
)
def test_a_fresh_link_that_fails_too_is_told_and_leaves_nothing(
    tmp_path: Path, status: int, error: type[FaxopsError]
) -> None:
    account = Account(fax(), replied(status))
    with pytest.raises(error, match=f"answered {status} by the storage") as failed:
        saved(account, tmp_path / "fax.pdf")
    assert len(account.links) == 2
    assert names(tmp_path) == []
    assert "Signature" not in f"{failed.value.message}{failed.value.hint}"


def test_the_link_of_an_outbound_fax_is_read_again_and_never_refreshed(tmp_path: Path) -> None:
    account = Account(
        fax(direction="outbound", status="delivered", stored_media_url=OLD, updated_at=LONG_AGO),
        replied(403),
        GOOD,
    )
    saved(account, tmp_path / "fax.pdf")
    assert account.calls == [f"GET {FAX}", f"GET {FAX}"]


def link(**fields: str) -> str:
    texts = ("direction", "status", "from_", "to", "connection_id", "created_at", "updated_at")
    return link_of(Fax(id=FAX, **{**dict.fromkeys(texts, ""), **fields}))  # pyright: ignore[reportArgumentType] -- no field but page_count is no text


def test_the_document_comes_before_its_preview() -> None:
    assert link(direction="inbound", media_url="m", stored_media_url="s") == "m"
    assert link(direction="outbound", stored_media_url="s", preview_url="p") == "s"
    assert link(direction="outbound", preview_url="p") == "p"


@pytest.mark.parametrize(
    ("direction", "hint"), [("inbound", "once the fax is received"), ("outbound", "store_media")]
)
def test_a_fax_without_a_document_says_why(direction: str, hint: str) -> None:
    # The media_url of an outbound fax is where the sender had it, which is no business of ours.
    with pytest.raises(ObjectNotFound, match="no document") as failed:
        link(direction=direction, media_url="" if direction == "inbound" else "https://a.example")
    assert hint in failed.value.hint


def cut_short(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200, content=DOCUMENT, headers={"content-length": "999"})


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        pytest.param(cut_short, f"{len(DOCUMENT)} bytes came of 999", id="cut short"),
        pytest.param(replied(200), "the document is empty", id="empty"),
        pytest.param(
            replied(200, b"<html>", content_type="text/html; charset=utf-8"),
            "a web page",
            id="a page of a proxy",
        ),
        pytest.param(
            replied(200, compress(DOCUMENT), content_encoding="gzip"),
            "compressed",
            id="compressed",
        ),
        pytest.param(
            replied(302, location="http://storage.example/x"), "only https://", id="to plain HTTP"
        ),
        pytest.param(
            replied(302, location="https://storage.example/x"), "redirect after", id="a circle"
        ),
    ],
)
def test_what_is_no_whole_document_is_not_saved(
    tmp_path: Path, reply: StorageReply, told: str
) -> None:
    with pytest.raises(MalformedAnswer, match=told):
        saved(Account(fax(), reply), tmp_path / "fax.pdf")
    assert names(tmp_path) == []


@pytest.mark.parametrize(
    "link",
    ["http://storage.example/x", "ftp://storage.example/x", "/x", "https:///x", "http://[", ""],
)
def test_a_link_that_others_could_listen_to_is_not_followed(tmp_path: Path, link: str) -> None:
    async def fetch() -> None:
        async with Storage(clock=LoopClock(), random=seeded(3), timeout=30) as storage:
            with (tmp_path / "x").open("wb") as into:
                await storage.fetch(link, into)

    with pytest.raises(MalformedAnswer):
        run_virtual(fetch())


def test_a_redirect_to_another_https_host_is_followed(tmp_path: Path) -> None:
    account = Account(fax(), replied(307, location="https://eu.storage.example/fax"), GOOD)
    saved(account, tmp_path / "fax.pdf")
    assert account.links == [OLD, "https://eu.storage.example/fax"]


def test_a_document_that_is_too_large_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAX_DOCUMENT_BYTES", 5)
    with pytest.raises(MalformedAnswer, match="larger than"):
        saved(Account(fax(), GOOD), tmp_path / "fax.pdf")
    assert names(tmp_path) == []


def broken(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("reset", request=request)


@pytest.mark.parametrize("first", [replied(503), broken, replied(429)])
def test_a_storage_that_fails_for_a_moment_is_outlived(tmp_path: Path, first: StorageReply) -> None:
    saved(Account(fax(), first, first, GOOD), tmp_path / "fax.pdf")
    assert (tmp_path / "fax.pdf").read_bytes() == DOCUMENT


@pytest.mark.parametrize(("reply", "error"), [(replied(500), ServerFailed), (broken, Unreachable)])
def test_a_storage_that_stays_down_is_given_up(
    tmp_path: Path, reply: StorageReply, error: type[FaxopsError]
) -> None:
    account = Account(fax(), reply)
    with pytest.raises(error) as failed:
        saved(account, tmp_path / "fax.pdf")
    assert len(account.links) == 5
    assert "Signature" not in failed.value.message


def test_a_file_that_is_there_stays_and_nothing_is_asked(tmp_path: Path) -> None:
    file = tmp_path / "fax.pdf"
    file.write_text("mine")
    account = Account(fax(), GOOD)
    with pytest.raises(UsageError, match="is there already"):
        saved(account, file)
    assert (file.read_text(), account.calls) == ("mine", [])
    saved(account, file, overwrite=True)
    assert file.read_bytes() == DOCUMENT
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_file_that_appears_meanwhile_stays(tmp_path: Path) -> None:
    file = tmp_path / "fax.pdf"

    def racing(request: httpx.Request) -> httpx.Response:
        file.write_text("theirs")
        return GOOD(request)

    with pytest.raises(UsageError, match="is there already"):
        saved(Account(fax(), racing), file)
    assert (file.read_text(), names(tmp_path)) == ("theirs", ["fax.pdf"])


@pytest.mark.parametrize("end", [KeyboardInterrupt, MemoryError])
def test_whatever_ends_a_download_leaves_no_part_of_it(
    tmp_path: Path, end: type[BaseException]
) -> None:
    def ended(_: httpx.Request) -> httpx.Response:
        assert len(names(tmp_path)) == 1
        raise end

    with pytest.raises(end):
        saved(Account(fax(), ended), tmp_path / "fax.pdf")
    assert names(tmp_path) == []


def test_a_link_of_the_file_system_is_replaced_and_not_written_through(tmp_path: Path) -> None:
    target, file = tmp_path / "target", tmp_path / "fax.pdf"
    target.write_text("theirs")
    file.symlink_to(target)
    with pytest.raises(UsageError):
        saved(Account(fax(), GOOD), file)
    saved(Account(fax(), GOOD), file, overwrite=True)
    assert (target.read_text(), file.read_bytes()) == ("theirs", DOCUMENT)


def test_where_there_are_no_hard_links_the_file_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    saved(Account(fax(), GOOD), tmp_path / "fax.pdf")
    assert (tmp_path / "fax.pdf").read_bytes() == DOCUMENT
    with pytest.raises(UsageError):
        saved(Account(fax(), GOOD), tmp_path / "fax.pdf")


@pytest.mark.parametrize(
    ("name", "error"),
    [
        pytest.param("missing/fax.pdf", ReportUnwritable, id="no such folder"),
        pytest.param("x" * 300, ReportUnwritable, id="too long a name"),
        pytest.param(".", UsageError, id="a folder"),
    ],
)
def test_a_file_that_can_not_be_written_is_found_before_any_request(
    tmp_path: Path, name: str, error: type[FaxopsError]
) -> None:
    account = Account(fax(), GOOD)
    with pytest.raises(error):
        saved(account, tmp_path / name)
    if name != "x" * 300:
        assert account.calls == []
    assert names(tmp_path) == []
