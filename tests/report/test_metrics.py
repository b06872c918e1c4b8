"""The Prometheus textfile of a run of `drift`."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from faxops.report.metrics import NO_REPLY, Measurement, metrics_text
from tests.golden import check_golden

GOLDEN = Path(__file__).parent / "golden-drift"
DRIFTED = Measurement(
    stack="clinic-prod",
    environment="prod",
    exit_code=2,
    succeeded=True,
    ended_at=1_795_575_221.75,
    seconds=0.5,
    drifted=3,
    unmanaged=1,
    requests={("GET", "200"): 4, ("GET", "429"): 1},
)
UNREACHABLE = replace(
    DRIFTED,
    exit_code=1,
    succeeded=False,
    ended_at=1_795_575_281.75,
    drifted=None,
    unmanaged=None,
    requests={("GET", NO_REPLY): 5},
)
INVALID = replace(UNREACHABLE, stack="", environment="", exit_code=3, requests={})


def values(text: str) -> dict[str, float]:
    """The values by name and the labels that are not of the stack."""
    found: dict[str, float] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            extra = [sample.labels[name] for name in ("method", "status") if name in sample.labels]
            found[" ".join([sample.name, *extra])] = sample.value
    return found


def test_a_run_that_found_drift_is_as_reviewed() -> None:
    check_golden(GOLDEN / "metrics-drifted.prom", metrics_text(DRIFTED, ""))


def test_a_run_that_reached_nobody_is_as_reviewed() -> None:
    earlier = metrics_text(DRIFTED, "")
    check_golden(GOLDEN / "metrics-unreachable.prom", metrics_text(UNREACHABLE, earlier))


def test_what_a_failed_run_did_not_find_out_is_absent_and_not_zero() -> None:
    found = values(metrics_text(UNREACHABLE, metrics_text(DRIFTED, "")))
    assert "faxops_drifted_applications" not in found
    assert "faxops_unmanaged_applications" not in found


def test_the_last_success_outlives_failures() -> None:
    text = metrics_text(DRIFTED, "")
    for failed in (UNREACHABLE, INVALID, UNREACHABLE):
        text = metrics_text(failed, text)
    found = values(text)
    assert found["faxops_last_success_timestamp_seconds"] == DRIFTED.ended_at
    assert found["faxops_last_run_timestamp_seconds"] == UNREACHABLE.ended_at


def test_requests_are_counted_on_from_run_to_run() -> None:
    text = metrics_text(UNREACHABLE, metrics_text(DRIFTED, metrics_text(DRIFTED, "")))
    found = values(text)
    assert found["faxops_api_requests_total GET 200"] == 8
    assert found[f"faxops_api_requests_total GET {NO_REPLY}"] == 5


def test_a_run_that_never_knew_its_stack_keeps_the_labels_of_the_file() -> None:
    text = metrics_text(INVALID, metrics_text(DRIFTED, ""))
    assert 'faxops_run_exit_code{environment="prod",stack="clinic-prod"} 3.0' in text
    alone = metrics_text(INVALID, "")
    assert 'faxops_run_exit_code{environment="",stack=""} 3.0' in alone


@pytest.mark.parametrize(
    "earlier",
    [
        pytest.param("", id="none"),
        pytest.param("{{{", id="no metrics"),
        pytest.param("faxops_run_exit_code 2\n", id="no labels"),
        pytest.param('faxops_run_exit_code{stack="x', id="cut short"),
        pytest.param(metrics_text(replace(DRIFTED, stack="other"), ""), id="of another stack"),
        pytest.param(metrics_text(replace(DRIFTED, environment="x"), ""), id="of another one"),
    ],
)
def test_a_file_that_is_not_of_this_stack_counts_for_nothing(earlier: str) -> None:
    assert metrics_text(UNREACHABLE, earlier) == metrics_text(UNREACHABLE, "")
