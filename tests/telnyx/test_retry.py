from __future__ import annotations

import asyncio

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from faxops.errors import ApiError, RateLimited, RequestRejected, ServerFailed, Unreachable
from faxops.telnyx.retry import backoff
from tests.telnyx.virtual import Handler, LoopClock, answer_of, seeded

SUCCESS = httpx.Response(200, json={"data": {"id": "1"}})


class Script:
    """An API that gives these answers, one after the other, the last one for ever."""

    def __init__(self, *steps: httpx.Response | Exception) -> None:
        self.steps = list(steps)
        self.seen = 0

    def __call__(self, _request: httpx.Request) -> httpx.Response:
        self.seen += 1
        step = self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]
        if isinstance(step, Exception):
            raise step
        # A reply can be read once only.
        return httpx.Response(step.status_code, headers=step.headers, content=step.content)


def failure_of(handler: Handler, method: str, clock: LoopClock | None = None) -> ApiError:
    with pytest.raises(ApiError) as caught:
        answer_of(handler, method, "/fax_applications/1", clock=clock)
    return caught.value


@pytest.mark.parametrize("method", ["GET", "PATCH", "DELETE"])
@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(408),
        httpx.Response(429),
        httpx.Response(500),
        httpx.Response(502),
        httpx.Response(503),
        httpx.Response(504),
        httpx.ConnectError("refused"),
        httpx.ReadError("reset"),
        httpx.ReadTimeout("slow"),
        httpx.RemoteProtocolError("closed"),
    ],
    ids=lambda failure: type(failure).__name__ + str(getattr(failure, "status_code", "")),
)
def test_what_can_be_repeated_is_repeated_after_a_passing_failure(
    method: str, failure: httpx.Response | Exception
) -> None:
    script = Script(failure, failure, SUCCESS)
    assert answer_of(script, method).status == 200
    assert script.seen == 3


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 409, 410, 422, 423, 302])
def test_a_verdict_is_not_asked_for_again(status: int) -> None:
    script = Script(httpx.Response(status))
    failure_of(script, "GET")
    assert script.seen == 1


def test_a_malformed_success_is_not_asked_for_again() -> None:
    script = Script(httpx.Response(200, content=b"<html>"))
    failure_of(script, "GET")
    assert script.seen == 1


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(429),
        httpx.ConnectError("refused"),
        httpx.ConnectTimeout("unanswered"),
        httpx.ProxyError("the proxy is down"),
        httpx.PoolTimeout("none free"),
    ],
    ids=lambda failure: type(failure).__name__ + str(getattr(failure, "status_code", "")),
)
def test_a_post_is_sent_again_when_it_was_certainly_not_processed(
    failure: httpx.Response | Exception,
) -> None:
    script = Script(failure, SUCCESS)
    assert answer_of(script, "POST", json={}).status == 200
    assert script.seen == 2


@pytest.mark.parametrize(
    "failure",
    [
        httpx.Response(408),
        httpx.Response(500),
        httpx.Response(503, headers={"retry-after": "1"}),
        httpx.ReadError("reset"),
        httpx.ReadTimeout("slow"),
        httpx.WriteError("reset"),
        httpx.WriteTimeout("slow"),
        httpx.CloseError("reset"),
        httpx.RemoteProtocolError("closed"),
    ],
    ids=lambda failure: type(failure).__name__ + str(getattr(failure, "status_code", "")),
)
def test_a_post_that_may_have_been_processed_is_sent_once_and_reported_so(
    failure: httpx.Response | Exception,
) -> None:
    script = Script(failure, SUCCESS)
    assert failure_of(script, "POST").processed == "maybe"
    assert script.seen == 1


def test_after_five_tries_the_last_failure_is_raised() -> None:
    script = Script(*[httpx.Response(500)] * 4, httpx.Response(503))
    error = failure_of(script, "GET")
    assert type(error) is ServerFailed
    assert error.status == 503
    assert script.seen == 5


def test_a_rate_limit_that_never_ends_is_reported_as_not_processed() -> None:
    error = failure_of(Script(httpx.Response(429)), "POST")
    assert type(error) is RateLimited
    assert error.processed == "no"


def test_a_connection_that_never_comes_is_reported_as_not_processed() -> None:
    error = failure_of(Script(httpx.ConnectError("refused")), "POST")
    assert type(error) is Unreachable
    assert error.processed == "no"


@pytest.mark.parametrize("method", ["PATCH", "DELETE"])
def test_one_ambiguous_try_makes_the_outcome_of_all_ambiguous(method: str) -> None:
    script = Script(httpx.ReadTimeout("slow"), httpx.Response(422))
    error = failure_of(script, method)
    assert type(error) is RequestRejected
    assert error.processed == "maybe"


def test_an_error_keeps_what_httpx_raised_as_its_cause_and_is_never_its_own() -> None:
    assert isinstance(failure_of(Script(httpx.ReadError("x")), "GET").__cause__, httpx.ReadError)
    assert failure_of(Script(httpx.Response(500)), "GET").__cause__ is None


def test_a_read_is_never_said_to_have_been_processed() -> None:
    assert failure_of(Script(httpx.ReadTimeout("slow")), "GET").processed == "no"


def test_waits_beyond_two_minutes_in_total_are_not_begun() -> None:
    clock = LoopClock()
    script = Script(httpx.Response(503, headers={"retry-after": "60"}))
    failure_of(script, "GET", clock)
    assert script.seen == 3
    assert sum(clock.waited) == 120.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        pytest.param({"retry-after": "7"}, 7.0, id="retry-after"),
        pytest.param({"retry-after": "900"}, 60.0, id="clamped"),
        pytest.param({"x-ratelimit-reset": "9"}, 9.0, id="the-reset"),
        pytest.param({"retry-after": "7", "x-ratelimit-reset": "9"}, 7.0, id="both"),
        pytest.param({"retry-after": "0", "x-ratelimit-reset": "9"}, 9.0, id="zero-is-no-answer"),
    ],
)
def test_a_429_is_waited_out_as_its_headers_say(headers: dict[str, str], seconds: float) -> None:
    clock = LoopClock()
    answer_of(Script(httpx.Response(429, headers=headers), SUCCESS), clock=clock)
    assert clock.waited[0] == seconds


def test_the_reset_of_a_limit_says_nothing_about_a_failing_server() -> None:
    clock = LoopClock()
    answer_of(
        Script(httpx.Response(500, headers={"x-ratelimit-reset": "50"}), SUCCESS), clock=clock
    )
    assert sum(clock.waited) <= 1.0


def test_retry_after_of_a_failing_server_is_honoured() -> None:
    clock = LoopClock()
    answer_of(Script(httpx.Response(503, headers={"retry-after": "4"}), SUCCESS), clock=clock)
    assert sum(clock.waited) == 4.0


@given(tries=st.integers(1, 4), seed=st.integers())
def test_the_backoff_is_jittered_over_the_whole_of_a_doubling_range(tries: int, seed: int) -> None:
    assert 0 <= backoff(tries, seeded(seed)) <= 2 ** (tries - 1)


def test_giving_up_a_request_ends_it_at_once() -> None:
    clock = LoopClock()
    script = Script(httpx.Response(503, headers={"retry-after": "60"}))

    def cancelling(request: httpx.Request) -> httpx.Response:
        task = asyncio.current_task()
        assert task is not None
        asyncio.get_running_loop().call_later(1, task.cancel)
        return script(request)

    with pytest.raises(asyncio.CancelledError):
        answer_of(cancelling, clock=clock)
    assert script.seen == 1
