"""A kind that faxops does not manage, written as one would be: its table, and no more.

The fields are some of the API's TeXML application.
"""

from __future__ import annotations

from typing import Final

from faxops.model.field import Field, FieldType
from faxops.model.kind import ResourceKind

TEXML_APPLICATION: Final = ResourceKind(
    name="texml_application",
    collection="texml_applications",
    singular="texml_application",
    defaults_key="texml_defaults",
    title="TeXML application",
    name_field="friendly_name",
    patch_requires=("friendly_name", "voice_url"),
    fields=(
        Field(
            "friendly_name",
            FieldType.STRING,
            "Friendly name",
            "The name people see in the portal.",
            ("Menu",),
            required=True,
            min_length=1,
        ),
        Field(
            "voice_url",
            FieldType.URL,
            "Voice URL",
            "Where the instructions for a call are fetched.",
            ("https://hooks.clinic.example/menu",),
            required=True,
        ),
        Field(
            "voice_method",
            FieldType.CHOICE,
            "Voice method",
            "How they are fetched.",
            ("get",),
            default="post",
            choices=("get", "post"),
        ),
        Field(
            "tags",
            FieldType.TAGS,
            "Tags",
            "Labels of the application, a set.",
            ("team-phone",),
            default=frozenset(),
        ),
    ),
)
