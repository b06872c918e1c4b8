"""Alert rules and dashboard: judged by promtool, and fired by a real drift.

Real Prometheus and node-exporter, from Debian's packages, scrape what a run of faxops wrote.
"""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from faxops.report.metrics import Measurement, metrics_text
from tests.cli.live import KEY, serving
from tests.pipelines.cron_machine import CRON, Machine
from tests.real_parts import debian_program

pytestmark = pytest.mark.slow

RULES = CRON / "prometheus" / "faxops-alerts.yml"
DASHBOARD = CRON / "grafana" / "faxops.json"
METRIC = re.compile(r"\bfaxops_\w+")
TEXTFILES = "/var/lib/prometheus/node-exporter"


def written_metrics() -> set[str]:
    """The names of all that a run writes."""
    run = Measurement("s", "e", 0, True, 1.0, 1.0, 1, 1, {("GET", "200"): 1})  # noqa: FBT003 - a whole measurement, in its order
    return set(METRIC.findall(re.sub(r"^#.*$", "", metrics_text(run, ""), flags=re.MULTILINE)))


def dashboard_queries() -> Iterator[str]:
    """Every query of the dashboard, those of its variables without `label_values`."""
    dashboard: dict[str, Any] = json.loads(DASHBOARD.read_text())
    for panel in dashboard["panels"]:
        yield from (target["expr"] for target in panel["targets"])
    for variable in dashboard["templating"]["list"]:
        if variable["type"] == "query":
            yield re.sub(r"^label_values\((.*), \w+\)$", r"\1", variable["query"]["query"])


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(RULES.read_text())["groups"]
    return group["rules"]


def promtool(*arguments: str | Path, folder: Path) -> None:
    """Run promtool, which must find nothing wrong."""
    program = debian_program("promtool", "prometheus")
    if program is None:
        return
    command = [program, *map(str, arguments)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_promtool_accepts_the_alerts(tmp_path: Path) -> None:
    promtool("check", "rules", RULES, folder=tmp_path)


def test_the_alerts_pass_their_unit_tests() -> None:
    promtool("test", "rules", "faxops-alerts.test.yml", folder=RULES.parent)


def test_every_alert_has_a_unit_test_in_which_it_fires_and_a_line_in_the_readme() -> None:
    names = {rule["alert"] for rule in rules()}
    cases = yaml.safe_load(RULES.with_name("faxops-alerts.test.yml").read_text())["tests"]
    fired = {
        case["alertname"]
        for test in cases
        for case in test["alert_rule_test"]
        if case.get("exp_alerts")
    }
    told = set(re.findall(r"^\| `(Faxops\w+)`", (CRON / "README.md").read_text(), re.MULTILINE))
    assert fired == names == told


def test_every_metric_that_an_alert_or_the_dashboard_names_is_written() -> None:
    queries = [rule["expr"] for rule in rules()] + list(dashboard_queries())
    named = [set(METRIC.findall(query)) for query in queries]
    assert all(named)
    assert set().union(*named) == written_metrics()


def test_prometheus_can_read_every_query_of_the_dashboard(tmp_path: Path) -> None:
    queries = list(dashboard_queries())
    records = [{"record": f"query:{at}", "expr": query} for at, query in enumerate(queries)]
    file = tmp_path / "queries.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": records}]}))
    promtool("check", "rules", file, folder=tmp_path)


def test_the_panels_of_the_dashboard_are_told_apart_and_fit_beside_each_other() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        x, y, w, h = (panel["gridPos"][name] for name in "xywh")
        cells = {(x + right, y + down) for right in range(w) for down in range(h)}
        assert not cells & taken
        assert x + w <= 24
        taken |= cells


# The real thing


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


@contextmanager
def running(*command: str | Path, log: Path) -> Generator[None]:
    """A program until the block ends; its words are in `log`."""
    with log.open("w") as words:
        process = subprocess.Popen([*map(str, command)], stdout=words, stderr=words)
        try:
            yield
        finally:
            process.terminate()
            process.wait(timeout=20)


@contextmanager
def monitored(machine: Machine, prometheus: str, exporter: str) -> Generator[httpx.Client]:
    """The API of a Prometheus that scrapes the machine's node-exporter every 200 ms."""
    seen, asked = (f"127.0.0.1:{free_port()}" for _ in range(2))
    shutil.copy(RULES, machine.root)
    config = {
        "global": {
            "scrape_interval": "200ms",
            "scrape_timeout": "200ms",
            "evaluation_interval": "200ms",
        },
        "rule_files": [RULES.name],
        "scrape_configs": [{"job_name": "node", "static_configs": [{"targets": [seen]}]}],
    }
    file = machine.write("/prometheus.yml", yaml.safe_dump(config))
    with ExitStack() as stack:
        stack.enter_context(
            running(
                exporter,
                "--collector.disable-defaults",
                "--collector.textfile",
                f"--collector.textfile.directory={machine.path(TEXTFILES)}",
                f"--web.listen-address={seen}",
                log=machine.root / "exporter.log",
            )
        )
        stack.enter_context(
            running(
                prometheus,
                f"--config.file={file}",
                f"--storage.tsdb.path={machine.root / 'tsdb'}",
                f"--web.listen-address={asked}",
                log=machine.root / "prometheus.log",
            )
        )
        yield stack.enter_context(
            httpx.Client(base_url=f"http://{asked}/api/v1", timeout=5, trust_env=False)
        )


def firing(api: httpx.Client) -> set[str]:
    """The alerts that fire now; none before Prometheus answers."""
    try:
        reply = api.get("/alerts")
    except httpx.TransportError:
        return set()
    if reply.status_code != 200:
        return set()
    alerts: list[dict[str, Any]] = reply.json()["data"]["alerts"]
    return {each["labels"]["alertname"] for each in alerts if each["state"] == "firing"}


def wait_until(api: httpx.Client, alerts: set[str]) -> None:
    """Until exactly these alerts fire."""
    limit = time.monotonic() + 30
    while (found := firing(api)) != alerts:
        assert time.monotonic() < limit, f"{found} fire"
        time.sleep(0.1)


def test_a_real_drift_fires_its_alert_outlasts_a_failed_run_and_is_resolved(
    tmp_path: Path,
) -> None:
    prometheus = debian_program("prometheus", "prometheus")
    exporter = debian_program("prometheus-node-exporter", "prometheus-node-exporter")
    if prometheus is None or exporter is None:
        return
    with serving() as account:
        machine = Machine(tmp_path, account).installed()
        machine.path(TEXTFILES).mkdir(parents=True)
        metrics = machine.path(f"{TEXTFILES}/faxops-prod.prom")
        env = {"FAXOPS_ENV": "prod", "TELNYX_API_KEY": KEY, "FAXOPS_METRICS": str(metrics)}

        def drift(**more: str) -> int:
            return machine.run(["faxops", "drift"], env | more, "/srv/fax").returncode

        machine.drift()
        assert drift() == 2
        with monitored(machine, prometheus, exporter) as api:
            wait_until(api, {"FaxopsDrift"})
            assert drift(TELNYX_API_KEY="KEY-revoked") == 4
            wait_until(api, {"FaxopsDrift", "FaxopsNotPermitted"})
            machine.installed()
            assert drift() == 0
            wait_until(api, set())
