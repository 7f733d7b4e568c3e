"""Chromium, driven through its debugging pipe: a page at a size and in a theme, its errors, its widths, its picture.

Needs the program `chromium` (Debian's package) and nothing of Python beyond its library.
"""

import base64
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

#: Sizes of a window: a laptop's and a phone's.
SIZES = {"wide": (1280, 900), "phone": (390, 844)}
THEMES = ("light", "dark")
#: Seconds that Chromium may take for one answer; slower means hung, on any machine.
PATIENCE = 120

#: How addresses begin that need no network.
HERE = ("file:", "data:", "about:", "blob:", "http://127.0.0.1:")

#: Elements that stick out of the window, but for those inside a box that scrolls or hides by itself.
TOO_WIDE = """
[...document.querySelectorAll("WITHIN *")].filter(element => {
  const box = element.getBoundingClientRect();
  if (!box.width || !box.height || getComputedStyle(element).visibility === "hidden") return false;
  if (box.left >= -0.5 && box.right <= document.documentElement.clientWidth + 0.5) return false;
  for (let outer = element.parentElement; outer; outer = outer.parentElement)
    if (!["visible", ""].includes(getComputedStyle(outer).overflowX) && outer !== document.body
        && outer !== document.documentElement) return false;
  return true;
}).map(element => element.outerHTML.slice(0, 160))
"""


class Chromium:
    """One browser process; use it in a `with` block."""

    def __init__(self):
        program = shutil.which("chromium")
        assert program, "the browser checks need chromium: apt-get install chromium"
        # Helpers of the browser may write there for a moment after it has ended.
        self.folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def connect():
            # The two ends may stand in each other's place.
            reading, writing = os.dup(to_browser), os.dup(from_browser)
            os.dup2(reading, 3)
            os.dup2(writing, 4)

        flags = ["--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--hide-scrollbars"]
        profile = [f"--user-data-dir={self.folder.name}", "--no-first-run", "--disable-background-networking"]
        self.process = subprocess.Popen(
            [program, *flags, *profile, "about:blank"],
            preexec_fn=connect,
            close_fds=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.answers = os.fdopen(self.read_end, "rb")
        self.number, self.buffer = 0, b""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = None
        self.events = []
        self.session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(PATIENCE)
        os.close(self.write_end)
        self.answers.close()
        self.folder.cleanup()

    def call(self, method, **parameters):
        """Send one command and return its result; events that come meanwhile are kept."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if getattr(self, "session", None):
            message["sessionId"] = self.session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == self.number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                return answer["result"]
            self.events.append(answer)

    def _next(self):
        while b"\0" not in self.buffer:
            piece = os.read(self.read_end, 1 << 20)
            assert piece, "chromium has ended"
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def open(self, address, size="wide", theme="light"):
        """Open a page (a path or an address) at a size and in a theme, and wait until it has loaded and drawn."""
        width, height = SIZES[size]
        self.call(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=size == "phone",
        )
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        url = address.resolve().as_uri() if isinstance(address, Path) else address
        # What a page before still asked for fails late, and would count as an error of this one.
        self._load("about:blank")
        self._load(url)
        self.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def _load(self, url):
        self.events = []
        self.call("Page.navigate", url=url)
        until = time.monotonic() + PATIENCE
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            assert time.monotonic() < until, f"{url} did not load"
            self.events.append(self._next())

    def evaluate(self, expression):
        """Return the value of an expression of the page's script; a promise is awaited."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def errors(self):
        """What the console has of errors since the page was opened, and requests that left the machine."""
        found = []
        for event in self.events:
            method, told = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                found.append(json.dumps(told["exceptionDetails"])[:500])
            elif method == "Log.entryAdded" and told["entry"]["level"] == "error":
                found.append(told["entry"]["text"] + " " + told["entry"].get("url", ""))
            elif method == "Runtime.consoleAPICalled" and told["type"] in ("error", "assert"):
                found.append(json.dumps(told["args"])[:500])
            elif method == "Network.requestWillBeSent" and not told["request"]["url"].startswith(HERE):
                found.append("a request to " + told["request"]["url"])
        return found

    def too_wide(self, within="body"):
        """Elements that are wider than the window, inside of one."""
        return self.evaluate(TOO_WIDE.replace("WITHIN", within))

    def mouse(self, kind, x, y, **more):
        self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    def drag(self, start, end):
        """Press at one place, move to another in steps, let go."""
        self.mouse("mousePressed", *start, button="left", buttons=1, clickCount=1)
        for step in range(1, 6):
            x, y = (a + (b - a) * step / 5 for a, b in zip(start, end, strict=True))
            self.mouse("mouseMoved", x, y, button="left", buttons=1)
        self.mouse("mouseReleased", *end, button="left", clickCount=1)

    def key(self, key):
        """Press one key."""
        text = {"text": key} if len(key) == 1 else {}
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key, **(text if kind == "keyDown" else {}))

    def screenshot(self, path, *, whole=False):
        """Write what the window shows, or the whole page, as PNG."""
        data = self.call("Page.captureScreenshot", format="png", captureBeyondViewport=whole)["data"]
        Path(path).write_bytes(base64.b64decode(data))
