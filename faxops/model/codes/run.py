"""The codes of a run: FX8xx what the API said or didn't, FX9xx what was asked of faxops."""

from __future__ import annotations

from typing import Final

from faxops.model.codes.code import Code

RUN_CODES: Final = (
    Code("FX800", "Request failed", "A request to Telnyx did not end as documented."),
    Code(
        "FX801",
        "Authentication failed",
        "The API key is missing, mistyped or revoked (401). `faxops doctor` tells where the key"
        " is read from.",
    ),
    Code(
        "FX802",
        "Permission denied",
        "The key is good, and the account or its level does not permit this (403).",
    ),
    Code("FX803", "Not found", "The object is not there, or not any more (404)."),
    Code(
        "FX804",
        "Request rejected",
        "The API judged the request itself; its own code, title and detail say why, and the"
        " pointer names the field.",
    ),
    Code(
        "FX805",
        "Rate limited",
        "The API asked to slow down (429) until the last try. Nothing of the request was done;"
        " run again later.",
    ),
    Code("FX806", "Server failed", "The API failed (5xx) until the last try."),
    Code(
        "FX807",
        "Malformed answer",
        "The reply is not what the API documents: no JSON, cut short, or without what it must"
        " hold. A proxy in between may have made it.",
    ),
    Code(
        "FX808",
        "Unreachable",
        "No reply came: the connection was refused, reset or timed out. Check the network, the"
        " proxy and --base-url with `faxops doctor`.",
    ),
    Code(
        "FX810",
        "Account not read whole",
        "The pages of a listing never agreed with each other, so nothing was decided from them.",
    ),
    Code(
        "FX811",
        "Wrong account",
        "The key belongs to another organization than `account` says. Nothing was changed.",
    ),
    Code(
        "FX812",
        "Withheld",
        "A write was not sent, because the run had lost its lock, could not be sure any more to"
        " hold it, or was interrupted. Nothing of that write was done; run apply again.",
    ),
    Code(
        "FX813",
        "Outcome unknown",
        "A request was sent and no answer says whether it was carried out, or a fax had not come to"
        " its end in the time given. Look at the fax before doing it again.",
    ),
    Code(
        "FX814",
        "Delivery not verified",
        "A webhook delivery that Telnyx did not sign for this account, that was altered, or whose"
        " timestamp is more than 5 minutes away. The message is the same for all of them. Check"
        " the public key, the clock, and that the body is exactly the bytes that came.",
    ),
    Code(
        "FX815",
        "Audit log not read",
        "`faxops drift --who` could not read the account's audit events, so nobody is named. The"
        " key may not be allowed to; the drift itself was found all the same.",
    ),
    Code("FX900", "Internal failure", "A bug of faxops. Please report it."),
    Code("FX901", "Wrong usage", "A flag, an argument or an environment variable means nothing."),
    Code("FX902", "Not a saved plan", "The file is none, or one of a newer version of faxops."),
    Code("FX903", "Interrupted", "A signal ended the run before any write was sent."),
    Code(
        "FX904",
        "Not writable",
        "A file that the run must write can't be opened. That was found before the first write.",
    ),
    Code(
        "FX905",
        "Store failed",
        "The database that --state names can't be reached, refused a query or did not answer in"
        " time. Before the first write that ends the run; later it only stops the sending once the"
        " lock can't be renewed. The same is said when the database of the emulator fails, which"
        " stops a served one.",
    ),
    Code(
        "FX906",
        "Row can't be sent",
        "A row of the table of `faxops fax send --batch` is no fax that the API would take. Nothing"
        " is sent until every row is right.",
    ),
    Code(
        "FX910",
        "Comment failed",
        "A request about the comment on a pull or merge request failed at GitHub or GitLab, or got"
        " no answer. Run again: the comment is found by its marker, and never written twice.",
    ),
    Code(
        "FX911",
        "Comment not permitted",
        "GitHub or GitLab refused the token (401), or it may not comment there (403). On GitHub the"
        " job needs `permissions: {pull-requests: write}`; a pull request from a fork gets a token"
        " that can only read, so the text goes to the job's summary. On GitLab the token needs the"
        " scope `api`.",
    ),
)
