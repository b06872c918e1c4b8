"""States of a configuration, which together set, change and clear every field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

PROFILE = "1293384261075731500"
OTHER_PROFILE = "1293384261075731501"
ADOPTED = "1293384261075731502"
_HEAD = """\
version: 1
stack: clinic
defaults:
  webhook_event_url: https://hooks.clinic.example/fax
"""
FIRST = f"""{_HEAD}
fax_applications:
  full:
    application_name: Full
    webhook_event_url: https://hooks.clinic.example/full
    webhook_event_failover_url: https://failover.clinic.example/full
    webhook_timeout_secs: 25
    active: false
    anchorsite_override: Chicago, IL
    inbound:
      channel_limit: 10
      sip_subdomain: full
      sip_subdomain_receive_settings: only_my_connections
    outbound: {{channel_limit: 10, outbound_voice_profile_id: "{PROFILE}"}}
    tags: [team-a, "Ümlaut & Söhne"]
    fax_email_recipient: full@clinic.example
    lifecycle: {{prevent_destroy: true}}
  bare: {{}}
  adopted: {{application_name: Adopted, webhook_timeout_secs: 5}}
  old-name: {{}}
  given-up: {{}}
fleets:
  clinics:
    rows: [{{code: north}}, {{code: south}}]
    key: clinic-${{row.code}}
    application: {{webhook_event_url: "https://hooks.clinic.example/fax/${{row.code}}"}}
imports: [{{id: "{ADOPTED}", to: adopted}}]
"""
SECOND = f"""{_HEAD}
fax_applications:
  full:
    application_name: Still full
    webhook_event_url: https://hooks.clinic.example/still-full
    webhook_event_failover_url: https://failover.clinic.example/still-full
    webhook_timeout_secs: 0
    active: true
    anchorsite_override: Frankfurt, Germany
    inbound:
      channel_limit: 1
      sip_subdomain: still-full
      sip_subdomain_receive_settings: from_anyone
    outbound: {{channel_limit: 1, outbound_voice_profile_id: "{OTHER_PROFILE}"}}
    tags: [team-b]
    fax_email_recipient: still-full@clinic.example
  bare: {{}}
  adopted: {{application_name: Adopted, webhook_timeout_secs: 5}}
  new-name: {{}}
fleets:
  clinics:
    rows: [{{code: north}}]
    key: clinic-${{row.code}}
    application: {{webhook_event_url: "https://hooks.clinic.example/fax/${{row.code}}"}}
moved: [{{from: old-name, to: new-name}}]
removed: [{{key: given-up, destroy: false}}]
"""
CLEARED = f"""{_HEAD}
fax_applications:
  full: {{}}
  bare: {{}}
  adopted: {{}}
  new-name: {{}}
  clinic-north: {{}}
"""
WITH_PROFILE = f"""{_HEAD}
fax_applications: {{one: {{outbound: {{outbound_voice_profile_id: "{PROFILE}"}}}}, two: {{}}}}
"""
WITHOUT_PROFILE = f"""{_HEAD}
fax_applications: {{one: {{}}, two: {{}}}}
"""
EMPTY = "version: 1\nstack: clinic\n"


def seed(*, applications: int) -> Mapping[str, Any]:
    """An account with the profiles, the application to adopt, and others that nobody manages."""
    url = "https://hooks.elsewhere.example/fax"
    # What a stranger set, so that the reply to a listing is more than defaults.
    unmanaged = {
        "webhook_event_url": url,
        "webhook_event_failover_url": url,
        "inbound": {"channel_limit": 3},
        "tags": ["portal"],
    }
    return {
        "outbound_voice_profiles": [
            {"id": PROFILE, "name": "Clinic"},
            {"id": OTHER_PROFILE, "name": "Hospital"},
        ],
        "fax_applications": [
            {
                "id": ADOPTED,
                "application_name": "By hand",
                "webhook_event_url": url,
                "webhook_event_failover_url": url,
            },
            *({**unmanaged, "application_name": f"Other {n}"} for n in range(applications - 1)),
        ],
        "phone_numbers": [{"phone_number": "+12025550142", "connection_id": ADOPTED}],
    }
