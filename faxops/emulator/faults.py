"""Carries a scenario's faults out: chooses the rule for a request and bends its course."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Final, Literal

from faxops.emulator.asked import Asked
from faxops.emulator.distortions import Distortion
from faxops.emulator.replies import JSON_TYPE, Problem, Reply, failure
from faxops.emulator.scenario import (
    Behaves,
    Fault,
    Hang,
    LostAfter,
    LostBefore,
    RateLimit,
    Refused,
    Rule,
    SlowDrip,
    Status,
    fault_kind,
)
from faxops.emulator.service import Done, Service
from faxops.model.clock import Clock

# No limit is enforced without a rule; the API sends these headers all the same.
_NO_LIMIT: Final = (
    ("x-ratelimit-limit", "1000"),
    ("x-ratelimit-remaining", "999"),
    ("x-ratelimit-reset", "1"),
)
_CODES: Final = {
    400: "10015",
    401: "10009",
    403: "10010",
    404: "10005",
    405: "10030",
    408: "10008",
    409: "10036",
    422: "10027",
    423: "10035",
    429: "10011",
    503: "10037",
}
_HTML: Final = b"<html><body><h1>502 Bad Gateway</h1></body></html>\n"


class ConnectionLost(Exception):
    """There is no reply: the connection is refused or reset, or the client's patience ends.

    `moment` says what the client could not know: whether the request had been done ("after") or
    not ("refused", "before"). "timed_out" is a hang longer than the client waits.
    """

    def __init__(self, moment: Literal["refused", "before", "after", "timed_out"]) -> None:
        super().__init__(f"the emulator lost the connection ({moment})")
        self.moment: Final = moment


@dataclass(frozen=True, slots=True)
class Course:
    """How a request ended. The body takes `drip_seconds` to arrive."""

    done: Done
    drip_seconds: float = 0.0


class _Count:
    """How often a rule matched and hit, and the window of a rate limit. Lives in memory."""

    __slots__ = ("hits", "in_window", "matches", "window_start")

    def __init__(self) -> None:
        self.matches = 0
        self.hits = 0
        self.window_start = -math.inf
        self.in_window = 0


class Faults:
    """The rules of one scenario over one service.

    Every rate limit that matches is looked at; of the other rules the first that matches and has
    hits left bends the request.
    """

    def __init__(self, rules: tuple[Rule, ...], service: Service, clock: Clock) -> None:
        self._rules = tuple((rule, _Count()) for rule in rules)
        self._service = service
        self._clock = clock

    def end(self) -> None:
        """From now on nothing goes wrong any more."""
        self._rules = ()

    async def answer(self, asked: Asked, patience: float) -> Course:
        """The course of a request from a client that waits `patience` seconds for a reply.

        Raises `ConnectionLost`.
        """
        fault, limited, headers = self._choose(asked)
        if limited is not None:
            limited = replace(limited, headers=(*limited.headers, *headers))
            return Course(Done(limited, self._service.note(asked, 429, "rate_limit")))
        course = await self._bend(asked, fault, patience)
        reply = course.done.reply
        replied = replace(reply, headers=(*headers, *reply.headers))
        return replace(course, done=replace(course.done, reply=replied))

    async def _bend(self, asked: Asked, fault: Fault | None, patience: float) -> Course:
        name = fault_kind(fault) if fault else ""
        match fault:
            case None:
                return Course(self._service.act(asked))
            case Refused():
                self._service.note(asked, None, name)
                raise ConnectionLost("refused")
            case LostBefore():
                self._service.note(asked, None, name)
                raise ConnectionLost("before")
            case LostAfter():
                self._service.act(asked, fault=name, lost=True)
                raise ConnectionLost("after")
            case Hang():
                return Course(await self._hang(asked, fault, patience))
            case SlowDrip():
                return Course(self._service.act(asked, fault=name), fault.seconds)
            case Status():
                return Course(self._status(asked, fault))
            case Behaves():
                behaving = self._service.behaving(fault.behaviours)
                return Course(behaving.act(asked, fault=name))
            case RateLimit():
                raise AssertionError("rate limits are chosen apart")
            case _:
                return Course(self._service.act(asked, distortion=fault, fault=name))

    async def _hang(self, asked: Asked, hang: Hang, patience: float) -> Done:
        lost = hang.seconds >= patience
        if not hang.acts:
            self._service.note(asked, None, "hang")
            await self._clock.sleep(min(hang.seconds, patience))
            raise ConnectionLost("timed_out" if lost else "before")
        done = self._service.act(asked, fault="hang", lost=lost)
        await self._clock.sleep(min(hang.seconds, patience))
        if lost:
            raise ConnectionLost("timed_out")
        return done

    def _status(self, asked: Asked, fault: Status) -> Done:
        if fault.acts:
            done = self._service.act(
                asked, fault="status", answered=lambda real: _status_reply(fault, real)
            )
        else:
            reply = _status_reply(fault, None)
            done = Done(reply, self._service.note(asked, reply.status, "status"))
        return done

    def _choose(
        self, asked: Asked
    ) -> tuple[Fault | None, Reply | None, tuple[tuple[str, str], ...]]:
        chosen: Fault | None = None
        limited: Reply | None = None
        headers = _NO_LIMIT
        for rule, count in self._rules:
            if not _matches(rule, asked):
                continue
            count.matches += 1
            spent = rule.times is not None and count.hits >= rule.times
            if count.matches <= rule.after or spent:
                continue
            if isinstance(rule.fault, RateLimit):
                limited, headers = self._limit(rule.fault, count)
            elif chosen is None:
                count.hits += 1
                chosen = rule.fault
        return chosen, limited, headers

    def _limit(
        self, limit: RateLimit, count: _Count
    ) -> tuple[Reply | None, tuple[tuple[str, str], ...]]:
        now = self._clock.monotonic()
        if now - count.window_start >= limit.seconds:
            count.window_start, count.in_window = now, 0
        wait = count.window_start + limit.seconds - now
        refused = count.in_window >= limit.requests
        count.in_window += 0 if refused else 1
        epoch = self._clock.now().timestamp() + wait
        headers = (
            ("x-ratelimit-limit", str(limit.requests)),
            ("x-ratelimit-remaining", str(limit.requests - count.in_window)),
            ("x-ratelimit-reset", str(math.ceil(epoch if limit.reset == "epoch" else wait))),
        )
        if not refused:
            return None, headers
        count.hits += 1
        problem = Problem("10011", "You have exceeded the maximum number of allowed requests.")
        return replace(failure(429, (problem,)), headers=self._retry_after(limit, wait)), headers

    def _retry_after(self, limit: RateLimit, wait: float) -> tuple[tuple[str, str], ...]:
        if limit.retry_after == "none":
            return ()
        if limit.retry_after == "seconds":
            return (("retry-after", str(math.ceil(wait))),)
        # A date has whole seconds, so it is rounded up with the present moment's fraction.
        moment = self._clock.now() + timedelta(seconds=wait)
        moment += timedelta(microseconds=-moment.microsecond % 1_000_000)
        return (("retry-after", format_datetime(moment, usegmt=True)),)


def _matches(rule: Rule, asked: Asked) -> bool:
    if isinstance(rule.fault, Distortion) and asked.method != "GET":
        return False
    return rule.method in ("*", asked.method) and fnmatchcase(asked.path, rule.path)


def _status_reply(fault: Status, real: Reply | None) -> Reply:
    status = fault.status or (real.status if real else 500)
    code = fault.code or _CODES.get(status, "10007")
    body, content_type = failure(status, (Problem(code, fault.detail),)).body, JSON_TYPE
    if real is not None and (fault.status is None or fault.body != "api_error"):
        body, content_type = real.body, real.content_type
    match fault.body:
        case "html":
            body, content_type = _HTML, "text/html"
        case "empty":
            body = b""
        case "truncated":
            body = body[: len(body) // 2]
        case "wrong_content_type":
            content_type = "text/plain"
        case "api_error":
            pass
    return Reply(status, body, content_type, tuple(fault.headers.items()))
