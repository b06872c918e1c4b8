"""A fleet of any size: as YAML, as CSV, and as the account that both of them describe.

An application is some 500 bytes of YAML and 16 values: 13 fields of the API, two more tags, and
`prevent_destroy`. The account holds it as the API documents it: with the tags that mark it as
owned, and without `fax_email_recipient`, of which it has only the digest tag.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

STACK: Final = "bench"
FIRST_ID: Final = 1_293_384_261_075_000_000
ORGANIZATION: Final = "7a1c1f0e-0000-4000-8000-000000000001"
PUBLIC_KEY: Final = {
    "data": {"public": "", "record_type": "public_key", "organization_id": ORGANIZATION}
}
SITES: Final = ("Chicago, IL", "Ashburn, VA", "San Jose, CA", "London, UK")

_APPLICATION: Final = """\
  clinic-{0:05}:
    application_name: Clinic {0:05}
    webhook_event_url: https://hooks.clinic.example/{0:05}
    webhook_event_failover_url: https://spare.clinic.example/{0:05}
    webhook_timeout_secs: {1}
    active: true
    anchorsite_override: {2}
    inbound:
      channel_limit: {3}
      sip_subdomain: c{0:05}
      sip_subdomain_receive_settings: only_my_connections
    outbound: {{channel_limit: 5, outbound_voice_profile_id: "{4}"}}
    tags: [team-{5}, region-{6}, s{0:05}]
    lifecycle: {{prevent_destroy: true}}
"""
_RECIPIENT: Final = "    fax_email_recipient: c{0:05}@clinic.example\n"

_FLEET: Final = """\
version: 1
stack: bench
fleets:
  clinics:
    rows: {0}
    key: clinic-${{row.code}}
    application:
      application_name: Clinic ${{row.code}}
      webhook_event_url: https://hooks.clinic.example/${{row.code}}
      webhook_event_failover_url: https://spare.clinic.example/${{row.code}}
      webhook_timeout_secs: ${{row.timeout}}
      active: true
      anchorsite_override: ${{row.site}}
      inbound:
        channel_limit: ${{row.limit}}
        sip_subdomain: c${{row.code}}
        sip_subdomain_receive_settings: only_my_connections
      outbound:
        channel_limit: 5
        outbound_voice_profile_id: "${{row.profile}}"
      tags: ["team-${{row.team}}", "region-${{row.region}}", "s${{row.code}}"]
      fax_email_recipient: c${{row.code}}@clinic.example
      lifecycle: {{prevent_destroy: true}}
"""


def write_yaml(path: Path, size: int, *, recipients: bool = True) -> None:
    """Write a configuration of `size` applications, each one written out.

    Without `recipients` each can be created by one request; with them it takes a PATCH too.
    Line by line: what the driver holds in memory would count as its children's peak.
    """
    application = _APPLICATION + _RECIPIENT if recipients else _APPLICATION
    with path.open("w", encoding="utf-8") as file:
        file.write(f"version: 1\nstack: {STACK}\nfax_applications:\n")
        for number in range(size):
            file.write(application.format(number, *_varying(number)))


def write_csv(path: Path, size: int) -> None:
    """Write the same fleet as a table beside `path`, and a configuration that reads it."""
    table = path.with_suffix(".csv")
    path.write_text(_FLEET.format(table.name), encoding="utf-8")
    with table.open("w", encoding="utf-8") as file:
        file.write("code,timeout,site,limit,profile,team,region\n")
        for number in range(size):
            timeout, site, *rest = _varying(number)
            cells = (f"{number:05}", timeout, f'"{site}"', *rest)
            file.write(",".join(map(str, cells)) + "\n")


def account(size: int) -> Iterator[dict[str, Any]]:
    """The live applications, oldest first, in step with the configuration."""
    return (_live(number) for number in range(size))


def _live(number: int) -> dict[str, Any]:
    timeout, site, limit, profile, team, region = _varying(number)
    code = f"{number:05}"
    object_id = str(FIRST_ID + number)
    recipient = f"{object_id}\0fax_email_recipient\0c{code}@clinic.example"
    digest = hashlib.sha256(recipient.encode()).hexdigest()[:12]
    moment = f"2026-{1 + number // 4000 % 12:02}-01T{number // 3600 % 24:02}:{number // 60 % 60:02}"
    return {
        "id": object_id,
        "record_type": "fax_application",
        "application_name": f"Clinic {code}",
        "webhook_event_url": f"https://hooks.clinic.example/{code}",
        "webhook_event_failover_url": f"https://spare.clinic.example/{code}",
        "webhook_timeout_secs": timeout,
        "active": True,
        "anchorsite_override": site,
        "inbound": {
            "channel_limit": limit,
            "sip_subdomain": f"c{code}",
            "sip_subdomain_receive_settings": "only_my_connections",
        },
        "outbound": {"channel_limit": 5, "outbound_voice_profile_id": profile},
        "tags": [
            f"team-{team}",
            f"region-{region}",
            f"s{code}",
            f"faxops.{STACK}.clinic-{code}",
            "faxops.keep",
            f"faxops.w.{digest}",
        ],
        "created_at": f"{moment}:{number % 60:02}.000Z",
        "updated_at": f"{moment}:{number % 60:02}.000Z",
    }


def _varying(number: int) -> tuple[int, str, int, str, int, int]:
    """Timeout, site, channel limit, profile id, team and region of one application."""
    profile = str(FIRST_ID + 731_499 + number % 20)
    return 20 + number % 10, SITES[number % 4], 10 + number % 7, profile, number % 12, number % 5
