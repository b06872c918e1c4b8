"""Live objects to the text of a file, and that text through the loader and the planner."""

from __future__ import annotations

import itertools
import random
import re
import time
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from faxops.config.export import Export, export
from faxops.config.load import load_stack
from faxops.config.stack import Stack
from faxops.errors import Refused
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.model.registry import KINDS
from faxops.reconcile.plan import Plan
from faxops.reconcile.planner import PlanOptions, make_plan
from faxops.reconcile.snapshot import Snapshot

HOOK = "https://hooks.clinic.example/fax"
Live = list[LiveResource]


def app(number: int = 0, **fields: Any) -> LiveResource:  # noqa: ANN401 - any JSON
    """The `number`-th application of an account; a field that is given as `...` is absent."""
    raw: dict[str, Any] = {
        "id": str(1293384261075730000 + number),
        "record_type": "fax_application",
        "application_name": f"Clinic {number}",
        "webhook_event_url": f"{HOOK}/{number}",
        "created_at": f"2026-01-01T00:00:{number:06}Z",
        "tags": [],
        **fields,
    }
    return LiveResource.read(
        FAX_APPLICATION, {name: value for name, value in raw.items() if value is not ...}
    )


def section(exported: Export, name: str = "fax_applications") -> Any:  # noqa: ANN401 - any YAML
    """A section of the text as any other YAML reader sees it; None if it is not there."""
    return yaml.safe_load(exported.text).get(name)


def exported(*live: LiveResource, stack: str = "main") -> Export:
    """The export of an account."""
    return export(live, stack)


class Text:
    """The one file of a configuration (`faxops.config.reader.Reader`)."""

    main = "faxops.yaml"

    def __init__(self, text: str) -> None:
        self.data = text.encode()

    def shown(self, path: str) -> str:
        """The path as it is."""
        return path

    def read(self, path: str) -> bytes:
        """The file."""
        assert path == self.main
        return self.data

    def glob(self, pattern: str) -> tuple[str, ...]:
        """No other files."""
        raise AssertionError(pattern)


def loaded(result: Export) -> Stack:
    """The configuration as faxops reads it."""
    return load_stack(Text(result.text), environment=None, environ={})


def planned(result: Export, live: Live) -> Plan:
    """The plan of the exported configuration against the account it came from."""
    nothing = {kind.name: () for kind in KINDS}
    snapshot = Snapshot("", "", {**nothing, FAX_APPLICATION.name: tuple(live)})
    return make_plan(loaded(result), snapshot, PlanOptions())


def counts(plan: Plan) -> tuple[int, int, int, int]:
    """Imports, creates, updates and deletes of a plan that must not be refused."""
    assert plan.refusals == ()
    found = plan.summary
    return found.imported, found.add, found.change, found.destroy


def test_an_account_is_written_as_one_would_write_it_by_hand() -> None:
    live = [
        app(
            number,
            webhook_timeout_secs=25,
            inbound={"channel_limit": 10, "sip_subdomain": f"c{number}"},
            tags=["team-intake"] if number else ["faxops.keep", "team a"],
        )
        for number in range(3)
    ]

    assert (
        exported(*live).text
        == """\
# yaml-language-server: $schema=./faxops.schema.json
#
# Every fax application of one Telnyx account, as `faxops export` read it.
# A field that stands nowhere has the API's default.
version: 1
stack: main

defaults:
  webhook_timeout_secs: 25
  inbound:
    channel_limit: 10

fax_applications:
  clinic-0:
    application_name: Clinic 0
    webhook_event_url: https://hooks.clinic.example/fax/0
    inbound:
      sip_subdomain: c0
    tags: [team a]
    lifecycle:
      prevent_destroy: true

  clinic-1:
    application_name: Clinic 1
    webhook_event_url: https://hooks.clinic.example/fax/1
    inbound:
      sip_subdomain: c1
    tags: [team-intake]

  clinic-2:
    application_name: Clinic 2
    webhook_event_url: https://hooks.clinic.example/fax/2
    inbound:
      sip_subdomain: c2
    tags: [team-intake]

# The live applications to adopt. Once applied, these lines do nothing and can go.
imports:
- {id: "1293384261075730000", to: clinic-0}
- {id: "1293384261075730001", to: clinic-1}
- {id: "1293384261075730002", to: clinic-2}
"""
    )


def test_an_empty_account_is_a_configuration_without_applications() -> None:
    result = exported()

    assert section(result) == {}
    assert loaded(result).resources == ()


@pytest.mark.parametrize(
    ("names", "keys"),
    [
        pytest.param(["Front Desk"], ["front-desk"], id="spaces and capitals"),
        pytest.param(["Büro Straße"], ["buro-strasse"], id="letters with marks lose them"),
        pytest.param(["--_A--b_"], ["a-b"], id="a key begins with a letter or digit"),
        pytest.param(["診療所"], ["fax-application"], id="no usable letter"),
        pytest.param([""], ["fax-application"], id="no name"),
        pytest.param([None], ["fax-application"], id="null"),
        pytest.param([12], ["fax-application"], id="a name that is no text"),
        pytest.param(["x" * 70], ["x" * 63], id="too long"),
        pytest.param(["x" * 70] * 2, ["x" * 63, "x" * 61 + "-2"], id="too long twice"),
        pytest.param(["Desk"] * 3, ["desk", "desk-2", "desk-3"], id="one name three times"),
        pytest.param(["a", "a-2", "a"], ["a", "a-2", "a-3"], id="the suffix is taken"),
        pytest.param(["desk", "Desk", "DESK"], ["desk", "desk-2", "desk-3"], id="alike as keys"),
    ],
)
def test_keys_are_made_from_names_oldest_first(names: list[Any], keys: list[str]) -> None:
    live = [app(number, application_name=name) for number, name in enumerate(names)]

    imports = section(exported(*reversed(live)), "imports")

    by_id = {entry["id"]: entry["to"] for entry in imports}
    assert [by_id[each.id] for each in live] == keys


def test_a_name_equal_to_its_key_is_not_written() -> None:
    result = exported(app(application_name="intake"))

    assert section(result) == {"intake": {"webhook_event_url": f"{HOOK}/0"}}


def test_an_application_with_the_mark_of_this_stack_keeps_its_key_without_an_import() -> None:
    owned = app(5, tags=["faxops.main.desk", "blue"])
    live = [app(1, application_name="Desk"), owned]

    result = exported(*live)

    assert section(result)["desk"]["tags"] == ["blue"]
    assert section(result, "imports") == [{"id": live[0].id, "to": "desk-2"}]
    assert (result.imported, result.owned, result.left_out) == (1, 1, 0)
    assert counts(planned(result, live)) == (1, 0, 0, 0)


def test_an_application_of_another_stack_is_left_out_and_named() -> None:
    live = [app(1, tags=["faxops.lab.x"], application_name="Lab\n# \u2028stack: evil"), app(2)]

    result = exported(*live)

    assert list(section(result)) == ["clinic-2"]
    assert (
        '#   "1293384261075730001", "Lab\\n# \\u2028stack: evil", belongs to "lab/x"\n'
        in result.text
    )
    assert result.left_out == 1
    assert counts(planned(result, live)) == (1, 0, 0, 0)


def test_an_application_whose_id_no_import_can_name_is_left_out() -> None:
    result = exported(app(id="c-1"))

    assert section(result) == {}
    assert '#   "c-1", "Clinic 0", has an id that is no number\n' in result.text


@pytest.mark.parametrize(
    ("live", "said"),
    [
        pytest.param(
            [app(1, tags=["faxops.main.Front Desk"])],
            "1293384261075730001 has the mark faxops.main.Front Desk, which holds no usable key",
            id="a plan would destroy it, for no block can have that key",
        ),
        pytest.param(
            [app(1, tags=["faxops.main.a", "faxops.main.b"])],
            "1293384261075730001 has the marks faxops.main.a and faxops.main.b",
            id="two keys",
        ),
        pytest.param(
            [app(1, tags=["faxops.main.a"]), app(2, tags=["faxops.main.a"])],
            "1293384261075730001 and 1293384261075730002 have one mark, faxops.main.a",
            id="one key twice",
        ),
    ],
)
def test_marks_that_contradict_each_other_are_refused_by_name(live: Live, said: str) -> None:
    with pytest.raises(Refused) as refused:
        exported(*live)

    assert said in refused.value.message
    assert exported(*live, stack="other").left_out == len(live)


SOME_HOOK = "https://placeholder.invalid/"


@pytest.mark.parametrize(
    ("fields", "path", "why"),
    [
        pytest.param(
            {"anchorsite_override": "Montreal, Canada"},
            "anchorsite_override",
            'is "Montreal, Canada", which this faxops does not know',
            id="a newer enum value",
        ),
        pytest.param({"application_name": ""}, "application_name", "is empty", id="no name"),
        pytest.param({"application_name": None}, "application_name", "is null", id="null name"),
        pytest.param(
            {"application_name": "a\nb"},
            "application_name",
            "is not what the schema of this file allows",
            id="a line break in the name",
        ),
        pytest.param(
            {"application_name": "\ud800"},
            "application_name",
            "holds half a character, which is no text",
            id="a lone surrogate",
        ),
        pytest.param({"webhook_event_url": ""}, "webhook_event_url", "is empty", id="no URL"),
        pytest.param({"webhook_event_url": ...}, "webhook_event_url", "is null", id="absent URL"),
        pytest.param(
            {"webhook_event_url": "ftp://x"},
            "webhook_event_url",
            "is not a web address that faxops accepts",
            id="no web address",
        ),
        pytest.param(
            {"webhook_event_url": "https://user:hunter2@hooks.example/"},
            "webhook_event_url",
            "holds a user name or password",
            id="a password in the URL",
        ),
        pytest.param(
            {"webhook_timeout_secs": 31},
            "webhook_timeout_secs",
            "is not what the schema of this file allows",
            id="out of range",
        ),
        pytest.param(
            {"inbound": {"channel_limit": 1e300}},
            "inbound.channel_limit",
            "is a number of too many digits",
            id="a number that YAML would read as text",
        ),
        pytest.param(
            {"inbound": {"channel_limit": "10"}},
            "inbound.channel_limit",
            "is not what the schema of this file allows",
            id="a text for a number",
        ),
        pytest.param(
            {"tags": ["fine", ""]},
            "tags",
            "is not what the schema of this file allows",
            id="an empty tag",
        ),
        pytest.param(
            {"tags": ["faxops.w.0123456789ab"]},
            "fax_email_recipient",
            "was set by faxops, and the API does not show it",
            id="a recipient that faxops sent once",
        ),
    ],
)
def test_a_value_that_no_file_can_hold_is_ignored_and_the_reason_stands_beside_it(
    fields: dict[str, Any], path: str, why: str
) -> None:
    live = [app(**fields)]

    result = exported(*live)

    [block] = section(result).values()
    assert block["lifecycle"] == {"ignore_changes": [path]}
    assert f"    # {path} is left as it is: it {why}.\n" in result.text
    assert "hunter2" not in result.text
    assert (block["webhook_event_url"] == SOME_HOOK) == (path == "webhook_event_url")
    assert counts(planned(result, live)) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=reason)
        for reason, text in {
            "a truth of YAML 1.1": "yes",
            "a truth in capitals": "NO",
            "null": "null",
            "null as a tilde": "~",
            "an octal number": "010",
            "a float with an exponent": "1e3",
            "an integer": "12",
            "a date": "2026-11-24",
            "a time": "12:30",
            "not a number": ".nan",
            "a merge key": "<<",
            "a key and value": "a: b",
            "a comment": "a #b",
            "an alias": "*a",
            "a list": "[a, b]",
            "a document end": "...",
            "quotes": "'\"\\",
            "space around": " a ",
            "a reference": "${var.host}",
            "a literal reference": "$${key}",
            "half a reference": "${",
            "a dollar": "5$ $",
            "bidi controls": "\u202eevil\u202c",
            "no break space": "a\u00a0b",
            "a byte order mark": "\ufeffa",
            "a line separator": "a\u2028b\u2029c\u0085d",
            "a C1 control": "\x80\x9f",
            "a noncharacter": "\uffff\ufffe",
            "outside the BMP": "😀\U0010ffff\U000e0001",
            "letters with marks": "Büro e\u0301",
            "very long": "word " * 50_000 + "end",
        }.items()
    ],
)
def test_a_text_is_read_back_exactly(text: str) -> None:
    live = [app(1, application_name=text, tags=[text]), app(2)]

    result = exported(*live)

    first = loaded(result).resources
    names = {each.values["application_name"]: each.values["tags"] for each in first}
    assert names[text] == {text}
    assert counts(planned(result, live)) == (2, 0, 0, 0)


def test_what_screens_hide_or_turn_around_is_escaped() -> None:
    text = exported(app(application_name="a\u202eb\u200bc\u00a0d\ue000e")).text

    assert '"a\\u202Eb\\u200Bc\\u00A0d\\uE000e"'.lower() in text.lower()


@pytest.mark.parametrize(
    ("odd", "there"),
    [
        pytest.param(1, True, id="nine of ten have the value"),
        pytest.param(2, False, id="eight of ten have it"),
    ],
)
def test_a_value_goes_to_defaults_when_nearly_all_have_it(odd: int, *, there: bool) -> None:
    usual = {"webhook_timeout_secs": 25, "tags": ["blue"], "active": False}
    live = [app(number, **usual) for number in range(10 - odd)]
    live += [app(number) for number in range(10 - odd, 10)]

    result = exported(*live)

    assert (section(result, "defaults") == usual) == there
    block = section(result)["clinic-9"]
    left = {name: block[name] for name in usual if name in block}
    restored: dict[str, Any] = {"webhook_timeout_secs": None, "tags": [], "active": True}
    assert left == (restored if there else {})
    assert counts(planned(result, live)) == (10, 0, 0, 0)


def test_two_alike_are_no_rule() -> None:
    result = exported(app(1, webhook_timeout_secs=25), app(2, webhook_timeout_secs=25))

    assert section(result, "defaults") is None


def test_a_recipient_is_never_a_default() -> None:
    shown = [app(number, fax_email_recipient="desk@clinic.example") for number in range(9)]
    live = [*shown, app(9)]

    result = exported(*live)

    assert section(result, "defaults") is None
    assert section(result)["clinic-8"]["fax_email_recipient"] == "desk@clinic.example"
    assert counts(planned(result, live)) == (10, 0, 0, 0)


@pytest.mark.slow
def test_ten_thousand_applications_take_seconds_and_no_alias() -> None:
    live = [app(number, tags=["blue"], outbound={"channel_limit": 3}) for number in range(10_000)]
    start = time.perf_counter()

    result = exported(*live)

    # About 0.7 s on a free machine; the bound only catches what is not linear.
    assert time.perf_counter() - start < 20
    assert result.imported == 10_000
    assert not re.search(r"&id|\*id", result.text)


CHARACTERS = st.characters(exclude_categories=())
TEXTS = st.one_of(
    st.sampled_from(["", "yes", "null", "010", "1e3", "a: b", "${x}", "$${", " ", "Desk", "desk"]),
    st.text(CHARACTERS, max_size=12),
)
URLS = st.one_of(
    st.sampled_from(
        [HOOK, f"{HOOK}?a=1#b", "https://u@h/", "http://[::1]:80/", "https://a:99999/"]
    ),
    TEXTS,
)
LIMITS = st.one_of(st.none(), st.integers(), st.booleans(), st.floats(), TEXTS)
FIELDS: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {},
    optional={
        "application_name": st.one_of(TEXTS, st.none(), st.integers()),
        "webhook_event_url": st.one_of(URLS, st.none()),
        "webhook_event_failover_url": st.one_of(URLS, st.none()),
        "webhook_timeout_secs": st.one_of(st.sampled_from([0, 25, 30]), LIMITS),
        "active": st.one_of(st.booleans(), LIMITS),
        "anchorsite_override": st.one_of(st.sampled_from(["Chicago, IL", "latency"]), TEXTS),
        "inbound": st.one_of(
            st.none(),
            st.fixed_dictionaries(
                {},
                optional={
                    "channel_limit": LIMITS,
                    "sip_subdomain": st.one_of(st.none(), TEXTS),
                    "sip_subdomain_receive_settings": st.sampled_from(
                        ["only_my_connections", "nobody", None]
                    ),
                },
            ),
        ),
        "outbound": st.fixed_dictionaries(
            {}, optional={"outbound_voice_profile_id": st.one_of(st.none(), TEXTS, st.just("12"))}
        ),
        "fax_email_recipient": st.one_of(st.none(), st.just("a@b.example"), TEXTS),
    },
)
TAGS = st.lists(
    st.one_of(
        TEXTS, st.sampled_from(["faxops.keep", "faxops.w.0123456789ab", "faxops.", "faxops.a"])
    ),
    max_size=3,
)
OWNERS = st.sampled_from([None, None, "main", "other"])


@pytest.mark.slow
@settings(deadline=None, max_examples=150)
@given(
    st.lists(st.tuples(FIELDS, TAGS, OWNERS), max_size=6),
    st.booleans(),
    st.integers(min_value=0),
)
def test_a_plan_over_any_export_imports_everything_and_changes_nothing(
    objects: list[tuple[dict[str, Any], list[str], str | None]],
    repeated: bool,  # noqa: FBT001 - hypothesis passes positions
    seed: int,
) -> None:
    live = [
        app(
            number,
            **fields,
            tags=[*tags, *([f"faxops.{owner}.k-{number}"] if owner else [])],
            created_at="2026" if repeated else f"2026-{number % 2}",
        )
        for number, (fields, tags, owner) in enumerate(
            itertools.chain(objects, objects[:1] * 4 if repeated else [])
        )
    ]
    unmarked = sum(not each.marks.owners for each in live)

    result = exported(*live)

    assert counts(planned(result, live)) == (unmarked, 0, 0, 0)
    shuffled = random.Random(seed).sample(live, len(live))  # noqa: S311 - an order, no secret
    assert exported(*shuffled) == result
