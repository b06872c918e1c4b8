"""What the real API does where nobody has said it: a switch for each, naming every candidate.

The first value of each switch is its default: the strictest one that the API description allows,
so that what works here is unlikely to fail there. The reason stands beside each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Literal, get_args, get_type_hints


@dataclass(frozen=True, slots=True)
class Behaviours:
    """One choice for every unconfirmed behaviour.

    patch_fields: may a PATCH of a fax application leave out `application_name` and
        `webhook_event_url`? The description requires both.
    nested_patch: does `inbound` or `outbound` in a PATCH replace the stored object, so that a key
        left out falls back to its default, or is it merged? Replacing forgives nothing.
    recipient_in_replies: do replies carry `fax_email_recipient`? The response schema has no such
        field.
    recipient_on_create: what a POST that carries `fax_email_recipient` does. The create schema
        has no such field and forbids none, so it is ignored.
    duplicate_name: may two applications share a name (else 422, code 10012)? No document forbids
        it.
    duplicate_sip_subdomain: may two applications share an `inbound.sip_subdomain` (else 422, code
        10012)? It is a host name under sip.telnyx.com, which can lead to one of them only.
    tags: what becomes of an application's tags: kept as sent, dropped, lower-cased, in another
        order, or refused (422) when one holds a colon.
    unset_tags: an application without tags answers `tags: []`, the default in the schema, or no
        `tags` at all, as one made before the field existed might.
    unset_failover_url: an unset `webhook_event_failover_url` answers `""`, the default in the
        schema, or null.
    unset_voice_profile: an unset `outbound.outbound_voice_profile_id` is missing from replies, or
        null. Null is not a value of the response schema.
    null_voice_profile: may a request set `outbound_voice_profile_id` to null (else 422)? The
        description says text only.
    unknown_voice_profile: may a request name a profile that does not exist (else 422, code
        10017)? Accepted, so that a configuration runs without a seed.
    null_connection: may a PATCH of a phone number set `connection_id` to null (else 422)? The
        description says text only. The empty text detaches in either case.
    attached_delete: what DELETE of an application with numbers attached does: 422, 409 or 400
        with code 10021, or it is done and the numbers are detached. The description says that
        deletion "may be prevented".
    page_past_end: a page after the last is empty (200), or refused with 400.
    malformed_id: an id that is no number answers 400 (code 10006) to GET and DELETE, which
        declare 400, or 404. PATCH of an application declares no 400 and answers 404.
    default_order: the order of a listing that names no `sort`: newest first, as the description's
        prose says, or oldest first, as its schema says.
    descending_sort: may a fax application listing be sorted by `-created_at` and the like? The
        prose says so; the schema's enum has no such form.
    missing_voice_profile: a fax of an application without an outbound voice profile fails with
        `no_outbound_profile`, as the docs say that a profile is needed to send, or is sent.
    form_fields: which fields of a multipart send count: those of its schema, which has no
        `client_state` and no `webhook_url`, or all that a JSON send has. Others are ignored.
    client_state_in_faxes: do replies show a fax's `client_state`? The response schema has it; its
        words speak of webhooks only.
    fax_order: the order of a listing of faxes, which no document names.
    canceled_fax: what a cancelled fax becomes. There is no status for it, so it is `failed` with
        the reason `sender_canceled`, at once or, as 202 only accepts a command, at its next
        step; or it is gone.
    cancel_originated: may a fax be cancelled while it is `originated`? The description says so;
        the text of error 90080 leaves that status out.
    webhook_success: which answer of a receiver ends the delivery: 200 alone, as the fax page of
        the docs says, or any 2xx, as their page on fundamentals says.
    webhook_timeout: how long a receiver may take: two seconds, as the docs say of all webhooks,
        or the application's `webhook_timeout_secs` where it is set and not 0.
    """

    patch_fields: Literal["both_required", "partial"] = "both_required"
    nested_patch: Literal["replace", "merge"] = "replace"
    recipient_in_replies: Literal["absent", "present"] = "absent"
    recipient_on_create: Literal["ignored", "accepted", "rejected"] = "ignored"
    duplicate_name: Literal["allowed", "rejected"] = "allowed"
    duplicate_sip_subdomain: Literal["rejected", "allowed"] = "rejected"
    tags: Literal["kept", "dropped", "lower_cased", "reordered", "colons_rejected"] = "kept"
    unset_tags: Literal["empty_list", "absent"] = "empty_list"
    unset_failover_url: Literal["empty_text", "null"] = "empty_text"
    unset_voice_profile: Literal["absent", "null"] = "absent"
    null_voice_profile: Literal["rejected", "accepted"] = "rejected"
    unknown_voice_profile: Literal["accepted", "rejected"] = "accepted"
    null_connection: Literal["rejected", "accepted"] = "rejected"
    attached_delete: Literal["unprocessable", "conflict", "bad_request", "allowed"] = (
        "unprocessable"
    )
    page_past_end: Literal["empty", "bad_request"] = "empty"
    malformed_id: Literal["bad_request", "not_found"] = "bad_request"
    default_order: Literal["newest_first", "oldest_first"] = "newest_first"
    descending_sort: Literal["accepted", "rejected"] = "accepted"
    missing_voice_profile: Literal["fails", "sends"] = "fails"
    form_fields: Literal["documented", "all"] = "documented"
    client_state_in_faxes: Literal["present", "absent"] = "present"
    fax_order: Literal["newest_first", "oldest_first"] = "newest_first"
    canceled_fax: Literal["failed", "failed_later", "deleted"] = "failed"
    cancel_originated: Literal["accepted", "rejected"] = "accepted"
    webhook_success: Literal["only_200", "any_2xx"] = "only_200"
    webhook_timeout: Literal["two_seconds", "application"] = "two_seconds"


def switches() -> Mapping[str, tuple[str, ...]]:
    """The name of every switch with its values, the default first."""
    hints = get_type_hints(Behaviours)
    return {each.name: get_args(hints[each.name]) for each in fields(Behaviours)}


def behaviours_schema() -> Mapping[str, Any]:
    """JSON Schema of the `behaviours` object of a scenario file."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: {"enum": list(values)} for name, values in switches().items()},
    }


DEFAULT_BEHAVIOURS: Final = Behaviours()
