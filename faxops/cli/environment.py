"""The process environment as faxops reads it: known names only, and the API key."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final

from faxops.errors import UsageError

FLAG_VARIABLES: Final = frozenset(
    {
        "FAXOPS_APP",
        "FAXOPS_BASE_REF",
        "FAXOPS_BATCH",
        "FAXOPS_BLACK_THRESHOLD",
        "FAXOPS_CLIENT_STATE",
        "FAXOPS_CONNECTION_ID",
        "FAXOPS_DB",
        "FAXOPS_DELIVER_TO",
        "FAXOPS_DETAILED_EXITCODE",
        "FAXOPS_DIRECTION",
        "FAXOPS_DRY_RUN",
        "FAXOPS_ENV",
        "FAXOPS_EXCLUDE",
        "FAXOPS_EXEC",
        "FAXOPS_FAIL_ON_UNMANAGED",
        "FAXOPS_FAIL_ON_UNRELATED",
        "FAXOPS_FILE",
        "FAXOPS_FORMAT",
        "FAXOPS_FORWARD",
        "FAXOPS_FROM",
        "FAXOPS_FROM_DISPLAY_NAME",
        "FAXOPS_GITHUB",
        "FAXOPS_GITLAB",
        "FAXOPS_HOST",
        "FAXOPS_IDEMPOTENCY_KEY",
        "FAXOPS_KEY",
        "FAXOPS_LIMIT",
        "FAXOPS_LOCK_TIMEOUT",
        "FAXOPS_MAX_CHARS",
        "FAXOPS_MAX_RISK",
        "FAXOPS_MAX_WAIT",
        "FAXOPS_MEDIA_NAME",
        "FAXOPS_MEDIA_URL",
        "FAXOPS_MERGE_REQUEST",
        "FAXOPS_METRICS",
        "FAXOPS_MONOCHROME",
        "FAXOPS_NO_COLOR",
        "FAXOPS_NOTIFY",
        "FAXOPS_OFFLINE",
        "FAXOPS_OUT",
        "FAXOPS_PARALLELISM",
        "FAXOPS_PAYLOAD",
        "FAXOPS_PLAN",
        "FAXOPS_POLICY",
        "FAXOPS_PORT",
        "FAXOPS_PREVIEW_FORMAT",
        "FAXOPS_PULL_REQUEST",
        "FAXOPS_QUALITY",
        "FAXOPS_QUIET",
        "FAXOPS_RATE",
        "FAXOPS_REMIND",
        "FAXOPS_REPORT",
        "FAXOPS_RESULTS",
        "FAXOPS_SAVE",
        "FAXOPS_SCENARIO",
        "FAXOPS_SEED",
        "FAXOPS_SHOW_UNMANAGED",
        "FAXOPS_SIGNATURE",
        "FAXOPS_SINCE",
        "FAXOPS_STACK",
        "FAXOPS_STATE",
        "FAXOPS_STORE_MEDIA",
        "FAXOPS_STORE_PREVIEW",
        "FAXOPS_T38_ENABLED",
        "FAXOPS_TARGET",
        "FAXOPS_TIMEOUT",
        "FAXOPS_TIMESTAMP",
        "FAXOPS_TO",
        "FAXOPS_TOKEN",
        "FAXOPS_UNTIL",
        "FAXOPS_VERBOSE",
        "FAXOPS_WAIT",
        "FAXOPS_WEBHOOK_URL",
        "FAXOPS_WHO",
    }
)
"""Every FAXOPS_… variable that stands for a flag; a test compares it with the commands."""

VARIABLE_PREFIX: Final = "FAXOPS_VAR_"

_KEY: Final = "TELNYX_API_KEY"
_KEY_FILE: Final = "TELNYX_API_KEY_FILE"
_LONGEST_KEY_BYTES: Final = 4096
_ONLY_THE_KEY: Final = f"{_KEY_FILE} names a file that holds the key and nothing else."


def check_names(environ: Mapping[str, str]) -> None:
    """Raise `UsageError` for a FAXOPS_… variable that means nothing: a typo must not pass."""
    for name in sorted(environ):
        if not name.startswith("FAXOPS_") or name.startswith(VARIABLE_PREFIX):
            continue
        if name not in FLAG_VARIABLES:
            close = get_close_matches(name, FLAG_VARIABLES, n=1)
            raise UsageError(
                f"The environment variable {name} is unknown.",
                hint=f"Did you mean {close[0]}?"
                if close
                else "Unset it; `faxops COMMAND --help` names the variable of each flag.",
            )


def api_key(environ: Mapping[str, str]) -> str:
    """The API key, from TELNYX_API_KEY or the file that TELNYX_API_KEY_FILE names.

    Raises `UsageError` when neither or both are set, or the file can't be read.
    """
    key, file = environ.get(_KEY, "").strip(), environ.get(_KEY_FILE, "")
    if key and file:
        raise UsageError(
            f"Both {_KEY} and {_KEY_FILE} are set, and only one of them can hold the key.",
            hint="Unset one of the two.",
        )
    if file:
        return _read(Path(file))
    if not key:
        raise UsageError(
            "There is no API key.",
            hint=f"Set {_KEY}, or {_KEY_FILE} to a file that holds it. To try faxops without an"
            " account, use --base-url emulator:demo.db.",
        )
    return key


def known_key(environ: Mapping[str, str]) -> frozenset[str]:
    """The API key if there is one, to keep it out of every output."""
    # A command that needs the key says itself what is wrong with it.
    with suppress(UsageError):
        return frozenset({api_key(environ)})
    return frozenset()


@cache  # a pipe, such as a shell's <(…), can be read only once
def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_KEY_BYTES + 1)
        key = content.decode("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not plain text"
        raise UsageError(
            f"The API key could not be read from {path} ({_KEY_FILE}): {reason}.",
            hint=_ONLY_THE_KEY,
        ) from error
    if not key or len(content) > _LONGEST_KEY_BYTES:
        raise UsageError(f"{path} ({_KEY_FILE}) does not hold an API key.", hint=_ONLY_THE_KEY)
    return key
