"""No secret in any output."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from faxops.report.masking import Masker
from faxops.report.outcome_text import outcome_text
from faxops.report.plan_document import plan_document
from faxops.report.plan_text import plan_text
from faxops.report.style import Style
from tests.report.outcome_cases import applied_document
from tests.report.plans import application, context, desired, live, planned, stack

SALT = bytes(16)


@pytest.mark.parametrize(
    ("secrets", "text", "shown"),
    [
        pytest.param({"a@x.example"}, "to a@x.example now", "to (sensitive) now", id="as it is"),
        pytest.param({"a@x.example"}, "A@X.Example", "(sensitive)", id="in another case"),
        pytest.param({"a@x.example"}, "?a%40x.example", "?(sensitive)", id="percent-encoded"),
        pytest.param({'qu"ote'}, '{"p": "qu\\"ote"}', '{"p": "(sensitive)"}', id="as in JSON"),
        pytest.param({"abcd", "abcdefgh"}, "abcdefgh", "(sensitive)", id="the longer of two"),
        pytest.param({"abcdef", "defghi"}, "xabcdefghix", "x(sensitive)x", id="two that overlap"),
        pytest.param({"123"}, "pin 123", "pin 123", id="too short to be told from other text"),
    ],
)
def test_a_secret_is_found_in_what_others_wrote(secrets: set[str], text: str, shown: str) -> None:
    assert Masker(frozenset(secrets)).redacted(text) == shown


def test_names_are_redacted_like_values() -> None:
    masker = Masker(frozenset({"s3cr3t"}))

    assert masker.redacted_tree({"a s3cr3t": ["s3cr3t", 1]}) == {
        "a (sensitive)": ["(sensitive)", 1]
    }


def test_a_secret_that_is_no_valid_text_can_be_masked() -> None:
    latin = "caf\udce9"  # a Latin-1 byte of the environment, as Python reads it

    assert Masker(salt=SALT).masked(latin, ((0, 4),)).startswith("(sensitive scrypt:")
    assert Masker(frozenset({latin})).redacted(f"x{latin}") == "x(sensitive)"


def test_equal_secrets_have_one_digest_under_one_salt_and_another_under_another() -> None:
    whole = ((0, 6),)

    digest = Masker(salt=SALT).masked("s3cr3t", whole)

    assert digest == Masker(salt=SALT).masked("s3cr3t", whole)
    assert digest != Masker(salt=b"other").masked("s3cr3t", whole)
    assert digest != Masker(salt=SALT).masked("s3cr3u", whole)


@pytest.mark.parametrize(
    ("old", "shown"),
    [
        pytest.param("https://h/NEW/x", "https://h/(sensitive)/x", id="the same value"),
        pytest.param("https://h/older/x", "https://h/(sensitive)/x", id="another in its place"),
        pytest.param("https://other/older/x", "(sensitive)", id="another text: hidden whole"),
        pytest.param("", "", id="nothing was there"),
    ],
)
def test_what_stood_in_the_place_of_a_secret_is_hidden_too(old: str, shown: str) -> None:
    assert Masker().masked_like(old, "https://h/NEW/x", ((10, 13),)) == shown


SECRETS = st.text(st.sampled_from("QZ§é%@\"\\'\n\t Ω"), min_size=4, max_size=12)
"""Of characters that, four in a row, faxops itself never writes."""


@given(secret=SECRETS, around=st.lists(st.text(max_size=5), min_size=6, max_size=6))
def test_no_secret_appears_in_any_report_whatever_the_live_values(
    secret: str, around: list[str]
) -> None:
    assume(secret.strip())
    hidden = [f"{text}{secret}{text}" for text in around]
    url = f"https://hooks.clinic.example/{secret}"
    wanted = application("Intake", url, fax_email_recipient=secret)
    masks = {
        "webhook_event_url": ((len(url) - len(secret), len(url)),),
        "fax_email_recipient": ((0, len(secret)),),
    }
    raw = application(
        hidden[0],
        hidden[1],
        tags=[hidden[2]],
        inbound={"sip_subdomain": hidden[3], "unknown": hidden[4]},
        fax_email_recipient=hidden[5],
        unknown={hidden[0]: [hidden[1]]},
    )
    account = [live(1, "intake", raw), live(2, "gone", raw), live(3, None, raw)]
    plan = planned(stack(desired("intake", wanted, masks=masks)), account)
    how = context(secret, show_unmanaged=True)
    document = plan_document(plan, how)
    outcome = applied_document(plan, how)

    for shown in (document, outcome):
        assert secret not in "\n".join(texts_of(shown))
    assert secret not in plan_text(document, Style())
    assert secret not in outcome_text(outcome, Style())


def texts_of(value: object) -> list[str]:
    """Every text and name of a document."""
    if isinstance(value, dict):
        return [text for pair in value.items() for each in pair for text in texts_of(each)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - any JSON
    if isinstance(value, list):
        return [text for each in value for text in texts_of(each)]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] - any JSON
    return [value] if isinstance(value, str) else []
