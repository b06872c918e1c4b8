"""A report as a page: what a pull request, a job's summary and a browser show of a plan or apply.

The texts in it that others wrote are escaped for a terminal; a format escapes for itself on top.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from faxops.report.change_view import ChangeView

DANGERS: Final = "Destroys and risks"

Findings = tuple[tuple[str, ...], ...]
"""Findings, each as its lines."""


@dataclass(frozen=True, slots=True)
class Danger:
    """One line of the list that is read first. `label` is ours, the rest is foreign."""

    label: str
    address: str
    name: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class PageChange:
    """One change, and what becomes of it in our words: `will be created`, `was not applied`.

    `went_wrong` says that it did not become what the plan said.
    """

    view: ChangeView
    words: str
    went_wrong: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence of ours below the changes, and foreign lines to it."""

    title: str
    sentence: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """All that a report says.

    `stack` and `environment` are empty where a run failed before it had any. `causes` counts
    whose the changes are, or is empty. `tiles` are counts with their labels. `meta` are the
    circumstances: account, base URL, time.
    """

    title: str
    stack: str
    environment: str
    meta: tuple[str, ...]
    sentence: str
    causes: str
    alert: str
    errors: Findings
    tiles: tuple[tuple[str, int], ...]
    dangers: tuple[Danger, ...]
    warnings: Findings
    changes: tuple[PageChange, ...]
    notes: tuple[Note, ...]


def dangers_of(views: Iterable[ChangeView]) -> Iterator[Danger]:
    """What a reviewer must see: every destroy, then every risk, the highest first."""
    views = tuple(views)
    for view in views:
        if view.word == "delete":
            yield Danger("destroy", view.address)
    for severity in ("high", "medium", "low"):
        for view in views:
            for risk in view.risks:
                if risk.severity == severity and risk.name != "destroyed":
                    yield Danger(f"{severity} risk", view.address, risk.name, risk.text)
