"""What 10,000 applications cost, as YAML and as a table, with room for a busy machine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

COUNT = 10_000
SECONDS = 3.0
MEMORY_MIB = 200

_PROGRAM = """
import json, resource, sys, time
from pathlib import Path
from faxops.config.load import load_stack
from faxops.config.reader import FolderReader

begin = time.process_time()
stack = load_stack(FolderReader(Path(sys.argv[1])), environment=None, environ={})
seconds = time.process_time() - begin
mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"count": len(stack.resources), "seconds": seconds, "mib": mib}))
"""
_HEAD = "version: 1\nstack: scale\nvariables: {host: hooks.clinic.example}\n"
_FIELDS = """\
    application_name: Clinic number {name}
    webhook_event_url: https://${{var.host}}/fax/events/{name}
    webhook_event_failover_url: https://${{var.host}}/fax/failover/{name}
    webhook_timeout_secs: 25
    anchorsite_override: Chicago, IL
    tags: [team-intake, site-{name}]
    inbound: {{channel_limit: {limit}, sip_subdomain: clinic-{name}}}
    outbound: {{channel_limit: 10, outbound_voice_profile_id: "1293384261075731499"}}
"""


def as_yaml(folder: Path) -> None:
    blocks = [f"  c{n}:\n{_FIELDS.format(name=n, limit=n % 30)}" for n in range(COUNT)]
    (folder / "faxops.yaml").write_text(f"{_HEAD}fax_applications:\n{''.join(blocks)}")


def as_table(folder: Path) -> None:
    rows = [f"{n},{n % 30}\n" for n in range(COUNT)]
    (folder / "rows.csv").write_text("code,limit\n" + "".join(rows))
    fields = _FIELDS.format(name="${row.code}", limit='"${row.limit}"').replace("\n", "\n  ")
    fields = fields.replace("[team-intake, site-${row.code}]", '[team-intake, "site-${row.code}"]')
    fields = fields.replace("sip_subdomain: clinic-${row.code}", 'sip_subdomain: "c-${row.code}"')
    fleet = "fleets:\n  f:\n    rows: rows.csv\n    key: c${row.code}\n    application:\n  "
    (folder / "faxops.yaml").write_text(f"{_HEAD}{fleet}{fields}")


@pytest.mark.slow
@pytest.mark.parametrize("write", [as_yaml, as_table], ids=["YAML", "a table"])
def test_ten_thousand_applications_load_in_seconds(
    write: Callable[[Path], None], tmp_path: Path
) -> None:
    write(tmp_path)
    run = subprocess.run(
        [sys.executable, "-c", _PROGRAM, str(tmp_path / "faxops.yaml")],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    measured = json.loads(run.stdout)
    assert measured["count"] == COUNT
    assert measured["seconds"] < SECONDS
    assert measured["mib"] < MEMORY_MIB
