from __future__ import annotations

import pytest

from tests.emulator.account import MINIMAL, Account, problem

LIST = "/fax_applications"


@pytest.mark.parametrize(
    "authorization",
    [
        pytest.param(None, id="no header"),
        pytest.param("", id="empty"),
        pytest.param("Bearer", id="no key"),
        pytest.param("Bearer  ", id="a blank key"),
        pytest.param("Basic a2V5", id="another scheme"),
    ],
)
def test_a_request_without_a_key_is_not_authenticated(authorization: str | None) -> None:
    headers = {} if authorization is None else {"authorization": authorization}
    account = Account()
    reply = account.request("POST", LIST, json=MINIMAL, headers=headers)
    assert reply.json() == {
        "errors": [
            {
                "code": "10009",
                "title": "Authentication failed",
                "detail": "Could not understand the provided credentials.",
                "meta": {"url": "https://developers.telnyx.com/docs/overview/errors/10009"},
            }
        ]
    }
    assert reply.status_code == 401
    assert account.names() == []


def test_any_key_is_accepted_unless_one_is_named() -> None:
    named = Account(accepted_key="KEY-two")
    right, wrong = {"authorization": "bearer KEY-two"}, {"authorization": "Bearer KEY-one"}
    assert named.request("GET", LIST, headers=right).status_code == 200
    assert problem(named.request("GET", LIST, headers=wrong)) == (401, "10009", "")
    assert Account().request("GET", LIST, headers=wrong).status_code == 200


@pytest.mark.parametrize("prefix", ["http://emulator", "http://emulator/v2"])
def test_every_path_works_with_and_without_the_version(prefix: str) -> None:
    account = Account()
    assert account.get(f"{prefix}/fax_applications").status_code == 200
    assert problem(account.get(f"{prefix}/fax_applications/12")) == (404, "10005", "")
    assert [each.path for each in account.emulator.requests()] == [LIST, f"{LIST}/12"]


@pytest.mark.parametrize("path", ["/", "/nowhere", "/fax_applications/1/2", "/v2/fax_applications"])
def test_a_path_that_is_not_there(path: str) -> None:
    assert problem(Account().get(path)) == (404, "10005", "")


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", f"{LIST}/1"), ("DELETE", LIST), ("GET", "/phone_numbers/1"), ("POST", "/public_key")],
)
def test_a_method_that_a_path_does_not_take(method: str, path: str) -> None:
    assert problem(Account().request(method, path)) == (405, "10030", "")


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "application/jsonx"]
)
def test_a_body_must_say_that_it_is_json(content_type: str | None) -> None:
    headers = {"authorization": "Bearer k"}
    if content_type:
        headers["content-type"] = content_type
    reply = Account().request("POST", LIST, content=b"{}", headers=headers)
    assert problem(reply) == (400, "10029", "")


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b'{"application_name": ', id="cut short"),
        pytest.param(b'{"webhook_timeout_secs": NaN}', id="NaN is not JSON"),
        pytest.param(b'{"application_name": "\xff"}', id="not UTF-8"),
        pytest.param(rb'{"application_name": "\ud800"}', id="half a surrogate pair"),
        pytest.param(b"[" * 100_000, id="nested beyond reading"),
        pytest.param(b'{"webhook_timeout_secs": ' + b"9" * 5000 + b"}", id="digits beyond reading"),
    ],
)
def test_a_body_that_is_not_json(content: bytes) -> None:
    headers = {"authorization": "Bearer k", "content-type": "application/json; charset=utf-8"}
    reply = Account().request("POST", LIST, content=content, headers=headers)
    assert problem(reply) == (400, "10023", "")


@pytest.mark.parametrize("content", [b"[]", b"null", b'"text"', b"7"])
def test_a_body_that_is_no_object(content: bytes) -> None:
    headers = {"authorization": "Bearer k", "content-type": "application/json"}
    reply = Account().request("POST", LIST, content=content, headers=headers)
    assert problem(reply) == (422, "10015", "/")


def test_text_of_every_script_comes_back_as_it_was_sent() -> None:
    account = Account()
    name = "Prêt à faxer 诊所 \u202e\x00 🏥"
    made = account.made(application_name=name)
    assert account.read(made["id"])["application_name"] == name
    assert account.names(**{"filter[application_name][contains]": "PRÊT À"}) == [name]
