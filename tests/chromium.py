"""A real Chromium, driven by its DevTools protocol over a pipe."""

from __future__ import annotations

import fcntl
import json
import os
from base64 import b64decode
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

# The two that `--remote-debugging-pipe` names; ours lie above them.
_COMMANDS, _REPLIES, _ABOVE = 3, 4, 10
_FLAGS: Final = (
    "--headless",
    "--remote-debugging-pipe",
    "--no-sandbox",  # its own sandbox does not start for root, as in a container
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)


class Page:
    """One tab. Methods return when the browser has done it."""

    def __init__(self, commands: int, replies: int) -> None:
        self._commands = os.fdopen(commands, "wb", buffering=0)
        self._replies = os.fdopen(replies, "rb")
        self._count = 0
        self._session: str | None = None
        # What the page or the browser wrote to the console, policy violations among them.
        self.complaints: list[str] = []
        target = self.send("Target.createTarget", url="about:blank")["targetId"]
        attached = self.send("Target.attachToTarget", targetId=target, flatten=True)
        self._session = attached["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self.send(f"{domain}.enable")

    def open(self, url: str, *, width: int = 900, dark: bool = False) -> None:
        """Go to the URL with a window of this width."""
        self.resize(width, dark=dark)
        self.complaints.clear()
        self.send("Page.navigate", url=url)
        self.until("document.readyState === 'complete'")

    def resize(self, width: int, *, dark: bool = False) -> None:
        """Give the window this width, and the system this taste."""
        metrics = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 500}
        self.send("Emulation.setDeviceMetricsOverride", **metrics)
        taste = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[taste])

    def value(self, expression: str) -> Any:  # noqa: ANN401 - whatever the page says
        """What the JavaScript expression comes to; a promise is awaited."""
        answer = self.send(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def until(self, condition: str) -> None:
        """Return once the JavaScript condition holds; the page looks at it in each frame."""
        holds = self.value(
            "new Promise((done) => { const start = Date.now(); const look = () => {"
            f" if ({condition}) done(true); else if (Date.now() - start > 15000) done(false);"
            " else setTimeout(look, 20); }; look(); })"
        )
        assert holds, f"{condition} did not come true: {self.value('document.body.innerText')}"

    def picture(self, path: Path) -> None:
        """Save the whole page as a PNG."""
        shot = self.send("Page.captureScreenshot", captureBeyondViewport=True)
        path.write_bytes(b64decode(shot["data"]))

    def close(self) -> None:
        """End the browser."""
        self._session = None
        self.send("Browser.close")
        self._commands.close()
        self._replies.close()

    def send(self, method: str, **params: object) -> dict[str, Any]:
        """One command of the protocol, and its result."""
        self._count += 1
        command: dict[str, object] = {"id": self._count, "method": method, "params": params}
        if self._session is not None:
            command["sessionId"] = self._session
        self._commands.write(json.dumps(command).encode() + b"\0")
        while True:
            message = self._read()
            if message.get("id") == self._count:
                assert "error" not in message, message
                return message["result"]
            self._note(message)

    def _read(self) -> dict[str, Any]:
        text = bytearray()
        while (byte := self._replies.read(1)) != b"\0":
            assert byte, "Chromium ended"
            text += byte
        return json.loads(text)

    def _note(self, message: dict[str, Any]) -> None:
        if message.get("method") in ("Log.entryAdded", "Runtime.consoleAPICalled"):
            self.complaints.append(json.dumps(message["params"]))
        if message.get("method") == "Page.javascriptDialogOpening":
            self.complaints.append("a dialog was opened")


@contextmanager
def opened(program: str, profile: Path) -> Generator[Page]:
    """Start Chromium with an empty profile; it is over when the context is left."""
    theirs_in, ours_out = os.pipe()
    ours_in, theirs_out = os.pipe()
    moved = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, _ABOVE) for each in (theirs_in, theirs_out)]
    with Path(os.devnull).open("wb") as nowhere:
        null = fcntl.fcntl(nowhere.fileno(), fcntl.F_DUPFD_CLOEXEC, _ABOVE)
    pid = os.posix_spawn(
        program,
        [program, *_FLAGS, f"--user-data-dir={profile}", "about:blank"],
        os.environ,
        file_actions=[
            (os.POSIX_SPAWN_DUP2, null, 1),
            (os.POSIX_SPAWN_DUP2, null, 2),
            (os.POSIX_SPAWN_DUP2, moved[0], _COMMANDS),
            (os.POSIX_SPAWN_DUP2, moved[1], _REPLIES),
        ],
    )
    for each in (theirs_in, theirs_out, null, *moved):
        os.close(each)
    page = Page(ours_out, ours_in)
    try:
        yield page
    finally:
        page.close()
        os.waitpid(pid, 0)
