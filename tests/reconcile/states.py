"""Random accounts and stacks for properties, such that a plan between them may be applied."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from faxops.config.stack import DesiredResource, Import, Removed, Stack
from faxops.model.marks import written_digest
from tests.reconcile.builders import app_id, desired, imports, moved, raw, removed, stack

KEYS = ("a", "b", "c", "d", "e")
RECIPIENT = "fax_email_recipient"
ADDRESSES = ("one@clinic.example", "two@clinic.example")
IGNORABLE = (
    "active",
    "webhook_timeout_secs",
    "inbound.channel_limit",
    "outbound.channel_limit",
    "tags",
    RECIPIENT,
)
BEHAVIOURS = st.fixed_dictionaries(
    {
        "nested_patch": st.sampled_from(["replace", "merge"]),
        "patch_fields": st.sampled_from(["both_required", "partial"]),
        "recipient_in_replies": st.sampled_from(["absent", "present"]),
        "recipient_on_create": st.sampled_from(["ignored", "accepted", "rejected"]),
        "tags": st.sampled_from(["kept", "reordered"]),
        "unset_tags": st.sampled_from(["empty_list", "absent"]),
        "unset_failover_url": st.sampled_from(["empty_text", "null"]),
        "unset_voice_profile": st.sampled_from(["absent", "null"]),
        # Else the API has no way to clear a profile.
        "null_voice_profile": st.just("accepted"),
    }
)


@dataclass(frozen=True, slots=True)
class State:
    """A stack, and the account it is applied to."""

    stack: Stack
    live: tuple[dict[str, Any], ...]

    @property
    def foreign(self) -> dict[str, dict[str, Any]]:
        """By id, what no plan may touch: neither the stack's own nor imported nor handed over."""
        wanted = {each.id for each in self.stack.imports}
        taken = {f"faxops.{each.from_stack}.{each.from_key}" for each in self.stack.moved}
        return {
            each["id"]: each
            for each in self.live
            if each["id"] not in wanted
            and not any(tag.startswith("faxops.clinic.") or tag in taken for tag in each["tags"])
        }


def fields(name: str) -> st.SearchStrategy[dict[str, Any]]:
    """The API's fields of one application, named so that no two share a name or a subdomain."""
    limits = st.sampled_from([None, 1, 10])
    timeouts = st.sampled_from([None, 0, 30])
    failovers = st.sampled_from([None, "https://failover.example/"])
    return st.fixed_dictionaries(
        {
            "active": st.booleans(),
            "webhook_event_url": st.sampled_from(["https://a.example/", "http://b.example/"]),
            "webhook_event_failover_url": failovers,
            "webhook_timeout_secs": timeouts,
            "anchorsite_override": st.sampled_from(["Latency", "Chicago, IL"]),
            "inbound": st.fixed_dictionaries(
                {
                    "channel_limit": limits,
                    "sip_subdomain": st.sampled_from([None, f"sub-{name}"]),
                    "sip_subdomain_receive_settings": st.sampled_from(
                        ["from_anyone", "only_my_connections"]
                    ),
                }
            ),
            "outbound": st.fixed_dictionaries(
                {"channel_limit": limits},
                optional={"outbound_voice_profile_id": st.sampled_from(["7", "8"])},
            ),
            "tags": st.lists(st.sampled_from(["x", "y", "Z"]), unique=True),
        }
    )


@st.composite
def wanted(draw: st.DrawFn, key: str) -> DesiredResource:
    """A desired resource with any of its fields."""
    recipients: list[dict[str, Any]] = [{}, *({RECIPIENT: each} for each in (None, *ADDRESSES))]
    return desired(
        key,
        application_name=f"Desired {key}",
        prevent_destroy=draw(st.booleans()),
        ignore_changes=draw(st.sets(st.sampled_from(IGNORABLE), max_size=2)),
        **draw(fields(key)),
        **draw(st.sampled_from(recipients)),
    )


@st.composite
def found(draw: st.DrawFn, number: int, name: str, *marks: str) -> dict[str, Any]:
    """A live application with these marks, any fields, and perhaps things that are unknown."""
    recipient = draw(st.sampled_from([None, *ADDRESSES]))
    values = draw(fields(name))
    tags = values.pop("tags")
    if recipient and marks and draw(st.booleans()):
        tags.append("faxops.w." + written_digest(app_id(number), RECIPIENT, recipient))
    if draw(st.booleans()):
        values["inbound"]["codec"] = "t38"
        values["newer_field"] = {"deep": [1, None]}
    return raw(number, *marks, tags=tags, **values, fax_email_recipient=recipient)


@st.composite
def states(draw: st.DrawFn) -> State:
    """Each key is created, updated, adopted, handed over, renamed, destroyed or given up."""
    resources: list[DesiredResource] = []
    adopted: list[Import] = []
    moves: list[Any] = []
    given_up: list[Removed] = []
    live: list[dict[str, Any]] = []
    fates = st.sampled_from(
        ["create", "update", "adopt", "hand over", "rename", "destroy", "give up", "nothing"]
    )
    for number, key in enumerate(KEYS, 1):
        fate = draw(fates)
        mark = {"update": key, "hand over": f"hospital/{key}", "rename": f"old-{key}"}.get(
            fate, key
        )
        if fate in ("create", "update", "adopt", "hand over", "rename"):
            resources.append(draw(wanted(key)))
        if fate == "adopt":
            live.append(draw(found(number, key)))
            adopted.append(imports(number, key))
        elif fate not in ("create", "nothing"):
            keep = ["keep"] if fate != "destroy" and draw(st.booleans()) else []
            live.append(draw(found(number, key, mark, *keep)))
        if fate in ("hand over", "rename"):
            moves.append(moved(mark, key))
        if fate == "give up":
            given_up.append(removed(key))
    for number in range(11, draw(st.integers(11, 14))):
        owner = draw(st.sampled_from([(), ("hospital/x",), ("hospital/y", "keep")]))
        live.append(draw(found(number, f"n{number}", *owner)))
    return State(
        stack(*resources, imports=adopted, moved=moves, removed=given_up),
        tuple(draw(st.permutations(live))),
    )
