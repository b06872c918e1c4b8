"""`faxops webhook listen` under load, beside the floor of its duties.

The load is wrk on the same machine: 16 connections that send distinct signed deliveries as fast
as they are answered. The floor is a bare uvicorn application that reads the body and answers 200;
it verifies, remembers and saves nothing. docs/performance.md says more.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn

from faxops.emulator.signing import PUBLIC_KEY, sign

HERE: Final = Path(__file__).parent
FAXOPS: Final = Path(sys.executable).with_name("faxops")
CONNECTIONS: Final = 16
LISTEN: Final = (str(FAXOPS), "webhook", "listen", "--port", "0", "--public-key", PUBLIC_KEY)
FLOOR: Final = (sys.executable, __file__, "--floor")


class Failed(Exception):
    """Something else than what is measured went wrong."""


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of wrk found; `p99` is in milliseconds."""

    per_second: float
    p99: float


@dataclass(frozen=True, slots=True)
class Server:
    """A running server."""

    process: subprocess.Popen[str]
    url: str

    @property
    def mib(self) -> float:
        """Its resident memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        if found is None:
            raise Failed("The server is gone.")
        return int(found[1]) / 1024


async def floor(_scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI
    """Read the body and answer 200."""
    while (await receive()).get("more_body"):
        pass
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"0")]}
    )
    await send({"type": "http.response.body"})


def serve_floor() -> None:
    """Serve the floor as faxops serves: HTTP by h11, no log."""
    config = uvicorn.Config(floor, http="h11", ws="none", lifespan="off", log_level="critical")
    config.access_log = False
    listener = uvicorn.Config(floor, port=0, log_level="critical").bind_socket()
    print(f"http://127.0.0.1:{listener.getsockname()[1]}/", file=sys.stderr, flush=True)
    uvicorn.Server(config).run(sockets=[listener])


def deliveries(count: int) -> Generator[str]:
    """As many lines for `listen.lua`, of events that are all different, signed now."""
    for _ in range(count):
        event = {
            "event_type": "fax.delivered",
            "id": str(uuid.uuid4()),
            "occurred_at": "2026-11-25T11:59:58.123456Z",
            "record_type": "event",
            "payload": {
                "call_duration_secs": 34,
                "connection_id": "1293384261075731499",
                "direction": "outbound",
                "fax_id": str(uuid.uuid4()),
                "from": "+15550100001",
                "original_media_url": "https://files.clinic.example/fax.pdf",
                "page_count": 2,
                "status": "delivered",
                "to": "+15550100002",
                "user_id": "19a75cea-02c6-4b9a-84fa-c9bc8341feb8",
            },
        }
        meta = {"attempt": 1, "delivered_to": "https://hooks.clinic.example/fax"}
        body = json.dumps({"data": event, "meta": meta})
        headers = sign(str(int(time.time())), body.encode())
        yield f"{headers['telnyx-timestamp']} {headers['telnyx-signature-ed25519']} {body}\n"


@contextmanager
def served(command: Iterable[str | Path], folder: Path) -> Generator[Server]:
    """Start a server that writes its URL on standard error."""
    process = subprocess.Popen(
        [*map(str, command)],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        env={"PATH": os.defpath, "HOME": str(folder)},
    )
    try:
        assert process.stderr is not None  # noqa: S101 - it is a pipe
        found = re.search(r"http://\S+", process.stderr.readline())
        if found is None:
            raise Failed(f"{command} did not start.")
        yield Server(process, found[0])
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate()


def load(url: str, folder: Path, count: int) -> Load:
    """Send `count` new deliveries."""
    file = folder / "deliveries"
    with file.open("w") as lines:
        lines.writelines(deliveries(count))
    done = subprocess.run(
        ["wrk", "-t1", f"-c{CONNECTIONS}", "-d250s", "-s", HERE / "listen.lua", url, "--", file],
        capture_output=True,
        text=True,
        check=True,
    )
    found = re.search(r"RESULT (\d+) (\d+) (\d+) (\d+)", done.stdout)
    if found is None or int(found[4]) or int(found[1]) < count - 2 * CONNECTIONS:
        raise Failed(f"wrk did not send {count} deliveries well:\n{done.stdout}{done.stderr}")
    requests, microseconds, p99 = (int(found[number]) for number in (1, 2, 3))
    return Load(requests / microseconds * 1e6, p99 / 1000)


def compare(folder: Path, count: int) -> None:
    """Deliveries per second and the time of an answer."""
    rows = {
        "the floor": FLOOR,
        "webhook listen": LISTEN,
        "webhook listen --save": (*LISTEN, "--save", folder / "events.ndjson"),
    }
    print(f"{'':24}{'a second':>10}{'of floor':>10}{'p99':>10}")
    of_floor = 0.0
    for name, command in rows.items():
        with served(command, folder) as server:
            load(server.url, folder, count // 10)
            found = load(server.url, folder, count)
        of_floor = of_floor or found.per_second
        share = found.per_second / of_floor
        print(f"{name:24}{found.per_second:10,.0f}{share:10.2f}{found.p99:7.1f} ms", flush=True)


def memory(folder: Path) -> None:
    """Resident memory after 20,000 and after 200,000 deliveries to one listener."""
    with served((*LISTEN, "--save", folder / "memory.ndjson"), folder) as server:
        print(f"\n{'resident memory after':24}{0:>10,}{server.mib:10.1f} MiB")
        for count, total in ((20_000, 20_000), (180_000, 200_000)):
            load(server.url, folder, count)
            print(f"{'':24}{total:10,}{server.mib:10.1f} MiB", flush=True)
    with (folder / "memory.ndjson").open() as lines:
        print(f"{'lines in the file':24}{sum(1 for _ in lines):10,}")


def main() -> None:
    """Print the figures. The exit code tells only whether everything ran."""
    parser = argparse.ArgumentParser(description="Measure faxops webhook listen under load.")
    parser.add_argument(
        "--count", type=int, default=20_000, metavar="N", help="deliveries a run (default: 20,000)"
    )
    parser.add_argument("--floor", action="store_true", help="only serve the floor, on a free port")
    chosen = parser.parse_args()
    if chosen.floor:
        serve_floor()
        return
    if shutil.which("wrk") is None:
        sys.exit("There is no wrk, which makes the load. Debian has it: apt-get install wrk")
    folder = Path(tempfile.mkdtemp(prefix="faxops-bench-"))
    print(f"{CONNECTIONS} connections on {os.cpu_count()} processors, wrk among them.\n")
    try:
        compare(folder, chosen.count)
        memory(folder)
    except Failed as failure:
        sys.exit(str(failure))
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
