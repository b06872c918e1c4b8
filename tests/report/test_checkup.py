"""One screen of what is wrong with the surroundings."""

from __future__ import annotations

from pathlib import Path

from faxops.report.checkup import Check, Health, checkup_document, checkup_text
from faxops.report.masking import Masker
from faxops.report.style import Style
from tests.golden import check_golden

GOLDEN = Path(__file__).parent / "golden"
CHECKS = (
    Check("faxops", Health.GOOD, "0.1.0, Python 3.11.7, Linux"),
    Check("clock", Health.DOUBTFUL, "is 90 s behind the API's", "Set this machine's clock."),
    Check("key", Health.BAD, "There is no API key.", "Set TELNYX_API_KEY."),
)


def test_every_check_has_a_line_and_what_is_wrong_its_advice() -> None:
    document = checkup_document(CHECKS, Masker())
    check_golden(GOLDEN / "checkup.txt", checkup_text(document, Style()))


def test_a_doubt_alone_is_healthy() -> None:
    assert checkup_document(CHECKS[:2], Masker())["healthy"] is True
    assert checkup_document(CHECKS, Masker())["healthy"] is False


def test_a_secret_that_is_a_word_of_the_report_masks_only_what_was_found() -> None:
    document = checkup_document(CHECKS, Masker(frozenset({"good", "clock"})))

    shown = [(each["name"], each["health"], each["advice"]) for each in document["checks"]]
    assert shown[0][:2] == ("faxops", "good")
    assert shown[1] == ("clock", "doubtful", "Set this machine's (sensitive).")
