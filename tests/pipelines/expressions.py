"""The expressions of GitHub workflows, as far as the ready-made ones use them.

Source: GitHub docs: evaluate expressions in workflows and actions.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}", re.DOTALL)
_TOKEN = re.compile(r"'[^']*'|[A-Za-z_][\w.-]*(?:\(\))?|&&|\|\||==|!=|!|[()]")
_OPERATORS = {"&&": "and", "||": "or", "!": "not"}
_STATUS = {"always()": True, "cancelled()": False}

Contexts = Mapping[str, Any]


def filled(text: str, contexts: Contexts) -> str:
    """A text with each `${{ … }}` in it replaced by its value."""
    return _EXPRESSION.sub(lambda found: _shown(_value(found[1], contexts)), text)


def holds(condition: str, contexts: Contexts, *, succeeded: bool) -> bool:
    """Whether an `if:` lets a step or a job run; without a status in it, only after success."""
    found = _EXPRESSION.fullmatch(condition)
    inner = found[1] if found else condition
    asks_status = any(name in inner for name in _STATUS)
    return (asks_status or succeeded) and (not inner or bool(_value(inner, contexts)))


def _value(expression: str, contexts: Contexts) -> object:
    words = [_word(token, contexts) for token in _TOKEN.findall(expression)]
    return eval(" ".join(words), {"__builtins__": {}})  # noqa: S307 - this repository's own files


def _word(token: str, contexts: Contexts) -> str:
    if token in _OPERATORS:
        return _OPERATORS[token]
    if token in _STATUS:
        return str(_STATUS[token])
    if not token[0].isalpha():
        return token
    value: Any = contexts
    for name in token.split("."):
        value = value.get(name, "") if hasattr(value, "get") else ""
    return repr(value)


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
