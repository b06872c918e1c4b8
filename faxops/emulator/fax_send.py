"""Sending a fax: what a request may ask for, and what is known at once of how the fax will end."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlsplit

from faxops.emulator.description import load_description
from faxops.emulator.documents import kind_of, page_count, supported_ending
from faxops.emulator.fax_progress import Progress
from faxops.emulator.replies import Problem, Rejected
from faxops.emulator.world import (
    FAX_APPLICATION,
    OUTBOUND_VOICE_PROFILE,
    Call,
    World,
    refuse,
)

# API description: limits of POST /faxes.
_LARGEST_UPLOAD: Final = 20_000_000
_MOST_PAGES: Final = 350
_LONGEST_URL: Final = 2000
_SOURCES: Final = ("media_url", "media_name", "contents")
_E164: Final = re.compile(r"\+[1-9][0-9]{1,14}")
_DISPLAY_NAME: Final = re.compile(r"[A-Za-z0-9 \-_~!.+]{1,128}")
# API description: `whitelisted_destinations`, where a profile does not say.
_USUAL_COUNTRIES: Final = ("US", "CA")
_NORTH_AMERICA: Final = "+1"


def wanted(world: World, call: Call) -> Mapping[str, Any]:
    """The fields of a good request to send a fax; anything else is answered 422."""
    body, schema = dict(call.body), call.operation.body
    if not call.form:
        body.pop("contents", None)  # JSON has no file
    elif world.behaviours.form_fields == "documented":
        body = {key: body[key] for key in body if _may_stand_in_a_form(key)}
        schema = call.operation.form
    assert schema is not None  # noqa: S101 - the description gives this operation both bodies
    refuse(schema.problems(body))
    problems = [
        *_source_problems(body, call.contents),
        *_number_problems(body),
        *_option_problems(body),
    ]
    if problems:
        raise Rejected(422, *problems)
    return body


def _may_stand_in_a_form(key: str) -> bool:
    # A second source is seen, because the description speaks of forms where it forbids two.
    return key in load_description().properties("SendFaxMultipartRequest") or key in _SOURCES


def application(world: World, connection_id: str) -> Mapping[str, Any]:
    """The active fax application of that id, or a 422."""
    row = world.store.get(FAX_APPLICATION, connection_id)
    if row is None:
        raise Rejected(422, Problem("85004", "There is no such connection.", "/connection_id"))
    found = json.loads(row.body)
    if not found["active"]:
        raise Rejected(422, Problem("10027", "The connection is not active.", "/connection_id"))
    return found


def progress(
    world: World, call: Call, body: Mapping[str, Any], sender: Mapping[str, Any]
) -> Progress:
    """How the fax will fare: its pages, its failure if it is to fail, and what was asked for it."""
    pages, reason = _judge_file(world, body, call.contents)
    if reason is None:
        reason = _account_reason(world, body["to"], sender)
    if reason is None:
        reason = world.faxes.outcomes.get(body["to"])
    preview = body.get("preview_format", "tiff") if body.get("store_preview") else None
    return Progress(
        started=world.stamp(),
        step_seconds=world.faxes.step_seconds,
        pages=pages,
        failure_reason=reason,
        base_url=call.base_url,
        webhook_url=body.get("webhook_url") or None,
        preview_format=preview,
    )


def _source_problems(body: Mapping[str, Any], contents: bytes | None) -> list[Problem]:
    given = [name for name in _SOURCES if name in body]
    if len(given) != 1:
        named = ", ".join(given) or "none"
        detail = f"Exactly one of media_url, media_name and contents is needed; {named} was given."
        return [Problem("10015", detail, f"/{given[1]}" if given else "/media_url")]
    (source,) = given
    if source == "contents":
        return _upload_problems(contents)
    if not body[source].strip():
        return [Problem("10015", "can't be blank", f"/{source}")]
    if source == "media_name":
        detail = "store_media and media_name can't be submitted together."
        return [Problem("10015", detail, "/store_media")] if body.get("store_media") else []
    return _url_problems(body, "media_url")


def _upload_problems(contents: bytes | None) -> list[Problem]:
    if not contents:
        return [Problem("10015", "can't be blank", "/contents")]
    if len(contents) > _LARGEST_UPLOAD:
        return [Problem("10015", "is larger than 20 MB", "/contents")]
    return []


def _number_problems(body: Mapping[str, Any]) -> list[Problem]:
    detail = "is not a phone number in E.164 format"
    problems: list[Problem] = []
    if not _E164.fullmatch(body["from"]):
        problems.append(Problem("10015", detail, "/from"))
    # API description: `to` is a number in E.164 format or a SIP URI.
    if not _E164.fullmatch(body["to"]) and not _is_sip(body["to"]):
        problems.append(Problem("10015", f"{detail} or a SIP URI", "/to"))
    return problems


def _is_sip(to: str) -> bool:
    return re.fullmatch(r"sips?:[^\s@]+@[^\s@]+", to) is not None


def _option_problems(body: Mapping[str, Any]) -> list[Problem]:
    problems = _url_problems(body, "webhook_url") if body.get("webhook_url") else []
    name = body.get("from_display_name")
    if name and not _DISPLAY_NAME.fullmatch(name):
        detail = "may have 128 letters, digits, spaces and -_~!.+ at most"
        problems.append(Problem("10015", detail, "/from_display_name"))
    try:
        base64.b64decode(body.get("client_state", ""), validate=True)
    except (binascii.Error, ValueError):
        problems.append(Problem("10015", "is not Base-64", "/client_state"))
    return problems


def _url_problems(body: Mapping[str, Any], key: str) -> list[Problem]:
    url: str = body[key]
    try:
        parts = urlsplit(url)
        good = parts.scheme in ("http", "https") and bool(parts.hostname)
    except ValueError:
        good = False
    if not good or len(url) > _LONGEST_URL:
        return [Problem("10003", "is not a URL with http or https", f"/{key}")]
    return []


def _judge_file(
    world: World, body: Mapping[str, Any], contents: bytes | None
) -> tuple[int, str | None]:
    """The pages of the file, and what is wrong with it.

    A file that is not sent along is never fetched, so its name alone is judged.
    """
    pages: int | None = world.faxes.pages
    if contents is None:
        url: str = body.get("media_url", "")
        name: str = body.get("media_name") or urlsplit(url).path
        if not supported_ending(name):
            return world.faxes.pages, "file_format_invalid"
    else:
        kind = kind_of(contents)
        if kind is None:
            return 1, "file_format_invalid"
        pages = page_count(contents, kind)
        if pages is None:
            return 1, "media_processing_exception"
    return pages, "page_count_limit_exceeded" if pages > _MOST_PAGES else None


def _account_reason(world: World, to: str, sender: Mapping[str, Any]) -> str | None:
    """Why the account may not call that number, if it may not."""
    profile_id = sender["outbound"].get("outbound_voice_profile_id")
    if not profile_id:
        fails = world.behaviours.missing_voice_profile == "fails"
        return "no_outbound_profile" if fails else None
    row = world.store.get(OUTBOUND_VOICE_PROFILE, profile_id)
    profile: Mapping[str, Any] = json.loads(row.body) if row else {}
    if not profile.get("enabled", True):
        return "no_outbound_profile"
    allowed = profile.get("whitelisted_destinations", _USUAL_COUNTRIES)
    if _is_sip(to) or set(_countries(to)) & set(allowed):
        return None
    return "destination_not_in_countries_whitelist"


def _countries(number: str) -> tuple[str, ...]:
    """The countries that share the country code of a number in E.164 format.

    Numbers under +1 count as American and Canadian, whatever their area code.
    """
    if number.startswith(_NORTH_AMERICA):
        return _USUAL_COUNTRIES
    # Loaded here, because few accounts call anywhere else.
    from phonenumbers import COUNTRY_CODE_TO_REGION_CODE  # noqa: PLC0415 - see above

    codes = [int(number[1 : 1 + digits]) for digits in (1, 2, 3)]
    known = [COUNTRY_CODE_TO_REGION_CODE.get(code) for code in codes]
    # No code begins with another one.
    return next((countries for countries in known if countries), ())
