"""A run of `drift` as a Prometheus textfile, for node-exporter's textfile collector.

One file is of one cron job: what the run before left in it is carried on where that is right, the
time of the last success and the counts of requests. What a failed run did not find out is left out
of the file: 0 would resolve an alert, and the last value would claim what nobody looked at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

NO_REPLY: Final = "none"
"""The status of a try that no whole reply came to."""

_LAST_SUCCESS: Final = "faxops_last_success_timestamp_seconds"
_REQUESTS: Final = "faxops_api_requests"
_SCOPE: Final = ("stack", "environment")

Requests = Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Measurement:
    """What one run is measured by.

    `stack` is empty if the run failed before it knew, `environment` also if there is none.
    `ended_at` is in seconds since 1970, `seconds` is how long the run took. `drifted` and
    `unmanaged` count applications, None if the account was not read whole. `requests` counts the
    tries by method and status. `succeeded` says that the run found out whether there is drift.
    """

    stack: str
    environment: str
    exit_code: int
    succeeded: bool
    ended_at: float
    seconds: float
    drifted: int | None
    unmanaged: int | None
    requests: Requests


@dataclass(frozen=True, slots=True)
class _Earlier:
    """What the file says of the runs before: None and empty where it says nothing."""

    stack: str = ""
    environment: str = ""
    last_success: float | None = None
    requests: Requests = field(default_factory=dict[tuple[str, str], float])


def metrics_text(measured: Measurement, earlier: str) -> str:
    """The whole file, which is `earlier` until now.

    A run that failed before it knew its stack keeps the stack and environment of the file. A file
    of another stack, or one that is no such text, counts for nothing.
    """
    before = _read(earlier)
    if not measured.stack:
        measured = replace(
            measured,
            stack=before.stack,
            environment=measured.environment or before.environment,
        )
    if (measured.stack, measured.environment) != (before.stack, before.environment):
        before = _Earlier()
    return generate_latest(_Run(measured, before)).decode()


@dataclass(frozen=True, slots=True)
class _Run(Collector):
    """Gives the metrics as prometheus-client asks for them."""

    measured: Measurement
    before: _Earlier

    def collect(self) -> Iterator[Metric]:
        """Every metric that has a value."""
        run = self.measured
        success = run.ended_at if run.succeeded else self.before.last_success
        gauges = (
            (
                "faxops_drifted_applications",
                "Fax applications that differ from the configuration.",
                run.drifted,
            ),
            (
                "faxops_unmanaged_applications",
                "Live fax applications that the stack does not own.",
                run.unmanaged,
            ),
            ("faxops_last_run_timestamp_seconds", "When the last run ended.", run.ended_at),
            (_LAST_SUCCESS, "When a run last found out whether there is drift.", success),
            ("faxops_run_duration_seconds", "How long the last run took.", run.seconds),
            ("faxops_run_exit_code", "The exit code of the last run.", run.exit_code),
        )
        scope = (run.stack, run.environment)
        for name, words, value in gauges:
            if value is not None:
                gauge = GaugeMetricFamily(name, words, labels=_SCOPE)
                gauge.add_metric(scope, value)
                yield gauge
        requests = CounterMetricFamily(
            _REQUESTS,
            "Requests sent to the API, retries included.",
            labels=(*_SCOPE, "method", "status"),
        )
        for labels, count in sorted(
            (Counter(self.before.requests) + Counter(run.requests)).items()
        ):
            requests.add_metric((*scope, *labels), count)
        yield requests


def _read(text: str) -> _Earlier:
    """What an earlier file says, or nothing if it can't be read."""
    found = _Earlier()
    requests: dict[tuple[str, str], float] = {}
    try:
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                labels = sample.labels
                if sample.name == "faxops_run_exit_code":
                    found = replace(found, stack=labels["stack"], environment=labels["environment"])
                elif sample.name == _LAST_SUCCESS:
                    found = replace(found, last_success=sample.value)
                elif sample.name == f"{_REQUESTS}_total":
                    requests[labels["method"], labels["status"]] = sample.value
    except Exception:  # noqa: BLE001 - the parser fails in many ways, and the file may hold anything
        return _Earlier()
    return replace(found, requests=requests)
