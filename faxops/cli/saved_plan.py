"""The saved plan as a file: written whole or not at all, read with suspicion."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from pathlib import Path
from typing import Any, Final, cast

from faxops.errors import PlanUnreadable, ReportUnwritable
from faxops.report.json_text import json_text
from faxops.report.plan_document import FORMAT_VERSION, Document

_LARGEST_BYTES: Final = 256 * 1024 * 1024
_SALT_BYTES: Final = 16
_MAKE_ONE: Final = "Make one with `faxops plan --out FILE`."


def new_salt() -> bytes:
    """The salt of one saved plan."""
    return secrets.token_bytes(_SALT_BYTES)


def salt_of(document: Document) -> bytes:
    """The salt that a saved plan was masked with. Raises `PlanUnreadable` for a broken one."""
    try:
        return bytes.fromhex(document.get("salt", ""))
    except (TypeError, ValueError) as error:
        raise PlanUnreadable("The saved plan is damaged: its salt is no hex text.") from error


def write(path: Path, document: Document) -> None:
    """Write the plan for its owner alone (0600), so that it is there whole or not at all.

    Raises `ReportUnwritable`.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(json_text(document))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise ReportUnwritable(
            f"The plan {path} cannot be written: {error.strerror}.",
            hint="Name a file in a folder that is there and may be written to.",
        ) from error


def read(path: Path) -> Document:
    """The document of a saved plan.

    Raises `PlanUnreadable` for anything else, and for a newer major version. What its values
    say is judged by `faxops.reconcile.approval`, which trusts none of them.
    """
    try:
        if not path.is_file() and path.exists():  # a pipe or device may have no end
            raise PlanUnreadable(f"{path} is not a saved plan: it is no file.", hint=_MAKE_ONE)
        if path.stat().st_size > _LARGEST_BYTES:
            raise PlanUnreadable(f"{path} is too large to be a saved plan.", hint=_MAKE_ONE)
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanUnreadable(
            f"The plan {path} cannot be read: {error.strerror}.", hint=_MAKE_ONE
        ) from error
    except (ValueError, RecursionError) as error:
        raise PlanUnreadable(
            f"{path} is not a saved plan: it is not JSON.", hint=_MAKE_ONE
        ) from error
    if not _is_plan(document):
        raise PlanUnreadable(
            f"{path} is not a saved plan of this version of faxops.",
            hint=_MAKE_ONE,
        )
    return document


def _is_plan(document: object) -> bool:
    """Whether the parts that are read without a look are there, in the shape they must have."""
    if not isinstance(document, dict):
        return False
    plan = cast("dict[str, Any]", document)
    version = plan.get("format_version")
    if not isinstance(version, str) or version.split(".")[0] != FORMAT_VERSION.split(".")[0]:
        return False
    from jsonschema_rs import validator_for  # noqa: PLC0415 - only a saved plan needs it

    try:
        return validator_for(plan_schema()).is_valid(plan)
    except UnicodeEncodeError:  # half of a surrogate pair, in a place that holds names
        return False


def plan_schema() -> dict[str, Any]:
    """schemas/plan.schema.json, wherever faxops is installed."""
    from faxops.cli.shipped import shipped  # noqa: PLC0415 - only a saved plan needs it

    return json.loads(shipped("schemas", "plan.schema.json").read_text(encoding="utf-8"))
