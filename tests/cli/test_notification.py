"""Where a notification may go, and when there is one."""

from __future__ import annotations

from datetime import timedelta
from typing import cast

import click
import pytest
from apprise import NotifyFormat
from apprise.conversion import convert_between  # pyright: ignore[reportUnknownVariableType] - apprise leaves it open

from faxops.cli.drift_notices import IN_SYNC, body_of, is_due
from faxops.cli.notification import checked_url, sender
from faxops.errors import UsageError
from faxops.report.plan_document import plan_document
from faxops.store.drifts import Notice
from tests.report.plans import application, context, desired, live, planned, stack

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def typed(url: str) -> str:
    """The URL as the command gets it from a command line."""
    option = click.Option(["--notify"], callback=checked_url)
    command = click.Command("drift", params=[option])
    return command.make_context("drift", ["--notify", url]).params["notify"]


@pytest.mark.parametrize("url", ["json://127.0.0.1:8080", "jsons://hooks.clinic.example/"])
def test_a_url_that_is_a_host_alone_may_be_typed(url: str) -> None:
    assert typed(url) == url


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("json://user:hush-hush@clinic.example", id="password"),
        pytest.param("json://clinic.example/hush-hush", id="path"),
        pytest.param("json://clinic.example?+X-Key=hush-hush", id="header"),
        pytest.param("slack://hush-hush/B1/C1", id="token in place of the host"),
        pytest.param("slack://hush-hush", id="token alone"),
        pytest.param("json://a, slack://hush-hush/B1/C1", id="two URLs"),
        pytest.param("json://[hush-hush", id="no URL"),
    ],
)
def test_a_url_that_may_hold_a_secret_may_not_be_typed(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        typed(url)
    assert "FAXOPS_NOTIFY" in refused.value.hint
    assert "hush-hush" not in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize(
    "url",
    [
        pytest.param("nosuch://hush-hush", id="unknown service"),
        pytest.param("slack://hush-hush", id="half of a service"),
        pytest.param("hush-hush", id="no URL"),
    ],
)
def test_a_url_that_nothing_can_be_sent_to_is_wrong_usage(url: str) -> None:
    with pytest.raises(UsageError, match="apprise") as refused:
        sender(url)
    assert "hush-hush" not in f"{refused.value.message} {refused.value.hint}"


@pytest.mark.parametrize(
    ("last", "state", "told"),
    [
        pytest.param(None, IN_SYNC, False, id="the first run is in sync"),
        pytest.param(None, "differs a", True, id="the first run differs"),
        pytest.param(Notice("differs a", SECOND), "differs a", False, id="the same, just now"),
        pytest.param(Notice("differs a", DAY), "differs a", True, id="the same, long ago"),
        pytest.param(Notice("differs a", SECOND), "differs b", True, id="something else differs"),
        pytest.param(Notice("differs a", SECOND), "failed 1", True, id="it fails now"),
        pytest.param(Notice("failed 1", SECOND), "failed 3", True, id="it fails otherwise"),
        pytest.param(Notice("failed 1", SECOND), IN_SYNC, True, id="it has ended"),
        pytest.param(Notice(IN_SYNC, DAY), IN_SYNC, False, id="it ended long ago"),
        pytest.param(Notice(IN_SYNC, SECOND), "differs a", True, id="it is back"),
    ],
)
def test_a_state_is_told_when_it_is_new_or_lasts(
    last: Notice | None, state: str, *, told: bool
) -> None:
    assert is_due(last, state, remind=DAY) is told


def test_names_stay_text_also_in_a_mail() -> None:
    """Services that show HTML get what apprise makes of the Markdown."""
    tag = "<img src=x onerror=alert(1)>"
    evil = f"</code></pre>{tag} ```` ~~~ </details>"
    account = [live(1, "intake", application(evil, tags=[evil])), live(2, None, application(evil))]
    plan = planned(stack(desired("intake")), account)
    body = body_of(plan_document(plan, context(show_unmanaged=True)))
    html = cast("str", convert_between(NotifyFormat.MARKDOWN, NotifyFormat.HTML, body))
    assert "onerror" in html
    assert "<img" not in html
    assert "</details" not in html
