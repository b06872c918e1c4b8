"""Keeping secrets out of every output: what came from the environment is never written.

In a saved plan the mask holds a scrypt digest under the file's own salt, so that a later apply can
tell whether the value is still the approved one. scrypt, because an address is easy to guess.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, cast
from urllib.parse import quote

from faxops.model.sensitive import MASK, Span, masked

_SHORTEST_REDACTED: Final = 4


@dataclass(frozen=True, slots=True)
class Masker:
    """Masks values by their spans and redacts free text.

    `secrets` are whole texts that may stand nowhere. `salt` is that of a saved plan, or empty
    for output that nothing is compared with later.
    """

    secrets: frozenset[str] = frozenset()
    salt: bytes = b""
    _digests: dict[str, str] = field(default_factory=dict[str, str], repr=False, compare=False)
    _anywhere: re.Pattern[str] | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_anywhere", _pattern(self.secrets))

    def masked(self, text: str, spans: tuple[Span, ...]) -> str:
        """`text` with each span masked. Spans are sorted and do not overlap."""
        shown: list[str] = []
        position = 0
        for start, end in spans:
            shown += [text[position:start], self._mask(text[start:end])]
            position = end
        return "".join([*shown, text[position:]])

    def masked_like(self, text: str, model: object, spans: tuple[Span, ...]) -> str:
        """Another value of the same field, masked where `model` is.

        What an old value had in the place of the secret is as secret as the new one. Where the
        two share the text around the masked part, only that part is hidden; else all of it is.
        """
        if not spans or not text:
            return text
        if text == model:
            return self.masked(text, spans)
        whole = ((0, len(text)),)
        if not isinstance(model, str):
            return self.masked(text, whole)
        before, after = spans[0][0], len(model) - spans[-1][1]
        fits = len(text) >= before + after and text.startswith(model[:before])
        if fits and text.endswith(model[len(model) - after :]):
            return self.masked(text, ((before, len(text) - after),))
        return self.masked(text, whole)

    def redacted(self, text: str) -> str:
        """`text` with every secret in it masked, for what others wrote (errors, names).

        A secret is found in any case, as it is, percent-encoded and escaped as in JSON; where two
        overlap, all that they cover is masked. Secrets of fewer than four characters are left:
        masking each `1` would hide the rest.
        """
        if self._anywhere is None or not self._anywhere.search(text):
            return text
        spans: list[Span] = []
        for found in self._anywhere.finditer(text):
            start, end = found.span(1)
            if spans and start < spans[-1][1]:
                spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
            else:
                spans.append((start, end))
        return masked(text, tuple(spans))

    def redacted_tree(self, value: object) -> object:
        """`value` (JSON) with every text and every name in it redacted."""
        if self._anywhere is None:
            return value
        if isinstance(value, str):
            return self.redacted(value)
        if isinstance(value, dict):
            members = cast("dict[str, object]", value).items()
            return {self.redacted(name): self.redacted_tree(item) for name, item in members}
        if isinstance(value, list):
            return [self.redacted_tree(item) for item in cast("list[object]", value)]
        return value

    def _mask(self, secret: str) -> str:
        if not self.salt:
            return MASK
        if secret not in self._digests:
            digest = hashlib.scrypt(
                secret.encode(errors="surrogatepass"), salt=self.salt, n=2**14, r=8, p=1, dklen=16
            )
            self._digests[secret] = f"{MASK[:-1]} scrypt:{digest.hex()})"
        return self._digests[secret]


def _pattern(secrets: frozenset[str]) -> re.Pattern[str] | None:
    """What finds each place where a secret begins, the longest first; None if there is none."""
    forms = {
        form for secret in secrets if len(secret) >= _SHORTEST_REDACTED for form in _forms(secret)
    }
    if not forms:
        return None
    longest_first = sorted(forms, key=lambda form: (-len(form), form))
    # Within a lookahead, matches may overlap.
    return re.compile(f"(?=({'|'.join(map(re.escape, longest_first))}))", re.IGNORECASE)


def _forms(secret: str) -> Iterator[str]:
    yield secret
    yield quote(secret, safe="", errors="surrogatepass")
    yield json.dumps(secret)[1:-1]
    yield json.dumps(secret, ensure_ascii=False)[1:-1]
