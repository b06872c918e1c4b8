"""What is wrong with a fax is found before it is sent, with what to write instead."""

from __future__ import annotations

from typing import Any

import pytest

from faxops.model.fax_request import FaxRequest, decoded_state, encoded_state

FROM, TO = "+13125790015", "+13127367276"
URL = "https://files.clinic.example/letter.pdf"


def a_request(**fields: Any) -> FaxRequest:  # noqa: ANN401 - any field of a request
    given: dict[str, Any] = {"from_": FROM, "to": TO, "connection_id": "7", "media_url": URL}
    return FaxRequest(**{**given, **fields})


def problems(**fields: Any) -> list[tuple[str, str]]:  # noqa: ANN401 - any field of a request
    """The field and the sentence of each problem."""
    return [(each.field, each.says) for each in a_request(**fields).problems()]


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({}, id="a link"),
        pytest.param({"media_url": "http://x/?a=b"}, id="a link without TLS"),
        pytest.param({"media_url": "", "media_name": "letter"}, id="stored media"),
        pytest.param({"media_url": "", "file": "letter.pdf"}, id="a file"),
        pytest.param({"to": "sip:fax@clinic.example"}, id="a SIP URI"),
        pytest.param({"to": "+4930123456"}, id="abroad"),
        pytest.param({"from_display_name": "Dr. O-~!+_ 7"}, id="every character of a name"),
        pytest.param({"from_display_name": "a" * 128}, id="a long name"),
        pytest.param({"client_state": "aGk="}, id="a state"),
        pytest.param({"monochrome": True, "black_threshold": 1}, id="a threshold"),
        pytest.param({"monochrome": True, "black_threshold": 100}, id="another threshold"),
        pytest.param({"store_media": True, "store_preview": True}, id="stored"),
    ],
)
def test_what_the_api_takes_is_right(fields: dict[str, Any]) -> None:
    assert problems(**fields) == []


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        pytest.param({"to": ""}, "to", "is missing", id="no number"),
        pytest.param({"from_": "13125790015"}, "from", "no number in E.164", id="no plus"),
        pytest.param({"to": "+1312"}, "to", "no number in E.164", id="too short"),
        pytest.param({"to": "+1312736727600"}, "to", "no number in E.164", id="too long"),
        pytest.param({"to": "+9991234567"}, "to", "no number in E.164", id="no such country"),
        pytest.param(
            {"to": "+131273672\uff17\uff16"}, "to", "E.164", id="digits of another script"
        ),
        pytest.param({"to": f"{TO}\n"}, "to", "no number in E.164", id="a line end"),
        pytest.param({"from_": "sip:a@b"}, "from", "no number in E.164", id="from a SIP URI"),
        pytest.param({"media_url": ""}, "media_url", "is missing", id="no document"),
        pytest.param({"media_name": "x"}, "media_name", "beside `media_url`", id="two documents"),
        pytest.param({"file": "x"}, "file", "beside `media_url`", id="a file too many"),
        pytest.param({"media_url": "ftp://x/a"}, "media_url", "no http://", id="ftp"),
        pytest.param({"media_url": "letter.pdf"}, "media_url", "no http://", id="a path"),
        pytest.param({"media_url": "https://"}, "media_url", "no http://", id="no host"),
        pytest.param({"media_url": "https://[x"}, "media_url", "no http://", id="no URL"),
        pytest.param({"media_url": "https://x/a b"}, "media_url", "no http://", id="a space"),
        pytest.param({"media_url": f"{URL}?{'a' * 2000}"}, "media_url", "2,000", id="too long"),
        pytest.param({"quality": "best"}, "quality", 'is "best"', id="a quality"),
        pytest.param({"preview_format": "png"}, "preview_format", 'is "png"', id="a preview"),
        pytest.param({"black_threshold": 95}, "black_threshold", "no effect", id="in grey"),
        pytest.param(
            {"monochrome": True, "black_threshold": 0}, "black_threshold", "is 0", id="no threshold"
        ),
        pytest.param({"from_display_name": "Zoë"}, "from_display_name", '"ë"', id="a letter"),
        pytest.param(
            {"from_display_name": "a" * 129}, "from_display_name", "129", id="a long name"
        ),
        pytest.param({"client_state": "hi"}, "client_state", "no Base64", id="a plain state"),
        pytest.param({"client_state": "aG k="}, "client_state", "no Base64", id="a gap"),
        pytest.param({"webhook_url": "x.example"}, "webhook_url", "no http://", id="a webhook"),
    ],
)
def test_what_it_would_refuse_is_named(fields: dict[str, Any], field: str, said: str) -> None:
    ((found, says),) = problems(**fields)
    assert found == field
    assert said in says


def test_stored_media_can_not_be_stored_again() -> None:
    found = problems(media_url="", media_name="letter", store_media=True)
    assert [field for field, _ in found] == ["store_media"]


@pytest.mark.parametrize(
    ("text", "from_", "suggestion"),
    [
        pytest.param("(312) 555-0100", FROM, "Did you mean +13125550100?", id="national"),
        pytest.param("13125550100", FROM, "Did you mean +13125550100?", id="no plus"),
        pytest.param("+1 312 555 0100", FROM, "Did you mean +13125550100?", id="spaces"),
        pytest.param("011 44 20 7946 0000", FROM, "Did you mean +442079460000?", id="011"),
        pytest.param("0044 20 7946 0000", FROM, "Did you mean +442079460000?", id="00"),
        pytest.param("030 123456", "+4930654321", "Did you mean +4930123456?", id="the sender's"),
        pytest.param("tel:+13125550100", FROM, "Did you mean +13125550100?", id="a URI"),
        pytest.param("fax", FROM, "Write `+`, the country's code", id="nothing"),
        pytest.param("+1312", FROM, "Write `+`, the country's code", id="too short to mend"),
    ],
)
def test_a_number_is_corrected(text: str, from_: str, suggestion: str) -> None:
    (problem,) = a_request(to=text, from_=from_).problems()
    assert problem.suggestion.startswith(suggestion)


def test_a_long_wrong_number_is_cut() -> None:
    (problem,) = a_request(to="1" * 5000).problems()
    assert len(problem.says) < 120


def test_what_opens_the_document_is_secret() -> None:
    request = a_request(media_url="https://me:pass-word@x.example/a.pdf?sig=0123")
    assert request.secrets == {"pass-word", "sig=0123"}
    assert a_request(media_url="https://token-17@x.example/a.pdf").secrets == {"token-17"}
    assert a_request().secrets == frozenset()
    assert a_request(media_url="https://[").secrets == frozenset()


def test_what_an_upload_may_lose_is_known() -> None:
    options: dict[str, Any] = {"webhook_url": "https://x.example/", "monochrome": True}
    assert a_request(media_url="", file="a.pdf", **options).not_for_uploads == ("webhook_url",)
    assert a_request(**options).not_for_uploads == ()


def test_a_state_is_read_as_it_was_written() -> None:
    assert decoded_state(encoded_state("faxops Ω")) == "faxops Ω"
    assert decoded_state("hi") == ""
    assert decoded_state("/w==") == ""
