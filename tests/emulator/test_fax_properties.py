"""Whatever is sent and whenever somebody looks: no fax stumbles, and the past is one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from faxops.emulator.fax_course import TERMINAL
from tests.emulator.account import FAX, INTAKE, Account

OUTCOMES = {"+11": "user_busy", "+12": "file_format_invalid", "+13": "receiver_call_dropped"}
STEP = st.one_of(
    st.tuples(st.just("send"), st.sampled_from(["+10", *OUTCOMES])),
    st.tuples(st.just("receive"), st.integers(1, 4)),
    st.tuples(st.sampled_from(["cancel", "delete"]), st.integers(0, 3)),
)


def _account() -> Account:
    return Account(
        seed={"fax_applications": [INTAKE]}, faxes={"outcomes": OUTCOMES, "step_seconds": 0.7}
    )


def _take(account: Account, ids: list[str], action: str, value: Any) -> None:  # noqa: ANN401 - a row of STEP
    if action == "send":
        ids.append(account.send(to=value)["id"])
    elif action == "receive":
        ids.append(account.receive(connection_id="42", pages=value)["id"])
    elif value < len(ids):
        path = f"/faxes/{ids[value]}"
        if action == "cancel":
            account.request("POST", f"{path}/actions/cancel")
        else:
            account.delete(path)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 3), STEP), max_size=8), st.lists(st.floats(0, 3), max_size=4)
)
def test_looking_changes_nothing(
    steps: list[tuple[float, tuple[str, Any]]], looks: list[float]
) -> None:
    watched, forgotten = _account(), _account()
    moments = [(seconds, action) for seconds, action in steps]
    moments += [(seconds, None) for seconds in looks]
    ids: dict[int, list[str]] = {id(watched): [], id(forgotten): []}
    for account in (watched, forgotten):
        account.clock.moved = 0
        for seconds, action in sorted(moments, key=lambda each: each[0]):
            account.clock.moved = max(account.clock.moved, seconds)
            if action is not None:
                _take(account, ids[id(account)], *action)
            elif account is watched:
                account.get("/faxes")
        account.clock.moved = 100
    assert watched.get("/faxes").json() == forgotten.get("/faxes").json()
    assert watched.events() == forgotten.events()
    assert all(each["status"] in TERMINAL for each in watched.get("/faxes").json()["data"])
    assert len({each["event"]["id"] for each in watched.events()}) == len(watched.events())


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=4),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
FIELDS = st.sampled_from([*FAX, "media_name", "contents", "client_state", "webhook_url", "pages"])


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(FIELDS, JSON, max_size=3))
def test_no_body_makes_the_emulator_stumble(change: Mapping[str, Any]) -> None:
    account = _account()
    sent = account.request("POST", "/faxes", json={**FAX, **change})
    path = "http://emulator/_emulator/faxes"
    received = account.request("POST", path, json={"connection_id": "42", **change})
    assert (sent.status_code, received.status_code) in {
        (first, second) for first in (202, 422) for second in (201, 422)
    }
    account.clock.moved = 100_000
    expected = (sent.status_code == 202) + (received.status_code == 201)
    assert len(account.get("/faxes").json()["data"]) == expected
