"""Phone numbers in E.164, the only form in which the API takes them."""

from __future__ import annotations

import re
from typing import Final

import phonenumbers

_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_INTERNATIONAL_PREFIX: Final = re.compile(r"\A\s*00(?=[\s()./-]*[1-9])")
_DEFAULT_REGION: Final = "US"


def is_e164(text: str) -> bool:
    """Whether `text` is a number that can exist: `+`, a country's code, as many digits as it uses.

    Whether somebody has the number is not asked: new ranges are given out all the time.
    """
    if not _E164.fullmatch(text):
        return False
    try:
        number = phonenumbers.parse(text)
    except phonenumbers.NumberParseException:
        return False
    return phonenumbers.is_possible_number(number)


def meant_number(text: str, *, beside: str = "") -> str:
    """The E.164 number that `text` was probably meant to be; empty if there is none.

    A national number is read as one of the country of `beside`, else of the United States.
    """
    region = _region(beside) or _DEFAULT_REGION
    try:
        number = phonenumbers.parse(_INTERNATIONAL_PREFIX.sub("+", text), region)
    except phonenumbers.NumberParseException:
        return ""
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return written if written != text and phonenumbers.is_possible_number(number) else ""


def _region(number: str) -> str | None:
    if not is_e164(number):
        return None
    return phonenumbers.region_code_for_number(phonenumbers.parse(number))
