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
_BASE: Final = "https://faxops.invalid/schemas/"
"""Where the schemas stand to each other; nothing is fetched from there."""

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
    document = _json_of(path)
    if not _is_plan(document):
        raise PlanUnreadable(
            f"{path} is not a saved plan of this version of faxops.",
            hint=_MAKE_ONE,
        )
    return document


def read_report(path: Path) -> Document:
    """A saved plan, or the JSON report of a plan, a drift or an apply, failed ones included.

    Raises `PlanUnreadable` for anything else, and for a newer major version.
    """
    document = _json_of(path)
    if not (_is_whole_outcome(document) if is_outcome(document) else _is_plan(document)):
        raise PlanUnreadable(
            f"{path} is neither a plan nor a JSON report of this version of faxops.",
            hint=f"{_MAKE_ONE} `--report FILE.json` of plan, drift and apply is written also when"
            " the run fails.",
        )
    return document


def _json_of(path: Path) -> Any:  # noqa: ANN401 - whatever the file holds
    try:
        if not path.is_file() and path.exists():  # a pipe or device may have no end
            raise PlanUnreadable(f"{path} is not a saved plan: it is no file.", hint=_MAKE_ONE)
        if path.stat().st_size > _LARGEST_BYTES:
            raise PlanUnreadable(f"{path} is too large to be a saved plan.", hint=_MAKE_ONE)
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanUnreadable(
            f"The plan {path} cannot be read: {error.strerror}.", hint=_MAKE_ONE
        ) from error
    except (ValueError, RecursionError) as error:
        raise PlanUnreadable(
            f"{path} is not a saved plan: it is not JSON.", hint=_MAKE_ONE
        ) from error


def _is_plan(document: object) -> bool:
    """Whether the parts that are read without a look are there, in the shape they must have."""
    return _is_of_this_version(document) and _is_valid(document, plan_schema())


def is_outcome(document: object) -> bool:
    """Whether a report is what an apply did, and no plan."""
    return isinstance(document, dict) and "resource_changes" not in document


def _is_whole_outcome(document: Any) -> bool:  # noqa: ANN401 - any JSON
    """The same for what an apply did, which tells of each change of its plan or of none."""
    if not (_is_of_this_version(document) and _is_valid(document, _schema("outcome.schema.json"))):
        return False
    return len(document["changes"]) in {0, len(document["plan"]["resource_changes"])}


def _is_of_this_version(document: object) -> bool:
    if not isinstance(document, dict):
        return False
    version = cast("dict[str, Any]", document).get("format_version")
    return isinstance(version, str) and version.split(".")[0] == FORMAT_VERSION.split(".")[0]


def _is_valid(document: object, schema: dict[str, Any]) -> bool:
    from jsonschema_rs import Registry, validator_for  # noqa: PLC0415 - only a saved plan needs it

    # The schema of an outcome refers to the plan's as a file beside it.
    registry = Registry(resources=[(f"{_BASE}plan.schema.json", plan_schema())])
    judge = validator_for(schema, registry=registry, base_uri=f"{_BASE}outcome.schema.json")
    try:
        return judge.is_valid(document)
    except UnicodeEncodeError:  # half of a surrogate pair, in a place that holds names
        return False


def plan_schema() -> dict[str, Any]:
    """schemas/plan.schema.json, wherever faxops is installed."""
    return _schema("plan.schema.json")


def _schema(name: str) -> dict[str, Any]:
    from faxops.cli.shipped import shipped  # noqa: PLC0415 - only a saved plan needs it

    return json.loads(shipped("schemas", name).read_text(encoding="utf-8"))
