"""A PostgreSQL server of the tests' own, on a free port, that they may stop and start again."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Generator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from typing import Final

import psycopg
from psycopg.sql import SQL, Identifier

HOW_TO_GET: Final = "Install PostgreSQL: apt-get install postgresql."
PASSWORD: Final = "pw-of-the-tests"  # noqa: S105 - of a server that lives as long as the tests
_NUMBERS = count(1)


def programs() -> Path | None:
    """The folder of `initdb` and `postgres`, the newest if there are several."""
    found = shutil.which("initdb")
    if found:
        return Path(found).resolve().parent
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return versions[-1].parent if versions else None


class Server:
    """A cluster in `folder`. Over TCP it asks for the password of its one user, `postgres`."""

    def __init__(self, bin_folder: Path, folder: Path) -> None:
        self._bin = bin_folder
        self._folder = folder
        self._user = "postgres" if os.geteuid() == 0 else None  # it refuses to run as root
        self._port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None
        password = folder / "password"
        password.write_text(PASSWORD)
        if self._user:
            owner = pwd.getpwnam(self._user)
            for path in (folder, password):
                os.chown(path, owner.pw_uid, owner.pw_gid)
        options = ["--auth-local=trust", "--auth-host=scram-sha-256", "--no-sync", "-U", "postgres"]
        data = ["-D", str(folder / "data"), f"--pwfile={password}"]
        subprocess.run(
            [str(bin_folder / "initdb"), *options, *data],
            check=True,
            capture_output=True,
            user=self._user,
            cwd=folder,
        )

    def start(self) -> None:
        """Start it, and return once it answers."""
        settings = [
            "listen_addresses=127.0.0.1",
            "fsync=off",
            f"unix_socket_directories={self._folder}",
        ]
        self._process = subprocess.Popen(
            [
                str(self._bin / "postgres"),
                *("-D", str(self._folder / "data"), "-p", str(self._port)),
                *(part for each in settings for part in ("-c", each)),
            ],
            user=self._user,
            cwd=self._folder,
            stderr=subprocess.DEVNULL,
        )
        limit = time.monotonic() + 30
        while not self._answers():
            assert time.monotonic() < limit, "PostgreSQL did not start"
            time.sleep(0.05)

    def stop(self) -> None:
        """Stop it at once, by its own process id; its connections are cut."""
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            self._process.wait()
            self._process = None

    @property
    def pid(self) -> int:
        """The process that takes connections."""
        assert self._process is not None
        return self._process.pid

    def new_database(self) -> str:
        """The URL of an empty database."""
        name = f"faxops_{next(_NUMBERS)}"
        with psycopg.connect(self._address("postgres"), autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        return self._address(name)

    def _address(self, database: str) -> str:
        return f"postgresql://postgres:{PASSWORD}@127.0.0.1:{self._port}/{database}"

    def _answers(self) -> bool:
        try:
            psycopg.connect(self._address("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running(bin_folder: Path) -> Generator[Server]:
    """A server that is gone without a trace after the block."""
    folder = Path(mkdtemp(prefix="faxops-postgres-"))
    try:
        server = Server(bin_folder, folder)
        try:
            server.start()
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]
