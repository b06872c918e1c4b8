"""What libyaml says about broken YAML, in words that say what to do."""

from __future__ import annotations

from typing import Final

import yaml

from faxops.config.encoding import control_character
from faxops.config.source import Source, Spot
from faxops.model.diagnostic import Diagnostic

MAX_DEPTH: Final = 64
"""Levels of nesting; a real configuration has six."""

# What libyaml says, in the words of somebody who writes YAML, and what to do.
_SYNTAX: Final = (
    ("unexpected end of stream", "The quote that opens here is never closed.", "Close the quote."),
    (
        "mapping values are not allowed",
        "A `:` stands where no key can be.",
        "Put text that holds `: ` in quotes, and check the indentation.",
    ),
    (
        "could not find expected ':'",
        "This line has no `:` where a key is expected.",
        "Write `key: value`, and check the indentation.",
    ),
    (
        "cannot start any token",
        "Text cannot begin with this character.",
        "Indent with spaces, not tabs; quote text that begins with `@`, `%` or a backtick.",
    ),
    (
        "did not find expected ',' or",
        "A bracket is opened and not closed, or a comma is missing.",
        "Close it with `]` or `}`, and put commas between its entries.",
    ),
    (
        "did not find expected node content",
        "A value is expected here.",
        "Close what was opened before it with `]` or `}`, or write the value.",
    ),
    (
        "did not find expected key",
        "A key is expected here.",
        "Give all keys of one mapping the same indentation.",
    ),
    (
        "did not find expected '-' indicator",
        "A list item is expected here.",
        "Begin each item with `- ` at the same indentation.",
    ),
    (
        "unknown escape character",
        "The text in double quotes has a backslash that means nothing.",
        "Write `\\\\` for a backslash, or use single quotes.",
    ),
    ("exceeded maximum nesting depth", f"The nesting is deeper than {MAX_DEPTH} levels.", ""),
    ("tag", "YAML tags are not supported.", "Delete the tag; quotes make a value text."),
)


def syntax_error(source: Source, error: yaml.YAMLError) -> Diagnostic:
    """libyaml's complaint as a finding."""
    if isinstance(error, yaml.reader.ReaderError):
        found = control_character(source)
        return found or Spot(source, 0).error("FX101", f"YAML cannot hold this text: {error}.")
    problem = str(getattr(error, "problem", None) or error)
    mark = getattr(error, "problem_mark", None)
    # The end of the file says nothing about an open quote; where it was opened does.
    if problem.startswith("found unexpected end"):
        mark = getattr(error, "context_mark", None) or mark
    spot = Spot(source, mark.index if mark is not None else 0)
    for fragment, summary, suggestion in _SYNTAX:
        if fragment in problem:
            code = "FX109" if "nesting" in problem else "FX105" if fragment == "tag" else "FX101"
            return spot.error(code, summary, suggestion=suggestion)
    return spot.error("FX101", f"This is not YAML: {problem}.")
