"""An emulator as another program sees it: over HTTP, on a free port of this machine."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager

from faxops.emulator.application import Emulator
from faxops.emulator.server import base_url, open_socket, server


@contextmanager
def served(emulator: Emulator) -> Generator[str]:
    """The base URL of the emulator, which is served until the block ends and closed then."""
    running = server(emulator)
    with open_socket(0) as listener:
        thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield base_url(listener)
        finally:
            running.should_exit = True
            thread.join()
            emulator.close()
