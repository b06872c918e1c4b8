"""What jsonschema finds wrong, in sentences that say what to write instead.

Imported only once something is wrong: jsonschema takes 64 ms to import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Final, Protocol, cast

from jsonschema import Draft202012Validator, FormatChecker, validators
from jsonschema.exceptions import ValidationError

from faxops.config.complaint import FORMATS, Complaint
from faxops.config.document import Path
from faxops.config.fragments import KEY_PATTERN, Schema, is_id
from faxops.config.phrases import choices, cut, did_you_mean, nearest
from faxops.config.schema import INCLUDED
from faxops.model.field import INTERPOLATED

Got = Callable[[Path, object], str]
"""How a message shows the value at a path."""

_TYPES: Final = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "`true` or `false`",
    "array": "a list",
    "object": "a mapping",
    "null": "`null`",
}
_TRUTH: Final = {"yes": "true", "on": "true", "y": "true", "true": "true",
                 "no": "false", "off": "false", "n": "false", "false": "false"}  # fmt: skip


def complaints(schema: Schema, value: object, got: Got) -> list[Complaint]:
    """Everything that is wrong with `value`, each once, in no settled order."""
    found: dict[Complaint, None] = {}
    for error in validator(schema).iter_errors(value):
        path = tuple(error.absolute_path)
        found |= dict.fromkeys(_word(error, path, got))
    return list(found)


class Validator(Protocol):
    """The part of a jsonschema validator that is used."""

    def iter_errors(self, instance: object) -> Iterator[ValidationError]:
        """Everything that is wrong with the instance."""
        ...


def validator(schema: Schema) -> Validator:
    """jsonschema for `schema`, deciding as jsonschema-rs does."""
    return _validator_class()(schema, format_checker=_format_checker())


@lru_cache
def _format_checker() -> FormatChecker:
    checker = FormatChecker(formats=())
    for name, check in FORMATS.items():
        checker.checks(name)(check)
    return checker


@lru_cache
def _validator_class() -> Callable[..., Validator]:
    return validators.extend(Draft202012Validator, {"pattern": _check_pattern})  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] (its stubs leave types open)


def _check_pattern(
    _validator: object, pattern: str, instance: object, _schema: object
) -> Iterator[ValidationError]:
    # To JSON Schema `$` is the very end; to Python it is before a last line break, too.
    exact = re.sub(r"(?<!\\)\$", r"\\Z", pattern)
    if isinstance(instance, str) and not re.search(exact, instance):
        yield ValidationError("the pattern does not match")


def _word(error: ValidationError, path: Path, got: Got) -> Iterator[Complaint]:
    if "propertyNames" in error.absolute_schema_path:
        yield _word_key(error, path)
        return
    words = _WORDINGS.get(str(error.validator), _word_other)
    yield from words(error, path, got)


def _word_key(error: ValidationError, path: Path) -> Complaint:
    key = cast("str", error.instance)
    schema = cast("Schema", error.schema)
    summary = f"`{cut(key)}` cannot be a key here; expected {schema['$comment']}."
    usable = re.sub("[^a-z0-9_-]+", "-", key.lower()).strip("-_")[:63]
    fits = schema.get("pattern") == KEY_PATTERN and usable
    suggestion = f"Write `{usable}:`" if fits else ""
    return Complaint("FX401", summary, suggestion, (*path, key), of_key=True, prunes=(*path, key))


def _word_type(error: ValidationError, path: Path, got: Got) -> Iterator[Complaint]:
    schema = cast("Schema", error.schema)
    expected = _types(schema)
    if schema.get("pattern") == INTERPOLATED:
        # Text is allowed for the sake of references; nobody who wrote a value means that.
        expected.remove("string")
    value = error.instance
    name = _name(path)
    if isinstance(value, int | float) and not isinstance(value, bool) and is_id(schema):
        yield _value(
            "FX208",
            f"The id {got(path, value)} is a number and would lose digits elsewhere.",
            f"Write it in quotes: {_line(path, chr(34) + str(value) + chr(34))}",
            path,
        )
        return
    suggestion = ""
    if value is None and "object" in expected:
        suggestion = f"Write {_line(path, '{}')} or delete the line."
    elif value is None and "array" in expected:
        suggestion = f"Write {_line(path, '[]')} for none of them."
    elif isinstance(value, int | float) and "string" in expected:
        written = got(path, value)
        suggestion = f"Write it in quotes: {_line(path, chr(34) + written + chr(34))}"
    elif isinstance(value, str) and "array" in expected:
        suggestion = f"Write {_line(path, '[' + got(path, value) + ']')}"
    elif isinstance(value, str):
        suggestion = _retyped(value, expected, path)
    words = choices(_TYPES[each] for each in expected)
    yield _value("FX202", f"{name} must be {words}, not {got(path, value)}.", suggestion, path)


def _word_pattern(error: ValidationError, path: Path, got: Got) -> Iterator[Complaint]:
    schema = cast("Schema", error.schema)
    expected = [each for each in _types(schema) if each != "string"]
    value = cast("str", error.instance)
    if error.validator_value == INTERPOLATED and expected:
        words = choices(_TYPES[each] for each in expected)
        yield _value(
            "FX202",
            f"{_name(path)} must be {words}, not the text {got(path, value)}.",
            _retyped(value, expected, path),
            path,
        )
        return
    summary = f"{_name(path)} is {got(path, value)}"
    if form := "digits in quotes" if is_id(schema) else schema.get("$comment"):
        yield _value("FX207", f"{summary}; expected {form}.", "", path)
        return
    yield _value("FX207", f"{summary}, which holds a control character.", "", path)


def _word_enum(error: ValidationError, path: Path, got: Got) -> Iterator[Complaint]:
    yield _not_a_choice(cast("list[str | None]", error.validator_value), error, path, got)


def _not_a_choice(
    allowed: list[str | None], error: ValidationError, path: Path, got: Got
) -> Complaint:
    names = [each for each in allowed if each is not None]
    listed = choices(f"`{each}`" for each in names)
    value = error.instance
    near = nearest(value, names) if isinstance(value, str) else None
    return _value(
        "FX203",
        f"{_name(path)} cannot be {got(path, value)}; expected {listed}.",
        f"Did you mean {_line(path, near)}?" if near else "",
        path,
    )


def _word_union(error: ValidationError, path: Path, got: Got) -> Iterator[Complaint]:
    schema = cast("Schema", error.schema)
    branches = cast("list[Schema]", error.validator_value)
    for branch in branches:
        if "enum" in branch:
            yield _not_a_choice(branch["enum"], error, path, got)
            return
    code = "FX212" if error.validator == "oneOf" else "FX202"
    yield _value(code, f"{_name(path)} must be {schema['$comment']}.", "", path)


def _word_const(error: ValidationError, path: Path, got: Got) -> Iterator[Complaint]:
    written = got(path, error.validator_value)
    yield _value(
        "FX211",
        f"{_name(path)} {got(path, error.instance)} is not supported by this faxops.",
        f"Write {_line(path, written)}",
        path,
    )


def _word_bound(error: ValidationError, path: Path, got: Got) -> Iterator[Complaint]:
    side = "at least" if error.validator == "minimum" else "at most"
    summary = f"{_name(path)} is {got(path, error.instance)}; it must be {side} "
    yield _value("FX205", f"{summary}{error.validator_value}.", "", path)


def _word_length(error: ValidationError, path: Path, _got: Got) -> Iterator[Complaint]:
    if error.validator == "minLength":
        yield _value("FX206", f"{_name(path)} is empty.", "Write a value.", path)
        return
    length = len(cast("str", error.instance))
    limit = cast("int", error.validator_value)
    summary = f"{_name(path)} has {length:,} characters; at most {limit:,} are allowed."
    yield _value("FX206", summary, "", path)


def _word_empty(_error: ValidationError, path: Path, _got: Got) -> Iterator[Complaint]:
    suggestion = "Delete it, or write at least one entry."
    yield _value("FX206", f"{_name(path)} is empty.", suggestion, path)


def _word_format(error: ValidationError, path: Path, got: Got) -> Iterator[Complaint]:
    value = cast("str", error.instance)
    if error.validator_value == "email":
        summary = f"{_name(path)} is {got(path, value)}, which is not an e-mail address."
        yield _value("FX210", summary, "Write one like `intake@clinic.example`.", path)
        return
    summary = f"{_name(path)} is {got(path, value)}, which is not a web address."
    yield _value("FX209", summary, _url_advice(value), path)


def _url_advice(value: str) -> str:
    if "://" not in value:
        return "Begin it with `https://`."
    if not value.isascii():
        return "Use ASCII only: the `xn--` form of the host, and `%XX` for other characters."
    if any(character.isspace() for character in value):
        return "Remove the spaces, or write them as `%20`."
    return "Write one like `https://hooks.clinic.example/fax`."


def _word_required(error: ValidationError, path: Path, _got: Got) -> Iterator[Complaint]:
    names = cast("list[str]", error.validator_value)
    missing = next(name for name in names if error.message.startswith(repr(name)))
    where = f"{_name(path)} has no" if path else "The file has no"
    example = _example(cast("Schema", error.schema), missing)
    suggestion = f"Add `{missing}: {example}`" if example else f"Add `{missing}:`"
    yield Complaint("FX204", f"{where} `{missing}`.", suggestion, path, of_key=True, prunes=path)


def _example(schema: Schema, name: str) -> str:
    described = cast("Schema", schema.get("properties", {}).get(name, {}))
    examples = described.get("examples")
    return str(examples[0]) if examples else ""


def _word_unknown(error: ValidationError, path: Path, _got: Got) -> Iterator[Complaint]:
    schema = cast("Schema", error.schema)
    known = cast("dict[str, Schema]", schema.get("properties", {}))
    patterns = cast("dict[str, Schema]", schema.get("patternProperties", {}))
    for name in cast("Mapping[str, object]", error.instance):
        if name in known or any(re.search(each, name) for each in patterns):
            continue
        at = (*path, name)
        where = f"in {_name(path)}" if path else "here"
        summary = f"The key `{cut(name)}` is not known {where}."
        yield Complaint("FX201", summary, _place_for(name, known), at, of_key=True, prunes=at)


def _place_for(name: str, known: Mapping[str, Schema]) -> str:
    owners = [f"`{owner}:`" for owner, each in known.items() if name in each.get("properties", {})]
    if owners:
        return f"It belongs under {choices(owners)}."
    if set(known) == set(INCLUDED) and nearest(name, known) is None:
        return f"An included file holds {choices(INCLUDED, last='and')}; move it to the main file."
    return did_you_mean(name, known) or f"Known are {choices(known, last='and')}."


def _word_other(error: ValidationError, path: Path, got: Got) -> Iterator[Complaint]:
    yield _value("FX202", f"{_name(path)} cannot be {got(path, error.instance)}.", "", path)


def _value(code: str, summary: str, suggestion: str, path: Path) -> Complaint:
    return Complaint(code, summary, suggestion, path, of_key=False, prunes=path)


def _retyped(value: str, expected: list[str], path: Path) -> str:
    if "boolean" in expected and value.lower() in _TRUTH:
        return f"Write {_line(path, _TRUTH[value.lower()])}"
    if "integer" in expected and re.fullmatch("[0-9]{1,18}", value):
        return f"Write it without quotes: {_line(path, str(int(value)))}"
    return ""


def _types(schema: Schema) -> list[str]:
    types = schema.get("type", [])
    return [types] if isinstance(types, str) else list(types)


def _name(path: Path) -> str:
    names = [name for name in path if isinstance(name, str)]
    if not path or not names:
        return "The file"
    if isinstance(path[-1], int):
        return f"Entry {path[-1] + 1} of `{cut(names[-1])}`"
    return f"`{cut(names[-1])}`"


def _line(path: Path, value: str) -> str:
    return f"`{value}`" if not path or isinstance(path[-1], int) else f"`{cut(path[-1])}: {value}`"


_WORDINGS: Final[Mapping[str, Callable[[ValidationError, Path, Got], Iterator[Complaint]]]] = {
    "type": _word_type,
    "pattern": _word_pattern,
    "enum": _word_enum,
    "anyOf": _word_union,
    "oneOf": _word_union,
    "const": _word_const,
    "minimum": _word_bound,
    "maximum": _word_bound,
    "minLength": _word_length,
    "maxLength": _word_length,
    "minItems": _word_empty,
    "minProperties": _word_empty,
    "format": _word_format,
    "required": _word_required,
    "additionalProperties": _word_unknown,
}
