"""Why faxes fail: each reason that the API gives, as what happened and what to do.

Source: official SDKs: `failure_reason` of `Fax`, whose list of common values is an open set; API
description: webhook schema `FaxFailed` (`rejected`). What they mean is told there by their names
alone, but for the two limits, which the description of `SendFax` states.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from faxops.model.fax import Fax


@dataclass(frozen=True, slots=True)
class FaxFailure:
    """A reason in plain words, two sentences: `happened` and `advice`."""

    happened: str
    advice: str


def failure_of(fax: Fax) -> FaxFailure | None:
    """Why `fax` failed; None if it did not fail. A reason that nobody knows is shown as it is."""
    if fax.status != "failed":
        return None
    reason = fax.failure_reason or fax.internal_failure_reason
    if not reason:
        return FaxFailure("The API gives no reason.", _ASK)
    return FAX_FAILURES.get(reason) or FaxFailure(f"The API gives the reason {reason}.", _ASK)


_ASK: Final = "Send it again; if that fails too, ask Telnyx support and name the fax's id."
_AGAIN: Final = "Send it again later."
_LINE: Final = (
    "Send it again; if it fails each time, try `t38_enabled: false` or a lower `quality`."
)
_NUMBER: Final = "Check the number, digit by digit and with its country code."
_ASK_RECEIVER: Final = "Ask the receiver whether their fax machine is on and answers calls."
_VERIFY: Final = "Verify the number in the Telnyx portal, or upgrade the account there."

FAX_FAILURES: Final = {
    "receiver_call_dropped": FaxFailure(
        "The receiver's side hung up before the fax was through.", _LINE
    ),
    "sender_call_dropped": FaxFailure(
        "The sender's side hung up before the fax was through.", _LINE
    ),
    "sender_canceled": FaxFailure(
        "The fax was cancelled before it was through.",
        "Nothing, if that was meant; else send it again.",
    ),
    "carrier_lost": FaxFailure("The fax signal was lost during the call.", _LINE),
    "service_unavailable": FaxFailure(
        "A carrier on the way could not take the call at that moment.", _AGAIN
    ),
    "fax_signaling_error": FaxFailure(
        "The two fax machines could not agree on how to talk to each other.", _LINE
    ),
    "receiver_communication_error": FaxFailure(
        "The receiver's fax machine broke off or garbled the transmission.", _LINE
    ),
    "sender_communication_error": FaxFailure(
        "The sending side broke off or garbled the transmission.", _LINE
    ),
    "receiver_decline": FaxFailure(
        "The receiver declined the call.", "Ask the receiver to accept calls from your number."
    ),
    "receiver_recovery_on_timer_expire": FaxFailure(
        "A time limit of the call ran out while the receiver's network was awaited.", _AGAIN
    ),
    "receiver_no_response": FaxFailure("The receiver's network did not respond.", _AGAIN),
    "receiver_invalid_number_format": FaxFailure(
        "The receiver's network does not accept the form of the number.",
        "Write `to` in E.164: a plus, the country code, the number, as in +13127367276.",
    ),
    "receiver_no_answer": FaxFailure("Nobody picked up the call.", _ASK_RECEIVER),
    "receiver_incompatible_destination": FaxFailure(
        "What answers at the number cannot receive a fax.",
        "Ask the receiver for the number of a fax machine.",
    ),
    "receiver_unallocated_number": FaxFailure("The number belongs to nobody.", _NUMBER),
    "destination_unreachable": FaxFailure("The call found no way to the number.", _NUMBER),
    "user_busy": FaxFailure("The line was busy.", _AGAIN),
    "invalid_ecm_response_from_receiver": FaxFailure(
        "The receiver's fax machine answered wrongly during error correction (ECM).", _LINE
    ),
    "fax_initial_communication_timeout": FaxFailure(
        "The call was answered, and no fax machine was heard in time.", _ASK_RECEIVER
    ),
    "destination_not_in_service_plan": FaxFailure(
        "The service plan of the outbound voice profile does not cover the destination.",
        "Change the profile's service plan, or use another profile.",
    ),
    "account_disabled": FaxFailure(
        "The Telnyx account is disabled.", "Settle that with Telnyx: payment, or verification."
    ),
    "destination_invalid": FaxFailure("The number cannot exist.", _NUMBER),
    "no_outbound_profile": FaxFailure(
        "The fax application has no outbound voice profile, without which nothing is sent.",
        "Set `outbound.outbound_voice_profile_id` of the application and apply.",
    ),
    "destination_not_in_countries_whitelist": FaxFailure(
        "The outbound voice profile does not permit calls to that country.",
        "Add the country to the profile's `whitelisted_destinations`.",
    ),
    "user_channel_limit_exceeded": FaxFailure(
        "The account had as many calls at once as it may have.", _AGAIN
    ),
    "outbound_profile_channel_limit_exceeded": FaxFailure(
        "The outbound voice profile had as many calls at once as it may have.",
        "Send it again later, or raise the profile's `concurrent_call_limit`.",
    ),
    "connection_channel_limit_exceeded": FaxFailure(
        "The fax application had as many calls at once as it may have.",
        "Send it again later, or raise `outbound.channel_limit` of the application and apply.",
    ),
    "outbound_profile_daily_spend_limit_exceeded": FaxFailure(
        "The outbound voice profile has spent what it may spend in a day.",
        "Send it again tomorrow, or raise the profile's `daily_spend_limit`.",
    ),
    "unverified_origination_number": FaxFailure(
        "The account may not send from this number, because it is not verified.", _VERIFY
    ),
    "unverified_destination_not_allowed": FaxFailure(
        "The account may send to verified numbers only, and this one is not.", _VERIFY
    ),
    "file_format_invalid": FaxFailure(
        "The file is of no format that Telnyx can fax, or it is damaged.",
        "Use PDF, TIFF, JPEG, PNG, DOC, DOCX, RTF or TXT, and open it to see that it is whole.",
    ),
    "file_download_failed": FaxFailure(
        "Telnyx could not download the file from its `media_url`.",
        "Make the URL answer 200 from the internet, without login and without a redirect.",
    ),
    "file_size_limit_exceeded": FaxFailure(
        "The file is larger than 50 MB.", "Make it smaller, or send it in parts."
    ),
    "page_count_limit_exceeded": FaxFailure(
        "The file has more than 350 pages.", "Send it in parts."
    ),
    "media_processing_exception": FaxFailure(
        "Telnyx could not turn the file into fax pages.",
        "Save the document as PDF anew and send that.",
    ),
    "rejected": FaxFailure(
        "The call was rejected on its way to the receiver.",
        "Ask the receiver to accept calls from your number; if they do, ask Telnyx support.",
    ),
}
"""Every reason that is known, in the order of the official list."""
