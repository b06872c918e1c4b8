"""Applications as written to desired resources: defaults, references, the strict schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

from faxops.config.complaint import Complaint
from faxops.config.document import Document, Node, Path, has
from faxops.config.entries import Entries, Entry, row_scope
from faxops.config.environments import Setting, from_environment
from faxops.config.files import Files
from faxops.config.judge import resolved_judge
from faxops.config.phrases import choices, did_you_mean, shown
from faxops.config.scalars import Scalar
from faxops.config.source import Spot
from faxops.config.stack import DesiredResource
from faxops.config.template import Filled, Scope, Unresolved, as_field, as_text
from faxops.config.variables import complaint
from faxops.config.webhook_url import ends_authority
from faxops.model.diagnostic import Diagnostic, Place
from faxops.model.field import FieldType
from faxops.model.kind import ResourceKind
from faxops.model.marks import RESERVED_PREFIX, is_reserved
from faxops.model.sensitive import Span, masked

_OWN: Final = ("environments", "lifecycle")
"""Keys of an application that are faxops' own, not the API's."""
_REWRITES: Final = ("FX202", "FX203")
"""Findings that suggest another way to write the value."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What stands under all of a kind: mappings of the main file, those that win last."""

    document: Document
    blocks: tuple[dict[str, Any], ...]
    merged: dict[str, Any]
    shaky: bool

    @classmethod
    def of(cls, files: Files, setting: Setting, kind: ResourceKind) -> Layers:
        """The kind's defaults of the file, overlaid with those of its environment."""
        name = kind.defaults_key
        blocks = tuple(block[name] for block in setting.blocks if name in block)
        merged: dict[str, Any] = {}
        for block in blocks:
            merged = overlaid(merged, block)
        shaky = any(name in path for path in files.main.pruned)
        return cls(files.main.document, blocks, merged, shaky)


@dataclass(slots=True)
class Draft:
    """One application while it is made: `values` nested as in the API, and what it rests on."""

    entry: Entry
    values: dict[str, Any]
    lifecycle: Mapping[str, Any]
    masks: dict[str, tuple[Span, ...]] = field(default_factory=dict[str, tuple[Span, ...]])
    shaky: bool = False


@dataclass(slots=True)
class Findings:
    """What is wrong with applications. Rows of one fleet with one fault are one finding."""

    problems: list[Diagnostic]
    _of_rows: dict[tuple[str, Place | None], tuple[Diagnostic, Place, int]] = field(
        default_factory=dict[tuple[str, Place | None], tuple[Diagnostic, Place, int]]
    )

    def add(self, entry: Entry, *found: Diagnostic) -> None:
        """Take in what is wrong with one application."""
        if entry.row is None:
            self.problems += found
            return
        for each in found:
            identity = (each.code, each.place)
            first = self._of_rows.get(identity, (each, entry.row.spot.place, 0))
            self._of_rows[identity] = (*first[:2], first[2] + 1)

    def close(self) -> None:
        """Add what was held back for rows."""
        for finding, place, count in self._of_rows.values():
            more = f" and {count - 1:,} more" if count > 1 else ""
            detail = f"{finding.detail} In the row at {place}{more}.".strip()
            self.problems.append(replace(finding, detail=detail))


def overlaid(lower: dict[str, Any], upper: dict[str, Any]) -> dict[str, Any]:
    """`upper` over `lower`: objects are merged by key, anything else replaces."""
    merged = {**lower, **upper}
    for name, value in upper.items():
        if type(value) is dict and type(below := lower.get(name)) is dict:
            merged[name] = overlaid(cast("dict[str, Any]", below), cast("dict[str, Any]", value))
    return merged


def resolve(
    entries: Entries,
    kind: ResourceKind,
    setting: Setting,
    layers: Layers,
    problems: list[Diagnostic],
) -> tuple[DesiredResource, ...]:
    """The desired resources of the kind, sorted by key; of those that are wrong, none."""
    findings = Findings(problems)
    drafts = _drafts(entries, kind, setting, layers, findings)
    values = {key: draft.values for key, draft in drafts.items()}
    judge = resolved_judge(kind)
    if not judge.approves(values):
        wrong = {path[0] for path in judge.suspects(values)}
        suspects = {key: value for key, value in values.items() if key in wrong}
        complaints = judge.complaints(suspects, _Shown(drafts).value)
        # jsonschema goes through keys in no settled order; of equal rows the first is shown.
        order = {key: number for number, key in enumerate(suspects)}
        for each in sorted(complaints, key=lambda each: order[cast("str", each.path[0])]):
            _complain(drafts[cast("str", each.path[0])], each, layers, findings)
        for key in suspects:
            del drafts[key]
    resources = [_resource(kind, draft, layers, findings) for draft in drafts.values()]
    findings.close()
    return tuple(sorted(resources, key=lambda each: each.key))


def origin(entry: Entry, path: Path, layers: Layers) -> Spot:
    """Where the value at `path` of an application was written, its defaults included."""
    return _as_written(entry, path, layers)[0]


def _as_written(entry: Entry, path: Path, layers: Layers) -> tuple[Spot, Node]:
    below = [(layers.document, block) for block in reversed(layers.blocks)]
    for document, block in [(entry.document, entry.block), *below]:
        found = _within(document, block, path)
        if found is not None:
            return found
    return entry.spot, None


def _within(document: Document, block: dict[str, Any], path: Path) -> tuple[Spot, Node] | None:
    holder: Node = block
    spot = Spot(document.source, 0)
    for name in path:
        if not has(holder, name):
            return None
        spot = document.value_spot(cast("dict[str, Node]", holder), name)
        holder = cast("dict[str | int, Node]", holder)[name]
    return spot, holder


def _drafts(
    entries: Entries,
    kind: ResourceKind,
    setting: Setting,
    layers: Layers,
    findings: Findings,
) -> dict[str, Draft]:
    # The one dictionary is given another key for each application, instead of a copy for each.
    values = dict(setting.scope.values)
    absent = {name: why for name, why in setting.scope.absent.items() if name != "key"}
    own = Scope(values, setting.scope.spans, setting.scope.faults, absent)
    blocks: dict[int, dict[str, Any]] = {}
    drafts: dict[str, Draft] = {}
    for key, entry in entries.by_key.items():
        if entry.kind is not kind:
            continue
        merged = blocks.get(id(entry.block))
        if merged is None:
            merged = blocks[id(entry.block)] = overlaid(layers.merged, entry.block)
        values["key"] = key
        scope = own if entry.row is None else row_scope(own, entry.row, key)
        draft = Draft(entry, {}, merged.get("lifecycle", {}), shaky=entry.shaky or layers.shaky)
        _Filler(kind, scope, draft, layers, findings).fill(merged)
        draft.values.setdefault(kind.name_field, key)
        drafts[key] = draft
    return drafts


@dataclass(frozen=True, slots=True)
class _Filler:
    """Fills in the references of one application."""

    kind: ResourceKind
    scope: Scope
    draft: Draft
    layers: Layers
    findings: Findings

    def fill(self, merged: dict[str, Any]) -> None:
        """Set the draft's values from the merged block."""
        for name, value in merged.items():
            if name in _OWN:
                continue
            if type(value) is dict:
                section: dict[str, Any] = {}
                self.draft.values[name] = section
                for nested, inner in cast("dict[str, Any]", value).items():
                    self._put(section, nested, inner, (name, nested))
            else:
                self._put(self.draft.values, name, value, (name,))

    def _put(self, holder: dict[str, Any], name: str, value: Node, path: Path) -> None:
        if type(value) is str:
            if "$" in value:
                self._text(holder, name, value, path)
                return
        elif type(value) is list:
            holder[name] = self._tags(cast("list[str]", value), path)
            return
        holder[name] = value

    def _text(self, holder: dict[str, Any], name: str, text: str, path: Path) -> None:
        try:
            filled = self.scope.fill(text)
        except Unresolved as error:
            self._fail(complaint(error, self._spot(path)))
            return
        dotted = ".".join(cast("tuple[str, ...]", path))
        field_type = self.kind.by_path[dotted].type
        value = as_field(filled.value, field_type)
        if filled.spans:
            if not _may_be_secret(field_type, filled):
                self._fail([from_environment(self._spot(path), _what(field_type, name))])
                return
            # A lone reference may have become a number or a truth: all of it is the secret.
            whole = ((0, len(as_text(value))),)
            self.draft.masks[dotted] = filled.spans if type(value) is str else whole
        holder[name] = value

    def _tags(self, tags: list[str], path: Path) -> list[str]:
        filled: list[str] = []
        for number, tag in enumerate(tags):
            if "$" not in tag:
                filled.append(tag)
                continue
            try:
                text = self.scope.fill(tag)
            except Unresolved as error:
                self._fail(complaint(error, self._spot((*path, number))))
                continue
            if text.spans:
                self._fail([from_environment(self._spot((*path, number)), "`tags`")])
            else:
                filled.append(as_text(text.value))
        return filled

    def _fail(self, found: list[Diagnostic]) -> None:
        self.draft.shaky = True
        self.findings.add(self.draft.entry, *found)

    def _spot(self, path: Path) -> Spot:
        return origin(self.draft.entry, path, self.layers)


def _may_be_secret(field_type: FieldType, filled: Filled) -> bool:
    if field_type is FieldType.ID:
        return False
    if field_type is FieldType.URL:
        return ends_authority(as_text(filled.value)[: filled.spans[0][0]])
    return True


def _what(field_type: FieldType, name: str) -> str:
    return f"The scheme and host of `{name}`" if field_type is FieldType.URL else f"`{name}`"


@dataclass(frozen=True, slots=True)
class _Shown:
    """Words the values of drafts without what came from the environment."""

    drafts: Mapping[str, Draft]

    def value(self, path: Path, value: object) -> str:
        """The value at `path`, whose first part is the key of its application."""
        spans = _masks(self.drafts, path)
        return shown(masked(as_text(cast("Scalar", value)), spans)) if spans else shown(value)


def _masks(drafts: Mapping[str, Draft], path: Path) -> tuple[Span, ...]:
    key, *rest = path
    return drafts[cast("str", key)].masks.get(".".join(map(str, rest)), ())


def _complain(draft: Draft, found: Complaint, layers: Layers, findings: Findings) -> None:
    path = found.path[1:]
    if found.code == "FX204":
        # A field may only be missing because what was written there is wrong, and reported.
        if not draft.shaky:
            spot = draft.entry.spot
            findings.add(
                draft.entry, spot.error(found.code, found.summary, suggestion=found.suggestion)
            )
        return
    spot, written = _as_written(draft.entry, path, layers)
    # What to write instead is made from the value. Where that was filled in it stands elsewhere,
    # and may be nobody's to see.
    filled_in = isinstance(written, str) and "$" in written
    suggestion = "" if filled_in and found.code in _REWRITES else found.suggestion
    findings.add(draft.entry, spot.error(found.code, found.summary, suggestion=suggestion))


def _resource(
    kind: ResourceKind, draft: Draft, layers: Layers, findings: Findings
) -> DesiredResource:
    values = kind.canonical(draft.values)
    entry = draft.entry
    for path, value in values.items():
        if type(value) is frozenset and any(map(is_reserved, value)):
            findings.add(entry, *_reserved_tags(draft, path, layers))
    ignored: list[str] = draft.lifecycle.get("ignore_changes", [])
    for number, path in enumerate(ignored):
        if path not in kind.by_path:
            spot = origin(entry, ("lifecycle", "ignore_changes", number), layers)
            findings.add(entry, _unknown_field(kind, path, spot))
    return DesiredResource(
        kind=kind.name,
        key=entry.key,
        values=values,
        masks=draft.masks,
        source=entry.spot.place,
        prevent_destroy=draft.lifecycle.get("prevent_destroy", False),
        ignore_changes=frozenset(ignored),
    )


def _reserved_tags(draft: Draft, path: str, layers: Layers) -> list[Diagnostic]:
    tags: list[str] = draft.values[path]
    return [
        origin(draft.entry, (path, number), layers).error(
            "FX214",
            f"The tag {shown(tag)} is reserved: those under `{RESERVED_PREFIX}` are faxops' own.",
            suggestion="Delete it; faxops marks what it owns by itself.",
        )
        for number, tag in enumerate(tags)
        if is_reserved(tag)
    ]


def _unknown_field(kind: ResourceKind, path: str, spot: Spot) -> Diagnostic:
    within = [each for each in kind.by_path if each.startswith(f"{path}.")]
    near = did_you_mean(path, kind.by_path)
    return spot.error(
        "FX215",
        f"`{path}` is no field of a {kind.title.lower()}.",
        suggestion=f"Name the fields: {choices(within, last='and')}."
        if within
        else near or f"Write the path of a field, e.g. `{kind.example_path}`.",
    )
