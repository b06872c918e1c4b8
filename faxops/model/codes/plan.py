"""The codes of a plan, FX7xx: what forbids applying it, or what to look at before."""

from __future__ import annotations

from typing import Final

from faxops.model.codes.code import Code

PLAN_CODES: Final = (
    Code(
        "FX700",
        "Refused",
        "A rule of ownership forbids what was asked for. The message names it.",
    ),
    Code(
        "FX701",
        "Strange stack",
        "The stack owns live applications, and the configuration has not one of them. Most likely"
        " another repository uses the same stack name for this account, and all that it made"
        " would be destroyed.",
        "stack: fax          # another team's, too",
        "stack: fax-billing",
    ),
    Code(
        "FX702",
        "Import of a foreign application",
        "The application carries the mark of another stack, so somebody else's configuration"
        " wants it too. It is handed over with `moved`, never taken with `imports`.",
        'imports: [{id: "1293384261075731499", to: intake}]',
        "moved: [{from: other-stack/intake, to: intake}]",
    ),
    Code(
        "FX703",
        "Import of nothing",
        "The account has no application of this id. The id may be mistyped, or the API key be of"
        " another account.",
    ),
    Code(
        "FX704",
        "One application, two keys",
        "Two entries claim the same live application, or an import names one that already is"
        " another key of this stack. Which of them is meant can't be guessed.",
        'imports: [{id: "1293384261075731499", to: intake}]   # it is front-desk',
        "moved: [{from: front-desk, to: intake}]",
    ),
    Code(
        "FX705",
        "Import contradicts the mark",
        "The key already is a live application, and `imports` names another one.",
    ),
    Code(
        "FX706",
        "Removal of what is not owned",
        "`removed` names an application by its id, and this stack's mark is not on it.",
    ),
    Code(
        "FX707",
        "Two marks of one stack",
        "A live application carries the marks of two keys of this stack. Someone copied tags by"
        " hand; take off the one that is wrong.",
    ),
    Code(
        "FX708",
        "Same name",
        "A create would make a second application of a name that an unmanaged one has already."
        " Usually that one is meant: adopt it with `imports`.",
        "fax_applications: {intake: {application_name: Intake, …}}",
        'imports: [{id: "1293384261075731499", to: intake}]',
    ),
    Code(
        "FX709",
        "Same name in another stack",
        "A warning: an application of another stack has the name that a create would give. In the"
        " portal nobody can tell the two apart.",
    ),
    Code(
        "FX710",
        "Duplicates",
        "Several live applications carry the mark of one key, as two applies at the same time can"
        " leave them. Keep the one that numbers point at, and settle the others by id.",
        "# two applications marked faxops.clinic.intake",
        'removed: [{id: "1293384261075731499", destroy: true}]',
    ),
    Code(
        "FX711",
        "Both ends of a move are live",
        "`moved` says that one key became the other, and there is a live application of each.",
    ),
    Code(
        "FX712",
        "Duplicate that is the only one",
        "`removed` names an application by its id as if it were a duplicate, and its key, which"
        " is still wanted, has no other. It would be destroyed and created anew under another"
        " id, which no phone number and no sender knows.",
    ),
    Code(
        "FX713",
        "Unknown live value",
        "A warning: the live field holds a value that this version of faxops does not know, so the"
        " API may have learnt a new one. The plan sets it back to the file's.",
    ),
    Code(
        "FX714",
        "Live state not read",
        "With --offline, two configurations are compared without a key. What somebody changed in"
        " the account does not show.",
    ),
    Code(
        "FX715",
        "Causes unknown",
        "The configuration at the merge base cannot be used, so no change can be told to be of"
        " this branch or not.",
    ),
    Code(
        "FX720",
        "Protected",
        "The application carries `faxops.keep`, which `prevent_destroy` has put there. It is"
        " destroyed only after an earlier apply has taken the tag off, so that one careless"
        " change is not enough.",
        "# the whole block deleted at once",
        "lifecycle: {prevent_destroy: false}   # apply this first, delete the block later",
    ),
    Code(
        "FX721",
        "Owned by two stacks",
        "The application would be destroyed, and another stack has its mark on it too. Give it up"
        " instead.",
        "# the block deleted",
        "removed: [{key: intake, destroy: false}]",
    ),
    Code(
        "FX722",
        "Numbers attached",
        "Phone numbers still point to the application that would be destroyed; their faxes would"
        " go nowhere. Assign them to another application first.",
    ),
    Code(
        "FX740",
        "Too many deletes",
        "The plan destroys more than `max_deletes` allows, counted against what the stack owns.",
    ),
    Code(
        "FX741",
        "Too many changes",
        "The plan changes, imports and forgets more than `max_changes` allows, counted against"
        " what the stack owns.",
    ),
    Code(
        "FX742",
        "Too many creates",
        "The plan creates more than `max_creates` allows, counted against what the file wants.",
    ),
    Code(
        "FX743",
        "Everything would be destroyed",
        "An emptied file, a wrong include or a wrong environment would look like this. If it is"
        " meant, `--destroy` permits it; what is protected stays refused all the same.",
    ),
    Code(
        "FX744",
        "Too risky",
        "A change has a named risk above `max_risk`.",
    ),
    Code(
        "FX745",
        "Not of this branch",
        "With --fail-on-unrelated: the plan holds changes that this branch did not cause, or did"
        " not cause alone. The main branch was not applied, or somebody changed the account.",
    ),
    Code(
        "FX750",
        "SIP subdomains in a circle",
        "Applications would trade their SIP subdomains, and none can take one before another has"
        " given it up.",
    ),
    Code(
        "FX751",
        "SIP subdomain of what is destroyed last",
        "A change takes the SIP subdomain of an application that is destroyed in the same plan,"
        " which happens only after everything else.",
    ),
    Code(
        "FX760",
        "Stale plan",
        "Applying the saved plan would not do exactly what it shows: the configuration, the"
        " account or the file itself is another one by now. Nothing was changed.",
    ),
    Code(
        "FX770",
        "Locked",
        "Another run is applying the same stack of the same account, and two at once could create"
        " one application twice. The message names that run. Wait for it with --lock-timeout; what"
        " to do about a lock that a dead run has left is told in docs/locks-and-history.md.",
    ),
)
