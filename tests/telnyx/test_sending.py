"""A fax is sent once, whatever becomes of the answer, and told as sent only when it was."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import replace
from typing import Any

import pytest
from httpx import QueryParams

from faxops.emulator.scenario import EmptyList, Fault, Hang, LostAfter, LostBefore, Rule, Status
from faxops.errors import OutcomeUnknown, Refused, RequestRejected, Unreachable
from faxops.model.fax import Fax
from faxops.model.fax_request import FaxRequest, encoded_state
from faxops.telnyx import sending
from faxops.telnyx.faxes import Faxes
from faxops.telnyx.media_file import MediaFile
from faxops.telnyx.multipart import Multipart
from faxops.telnyx.sending import Sent
from tests.telnyx.fax_account import APPLICATION, FROM, TO, FaxAccount, a_request

STATE = sending.unique_state("token-1")
USERS = encoded_state("invoice 17")
LETTER = MediaFile("letter.txt", "text/plain", b"Dear doctor", None)

Make = Callable[..., FaxAccount]


@pytest.fixture
def account() -> Generator[Make]:
    """Accounts that are let go of when the test ends."""
    made: list[FaxAccount] = []

    def make(*rules: Rule, **settings: Any) -> FaxAccount:  # noqa: ANN401 - as FaxAccount
        made.append(FaxAccount(*rules, **settings))
        return made[-1]

    yield make
    for each in made:
        each.close()


def on_post(fault: Fault, times: int | None = 1) -> Rule:
    return Rule(fault, "POST", "/faxes", times=times)


def on_list(fault: Fault, times: int | None = None) -> Rule:
    return Rule(fault, "GET", "/faxes", times=times)


def send(
    account: FaxAccount,
    request: FaxRequest,
    media: MediaFile | None = None,
    known: frozenset[str] = frozenset(),
) -> Sent:
    async def work(faxes: Faxes) -> Sent:
        return await sending.send_once(faxes, request, media, clock=account.clock, known=known)

    return account.run(work)


def carriers(account: FaxAccount, request: FaxRequest) -> frozenset[str]:
    async def work(faxes: Faxes) -> frozenset[str]:
        return await sending.carriers(faxes, request)

    return account.run(work)


def find_by_key(
    account: FaxAccount, key: str, request: FaxRequest, media: MediaFile | None = None
) -> Fax | None:
    async def work(faxes: Faxes) -> Fax | None:
        return await sending.find_by_key(faxes, key, request, media, clock=account.clock)

    return account.run(work)


def an_old_fax(number: int = 0, **fields: str) -> dict[str, Any]:
    """A fax between the same numbers, sent before by somebody."""
    return {
        "id": f"0ccc7b54-4df3-4bca-a65a-3da1ecc7770{number}",
        "connection_id": APPLICATION,
        "from": FROM,
        "to": TO,
        **fields,
    }


def test_a_fax_whose_answer_comes_is_sent_with_one_request(account: Make) -> None:
    there = account()
    sent = send(there, a_request(client_state=STATE))
    assert (sent.found, sent.fax.status, sent.fax.client_state) == (False, "queued", STATE)
    assert [each.method for each in there.requests()] == ["POST"]


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(LostAfter(), id="the connection broke after it"),
        pytest.param(Status(500, acts=True), id="500 although it was done"),
        pytest.param(Hang(60), id="no answer in time"),
        pytest.param(Status(acts=True, body="truncated"), id="the answer is cut short"),
        pytest.param(Status(502, acts=True, body="html"), id="a proxy answered"),
    ],
)
def test_a_fax_whose_answer_was_lost_is_found_and_not_sent_again(
    account: Make, fault: Fault
) -> None:
    there = account(on_post(fault))
    sent = send(there, a_request(client_state=STATE))
    assert sent.found
    assert sent.fax.id == there.faxes()[0]["id"]
    assert len(there.requests("POST")) == 1


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(LostBefore(), id="the connection broke before it"),
        pytest.param(Status(503), id="503"),
        pytest.param(Hang(60, acts=False), id="no answer in time"),
    ],
)
def test_a_fax_that_is_not_found_is_unknown_and_not_sent_again(account: Make, fault: Fault) -> None:
    there = account(on_post(fault))
    with pytest.raises(OutcomeUnknown, match="is not among the faxes of the account") as raised:
        send(there, a_request(client_state=STATE))
    assert raised.value.exit_code == 9
    assert f"`faxops fax list --direction outbound --from {FROM} --to {TO}`" in raised.value.hint
    assert there.faxes() == []
    assert len(there.requests("POST")) == 1


def test_the_fax_is_looked_for_five_times_in_31_seconds(account: Make) -> None:
    there = account(on_post(LostBefore()))
    with pytest.raises(OutcomeUnknown):
        send(there, a_request(client_state=STATE))
    assert there.clock.waited == [1, 2, 4, 8, 16]
    assert len(there.requests("GET")) == 5


def test_a_fax_that_is_listed_late_is_found(account: Make) -> None:
    lost, stale = on_post(LostAfter()), on_list(EmptyList(), 3)
    there = account(lost, stale)
    assert send(there, a_request(client_state=STATE)).found
    assert there.clock.waited == [1, 2, 4, 8]


def test_a_look_that_fails_is_not_the_last(account: Make) -> None:
    refused = on_list(Status(401), 2)
    there = account(on_post(LostAfter()), refused)
    assert send(there, a_request(client_state=STATE)).found


def test_when_every_look_fails_it_says_so(account: Make) -> None:
    there = account(on_post(LostAfter()), on_list(Status(401)))
    with pytest.raises(OutcomeUnknown, match="could not be looked for"):
        send(there, a_request(client_state=STATE))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_fax_that_the_api_refuses_is_certainly_not_sent(account: Make, status: int) -> None:
    there = account(on_post(Status(status)))
    with pytest.raises(Exception, match=f"POST /faxes was answered {status}") as raised:
        send(there, a_request(client_state=STATE))
    assert not isinstance(raised.value, OutcomeUnknown)
    assert [each.method for each in there.requests()] == ["POST"]


def test_what_was_certainly_not_processed_is_sent_again(account: Make) -> None:
    there = account(on_post(Status(429), 2))
    assert not send(there, a_request(client_state=STATE)).found
    assert there.sent_to() == {TO: 1}


def test_a_stranger_between_the_same_numbers_is_not_taken_for_it(account: Make) -> None:
    theirs = an_old_fax(client_state=sending.unique_state("theirs"))
    there = account(on_post(LostBefore()), faxes=[theirs])
    with pytest.raises(OutcomeUnknown, match="is not among"):
        send(there, a_request(client_state=STATE))


def test_an_api_that_shows_no_client_state_leaves_it_unknown(account: Make) -> None:
    there = account(on_post(LostAfter()), behaviours={"client_state_in_faxes": "absent"})
    with pytest.raises(OutcomeUnknown, match="listed without client_state"):
        send(there, a_request(client_state=STATE))
    assert there.sent_to() == {TO: 1}


def test_an_upload_that_the_api_strips_of_its_client_state_is_unknown(account: Make) -> None:
    there = account(
        on_post(LostAfter()),
        faxes=[an_old_fax(client_state=USERS)],
        behaviours={"form_fields": "documented"},
    )
    with pytest.raises(OutcomeUnknown, match="listed without client_state"):
        send(there, a_request(client_state=STATE, file="letter.txt"), LETTER)


def test_an_upload_that_keeps_its_client_state_is_found(account: Make) -> None:
    there = account(on_post(LostAfter()), behaviours={"form_fields": "all"})
    assert send(there, a_request(client_state=STATE, file="letter.txt"), LETTER).found


def test_an_older_fax_with_the_users_own_client_state_does_not_count(account: Make) -> None:
    request = a_request(client_state=USERS)
    there = account(on_post(LostBefore()), faxes=[an_old_fax(client_state=USERS)])
    known = carriers(there, request)
    assert len(known) == 1
    with pytest.raises(OutcomeUnknown):
        send(there, request, known=known)


def test_a_new_fax_with_the_users_own_client_state_counts(account: Make) -> None:
    request = a_request(client_state=USERS)
    old = an_old_fax(client_state=USERS)
    there = account(on_post(LostAfter()), faxes=[old])
    sent = send(there, request, known=carriers(there, request))
    assert sent.found
    assert sent.fax.id != old["id"]


def test_a_fax_of_another_application_with_the_users_client_state_does_not_count(
    account: Make,
) -> None:
    theirs = an_old_fax(client_state=USERS, connection_id="7")
    there = account(on_post(LostBefore()), faxes=[theirs])
    with pytest.raises(OutcomeUnknown):
        send(there, a_request(client_state=USERS))


def test_a_fax_to_a_sip_uri_is_looked_for_however_the_api_writes_it(account: Make) -> None:
    there = account(on_post(LostAfter()))
    assert send(there, a_request(client_state=STATE, to="sip:fax@clinic.example")).found
    asked = QueryParams(there.requests("GET")[0].query)
    assert "filter[from][eq]" in asked
    assert "filter[to][eq]" not in asked


def test_nothing_is_sent_when_the_connection_is_never_made(account: Make) -> None:
    refused = on_post(Status(429), None)
    there = account(refused)
    with pytest.raises(Exception, match="429") as raised:
        send(there, a_request(client_state=STATE))
    assert not isinstance(raised.value, OutcomeUnknown | Unreachable)
    assert there.faxes() == []


class TestIdempotencyKey:
    """What `--idempotency-key` rests on."""

    def keyed(self, key: str, request: FaxRequest, media: MediaFile | None = None) -> FaxRequest:
        return replace(request, client_state=sending.keyed_state(key, request, media))

    def test_the_fax_of_an_earlier_run_is_found_at_once(self, account: Make) -> None:
        there = account()
        sent = send(there, self.keyed("k", a_request()))
        assert find_by_key(there, "k", a_request()) == sent.fax
        assert there.clock.waited == []

    def test_a_fax_that_is_listed_late_is_found(self, account: Make) -> None:
        there = account(on_list(EmptyList(), 2))
        sent = send(there, self.keyed("k", a_request()))
        found = find_by_key(there, "k", a_request())
        assert found is not None
        assert found.id == sent.fax.id
        assert there.clock.waited == [1, 2]

    def test_a_new_key_is_looked_for_six_times(self, account: Make) -> None:
        there = account()
        send(there, self.keyed("other", a_request()))
        assert find_by_key(there, "k", a_request()) is None
        assert there.clock.waited == [1, 2, 4, 8, 16]

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param({"media_url": "https://files.clinic.example/b.pdf"}, id="a document"),
            pytest.param({"quality": "normal"}, id="an option"),
            pytest.param({"connection_id": "7"}, id="an application"),
        ],
    )
    def test_a_key_of_another_request_is_refused(
        self, account: Make, other: dict[str, Any]
    ) -> None:
        there = account()
        sent = send(there, self.keyed("k", a_request()))
        with pytest.raises(Refused, match=sent.fax.id):
            find_by_key(there, "k", a_request(**other))

    @pytest.mark.parametrize("to", ["+13127367277", "sip:lab@clinic.example"])
    def test_the_same_key_to_another_number_is_another_fax(self, account: Make, to: str) -> None:
        there = account()
        send(there, self.keyed("k", a_request()))
        assert find_by_key(there, "k", a_request(to=to)) is None

    def test_another_content_of_the_same_file_is_another_request(self) -> None:
        request = a_request(file="letter.txt")
        changed = replace(LETTER, content=b"Dear nurse")
        assert sending.keyed_state("k", request, LETTER) != sending.keyed_state(
            "k", request, changed
        )

    def test_without_any_client_state_it_is_refused(self, account: Make) -> None:
        there = account(
            faxes=[an_old_fax(client_state=USERS)],
            behaviours={"client_state_in_faxes": "absent"},
        )
        with pytest.raises(Refused, match="without client_state"):
            find_by_key(there, "k", a_request())

    def test_an_upload_beside_a_fax_without_client_state_is_refused(self, account: Make) -> None:
        there = account(faxes=[an_old_fax(0, client_state=USERS), an_old_fax(1)])
        assert find_by_key(there, "k", a_request()) is None
        with pytest.raises(Refused, match="without client_state"):
            find_by_key(there, "k", a_request(file="letter.txt"), LETTER)

    def test_a_listing_that_fails_is_no_answer(self, account: Make) -> None:
        there = account(on_list(Status(422)))
        with pytest.raises(RequestRejected):
            find_by_key(there, "k", a_request())

    def test_an_empty_list_at_first_is_not_believed(self, account: Make) -> None:
        there = account(on_list(EmptyList(), 4))
        send(there, self.keyed("k", a_request()))
        assert find_by_key(there, "k", a_request()) is not None


def test_what_is_left_at_the_default_is_not_sent() -> None:
    request = a_request(quality="high", monochrome=True, black_threshold=95, store_media=False)
    assert sending.payload(request, None) == {
        "connection_id": APPLICATION,
        "from": FROM,
        "to": TO,
        "media_url": "https://files.clinic.example/letter.pdf",
        "monochrome": True,
    }


def test_a_file_goes_as_a_form_with_texts() -> None:
    request = a_request(file="letter.txt", monochrome=True, black_threshold=40, t38_enabled=False)
    form = sending.payload(request, LETTER)
    assert form == Multipart(
        fields={
            "connection_id": APPLICATION,
            "from": FROM,
            "to": TO,
            "monochrome": "true",
            "black_threshold": "40",
            "t38_enabled": "false",
        },
        file_field="contents",
        filename="letter.txt",
        content=b"Dear doctor",
        media_type="text/plain",
    )
