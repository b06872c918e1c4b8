"""The duties of a plan and nothing else, as fast as honest Python does them: the floor.

`python benchmarks/floor.py FILE SCHEMA URL` reads the YAML with the line and column of every key
and without duplicate keys, validates it by the JSON Schema, lists the account over httpx with 8
requests in flight, and compares canonical forms. It resolves nothing, guards nothing, and
reports one line. Collection is off from the first line to the last.
"""

from __future__ import annotations

import asyncio
import gc
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, cast

gc.disable()
# Without this, httpx loads rich for a command line of its own; faxops leaves that out, too.
cast("dict[str, Any]", sys.modules)["httpx._main"] = None

import httpx  # noqa: E402 (nothing may be collected while modules load)
import jsonschema_rs  # noqa: E402 (as above)
import yaml  # noqa: E402 (as above)

IN_FLIGHT: Final = 8
PAGE_SIZE: Final = 250
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)")
_WORDS: Final = {"true": True, "false": False, "null": None, "~": None, "": None}
_NOTHING: Final[dict[str, Any]] = {}


class DuplicateKey(Exception):
    """A mapping has one key twice."""


def load(data: bytes) -> tuple[Any, dict[int, list[int]]]:
    """The values of a YAML text and, by `id()` of each mapping, the line and column of each key."""
    loader = yaml.CSafeLoader(data)
    next_event = cast("Callable[[], Any]", loader.get_event)  # pyright: ignore[reportUnknownMemberType] (C, untyped)
    places: dict[int, list[int]] = {}
    plain: dict[str, Any] = {}
    stack: list[tuple[Any, bool, str | None, list[int]]] = []
    holder: Any = None
    is_mapping = False
    key: str | None = None
    marks: list[int] = []
    while (event := next_event()) is not None:
        kind = event.__class__
        if kind is yaml.ScalarEvent:
            value = event.value
            if is_mapping and key is None:
                if value in holder:
                    raise DuplicateKey(value)
                key = value
                mark = event.start_mark
                marks += (mark.line, mark.column)
                continue
            if event.implicit[0]:
                if value not in plain:
                    plain[value] = _plain(value)
                value = plain[value]
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            stack.append((holder, is_mapping, key, marks))
            is_mapping = kind is yaml.MappingStartEvent
            key, marks = None, []
            holder = {} if is_mapping else []
            places[id(holder)] = marks
            continue
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            value = holder
            holder, is_mapping, key, marks = stack.pop()
        else:
            continue
        if is_mapping:
            holder[key] = value
            key = None
        elif stack:
            holder.append(value)
        else:
            holder = value
    return holder, places


def _plain(text: str) -> Any:  # noqa: ANN401 (whatever the text stands for)
    if text in _WORDS:
        return _WORDS[text]
    return int(text) if _INTEGER.fullmatch(text) else text


async def listing(url: str) -> list[dict[str, Any]]:
    """Every live application."""
    limits = httpx.Limits(max_connections=IN_FLIGHT)
    headers = {"Authorization": "Bearer KEY_bench"}
    async with httpx.AsyncClient(headers=headers, limits=limits, verify=False) as http:  # noqa: S501 (no TLS here; the context would cost 15 ms)
        first = await _page(http, url, 1)
        total = first["meta"]["total_pages"]
        rest = await asyncio.gather(*(_page(http, url, number) for number in range(2, total + 1)))
    return [item for page in (first, *rest) for item in page["data"]]


async def _page(http: httpx.AsyncClient, url: str, number: int) -> dict[str, Any]:
    params = {"page[number]": number, "page[size]": PAGE_SIZE, "sort": "created_at"}
    response = await http.get(f"{url}/fax_applications", params=params)
    response.raise_for_status()
    return json.loads(response.content)


def canonical(raw: dict[str, Any]) -> tuple[Any, ...]:
    """One form for what YAML and API write differently: defaults filled in, tags as a set."""
    get = raw.get
    inbound = (get("inbound") or _NOTHING).get
    outbound = (get("outbound") or _NOTHING).get
    return (
        get("application_name"),
        get("webhook_event_url"),
        get("webhook_event_failover_url") or None,
        get("webhook_timeout_secs"),
        get("active", True),
        get("anchorsite_override", "Latency"),
        inbound("channel_limit"),
        inbound("sip_subdomain") or None,
        inbound("sip_subdomain_receive_settings", "from_anyone"),
        outbound("channel_limit"),
        outbound("outbound_voice_profile_id") or None,
        {tag for tag in get("tags", ()) if tag[:7] != "faxops."},
    )


def main() -> None:
    """Print how many applications differ."""
    file, schema, url = sys.argv[1:]
    document, places = load(Path(file).read_bytes())
    judge = jsonschema_rs.Draft202012Validator(json.loads(Path(schema).read_bytes()))
    if not judge.is_valid(document):
        sys.exit("invalid")
    mark = f"faxops.{document['stack']}."
    live = {
        tag.removeprefix(mark): canonical(item)
        for item in asyncio.run(listing(url))
        for tag in item["tags"]
        if tag.startswith(mark)
    }
    desired = {key: canonical(block) for key, block in document["fax_applications"].items()}
    differing = sum(values != live.get(key) for key, values in desired.items())
    print(f"{differing} of {len(desired)} differ; {len(places)} containers have places")


if __name__ == "__main__":
    main()
