"""The systemd timer and the crontab line: judged by systemd, and run as they stand."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.cli.live import KEY, serving
from tests.cli.receiver import receiving
from tests.pipelines.cron_machine import CONFIGURATION, CRON, Machine
from tests.real_parts import debian_program
from tests.report.test_metrics import values

pytestmark = pytest.mark.slow

UNITS = ("faxops-drift.service", "faxops-drift.timer")
METRICS = "/var/lib/prometheus/node-exporter/faxops-prod.prom"
CREDENTIALS = "/run/credentials/faxops-drift.service"
ASSIGNMENT = re.compile(r"^([A-Za-z]+)=(.*)$", re.MULTILINE)


@pytest.fixture
def machine(tmp_path: Path) -> Generator[Machine]:
    with serving() as account:
        yield Machine(tmp_path, account).installed()


def settings(name: str) -> list[tuple[str, str]]:
    """Every assignment of the service, in order."""
    text = (CRON / "systemd" / "faxops-drift.service").read_text()
    return [found for found in ASSIGNMENT.findall(text) if found[0] == name]


def setting(name: str) -> str:
    ((_, value),) = settings(name)
    return value


class Service:
    """The service as systemd would start it, on a machine in a scratch folder."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        name, source = setting("LoadCredential").split(":")
        machine.write(source, KEY)
        machine.path(CREDENTIALS).mkdir(parents=True)
        shutil.copy(machine.path(source), machine.path(CREDENTIALS) / name)
        machine.path(f"/var/lib/{setting('StateDirectory')}").mkdir(parents=True)
        machine.path(METRICS).parent.mkdir(parents=True)

    def environment(self) -> dict[str, str]:
        """What Environment= and EnvironmentFile= give, the file last."""
        lines = [value for _, value in settings("Environment")]
        file = self.machine.path(setting("EnvironmentFile").removeprefix("-"))
        lines += file.read_text().splitlines() if file.exists() else []
        return dict(self._in_root(line).split("=", 1) for line in lines)

    def start(self) -> bool:
        """Run ExecStart; whether systemd would call its end a success."""
        program, *arguments = shlex.split(setting("ExecStart"))
        command = [str(self.machine.path(program)), *arguments]
        done = self.machine.run(command, self.environment(), setting("WorkingDirectory"))
        return done.returncode in {0, int(setting("SuccessExitStatus"))}

    def metrics(self) -> dict[str, float]:
        return values(self.machine.path(METRICS).read_text())

    def _in_root(self, assignment: str) -> str:
        """Specifiers replaced as by systemd, and every absolute path moved to the machine."""
        name, value = assignment.split("=", 1)
        if value.startswith("/"):
            value = str(self.machine.path(value))
        value = value.replace("%S", str(self.machine.path("/var/lib")))
        return f"{name}={value.replace('%d', str(self.machine.path(CREDENTIALS)))}"


def test_systemd_finds_nothing_wrong_with_the_units(tmp_path: Path) -> None:
    analyze = debian_program("systemd-analyze", "systemd")
    if analyze is None:
        return
    program = tmp_path / "faxops"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    for unit in UNITS:
        text = (CRON / "systemd" / unit).read_text()
        (tmp_path / unit).write_text(text.replace("/usr/local/bin/faxops", str(program)))
    units = [str(tmp_path / unit) for unit in UNITS]
    done = subprocess.run([analyze, "verify", *units], capture_output=True, text=True, check=False)
    assert (done.stderr, done.returncode) == ("", 0)


def test_the_service_may_do_little(tmp_path: Path) -> None:
    analyze = debian_program("systemd-analyze", "systemd")
    if analyze is None:
        return
    service = shutil.copy(CRON / "systemd" / UNITS[0], tmp_path)
    flags = ["--offline=true", "--threshold=20", "--no-pager"]  # 2.0 of 10
    done = subprocess.run(
        [analyze, "security", *flags, str(service)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_service_ends_well_in_sync_and_with_drift_and_fails_otherwise(
    machine: Machine,
) -> None:
    service = Service(machine)
    assert service.start()
    assert service.metrics()["faxops_drifted_applications"] == 0
    machine.drift()
    assert service.start()
    assert service.metrics()["faxops_drifted_applications"] == 1
    assert machine.path("/var/lib/faxops/drift.db").exists()
    machine.write("/srv/fax/faxops.yaml", f"{CONFIGURATION}surprise: 1\n")
    assert not service.start()
    assert service.metrics()["faxops_run_exit_code"] == 3


def test_the_service_notifies_where_the_file_of_variables_says(machine: Machine) -> None:
    service = Service(machine)
    machine.drift()
    with receiving() as receiver:
        machine.write("/etc/faxops/drift.env", f"FAXOPS_NOTIFY={receiver.url}\n")
        assert service.start()
        assert service.start()
    assert len(receiver.titles) == 1


def test_the_key_is_in_no_variable_and_no_argument(machine: Machine) -> None:
    service = Service(machine)
    assert KEY not in repr((service.environment(), setting("ExecStart")))
    assert service.environment()["TELNYX_API_KEY_FILE"].endswith("/telnyx-api-key")


def test_the_line_for_cron_runs_as_it_stands(machine: Machine) -> None:
    readme = (CRON / "README.md").read_text()
    (line,) = re.findall(r"```cron\n(.*)\n```", readme)
    *_, user, command = line.split(" ", 6)
    assert user == "faxops"
    machine.write("/etc/faxops/telnyx-api-key", KEY)
    machine.path(METRICS).parent.mkdir(parents=True)
    machine.drift()
    moved = re.sub(r"(?<=[ =])/(?=srv|etc|var)", f"{machine.root}/", command)
    done = machine.run(["/bin/sh", "-c", moved], {}, "/")
    assert done.returncode == 2, done.stderr
    assert values(machine.path(METRICS).read_text())["faxops_drifted_applications"] == 1
