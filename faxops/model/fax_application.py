"""The fax application: the table from which schema, diff, payloads, export and docs are derived.

Sources: the API description (FaxApplication, CreateFaxApplicationRequest,
UpdateFaxApplicationRequest), and Telnyx's list of API errors (10003: a URL has at most 2000
characters).
"""

from __future__ import annotations

from typing import Final

from faxops.model.field import Field, FieldType
from faxops.model.kind import ResourceKind

MAX_URL_LENGTH: Final = 2000

FAX_APPLICATION: Final = ResourceKind(
    name="fax_application",
    collection="fax_applications",
    singular="application",
    defaults_key="defaults",
    title="Fax application",
    name_field="application_name",
    patch_requires=("application_name", "webhook_event_url"),
    fields=(
        Field(
            "application_name",
            FieldType.STRING,
            "Application name",
            "The name people see in the portal. It is not the identity: it may be changed at any"
            " time, and two applications may share one.",
            ("Intake",),
            required=True,
            min_length=1,
        ),
        Field(
            "webhook_event_url",
            FieldType.URL,
            "Webhook URL",
            "Where events of this application's faxes are delivered. With its scheme.",
            ("https://hooks.clinic.example/fax/intake",),
            required=True,
            max_length=MAX_URL_LENGTH,
        ),
        Field(
            "webhook_event_failover_url",
            FieldType.URL,
            "Webhook failover URL",
            "Where an event goes when the webhook URL did not answer 200.",
            ("https://hooks.clinic.example/fax/failover",),
            nullable=True,
            unset_text=True,
            max_length=MAX_URL_LENGTH,
        ),
        Field(
            "webhook_timeout_secs",
            FieldType.INTEGER,
            "Webhook timeout",
            "Seconds to wait for the answer to a webhook.",
            (25,),
            nullable=True,
            minimum=0,
            maximum=30,
        ),
        Field(
            "active",
            FieldType.BOOLEAN,
            "Active",
            "Whether the application takes and sends faxes.",
            (True,),
            default=True,
        ),
        Field(
            "anchorsite_override",
            FieldType.CHOICE,
            "Anchorsite",
            "The site that media passes through; `Latency` lets Telnyx choose the nearest.",
            ("Chicago, IL",),
            default="Latency",
            choices=(
                "Latency",
                "Chicago, IL",
                "Ashburn, VA",
                "San Jose, CA",
                "Sydney, Australia",
                "Amsterdam, Netherlands",
                "London, UK",
                "Toronto, Canada",
                "Vancouver, Canada",
                "Frankfurt, Germany",
            ),
        ),
        Field(
            "inbound.channel_limit",
            FieldType.INTEGER,
            "Inbound channel limit",
            "How many faxes may be received at once; null is no limit.",
            (10,),
            nullable=True,
        ),
        Field(
            "inbound.sip_subdomain",
            FieldType.STRING,
            "SIP subdomain",
            "The name under sip.telnyx.com at which the application can be called over SIP.",
            ("intake",),
            nullable=True,
            unset_text=True,
        ),
        Field(
            "inbound.sip_subdomain_receive_settings",
            FieldType.CHOICE,
            "SIP subdomain receive settings",
            "Who may call the SIP subdomain: anyone, or only connections of the same account.",
            ("only_my_connections",),
            default="from_anyone",
            choices=("only_my_connections", "from_anyone"),
        ),
        Field(
            "outbound.channel_limit",
            FieldType.INTEGER,
            "Outbound channel limit",
            "How many faxes may be sent at once; null is no limit.",
            (10,),
            nullable=True,
        ),
        Field(
            "outbound.outbound_voice_profile_id",
            FieldType.ID,
            "Outbound voice profile",
            "The profile that sending is billed and limited by. Needed only to send. A number in"
            " quotes.",
            ("1293384261075731499",),
            nullable=True,
            unset_text=True,
            cleared_by="",
            pattern=r"^[0-9]+$",
        ),
        Field(
            "tags",
            FieldType.TAGS,
            "Tags",
            "Labels of the application, a set. Those under `faxops.` are faxops' own.",
            ("team-intake",),
            default=frozenset(),
        ),
        Field(
            "fax_email_recipient",
            FieldType.EMAIL,
            "E-mail recipient",
            "The mailbox that received faxes are forwarded to as attachments. The API takes it"
            " by PATCH alone and may not return it; when the line goes, it is cleared.",
            ("intake@clinic.example",),
            nullable=True,
            unset_text=True,
            write_only=True,
            max_length=320,
        ),
    ),
)
