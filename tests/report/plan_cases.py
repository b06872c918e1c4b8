"""One plan for everything that a plan's report can say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from faxops.config.stack import Guards, Import, Limit, Moved, Policy, Removed
from faxops.model.diagnostic import Diagnostic, Place, Severity
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions
from faxops.report.plan_document import Document, PlanContext, plan_document
from tests.report.plans import application, context, desired, live, planned, stack

Case = tuple[Plan, PlanContext]

_PLACE = Place("faxops.yaml", 40, 3)
_MAILBOX = "intake@clinic.example"
_PATH = "s3cr3t-path-7781"


def _empty() -> Case:
    return planned(stack(desired("intake")), [live(1, "intake")]), context()


def _one_of_each() -> Case:
    resources = (
        desired("adopted", application("Adopted"), line=3),
        desired("intake", application(active=False), line=12),
        desired("new", application("New"), line=20),
    )
    account = [
        live(1, None, application("Adopted")),
        live(2, "intake"),
        live(3, "gone", application("Gone")),
        live(4, "given-up", application("Given up")),
    ]
    configuration = stack(
        *resources,
        imports=(Import(account[0].id, "adopted", _PLACE),),
        removed=(Removed(_PLACE, key="given-up"),),
    )
    return planned(configuration, account), context()


def _create_with_many_fields() -> Case:
    raw = application(
        "Intake",
        webhook_event_failover_url="https://failover.clinic.example/fax",
        webhook_timeout_secs=25,
        active=False,
        anchorsite_override="Chicago, IL",
        inbound={
            "channel_limit": 10,
            "sip_subdomain": "intake",
            "sip_subdomain_receive_settings": "only_my_connections",
        },
        outbound={"channel_limit": 5, "outbound_voice_profile_id": "1293384261075731499"},
        tags=["team-intake", "floor-2"],
        fax_email_recipient="open@clinic.example",
    )
    return planned(stack(desired("intake", raw, prevent_destroy=True))), context()


def _update_of_many_fields() -> Case:
    before = application(
        webhook_timeout_secs=25,
        inbound={"channel_limit": 10},
        tags=["team-intake", "floor-2", "old"],
        fax_email_recipient="old@clinic.example",
    )
    after = application(
        "Intake \u53d7\u4ed8",
        "https://hooks.clinic.example/fax/" + "a-long-path/" * 8,
        inbound={"channel_limit": 4, "sip_subdomain": "intake"},
        tags=["team-intake", "floor-2", "floor-3"],
        fax_email_recipient=None,
    )
    resource = desired("intake", after, prevent_destroy=True)
    return planned(stack(resource), [live(1, "intake", before)]), context()


def _all_tags_replaced() -> Case:
    before, after = application(tags=["old"]), application(tags=["new", "newer"])
    return planned(stack(desired("intake", after)), [live(1, "intake", before)]), context()


def _moved() -> Case:
    configuration = stack(
        desired("intake"), moved=(Moved("clinic-prod", "front-desk", "intake", _PLACE),)
    )
    return planned(configuration, [live(1, "front-desk")]), context()


def _moved_from_another_stack_and_updated() -> Case:
    configuration = stack(
        desired("intake", application("Reception")),
        moved=(Moved("clinic-old", "front-desk", "intake", _PLACE),),
    )
    return planned(configuration, [live(1, "front-desk", stack="clinic-old")]), context()


def _imported_and_updated() -> Case:
    found = live(1, None)
    configuration = stack(
        desired("intake", application("Reception")),
        imports=(Import(found.id, "intake", _PLACE),),
    )
    return planned(configuration, [found]), context()


def _risky() -> Case:
    before = application(
        webhook_event_failover_url="https://failover.clinic.example/fax",
        inbound={"channel_limit": 10, "sip_subdomain": "intake"}
        | {"sip_subdomain_receive_settings": "only_my_connections"},
    )
    after = application(
        "Intake",
        "http://other.example/fax",
        webhook_event_failover_url="https://other.example/fax",
        active=False,
        inbound={"channel_limit": 2, "sip_subdomain": "intake"},
    )
    return planned(stack(desired("intake", after)), [live(1, "intake", before)]), context()


def _refused() -> Case:
    account = [
        live(1, "intake"),
        live(2, "kept", keep=True),
        live(3, "called"),
        live(4, "dull"),
    ]
    configuration = stack(
        desired("intake", application(active=False)),
        guards=Guards(Limit(10, percent=True), *[Limit(100, percent=True)] * 2),
        policy=Policy(max_risk="medium"),
    )
    numbers = {account[2].id: ("+13125550101", "+13125550102")}
    return planned(configuration, account, PlanOptions(), numbers), context()


def _refused_with_nothing_to_do() -> Case:
    breach = Diagnostic(
        Severity.ERROR,
        "FX601",
        "The host `hooks.clinic.example` of `webhook_event_url` is not among `webhook_hosts`.",
        suggestion="Allowed is `hooks.other.example`.",
        place=Place("faxops.yaml", 5, 24),
    )
    configuration = replace(stack(desired("intake")), breaches=(breach,))
    return planned(configuration, [live(1, "intake")]), context()


def _warnings() -> Case:
    warning = Diagnostic(
        Severity.WARNING,
        "FX190",
        "The variable `host` is never used.",
        suggestion="Delete the line.",
        place=Place("faxops.yaml", 3, 14),
        snippet="variables: {\thost: hooks.clinic.example}",
    )
    configuration = stack(desired("intake"), warnings=(warning,))
    return planned(configuration, [live(1, "intake")]), context()


def _unmanaged_shown() -> Case:
    nameless = live(3, None, {"webhook_event_url": "https://a.example"})
    account = [
        live(1, "intake"),
        live(2, "lab", application("Lab \u2014 \u691c\u67fb"), stack="clinic-lab"),
        nameless,
    ]
    return planned(stack(desired("intake")), account), context(show_unmanaged=True)


def _limited() -> Case:
    configuration = stack(desired("clinic-1"), desired("clinic-2"), desired("intake"))
    options = PlanOptions(target=("clinic-*",), exclude=("clinic-2",))
    return planned(configuration, (), options), context()


def _sensitive() -> Case:
    """Spans inside a URL, a whole value, an old value in the secret's place, a secret elsewhere."""
    url = f"https://hooks.clinic.example/{_PATH}/intake"
    start = url.index(_PATH)
    after = application("Intake", url, tags=["team"], fax_email_recipient=_MAILBOX)
    before = application(
        f"Mail to {_MAILBOX.upper()}",
        "https://hooks.clinic.example/older-secret/intake",
        tags=[_MAILBOX, "team"],
        fax_email_recipient="older@clinic.example",
        note=f"https://x.example/?to={_MAILBOX.replace('@', '%40')}",
    )
    resource = desired(
        "intake",
        after,
        masks={
            "webhook_event_url": ((start, start + len(_PATH)),),
            "fax_email_recipient": ((0, len(_MAILBOX)),),
        },
    )
    plan = planned(stack(resource), [live(1, "intake", before), live(2, None, before)])
    return plan, context(_MAILBOX, _PATH, show_unmanaged=True)


def _sensitive_saved() -> Case:
    plan, plain = _sensitive()
    return plan, context(*plain.masker.secrets, salt=bytes(range(16)))


def _hostile() -> Case:
    """Texts that would act on a terminal, hide, or give commands to a CI system."""
    before = application(
        "\x1b[2JIntake\u202e\u200b\r\n::error::owned",
        "https://hooks.clinic.example/\u0430\u00a0x",
        tags=['quo"te', "back\\slash", "##[error]owned", "same"],
        inbound={"sip_subdomain": "::set-output name=x::y"},
    )
    after = application(tags=["same"])
    account = [
        live(1, "intake", before),
        live(2, None, application("::add-mask::Intake")),
        live(3, "gone\u2028key", before),
    ]
    resource = desired("intake", after, file="::warning::\x07.yaml")
    plan = planned(stack(resource), account, PlanOptions(destroy=True))
    return plan, context(show_unmanaged=True)


def _three_hundred() -> Case:
    """Creates, updates and destroys by turns; two that switch an application off."""
    old, new, off = (
        application(name, "https://h.example/f", active=active)
        for name, active in (("Old", True), ("New", True), ("Old", False))
    )
    head = [desired(f"c{n:03}", off if n in {7, 250} else new) for n in range(300) if n % 3 != 2]
    account = [live(n, f"c{n:03}", old) for n in range(300) if n % 3]
    return planned(stack(*head), account, PlanOptions(destroy=True)), context()


PLAN_CASES: dict[str, Callable[[], Case]] = {
    "empty": _empty,
    "one-of-each": _one_of_each,
    "create-many-fields": _create_with_many_fields,
    "update-many-fields": _update_of_many_fields,
    "all-tags-replaced": _all_tags_replaced,
    "moved": _moved,
    "moved-from-another-stack-and-updated": _moved_from_another_stack_and_updated,
    "imported-and-updated": _imported_and_updated,
    "risky": _risky,
    "refused": _refused,
    "refused-nothing-to-do": _refused_with_nothing_to_do,
    "warnings": _warnings,
    "unmanaged-shown": _unmanaged_shown,
    "limited": _limited,
    "sensitive": _sensitive,
    "sensitive-saved": _sensitive_saved,
    "hostile": _hostile,
    "three-hundred": _three_hundred,
}


def plan_case(name: str) -> Document:
    """The document of a case."""
    return plan_document(*PLAN_CASES[name]())
