from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from PIL import Image
from pypdf import PdfReader

from faxops.emulator.documents import blank_pdf
from tests.emulator.account import FAX, INTAKE, Account, problem

FORM = {key: FAX[key] for key in ("connection_id", "from", "to")}


def _account() -> Account:
    return Account(seed={"fax_applications": [INTAKE]})


def _download(account: Account, url: str) -> httpx.Response:
    return account.request("GET", url, headers={})


def _received(account: Account) -> dict[str, Any]:
    fax = account.receive(connection_id="42", pages=3)
    account.clock.moved += 5
    return account.fax(fax["id"])


def test_a_received_fax_is_a_pdf_of_its_pages() -> None:
    account = _account()
    reply = _download(account, _received(account)["media_url"])
    assert (reply.status_code, reply.headers["content-type"]) == (200, "application/pdf")
    assert len(PdfReader(io.BytesIO(reply.content), strict=True).pages) == 3


def test_a_link_works_ten_minutes_until_it_is_refreshed() -> None:
    account = _account()
    fax = _received(account)
    account.clock.moved = 604.5
    assert _download(account, fax["media_url"]).status_code == 200
    account.clock.moved = 605.0
    expired = _download(account, fax["media_url"])
    assert (expired.status_code, expired.text) == (403, "The link has expired.\n")
    assert account.fax(fax["id"])["media_url"] == fax["media_url"]
    reply = account.request("POST", f"/faxes/{fax['id']}/actions/refresh")
    assert (reply.status_code, reply.json()) == (200, {"data": {"result": "ok"}})
    fresh = account.fax(fax["id"])
    assert fresh == {**fax, "media_url": fresh["media_url"]}
    assert _download(account, fresh["media_url"]).status_code == 200
    assert _download(account, fax["media_url"]).status_code == 403


@pytest.mark.parametrize(
    ("fault", "status", "content_type", "size"),
    [
        pytest.param({"kind": "status", "status": 403}, 403, "application/json", None, id="403"),
        pytest.param(
            {"kind": "status", "status": 502, "body": "html"}, 502, "text/html", None, id="a proxy"
        ),
        pytest.param(
            {"kind": "status", "acts": True, "body": "truncated"},
            200,
            "application/pdf",
            len(blank_pdf(3)) // 2,
            id="half the file",
        ),
        pytest.param(
            {"kind": "slow_drip", "seconds": 9},
            200,
            "application/pdf",
            len(blank_pdf(3)),
            id="slow",
        ),
    ],
)
def test_the_rules_of_a_scenario_meet_downloads(
    fault: Mapping[str, object], status: int, content_type: str, size: int | None
) -> None:
    rule = {"path": "/_emulator/media/*", "times": 1, "fault": fault}
    account = Account(seed={"fax_applications": [INTAKE]}, rules=[rule])
    url = _received(account)["media_url"]
    reply = _download(account, url)
    assert reply.status_code == status
    assert reply.headers["content-type"].partition(";")[0] == content_type
    assert size is None or len(reply.content) == size
    assert _download(account, url).content == blank_pdf(3)
    assert [each.fault for each in account.emulator.requests()] == ["", fault["kind"], ""]


def test_a_lost_download_is_lost() -> None:
    rule = {"path": "/_emulator/media/*", "fault": "lost_after"}
    account = Account(seed={"fax_applications": [INTAKE]}, rules=[rule])
    with pytest.raises(httpx.ReadError):
        _download(account, _received(account)["media_url"])


def test_a_file_can_only_be_read() -> None:
    account = _account()
    url = _received(account)["media_url"]
    assert problem(account.request("DELETE", url)) == (404, "10005", "")


def test_only_a_received_fax_is_refreshed() -> None:
    account = _account()
    for fax in (account.send(), account.receive(connection_id="42")):
        reply = account.request("POST", f"/faxes/{fax['id']}/actions/refresh")
        assert problem(reply) == (422, "10027", "")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/media?", "/preview?"),
        ("expires=", "expires=9"),
        ("signature=", "signature=0"),
        ("?", "?a"),
    ],
)
def test_an_altered_link_is_refused(old: str, new: str) -> None:
    account = _account()
    url = _received(account)["media_url"].replace(old, new)
    assert _download(account, url).status_code == 403


def test_a_link_to_a_deleted_fax_leads_nowhere() -> None:
    account = _account()
    fax = _received(account)
    account.delete(f"/faxes/{fax['id']}")
    assert _download(account, fax["media_url"]).status_code == 404


def test_links_lead_to_where_the_emulator_was_reached() -> None:
    account = _account()
    fax = _received(account)
    shown = account.get(f"http://localhost:8740/v2/faxes/{fax['id']}").json()["data"]
    assert shown["media_url"] == fax["media_url"].replace("emulator", "localhost:8740", 1)


def _uploaded(account: Account, contents: bytes, **fields: str) -> dict[str, Any]:
    reply = account.upload({**FORM, **fields}, contents)
    assert reply.status_code == 202, reply.text
    account.clock.moved += 9
    return account.fax(reply.json()["data"]["id"])


def test_an_uploaded_file_comes_back_if_it_is_stored() -> None:
    account = _account()
    contents = blank_pdf(2) + b"%\xff\x00\r\n"
    fax = _uploaded(account, contents, store_media="true")
    assert (fax["status"], fax["store_media"]) == ("delivered", True)
    reply = _download(account, fax["stored_media_url"])
    assert reply.content == contents
    assert reply.headers["content-type"] == "application/pdf"
    assert account.events()[-1]["event"]["payload"]["page_count"] == 2


def test_nothing_is_stored_unasked() -> None:
    fax = _uploaded(_account(), b"Hello")
    assert not {"stored_media_url", "preview_url", "media_url"} & set(fax)


def test_a_preview_is_a_tiff_or_a_pdf() -> None:
    account = _account()
    tiff = account.send(store_preview=True)
    pdf = account.send(store_preview=True, preview_format="pdf")
    assert not {"preview_url", "stored_media_url"} & set(tiff)
    account.clock.moved += 1
    reply = _download(account, account.fax(tiff["id"])["preview_url"])
    assert reply.headers["content-type"] == "image/tiff"
    assert Image.open(io.BytesIO(reply.content)).size == (216, 280)
    reply = _download(account, account.fax(pdf["id"])["preview_url"])
    assert reply.headers["content-type"] == "application/pdf"


def test_media_that_is_never_fetched_is_stored_as_a_blank_page() -> None:
    account = _account()
    fax = account.send(store_media=True)
    account.clock.moved += 1
    reply = _download(account, account.fax(fax["id"])["stored_media_url"])
    assert reply.content == blank_pdf(1)
