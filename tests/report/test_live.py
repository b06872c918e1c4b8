"""Live applications as a table and one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from faxops.errors import Unreachable
from faxops.model.fax_application import FAX_APPLICATION
from faxops.model.live import LiveResource
from faxops.model.sensitive import MASK
from faxops.report.live_document import failed_live_document, live_document, live_list_document
from faxops.report.live_text import live_list_text, live_text
from faxops.report.masking import Masker
from faxops.report.style import Style
from tests.golden import check_golden

GOLDEN = Path(__file__).parent / "golden"


def live(number: int, **fields: object) -> LiveResource:
    raw: dict[str, Any] = {
        "id": f"129338426107573149{number}",
        "record_type": "fax_application",
        "application_name": "Intake",
        "webhook_event_url": "https://hooks.clinic.example/fax",
        "active": True,
        "inbound": {"channel_limit": None, "sip_subdomain": None},
        "tags": [],
        **fields,
    }
    return LiveResource.read(FAX_APPLICATION, raw)


FLEET = (
    live(1, tags=["faxops.clinic.intake", "faxops.keep", "team-intake"]),
    live(2, application_name="診療所 front desk", active=False),
    live(3, application_name="new\nline \x1b[31mred\x1b[0m"),
)


def test_the_table_lines_up_whatever_the_names_are() -> None:
    text = live_list_text(live_list_document(FAX_APPLICATION, FLEET), Style())
    check_golden(GOLDEN / "live-list.txt", text)


def test_an_empty_account_is_said_to_be_empty() -> None:
    text = live_list_text(live_list_document(FAX_APPLICATION, ()), Style())
    assert text == "There is no fax application in this account.\n"


def test_one_application_is_shown_with_every_field_the_api_sent() -> None:
    document = live_document(FAX_APPLICATION, live(1, new_field={"inner": [1]}))
    check_golden(GOLDEN / "live-one.txt", live_text(document, Style()))


def test_a_recipient_is_said_to_be_set_and_not_shown() -> None:
    document = live_document(FAX_APPLICATION, live(1, fax_email_recipient="a@clinic.example"))
    assert document["object"]["fax_email_recipient"] == MASK


def test_a_list_that_failed_says_why() -> None:
    error = Unreachable("No reply.", request="GET /fax_applications")
    document = failed_live_document(error, Masker())
    assert [each["summary"] for each in document["diagnostics"]] == ["No reply."]
    assert document["resources"] == []
