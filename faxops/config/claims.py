"""`imports`, `moved` and `removed`: what is said about live applications, checked for sense."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from faxops.config.document import Document
from faxops.config.entries import Entries
from faxops.config.environments import Setting, plain_text
from faxops.config.files import Files
from faxops.config.fragments import ID_FORM, ID_PATTERN, KEY_FORM, KEY_PATTERN, STACK_PATTERN
from faxops.config.phrases import choices, did_you_mean, shown
from faxops.config.source import Spot
from faxops.config.stack import Import, Moved, Removed
from faxops.model.diagnostic import Diagnostic
from faxops.model.registry import KINDS

_KEY: Final = re.compile(KEY_PATTERN.strip("^$"))
_ID: Final = re.compile(ID_PATTERN.strip("^$"))
_ORIGIN: Final = re.compile(f"(?:{STACK_PATTERN.strip('^$')}/)?{KEY_PATTERN.strip('^$')}")
_COMPARED: Final = 20
"""Unknown keys that are compared with all others, which takes 50 ms each among 10,000."""
_ORIGIN_FORM: Final = "a key, or `stack/key`"
_SECTIONS: Final = choices(f"`{kind.collection}:`" for kind in KINDS)


@dataclass(frozen=True, slots=True)
class Claims:
    """What the configuration says about live applications."""

    imports: tuple[Import, ...]
    moved: tuple[Moved, ...]
    removed: tuple[Removed, ...]


@dataclass(frozen=True, slots=True)
class _Item:
    """One entry of a list, its references filled in. `spots` are those of its values."""

    values: dict[str, Any]
    spots: dict[str, Spot]
    spot: Spot


def read_claims(
    files: Files, setting: Setting, entries: Entries, problems: list[Diagnostic]
) -> Claims:
    """The claims of all files that concern this environment, each list in a settled order.

    A claim on a key that only other environments have is left out.
    """
    imports = list(_items(files, setting, "imports", problems))
    moved = list(_items(files, setting, "moved", problems))
    removed = list(_items(files, setting, "removed", problems))
    problems += _repeated(imports, "id", "FX502", "imported")
    problems += _repeated(imports, "to", "FX502", "the target of an import")
    problems += _repeated(removed, "key", "FX509", "given up")
    problems += _repeated(removed, "id", "FX509", "given up")
    problems += _imported_and_removed(imports, removed)
    problems += _still_defined(removed, entries)
    problems += _moves(moved, removed, setting, entries)
    problems += _unknown_targets(imports, entries, "FX501", "import", set())
    return Claims(
        tuple(
            Import(each.values["id"], each.values["to"], each.spot.place)
            for each in _sorted(imports)
            if each.values["to"] in entries.by_key
        ),
        tuple(
            Moved(*_origin(each, setting), each.values["to"], each.spot.place)
            for each in _sorted(moved)
            if each.values["to"] not in entries.elsewhere
        ),
        tuple(
            Removed(
                each.spot.place,
                each.values.get("key"),
                each.values.get("id"),
                each.values.get("destroy", False),
            )
            for each in _sorted(removed)
        ),
    )


def _items(
    files: Files, setting: Setting, section: str, problems: list[Diagnostic]
) -> Iterator[_Item]:
    blocks: list[tuple[Document, dict[str, Any]]]
    blocks = [(file.document, file.document.value) for file in files.all]
    blocks += [(files.main.document, block) for block in setting.blocks[1:]]
    for document, block in blocks:
        claims: list[dict[str, Any]] = block.get(section, [])
        for number, claim in enumerate(claims):
            spot = document.value_spot(claims, number)
            item = _item(document, claim, spot, setting, problems)
            if item is not None:
                yield item


def _item(
    document: Document,
    claim: dict[str, Any],
    spot: Spot,
    setting: Setting,
    problems: list[Diagnostic],
) -> _Item | None:
    values: dict[str, Any] = {}
    spots: dict[str, Spot] = {}
    for name, value in claim.items():
        spots[name] = document.value_spot(claim, name)
        values[name] = value
        if isinstance(value, str) and "$" in value:
            values[name] = _filled(value, name, spots[name], setting, problems)
    return None if None in values.values() else _Item(values, spots, spot)


def _filled(
    text: str, name: str, spot: Spot, setting: Setting, problems: list[Diagnostic]
) -> str | None:
    filled = plain_text(text, spot, name, setting.scope, problems)
    if filled is None:
        return None
    forms = {"id": (_ID, ID_FORM), "from": (_ORIGIN, _ORIGIN_FORM)}
    pattern, form = forms.get(name, (_KEY, KEY_FORM))
    if pattern.fullmatch(filled):
        return filled
    problems.append(spot.error("FX207", f"`{name}` comes to {shown(filled)}; expected {form}."))
    return None


def _sorted(items: list[_Item]) -> list[_Item]:
    return sorted(items, key=lambda each: each.spot.place)


def _repeated(items: list[_Item], name: str, code: str, what: str) -> Iterator[Diagnostic]:
    first: dict[str, Spot] = {}
    for item in items:
        if name not in item.values:
            continue
        value, spot = item.values[name], item.spots[name]
        other = first.setdefault(value, spot)
        if other is not spot:
            summary = f"`{value}` is already {what} at {other.place}."
            yield spot.error(code, summary, suggestion="Delete one of the two.")


def _imported_and_removed(imports: list[_Item], removed: list[_Item]) -> Iterator[Diagnostic]:
    imported = {item.values["id"]: item.spot for item in imports}
    for item in removed:
        other = imported.get(item.values.get("id"))
        if other is not None:
            yield item.spots["id"].error(
                "FX509",
                f"The application {item.values['id']} is imported at {other.place}"
                " and given up here.",
                suggestion="Delete one of the two entries.",
            )


def _still_defined(removed: list[_Item], entries: Entries) -> Iterator[Diagnostic]:
    for item in removed:
        entry = entries.by_key.get(item.values.get("key", ""))
        if entry is not None:
            yield item.spots["key"].error(
                "FX508",
                f"`{entry.key}` is given up here and still defined at {entry.spot.place}.",
                suggestion="Delete the application's block, or this entry.",
            )


def _unknown_targets(
    items: list[_Item], entries: Entries, code: str, what: str, further: set[str]
) -> Iterator[Diagnostic]:
    if not entries.complete:
        return
    known = {*entries.by_key, *entries.elsewhere, *further}
    unknown = [item for item in items if item.values["to"] not in known]
    for number, item in enumerate(unknown):
        key = item.values["to"]
        near = did_you_mean(key, known) if number < _COMPARED else ""
        yield item.spots["to"].error(
            code,
            f"No application has the key `{key}`, the target of this {what}.",
            suggestion=near or f"Define it under {_SECTIONS}.",
        )


def _origin(item: _Item, setting: Setting) -> tuple[str, str]:
    stack, slash, key = item.values["from"].rpartition("/")
    return (stack if slash else setting.stack), key


def _moves(
    moved: list[_Item], removed: list[_Item], setting: Setting, entries: Entries
) -> Iterator[Diagnostic]:
    yield from _repeated(moved, "to", "FX505", "the target of a move")
    following: dict[str, _Item] = {}
    first: dict[tuple[str, str], _Item] = {}
    for item in moved:
        stack, key = _origin(item, setting)
        other = first.setdefault((stack, key), item)
        if other is not item:
            yield item.spots["from"].error(
                "FX505",
                f"`{key}` is already moved elsewhere at {other.spot.place}.",
                suggestion="Delete one of the two.",
            )
        elif stack == setting.stack and key == item.values["to"]:
            yield item.spot.error(
                "FX503", f"`{key}` is moved to itself.", suggestion="Delete the entry."
            )
        elif stack == setting.stack:
            following[key] = item
    yield from _cycles(following)
    yield from _not_gone(following, entries)
    given_up = {item.values["key"] for item in removed if "key" in item.values}
    others = [item for item in moved if item.values["from"] != item.values["to"]]
    yield from _unknown_targets(others, entries, "FX507", "move", given_up | set(following))


def _cycles(following: dict[str, _Item]) -> Iterator[Diagnostic]:
    settled: set[str] = set()
    for start in following:
        chain: list[str] = []
        key = start
        while key in following and key not in settled and key not in chain:
            chain.append(key)
            key = following[key].values["to"]
        if key in chain:
            circle = [*chain[chain.index(key) :], key]
            yield following[key].spot.error(
                "FX504",
                f"The moves go in a circle: {' → '.join(f'`{each}`' for each in circle)}.",
                suggestion="Delete those that were already applied.",
            )
        settled |= set(chain)


def _not_gone(following: dict[str, _Item], entries: Entries) -> Iterator[Diagnostic]:
    for key, item in following.items():
        entry = entries.by_key.get(key)
        if entry is not None:
            yield item.spots["from"].error(
                "FX506",
                f"`{key}` was moved away and is still defined at {entry.spot.place}.",
                suggestion="Rename that block, or delete this entry.",
            )
