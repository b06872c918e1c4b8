"""Every failure that faxops knows by name, with the exit code it ends a run with.

FaxopsError
├── UsageError                 64  a flag, variable or combination that means nothing
│   ├── NoSuchEnvironment      64  the file has no environment of that name
│   └── NoMergeBase            64  git cannot tell where the branch began
├── ConfigurationInvalid        3  the YAML, with every problem found
├── Refused                     5  a guard, a policy, prevent_destroy or an ownership rule
├── StalePlan                   6  the saved plan no longer describes what would be done
├── Locked                      7  another run is applying the same stack
├── PlanUnreadable             64  a file given as a saved plan is none
├── Interrupted               130  stopped by a signal before any write
├── IncompleteListing           1  the account could not be read whole
├── ReportUnwritable            1  a report file could not be opened before the first write
├── WrongAccount                4  the key belongs to another organization than `account` says
├── OutcomeUnknown              9  nothing tells what became of a fax or of a request
├── StoreFailed                 1  the database of --state, or the emulator's, could not be used
├── WebhookUnverified           1  a delivery that Telnyx did not sign for this account, or not now
├── CommentFailed               1  a request about a comment to GitHub or GitLab failed
│   └── CommentNotPermitted     4  401 or 403: the token is wrong, or may not comment there
└── ApiError                    1  a request to Telnyx failed
    ├── AuthenticationFailed    4  401
    ├── PermissionDenied        4  403
    ├── ObjectNotFound          1  404
    ├── RequestRejected         1  any other 4xx: the API judged the request
    ├── RateLimited             1  429, after the last retry
    ├── ServerFailed            1  5xx
    ├── MalformedAnswer         1  a reply that is not what the API documents
    ├── Unreachable             1  no reply: refused, reset, timed out
    └── Withheld                1  not sent, because the lock was lost or a signal came

A class is raised where its failure is known; `faxops.cli` alone prints it and ends the process.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Literal

from faxops.model.diagnostic import Diagnostic


class ExitCode(IntEnum):
    """The process exit codes (docs/exit-codes.md)."""

    DONE = 0
    FAILED = 1
    CHANGES = 2
    CONFIGURATION_INVALID = 3
    NOT_PERMITTED = 4
    REFUSED = 5
    STALE_PLAN = 6
    LOCKED = 7
    PARTLY_APPLIED = 8
    UNKNOWN_OUTCOME = 9
    USAGE = 64
    INTERRUPTED = 130


class FaxopsError(Exception):
    """Any failure that is reported by its message instead of a traceback.

    `message` is a sentence: what went wrong and where. `hint` is what to do next, or empty.
    """

    code: ClassVar[str] = "FX900"
    exit_code: ClassVar[ExitCode] = ExitCode.FAILED

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(FaxopsError):
    """A flag, an environment variable or a combination of them that means nothing."""

    code = "FX901"
    exit_code = ExitCode.USAGE


class NoSuchEnvironment(UsageError):
    """The chosen environment is none of the file's."""


class NoMergeBase(UsageError):
    """The commit that a branch began from cannot be found, or git cannot be asked."""


class PlanUnreadable(FaxopsError):
    """The file given as a saved plan is not one, or is of a newer major version."""

    code = "FX902"
    exit_code = ExitCode.USAGE


class ConfigurationInvalid(FaxopsError):
    """The configuration has at least one error; `diagnostics` holds all, warnings included."""

    exit_code = ExitCode.CONFIGURATION_INVALID

    def __init__(self, diagnostics: tuple[Diagnostic, ...]) -> None:
        super().__init__("The configuration is invalid.")
        self.diagnostics = diagnostics


class Refused(FaxopsError):
    """A guard, a policy, `prevent_destroy` or an ownership rule forbids the plan."""

    code = "FX700"
    exit_code = ExitCode.REFUSED


class StalePlan(FaxopsError):
    """Applying the saved plan would not do exactly what it shows. `differences` says where."""

    code = "FX760"
    exit_code = ExitCode.STALE_PLAN

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__("The saved plan is stale; nothing was changed.")
        self.hint = "Run `faxops plan --out PLAN` again and have the new plan approved."
        self.differences = differences


class Locked(FaxopsError):
    """Another run holds the lock of the same base URL, account and stack."""

    code = "FX770"
    exit_code = ExitCode.LOCKED


class Interrupted(FaxopsError):
    """A signal stopped the run before any write was sent."""

    code = "FX903"
    exit_code = ExitCode.INTERRUPTED


class IncompleteListing(FaxopsError):
    """The pages of a listing never agreed with each other, so nothing may be decided from it."""

    code = "FX810"


class ReportUnwritable(FaxopsError):
    """A file that the run must write to cannot be opened, found before the first write."""

    code = "FX904"


class WrongAccount(FaxopsError):
    """The API key belongs to another organization than the configuration's `account`."""

    code = "FX811"
    exit_code = ExitCode.NOT_PERMITTED


class OutcomeUnknown(FaxopsError):
    """A request may have been carried out, or a fax is under way, and nothing tells its outcome."""

    code = "FX813"
    exit_code = ExitCode.UNKNOWN_OUTCOME


class StoreFailed(FaxopsError):
    """A database can't be reached, refused a query or did not answer in time.

    It is the one of `--state`, or the emulator's account.
    """

    code = "FX905"


class WebhookUnverified(FaxopsError):
    """A webhook delivery that is not to be trusted.

    It says the same whatever is wrong, so that nobody can learn from it how to forge one.
    """

    code = "FX814"

    def __init__(self) -> None:
        super().__init__(
            "The delivery is not verified.",
            hint="Telnyx did not sign this body and timestamp with this account's key, or not"
            " within 5 minutes from now.",
        )


class CommentFailed(FaxopsError):
    """A request to GitHub or GitLab did not end as documented.

    `status` is None when no reply arrived. `processed` says if the forge may have acted on the
    request: "no" is certain, "maybe" is not.
    """

    code = "FX910"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        processed: Literal["no", "maybe"] = "no",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.status = status
        self.processed: Literal["no", "maybe"] = processed


class CommentNotPermitted(CommentFailed):
    """401 or 403, and not for coming too often: the token is wrong, or may not comment there."""

    code = "FX911"
    exit_code = ExitCode.NOT_PERMITTED


@dataclass(frozen=True, slots=True)
class ApiProblem:
    """One entry of the API's `errors` list (API description: ErrorResponse).

    All but `code` may be empty.
    `pointer` is the JSON pointer into the request body, or the name of the query parameter.
    """

    code: str
    title: str = ""
    detail: str = ""
    pointer: str = ""


class ApiError(FaxopsError):
    """A request that did not end in the documented success.

    `request` is the method and path with no query and no key, e.g. `POST /fax_applications`.
    `status` is None when no reply arrived. `request_id` is the reply's `x-request-id` or empty.
    `processed` says if the API may have acted on the request: "no" is certain, "maybe" is not.
    """

    code = "FX800"

    def __init__(
        self,
        message: str,
        *,
        request: str,
        status: int | None = None,
        problems: tuple[ApiProblem, ...] = (),
        request_id: str = "",
        processed: Literal["no", "maybe"] = "no",
        hint: str = "",
    ) -> None:
        super().__init__(message, hint=hint)
        self.request = request
        self.status = status
        self.problems = problems
        self.request_id = request_id
        self.processed = processed


class AuthenticationFailed(ApiError):
    """401: the key is missing, wrong or revoked."""

    code = "FX801"
    exit_code = ExitCode.NOT_PERMITTED


class PermissionDenied(ApiError):
    """403: the key is good, and not for this."""

    code = "FX802"
    exit_code = ExitCode.NOT_PERMITTED


class ObjectNotFound(ApiError):
    """404: the object is not there (any more)."""

    code = "FX803"


class RequestRejected(ApiError):
    """A 4xx other than 401, 403, 404 and 429: the API judged the request itself."""

    code = "FX804"


class RateLimited(ApiError):
    """429 after the last retry; the request was not processed."""

    code = "FX805"


class ServerFailed(ApiError):
    """5xx after the last retry."""

    code = "FX806"


class MalformedAnswer(ApiError):
    """A reply that is not JSON, is cut short, or lacks what the API documents for it."""

    code = "FX807"


class Unreachable(ApiError):
    """No reply: the connection was refused, reset or timed out."""

    code = "FX808"


class Withheld(ApiError):
    """Not sent: by then another run might have held the lock, or a signal had come.

    `tried` says that it had been sent before, and was to be sent once more.
    """

    code = "FX812"
    tried = False
