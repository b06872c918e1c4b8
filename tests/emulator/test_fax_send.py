from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from faxops.emulator.documents import blank_pdf, blank_tiff
from tests.emulator.account import FAX, INTAKE, MINIMAL, Account, problem

FORM = {key: FAX[key] for key in ("connection_id", "from", "to")}


def _account(
    profile: Mapping[str, Any] | None = None, faxes: Mapping[str, Any] | None = None
) -> Account:
    without_profile = {**MINIMAL, "id": "43"}
    inactive = {**INTAKE, "id": "44", "active": False}
    seed: dict[str, Any] = {"fax_applications": [INTAKE, without_profile, inactive]}
    if profile is not None:
        seed["outbound_voice_profiles"] = [{"id": "77", "name": "Clinic", **profile}]
    return Account(seed=seed, faxes=faxes)


def _without(*names: str) -> dict[str, Any]:
    return {key: value for key, value in FAX.items() if key not in names}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        pytest.param(_without("to"), ("10015", "/to"), id="to nobody"),
        pytest.param({**FAX, "to": "13125550101"}, ("10015", "/to"), id="not E.164"),
        pytest.param({**FAX, "to": "sip:@x"}, ("10015", "/to"), id="no SIP URI"),
        pytest.param({**FAX, "from": "Clinic"}, ("10015", "/from"), id="from no number"),
        pytest.param(_without("media_url"), ("10015", "/media_url"), id="no medium"),
        pytest.param({**FAX, "media_name": "a"}, ("10015", "/media_name"), id="two media"),
        pytest.param(
            {**_without("media_url"), "contents": "x"},
            ("10015", "/media_url"),
            id="no file in JSON",
        ),
        pytest.param({**FAX, "media_url": " "}, ("10015", "/media_url"), id="a blank medium"),
        pytest.param({**FAX, "media_url": "ftp://x/a"}, ("10003", "/media_url"), id="no web URL"),
        pytest.param({**FAX, "media_url": "http://[x"}, ("10003", "/media_url"), id="a bad host"),
        pytest.param(
            {**FAX, "webhook_url": "hooks.example"}, ("10003", "/webhook_url"), id="no scheme"
        ),
        pytest.param(
            {**FAX, "webhook_url": "https://h.example/" + "x" * 2000},
            ("10003", "/webhook_url"),
            id="a URL too long",
        ),
        pytest.param(
            {**_without("media_url"), "media_name": "a", "store_media": True},
            ("10015", "/store_media"),
            id="media_name cannot be stored",
        ),
        pytest.param({**FAX, "connection_id": "1"}, ("85004", "/connection_id"), id="unknown"),
        pytest.param({**FAX, "connection_id": "44"}, ("10027", "/connection_id"), id="inactive"),
        pytest.param({**FAX, "quality": "best"}, ("10015", "/quality"), id="an unknown quality"),
        pytest.param(
            {**FAX, "black_threshold": 0}, ("10015", "/black_threshold"), id="out of range"
        ),
        pytest.param({**FAX, "client_state": "%"}, ("10015", "/client_state"), id="no Base-64"),
        pytest.param({**FAX, "client_state": "ü"}, ("10015", "/client_state"), id="no ASCII"),
        pytest.param(
            {**FAX, "from_display_name": "Praxis Müller"},
            ("10015", "/from_display_name"),
            id="a letter beyond ASCII",
        ),
        pytest.param(
            {**FAX, "from_display_name": "x" * 129},
            ("10015", "/from_display_name"),
            id="a name too long",
        ),
    ],
)
def test_a_wrong_fax_is_not_sent(body: Mapping[str, Any], expected: tuple[str, str]) -> None:
    account = _account()
    assert problem(account.request("POST", "/faxes", json=body)) == (422, *expected)
    assert account.get("/faxes").json()["data"] == []
    assert account.events() == []


@pytest.mark.parametrize(
    "given",
    [
        pytest.param({"from_display_name": "x" * 128}, id="a name just short enough"),
        pytest.param({"client_state": ""}, id="an empty state"),
        pytest.param({"webhook_url": ""}, id="no webhook URL of its own"),
        pytest.param({"to": "sip:fax@clinic.example"}, id="to a SIP URI"),
    ],
)
def test_a_fax_on_the_edge_is_sent(given: Mapping[str, Any]) -> None:
    account = _account()
    assert _end(account, account.send(**given)) is None


def _end(account: Account, sent: Mapping[str, Any]) -> str | None:
    """The reason why a fax fails in the end."""
    account.clock.moved += 900
    fax = account.fax(sent["id"])
    assert fax["status"] == ("failed" if fax["failure_reason"] else "delivered")
    return fax["failure_reason"]


@pytest.mark.parametrize(
    ("given", "profile", "reason"),
    [
        pytest.param({}, None, None, id="an unknown profile is the usual one"),
        pytest.param({"connection_id": "43"}, {}, "no_outbound_profile", id="no profile"),
        pytest.param({}, {"enabled": False}, "no_outbound_profile", id="a profile that is off"),
        pytest.param({}, {}, None, id="to America"),
        pytest.param(
            {"to": "+442079460000"}, {}, "destination_not_in_countries_whitelist", id="to Britain"
        ),
        pytest.param(
            {"to": "+442079460000"},
            {"whitelisted_destinations": ["GB"]},
            None,
            id="to Britain, which is allowed",
        ),
        pytest.param(
            {},
            {"whitelisted_destinations": ["GB"]},
            "destination_not_in_countries_whitelist",
            id="to America, which is not",
        ),
        pytest.param(
            {"to": "+2999999"}, {}, "destination_not_in_countries_whitelist", id="to Greenland"
        ),
        pytest.param(
            {"to": "+999123456"}, {}, "destination_not_in_countries_whitelist", id="to nowhere"
        ),
        pytest.param({"to": "sip:a@b.example"}, {}, None, id="a SIP URI is in no country"),
    ],
)
def test_what_the_account_forbids_fails(
    given: Mapping[str, Any], profile: Mapping[str, Any] | None, reason: str | None
) -> None:
    account = _account(profile)
    assert _end(account, account.send(**given)) == reason


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ({"media_url": "https://files.example/a.gif?x=.pdf"}, "file_format_invalid"),
        ({"media_url": "https://files.example/download"}, None),
        ({"media_name": "letter.exe"}, "file_format_invalid"),
        ({"media_name": "letter"}, None),
    ],
)
def test_a_medium_is_judged_by_its_name(source: Mapping[str, str], reason: str | None) -> None:
    account = _account()
    reply = account.request("POST", "/faxes", json={**_without("media_url"), **source})
    assert _end(account, reply.json()["data"]) == reason


@pytest.mark.parametrize(
    ("contents", "reason"),
    [
        pytest.param(blank_pdf(350), None, id="as many pages as may be"),
        pytest.param(blank_pdf(351), "page_count_limit_exceeded", id="a page too many"),
        pytest.param(blank_tiff(351), "page_count_limit_exceeded", id="a TIFF too long"),
        pytest.param(b"GIF89a", None, id="text that looks like a picture"),
        pytest.param(b"GIF89a\xff", "file_format_invalid", id="an unknown format"),
        pytest.param(b"%PDF-1.4", "media_processing_exception", id="a broken PDF"),
    ],
)
def test_an_uploaded_file_is_judged_by_its_content(contents: bytes, reason: str | None) -> None:
    account = _account()
    reply = account.upload(FORM, contents)
    assert reply.status_code == 202
    assert _end(account, reply.json()["data"]) == reason


def test_a_scenario_of_too_many_pages_fails() -> None:
    account = _account(faxes={"pages": 351})
    assert _end(account, account.send()) == "page_count_limit_exceeded"


def test_what_the_account_forbids_comes_before_the_scenario() -> None:
    account = _account({}, faxes={"outcomes": {"+442079460000": "user_busy"}})
    sent = account.send(to="+442079460000")
    assert _end(account, sent) == "destination_not_in_countries_whitelist"


@pytest.mark.parametrize(
    ("fields", "contents", "expected"),
    [
        pytest.param(FORM, None, (422, "10015", "/contents"), id="no file"),
        pytest.param(FORM, b"", (422, "10015", "/contents"), id="an empty file"),
        pytest.param(FORM, b"x" * 20_000_001, (422, "10015", "/contents"), id="a file too large"),
        pytest.param(
            {**FORM, "media_url": "https://x.example/a"},
            b"x",
            (422, "10015", "/contents"),
            id="two media",
        ),
        pytest.param({**FORM, "store_media": "ja"}, b"x", (422, "10015", "/store_media"), id="ja"),
        pytest.param({"from": "+1", "to": "+1"}, b"x", (422, "10015", "/connection_id"), id="few"),
    ],
)
def test_a_wrong_form_is_not_sent(
    fields: Mapping[str, str], contents: bytes | None, expected: tuple[int, str, str]
) -> None:
    account = _account()
    assert problem(account.upload(fields, contents)) == expected
    assert account.get("/faxes").json()["data"] == []


def test_a_body_that_is_neither_json_nor_a_form() -> None:
    account = _account()
    headers = {"authorization": "Bearer k", "content-type": "multipart/form-data; boundary=x"}
    reply = account.request("POST", "/faxes", content=b"hello", headers=headers)
    assert problem(reply) == (400, "10015", "")
    headers["content-type"] = "application/pdf"
    reply = account.request("POST", "/faxes", content=blank_pdf(1), headers=headers)
    assert problem(reply) == (400, "10029", "")


def test_the_record_keeps_the_beginning_of_a_form() -> None:
    account = _account()
    account.upload(FORM, b"x" * 100_000)
    (record,) = account.emulator.requests()
    assert len(record.body) == 65_536
    assert 'name="connection_id"' in record.body
