"""One value in a report."""

from __future__ import annotations

import pytest

from faxops.report.literal import literal


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param(None, "null", id="nothing"),
        pytest.param(True, "true", id="a boolean as in YAML"),
        pytest.param(10, "10", id="a number"),
        pytest.param("10", '"10"', id="a text of digits is no number"),
        pytest.param(["b", 'a"'], '["b", "a\\""]', id="tags"),
        pytest.param("a\\nb", '"a\\\\nb"', id="a backslash is no escape"),
        pytest.param("a\nb", '"a\\nb"', id="a line end is one"),
        pytest.param("(sensitive)", "(sensitive)", id="hidden whole: without quotes"),
        pytest.param("x/(sensitive)/y", '"x/(sensitive)/y"', id="hidden in part"),
        pytest.param(
            "x/(sensitive scrypt:00ff)/y", '"x/(sensitive)/y"', id="without a saved plan's digest"
        ),
    ],
)
def test_values_read_as_they_would_be_written(value: object, shown: str) -> None:
    assert literal(value) == shown
