"""A whole account as configuration: live objects to the text of a `faxops.yaml` (pure).

A plan over that text against the same account imports every object and changes nothing.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

import yaml

from faxops.config.fragments import ID_PATTERN, KEY_PATTERN
from faxops.config.judge import Judge
from faxops.config.phrases import choices
from faxops.config.scalars import plain
from faxops.config.webhook_url import read_url
from faxops.errors import Refused
from faxops.model.field import Field, FieldType, Value
from faxops.model.kind import ResourceKind
from faxops.model.live import LiveResource
from faxops.model.marks import Mark
from faxops.model.registry import KINDS

_HEADER: Final = """\
# yaml-language-server: $schema=./faxops.schema.json
#
# Every {titles} of one Telnyx account, as `faxops export` read it.
# A field that stands nowhere has the API's default.
"""
_IMPORTS_NOTE: Final = (
    "# The live applications to adopt. Once applied, these lines do nothing and can go.\n"
)
_PLACEHOLDER_URL: Final = "https://placeholder.invalid/"
"""Stands for a URL that no file can hold; the domain `.invalid` never exists (RFC 2606)."""

_USUAL_PERCENT: Final = 90
_USUAL_COUNT: Final = 3
"""A value goes to `defaults` when so many applications have it, and so many of a hundred."""

_KEY: Final = re.compile(KEY_PATTERN.strip("^$"))
_KEY_LENGTH: Final = 63
_ID: Final = re.compile(ID_PATTERN.strip("^$"))
_SHOWN_LENGTH: Final = 60
_SLUGGED_LENGTH: Final = 200

# Text that every YAML reader takes for itself without quotes; all other text is quoted.
_PLAIN: Final = re.compile(r"[^\W\d_](?:[\w./@+=&%~()'#?-]|:(?=\S)| (?=[\w(]))*")
_FLOW_INDICATORS: Final = frozenset(":?")
_WORDS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
# What an editor or a terminal may not show as it is: controls, bidi, invisible spaces.
_UNUSUAL: Final = re.compile(r"[^\n\x20-\x7e\w]")
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Export:
    """The text of a file, and how many live objects it imports, owns already and leaves out."""

    text: str
    imported: int
    owned: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Entry:
    """One application on its way into the file.

    `values` are those that a file can hold; `ignored` says of the others why it cannot, each as
    the end of a sentence.
    """

    key: str
    live: LiveResource
    values: Mapping[str, Value]
    ignored: Mapping[str, str]


def export(live: Iterable[LiveResource], stack: str) -> Export:
    """The configuration of every object as the stack `stack`, whatever their order and kind.

    An object with this stack's mark keeps its key; one without any mark is imported; one of
    another stack is left out, because importing it would be refused. A value that the schema
    refuses is left to `ignore_changes`. Raises `Refused` for marks that contradict each other.
    """
    oldest_first = sorted(live, key=lambda each: (each.created_at, len(each.id), each.id))
    _check_marks(oldest_first, stack)
    left_out = {each.id: why for each in oldest_first if (why := _obstacle(each, stack))}
    taken_in = [each for each in oldest_first if each.id not in left_out]
    keys = _keys(taken_in, stack)
    titles = choices((kind.title.lower() for kind in KINDS), last="and")
    parts = [
        _HEADER.format(titles=titles) + _left_out_note(oldest_first, left_out),
        _yaml({"version": 1, "stack": stack}),
    ]
    entries: list[_Entry] = []
    for kind in KINDS:
        judges = {each.path: Judge(each.json_schema(authored=False)) for each in kind.fields}
        own = [_entry(each, keys[each.id], judges) for each in taken_in if each.kind is kind]
        own.sort(key=lambda entry: entry.key)
        parts += _sections(kind, own)
        entries += own
    imports = [
        {"id": entry.live.id, "to": entry.key}
        for entry in entries
        if not entry.live.marks.of(stack)
    ]
    if imports:
        parts.append("\n" + _IMPORTS_NOTE + _yaml({"imports": imports}))
    text = _UNUSUAL.sub(_escaped, "".join(parts))
    return Export(text, len(imports), len(entries) - len(imports), len(left_out))


def _sections(kind: ResourceKind, entries: list[_Entry]) -> Iterator[str]:
    """What is usual among the entries of one kind, and the entries."""
    usual = _usual_values(kind, entries)
    if usual:
        yield "\n" + _yaml({kind.defaults_key: _literal(kind.nested(usual))})
    blocks = {entry.key: _block(kind, entry, usual) for entry in entries}
    yield "\n" + _annotated(_yaml({kind.collection: blocks}), entries)


def _check_marks(live: Iterable[LiveResource], stack: str) -> None:
    holders: dict[Mark, list[str]] = defaultdict(list)
    problems: list[str] = []
    for each in live:
        own = each.marks.of(stack)
        for mark in own:
            holders[mark].append(each.id)
            if not _KEY.fullmatch(mark.key):
                problems.append(f"{each.id} has the mark {mark.tag}, which holds no usable key")
        if len(own) > 1:
            named = choices((mark.tag for mark in own), last="and")
            problems.append(f"{each.id} has the marks {named}")
    problems += [
        f"{choices(ids, last='and')} have one mark, {mark.tag}"
        for mark, ids in holders.items()
        if len(ids) > 1
    ]
    if problems:
        raise Refused(
            f"The marks of the stack {stack} contradict each other: "
            f"{choices(sorted(problems), last='and')}.",
            hint="Take the wrong tags off in the Telnyx portal, or export as another --stack.",
        )


def _obstacle(live: LiveResource, stack: str) -> str:
    """Why the object cannot be taken in, or nothing."""
    if live.marks.of(stack):
        return ""
    if live.marks.owners:
        owner = min(live.marks.owners)
        return f"belongs to {_quoted(f'{owner.stack}/{owner.key}')}"
    return "" if _ID.fullmatch(live.id) else "has an id that is no number"


def _left_out_note(live: Iterable[LiveResource], left_out: Mapping[str, str]) -> str:
    lines = [
        f"#   {_quoted(each.id)}, {_quoted(each.values.get(each.kind.name_field))},"
        f" {left_out[each.id]}\n"
        for each in live
        if each.id in left_out
    ]
    return "".join(["#\n# Left out, because they cannot be imported:\n", *lines]) if lines else ""


def _keys(oldest_first: list[LiveResource], stack: str) -> dict[str, str]:
    """The key of each object by id: that of its mark, or one made from its name."""
    keys = {each.id: own[0].key for each in oldest_first if (own := each.marks.of(stack))}
    taken = set(keys.values())
    numbers: dict[str, int] = {}
    for each in oldest_first:
        if each.id in keys:
            continue
        name = each.values.get(each.kind.name_field)
        slug = _slug(name) or each.kind.name.replace("_", "-")
        key, number = slug, numbers.get(slug, 1)
        while key in taken:
            number += 1
            suffix = f"-{number}"
            key = slug[: _KEY_LENGTH - len(suffix)] + suffix
        numbers[slug] = number
        taken.add(key)
        keys[each.id] = key
    return keys


def _slug(name: Value) -> str:
    if not isinstance(name, str):
        return ""
    letters = unicodedata.normalize("NFKD", name[:_SLUGGED_LENGTH].casefold())
    bare = "".join(each for each in letters if not unicodedata.combining(each))
    return re.sub("[^a-z0-9_]+", "-", bare).strip("-_")[:_KEY_LENGTH]


def _entry(live: LiveResource, key: str, judges: Mapping[str, Judge]) -> _Entry:
    values: dict[str, Value] = {}
    ignored: dict[str, str] = {}
    for field in live.kind.fields:
        path = field.path
        if path not in live.values:
            if live.marks.written:
                ignored[path] = "was set by faxops, and the API does not show it"
            continue
        value = live.values[path]
        is_default = value == field.default and not field.required
        objection = "" if is_default else _objection(field, value, judges[path])
        if objection:
            ignored[path] = objection
        else:
            values[path] = value
    return _Entry(key, live, values, ignored)


def _objection(field: Field, value: Value, judge: Judge) -> str:
    """Why no file can hold the value, as the end of a sentence; nothing if one can.

    A web address is never quoted, because it may hold a password.
    """
    written = sorted(value) if isinstance(value, frozenset) else value
    texts = written if isinstance(written, list) else [written]
    if any(isinstance(each, str) and _SURROGATE.search(each) for each in texts):
        return "holds half a character, which is no text"
    if judge.approves(written):
        if type(value) is int and type(plain(str(value))) is not int:
            return "is a number of too many digits"
        url = read_url(value) if field.type is FieldType.URL and isinstance(value, str) else None
        return "holds a user name or password" if url is not None and url.user_info else ""
    if value is None:
        return "is null"
    if value == "":
        return "is empty"
    if field.choices:
        return f"is {_quoted(value)}, which this faxops does not know"
    if field.type is FieldType.URL:
        return "is not a web address that faxops accepts"
    return "is not what the schema of this file allows"


def _usual_values(kind: ResourceKind, entries: list[_Entry]) -> dict[str, Value]:
    """What nearly all applications have and the API would not give them by itself.

    Not the name, and nothing that the API may hide: an application whose value is unknown
    would be given the default's.
    """
    usual: dict[str, Value] = {}
    for field in kind.fields:
        path = field.path
        if field.write_only or path == kind.name_field:
            continue
        counts = Counter(entry.values[path] for entry in entries if path in entry.values)
        for value, count in counts.most_common(1):
            enough = count >= _USUAL_COUNT and count * 100 >= len(entries) * _USUAL_PERCENT
            if enough and value != field.default:
                usual[path] = value
    return usual


def _block(kind: ResourceKind, entry: _Entry, usual: Mapping[str, Value]) -> dict[str, Any]:
    """What stands under the key of one application."""
    wanted: dict[str, Value] = {}
    for field in kind.fields:
        path = field.path
        is_name = path == kind.name_field
        if path in entry.values:
            unwritten = entry.key if is_name else usual.get(path, field.default)
            if entry.values[path] != unwritten:
                wanted[path] = entry.values[path]
        elif field.required and not is_name:
            wanted[path] = _placeholder(field)
    block = _literal(kind.nested(wanted))
    lifecycle: dict[str, Any] = {}
    if entry.live.marks.keep:
        lifecycle["prevent_destroy"] = True
    if entry.ignored:
        lifecycle["ignore_changes"] = list(entry.ignored)
    return block | {"lifecycle": lifecycle} if lifecycle else block


def _placeholder(field: Field) -> Value:
    """What stands in a block, because something must, and is ignored."""
    return _PLACEHOLDER_URL if field.type is FieldType.URL else field.examples[0]


def _literal(value: Any) -> Any:  # noqa: ANN401 - any part of a block
    """The value with every `${` of its texts written so that it stands for itself."""
    if isinstance(value, str):
        return value.replace("${", "$${")
    if isinstance(value, list):
        return [_literal(each) for each in cast("list[Any]", value)]
    if isinstance(value, dict):
        return {name: _literal(each) for name, each in cast("dict[str, Any]", value).items()}
    return value


def _annotated(section: str, entries: list[_Entry]) -> str:
    """The section with its blocks apart, and under each key why fields are ignored."""
    # Every scalar is one line, so a line indented by two spaces is the key of the next entry.
    lines: list[str] = []
    following = iter(entries)
    for line in section.split("\n"):
        if not line.startswith("  ") or line.startswith("   "):
            lines.append(line)
            continue
        if len(lines) > 1:
            lines.append("")
        lines.append(line)
        ignored = next(following).ignored
        lines += [f"    # {path} is left as it is: it {why}." for path, why in ignored.items()]
    return "\n".join(lines)


def _yaml(value: dict[str, Any]) -> str:
    """A section as YAML, each scalar on one line. Events, because nodes take four times as long."""
    events = (
        yaml.StreamStartEvent(),
        yaml.DocumentStartEvent(explicit=False),
        *_events(value),
        yaml.DocumentEndEvent(explicit=False),
        yaml.StreamEndEvent(),
    )
    emit = cast("Callable[..., str]", yaml.emit)  # pyright: ignore[reportUnknownMemberType] (its stubs leave it open)
    return emit(events, Dumper=yaml.CSafeDumper, width=-1, allow_unicode=True)


def _events(value: object, *, flow: bool = False) -> Iterator[yaml.Event]:
    """Mappings as blocks, lists on one line, but lists of mappings with an item a line."""
    if isinstance(value, dict):
        yield yaml.MappingStartEvent(None, None, implicit=True, flow_style=flow)
        for name, each in cast("dict[str, object]", value).items():
            yield _scalar(name, flow=flow)
            yield from _events(each, flow=flow)
        yield yaml.MappingEndEvent()
    elif isinstance(value, list):
        items = cast("list[object]", value)
        rows = any(isinstance(each, dict) for each in items)
        yield yaml.SequenceStartEvent(None, None, implicit=True, flow_style=not rows)
        for each in items:
            yield from _events(each, flow=True)
        yield yaml.SequenceEndEvent()
    else:
        yield _scalar(value, flow=flow)


def _scalar(value: object, *, flow: bool) -> yaml.Event:
    if not isinstance(value, str):
        return yaml.ScalarEvent(None, None, (True, True), json.dumps(value))
    bare = (
        _PLAIN.fullmatch(value)
        and value.lower() not in _WORDS
        and not (flow and _FLOW_INDICATORS & set(value))
    )
    return yaml.ScalarEvent(None, None, (True, True), value, style=None if bare else '"')


def _quoted(value: object) -> str:
    """A foreign value for a comment: on one line and cut to a readable length."""
    return json.dumps(str(value)[:_SHOWN_LENGTH], ensure_ascii=False)


def _escaped(match: re.Match[str]) -> str:
    # Such a character stands in double quotes alone, in values as in comments.
    character = match[0]
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"  # noqa: PLR2004 (4 digits)
