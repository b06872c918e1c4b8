"""The Kubernetes CronJob: judged by Kubernetes' own schema, and its command run as it stands."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import kubernetes_validate  # pyright: ignore[reportMissingTypeStubs] - it has no types
import pytest
import yaml

from tests.cli.live import KEY, serving
from tests.cli.receiver import receiving
from tests.pipelines.cron_machine import CRON, Machine

MANIFEST: dict[str, Any] = yaml.safe_load((CRON / "kubernetes" / "cronjob.yaml").read_text())
JOB: dict[str, Any] = MANIFEST["spec"]["jobTemplate"]["spec"]
POD: dict[str, Any] = JOB["template"]["spec"]
CONTAINER: dict[str, Any] = POD["containers"][0]


@pytest.fixture
def machine(tmp_path: Path) -> Generator[Machine]:
    with serving() as account:
        yield Machine(tmp_path, account).installed()


def started(machine: Machine, secret: Mapping[str, str]) -> tuple[int, set[Path]]:
    """How the container ends that gets the secret as the manifest says, and what it wrote."""
    (volume,) = POD["volumes"]
    (mount,) = CONTAINER["volumeMounts"]
    assert volume["name"] == mount["name"]
    for item in volume["secret"]["items"]:
        machine.write(f"{mount['mountPath']}/{item['path']}", secret[item["key"]])
    before = set(machine.root.rglob("*"))
    env = environment(machine, secret)
    done = machine.run(CONTAINER["command"], env, CONTAINER["workingDir"])
    return done.returncode, set(machine.root.rglob("*")) - before


def environment(machine: Machine, secret: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for variable in CONTAINER["env"]:
        value = variable.get("value")
        if value is None:
            reference = variable["valueFrom"]["secretKeyRef"]
            if reference["key"] not in secret and reference["optional"]:
                continue
            value = secret[reference["key"]]
        if value.startswith("/"):
            value = str(machine.path(value))
        found[variable["name"]] = value
    return found


@pytest.mark.parametrize("version", ["1.29", "1.31", kubernetes_validate.latest_version()])
def test_kubernetes_accepts_the_manifest(version: str) -> None:
    kubernetes_validate.validate(MANIFEST, version, strict=True)


def test_the_judge_would_find_a_wrong_key() -> None:
    wrong = {**MANIFEST, "spec": {**MANIFEST["spec"], "concurrency": "Forbid"}}
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_no_two_runs_overlap_and_the_pod_may_do_nothing_but_run() -> None:
    assert MANIFEST["spec"]["concurrencyPolicy"] == "Forbid"
    assert POD["securityContext"]["runAsNonRoot"]
    assert not POD["automountServiceAccountToken"]
    assert not POD["enableServiceLinks"]
    assert CONTAINER["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


def test_only_an_unreachable_api_is_tried_again() -> None:
    (rule,) = JOB["podFailurePolicy"]["rules"]
    assert rule["action"] == "FailJob"
    assert rule["onExitCodes"] == {
        "containerName": CONTAINER["name"],
        "operator": "NotIn",
        "values": [1],
    }


@pytest.mark.slow
def test_the_command_runs_as_it_stands_and_writes_nothing(machine: Machine) -> None:
    assert started(machine, {"telnyx-api-key": KEY}) == (0, set())
    machine.drift()
    assert started(machine, {"telnyx-api-key": KEY}) == (2, set())


@pytest.mark.slow
def test_the_command_notifies_if_the_secret_says_where(machine: Machine) -> None:
    machine.drift()
    with receiving() as receiver:
        secret = {
            "telnyx-api-key": KEY,
            "state": f"sqlite:///{machine.root}/drift.db",
            "notify": receiver.url,
        }
        code, _ = started(machine, secret)
    assert (code, len(receiver.titles)) == (2, 1)
