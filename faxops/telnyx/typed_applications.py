"""Fax applications for programs: typed, and written safely.

Source: API description: `ListFaxApplications`, `CreateFaxApplication`, `GetFaxApplication`,
`UpdateFaxApplication`, `DeleteFaxApplication`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self, TypedDict, Unpack, cast

from faxops.errors import ObjectNotFound, UsageError
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.telnyx.client import TelnyxClient
from faxops.telnyx.fax_applications import FAX_APPLICATIONS
from faxops.telnyx.listing import read_whole

_HINT: Final = "`fax_applications.list()` names those that are there."


@dataclass(frozen=True, slots=True)
class Inbound:
    """How faxes are received; no limit is None."""

    channel_limit: int | None
    sip_subdomain: str | None
    sip_subdomain_receive_settings: str


@dataclass(frozen=True, slots=True)
class Outbound:
    """How faxes are sent; no limit is None."""

    channel_limit: int | None
    outbound_voice_profile_id: str | None


@dataclass(frozen=True, slots=True)
class FaxApplication:
    """A fax application as the account holds it, defaults filled in.

    `tags` are all of its tags, faxops' own included. `webhook_timeout_secs` is in seconds.
    `fax_email_recipient` is None also where the API does not tell it. `created_at` and
    `updated_at` are the API's texts (ISO 8601). `raw` is the API's object whole.
    """

    id: str
    application_name: str
    webhook_event_url: str
    webhook_event_failover_url: str | None
    webhook_timeout_secs: int | None
    active: bool
    anchorsite_override: str
    inbound: Inbound
    outbound: Outbound
    tags: frozenset[str]
    created_at: str
    updated_at: str
    fax_email_recipient: str | None = None
    raw: Mapping[str, Any] = field(default_factory=dict[str, Any], repr=False, compare=False)

    @classmethod
    def read(cls, live: LiveResource) -> Self:
        """Read a live object by the table of fields."""
        values = FAX_APPLICATION.canonical(live.raw)
        sections: dict[str, dict[str, Any]] = {name: {} for name in FAX_APPLICATION.sections}
        tops: dict[str, Any] = {}
        for path, value in values.items():
            top, _, nested = path.partition(".")
            if nested:
                sections[top][nested] = value
            else:
                tops[top] = value
        return cls(
            id=live.id,
            inbound=Inbound(**sections["inbound"]),
            outbound=Outbound(**sections["outbound"]),
            created_at=live.created_at,
            updated_at=live.updated_at,
            raw=live.raw,
            **tops,
        )


class InboundFields(TypedDict, total=False):
    """What may be set of `inbound`."""

    channel_limit: int | None
    sip_subdomain: str | None
    sip_subdomain_receive_settings: str


class OutboundFields(TypedDict, total=False):
    """What may be set of `outbound`."""

    channel_limit: int | None
    outbound_voice_profile_id: str | None


class NewFields(TypedDict, total=False):
    """What may be set when an application is created, beside its name and URL."""

    webhook_event_failover_url: str | None
    webhook_timeout_secs: int | None
    active: bool
    anchorsite_override: str
    inbound: InboundFields
    outbound: OutboundFields
    tags: Collection[str]


class ChangedFields(NewFields, total=False):
    """What may be set later."""

    application_name: str
    webhook_event_url: str
    fax_email_recipient: str | None


class FaxApplications:
    """The fax applications of the account that `client` is connected to."""

    def __init__(self, client: TelnyxClient) -> None:
        self._client = client

    async def list(self) -> tuple[FaxApplication, ...]:
        """Every fax application, oldest first, read so that none can be missed.

        Raises `IncompleteListing` when the pages never agreed, or an `ApiError`.
        """
        sort = {"sort": FAX_APPLICATIONS.sort}
        listing = await read_whole(self._client, FAX_APPLICATIONS.path, sort)
        live = (LiveResource.read(FAX_APPLICATION, item) for item in listing.items)
        return tuple(FaxApplication.read(each) for each in live)

    async def get(self, object_id: str) -> FaxApplication:
        """The application as it stands. Raises `ObjectNotFound` if there is none of that id."""
        return FaxApplication.read(await self._live(object_id))

    async def create(
        self, application_name: str, webhook_event_url: str, **fields: Unpack[NewFields]
    ) -> FaxApplication:
        """Create an application; what is left out gets the API's default.

        Raises an `ApiError`. If its `processed` is "maybe", the application may be there: list
        before you create it again, for the API takes a name twice.
        """
        payload = _payload({}, cast("Mapping[str, Any]", fields))
        payload |= {"application_name": application_name, "webhook_event_url": webhook_event_url}
        return FaxApplication.read(await FAX_APPLICATIONS.create(self._client, payload))

    async def update(self, object_id: str, **fields: Unpack[ChangedFields]) -> FaxApplication:
        """Change these fields and no other; None clears a field, and `tags` replaces all tags.

        Costs a GET before the PATCH. Raises `ObjectNotFound` if there is none of that id, or
        another `ApiError`.
        """
        live = await self._live(object_id)
        payload = _payload(live.raw, cast("Mapping[str, Any]", fields))
        for name in FAX_APPLICATION.patch_requires:
            payload.setdefault(name, live.raw.get(name))
        return FaxApplication.read(await FAX_APPLICATIONS.update(self._client, object_id, payload))

    async def delete(self, object_id: str) -> None:
        """Delete the application; one that is gone already counts as deleted."""
        await FAX_APPLICATIONS.delete(self._client, _checked(object_id))

    async def _live(self, object_id: str) -> LiveResource:
        found = await FAX_APPLICATIONS.get(self._client, _checked(object_id))
        if found is None:
            raise ObjectNotFound(
                f"There is no fax application {object_id}.",
                request=f"GET {FAX_APPLICATIONS.path_of(object_id)}",
                status=404,
                hint=_HINT,
            )
        return found


def _payload(live: Mapping[str, Any], fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields as the API takes them; a nested object whole, as `live` has it beside them.

    The API does not say if it merges nested objects (API description: UpdateFaxApplication).
    """
    payload: dict[str, Any] = {}
    for name, value in fields.items():
        if name in FAX_APPLICATION.sections:
            section = cast("Mapping[str, Any]", live.get(name) or {})
            kept = {key: each for key, each in section.items() if each is not None}
            changed = {key: _cleared(f"{name}.{key}", each) for key, each in value.items()}
            payload[name] = kept | changed
        else:
            payload[name] = sorted(value) if name == "tags" else _cleared(name, value)
    return payload


def _cleared(path: str, value: object) -> object:
    """`value`, or what clears the field if it is None."""
    known = FAX_APPLICATION.by_path.get(path)
    if known is None:
        raise UsageError(f"A fax application has no field {path}.", hint="See FaxApplication.")
    return known.cleared_by if value is None else value


def _checked(object_id: str) -> str:
    if not object_id:
        raise UsageError("The id of a fax application can't be empty.", hint=_HINT)
    return object_id
