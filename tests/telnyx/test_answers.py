from __future__ import annotations

import json

import httpx
import pytest

from faxops.errors import (
    ApiError,
    ApiProblem,
    AuthenticationFailed,
    MalformedAnswer,
    ObjectNotFound,
    PermissionDenied,
    RateLimited,
    RequestRejected,
    ServerFailed,
)
from faxops.telnyx.answers import Answer, Call, Reply, read

KEY = "KEY0123456789_secret"
LIST = Call("GET", "/fax_applications", {"page[number]": 2, "sort": "created_at"})
CREATE = Call("POST", "/fax_applications")


def reply(
    status: int, body: object = b"", *, call: Call = LIST, headers: dict[str, str] | None = None
) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(call, status, httpx.Headers(headers or {}), content)


def error_of(given: Reply) -> ApiError:
    with pytest.raises(ApiError) as caught:
        read(given, KEY)
    return caught.value


def answer(document: object) -> Answer:
    return read(reply(200, document), KEY)


OFFICIAL = {
    "errors": [
        {
            "code": "10015",
            "title": "Bad Request",
            "detail": "can't be blank",
            "source": {"pointer": "/application_name"},
            "meta": {"url": "https://developers.telnyx.com/docs/overview/errors/10015"},
        },
        {"code": "10033", "title": "Range", "source": {"parameter": "page[size]"}},
    ]
}


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, RequestRejected),
        (401, AuthenticationFailed),
        (403, PermissionDenied),
        (404, ObjectNotFound),
        (405, RequestRejected),
        (408, RequestRejected),
        (409, RequestRejected),
        (418, RequestRejected),
        (422, RequestRejected),
        (423, RequestRejected),
        (429, RateLimited),
        (500, ServerFailed),
        (502, ServerFailed),
        (503, ServerFailed),
        (599, ServerFailed),
        (301, MalformedAnswer),
        (307, MalformedAnswer),
        (304, MalformedAnswer),
    ],
)
def test_each_status_has_its_class(status: int, expected: type[ApiError]) -> None:
    error = error_of(reply(status))
    assert type(error) is expected
    assert error.status == status


def test_the_official_shape_is_told_whole() -> None:
    error = error_of(reply(422, OFFICIAL, call=CREATE, headers={"X-Request-Id": "req-1"}))
    assert error.message == (
        "POST /fax_applications was answered 422: 10015 Bad Request: can't be blank"
        " (at /application_name); 10033 Range (at page[size]) [request id req-1]"
    )
    assert error.problems == (
        ApiProblem("10015", "Bad Request", "can't be blank", "/application_name"),
        ApiProblem("10033", "Range", "", "page[size]"),
    )
    assert error.request == "POST /fax_applications"
    assert error.request_id == "req-1"


def test_the_message_names_the_query_and_the_attribute_does_not() -> None:
    error = error_of(reply(400))
    assert error.message.startswith("GET /fax_applications?page[number]=2&sort=created_at was")
    assert error.request == "GET /fax_applications"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"", "with an empty body", id="403-has-no-body-by-the-description"),
        pytest.param(b"  \n", "with an empty body", id="blank"),
        pytest.param(
            b"<html>Forbidden</html>", "with HTML instead of JSON (22 bytes)", id="a-proxy"
        ),
        pytest.param(b'{"errors": [', "with JSON that is broken or cut short", id="cut-short"),
        pytest.param(b"\xff\xfe\x00", "with JSON that is broken or cut short", id="not-unicode"),
        pytest.param(b"[" * 100_000, "with JSON that is broken or cut short", id="nested-too-deep"),
        pytest.param(b'"no"', "with JSON without `errors`", id="a-text"),
        pytest.param(b'{"error": "no"}', "with JSON without `errors`", id="another-shape"),
        pytest.param(b'{"errors": {}}', "with JSON without `errors`", id="errors-no-list"),
        pytest.param(b'{"errors": ["x", 1]}', "with JSON without `errors`", id="no-entry-fits"),
        pytest.param(b'{"errors": [{}]}', ": no reason given", id="an-empty-entry"),
        pytest.param(b'{"errors": [{"code": 10010}]}', ": 10010", id="a-code-as-a-number"),
        pytest.param(
            b'{"errors": [{"code": "1", "title": null, "detail": ["x"], "source": 3}]}',
            ": 1",
            id="fields-of-wrong-types",
        ),
    ],
)
def test_every_body_of_an_error_ends_in_the_typed_error(body: bytes, message: str) -> None:
    error = error_of(reply(403, body))
    assert type(error) is PermissionDenied
    assert message in error.message


def test_many_and_long_problems_are_cut_in_the_message_and_whole_in_the_attribute() -> None:
    errors = [{"code": str(number), "title": "x" * 1000} for number in range(50)]
    error = error_of(reply(400, {"errors": errors}))
    assert len(error.problems) == 50
    assert error.problems[0].title == "x" * 1000
    assert len(error.message) < 2000
    assert "and 45 more" in error.message


def test_the_key_is_masked_wherever_the_api_echoes_it() -> None:
    echo = f"Bearer {KEY}"
    body = {"errors": [{"code": echo, "title": echo, "detail": echo, "source": {"pointer": echo}}]}
    for status in (302, 401, 500):
        headers = {"x-request-id": echo, "location": f"http://x/{echo}"}
        error = error_of(reply(status, body, headers=headers))
        shown = f"{error.message} {error} {error.problems} {error.request_id} {error.hint}"
        assert KEY not in shown
    broken = error_of(reply(200, b"[1]", headers={"x-request-id": echo}))
    assert KEY not in f"{broken.message} {broken.request_id}"


@pytest.mark.parametrize(
    ("method", "status", "processed"),
    [
        ("POST", 422, "no"),
        ("POST", 401, "no"),
        ("POST", 429, "no"),
        ("POST", 408, "maybe"),
        ("POST", 500, "maybe"),
        ("POST", 503, "maybe"),
        ("POST", 302, "maybe"),
        ("PATCH", 422, "no"),
        ("PATCH", 502, "maybe"),
        ("DELETE", 404, "no"),
        ("DELETE", 504, "maybe"),
        ("GET", 500, "no"),
        ("GET", 302, "no"),
    ],
)
def test_an_error_says_if_the_request_may_have_been_processed(
    method: str, status: int, processed: str
) -> None:
    call = Call(method, "/fax_applications/1")
    assert error_of(reply(status, call=call)).processed == processed


@pytest.mark.parametrize(
    ("body", "message"),
    [
        pytest.param(b"<!DOCTYPE html>", "HTML instead of JSON", id="a-captive-portal"),
        pytest.param(b'{"data": {"id": "1"', "broken or cut short", id="cut-short"),
        pytest.param(b"[]", "JSON that is a list, no object", id="a-list"),
        pytest.param(b"null", "JSON that is missing or null, no object", id="null"),
        pytest.param(b"\x00", "broken or cut short", id="a-nul-byte"),
        pytest.param(b"1" * 5000, "broken or cut short", id="a-number-too-long-to-read"),
    ],
)
def test_a_success_that_is_no_object_is_malformed_and_may_have_been_processed(
    body: bytes, message: str
) -> None:
    error = error_of(reply(201, body, call=CREATE))
    assert type(error) is MalformedAnswer
    assert message in error.message
    assert error.processed == "maybe"


def test_the_body_and_not_its_label_decides_what_it_is() -> None:
    labelled_as_html = reply(200, {"data": []}, headers={"content-type": "text/html"})
    assert read(labelled_as_html, KEY).the_items() == []


def test_a_success_without_a_body_has_no_document() -> None:
    assert read(reply(204), KEY).document is None


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param({}, "JSON without `data`", id="no-data"),
        pytest.param({"data": []}, "`data` that is a list, not an object", id="a-list"),
        pytest.param({"data": None}, "`data` that is missing or null", id="null"),
        pytest.param({"data": {}}, "whose `id` is missing or null", id="no-id"),
        pytest.param({"data": {"id": 1293384261075731499}}, "`id` is a number", id="a-number"),
        pytest.param({"data": {"id": ""}}, "whose `id` is empty", id="an-empty-id"),
        pytest.param({"data": {"id": "1\ud800"}}, "holds half a character", id="half-a-character"),
    ],
)
def test_one_object_must_be_an_object_with_a_text_for_an_id(document: object, message: str) -> None:
    with pytest.raises(MalformedAnswer) as caught:
        answer(document).the_object()
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("document", "message"),
    [
        pytest.param({}, "JSON without `data`", id="no-data"),
        pytest.param({"data": {}}, "`data` that is an object, not a list", id="an-object"),
        pytest.param({"data": "x"}, "`data` that is a text, not a list", id="a-text"),
        pytest.param({"data": [True]}, "`data[0]` that is a boolean", id="an-entry-of-no-type"),
        pytest.param({"data": [{"id": "1"}, {"id": 2}]}, "`data[1]` whose `id`", id="a-bad-id"),
    ],
)
def test_a_list_must_hold_objects_with_texts_for_ids(document: object, message: str) -> None:
    with pytest.raises(MalformedAnswer) as caught:
        answer(document).the_items()
    assert message in caught.value.message


def test_no_body_where_an_object_is_due_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match="no body"):
        read(reply(200), KEY).the_object()


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        (401, "Check the API key"),
        (403, "may not do this"),
        (404, "Check the base URL"),
        (429, "--parallelism"),
        (500, "run again later"),
        (302, "Check the base URL"),
    ],
)
def test_an_error_says_what_to_do_next(status: int, hint: str) -> None:
    assert hint in error_of(reply(status)).hint
