"""JSON that reads back as it was, and does nothing to whoever prints it."""

from __future__ import annotations

import json

import pytest

from faxops.report.json_text import json_text


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("##[group]a", id="a command of a GitHub runner"),
        pytest.param("a ##vso[task.setvariable]b", id="a command of an Azure agent"),
        pytest.param("###[x]", id="one more than a command needs"),
        pytest.param('\\##[ "##[', id="after what JSON escapes"),
        pytest.param("\n::set-output name=a::b", id="a command at the begin of a line"),
        pytest.param("\x1b[2J\u202e\ud800", id="characters that act"),
    ],
)
def test_a_text_reads_back_and_is_no_command(text: str) -> None:
    made = json_text({text: [text]})
    assert json.loads(made) == {text: [text]}
    assert made.isascii()
    assert "##[" not in made
    assert "##vso[" not in made
    assert not [line for line in made.splitlines() if line.lstrip().startswith("::")]
