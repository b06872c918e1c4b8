"""One value as reports write it: quoted, escaped, and without the digest of what is hidden."""

from __future__ import annotations

import json
import re
from typing import Final, cast

from faxops.model.sensitive import MASK
from faxops.report.escape import terminal

_DIGEST: Final = re.compile(re.escape(MASK[:-1]) + r" scrypt:[0-9a-f]+\)")


def literal(value: object) -> str:
    """`value`, a JSON scalar or a list of them, as it would be written in a file.

    A value that is hidden whole stands without quotes. Of a saved plan's digests nothing is
    shown: they tell a machine that a value is the approved one, and people nothing.
    """
    if isinstance(value, list):
        return "[" + ", ".join(map(literal, cast("list[object]", value))) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    text = _DIGEST.sub(MASK, value) if MASK[:-1] in value else value
    if text == MASK:
        return text
    return '"' + terminal(text.replace("\\", "\\\\").replace('"', '\\"')) + '"'
