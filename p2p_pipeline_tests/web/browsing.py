"""A real browser before a real service on loopback, and everything it complained of."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

from p2p_pipeline.commands.ports import free_port
from p2p_pipeline.web.app import create_app
from p2p_pipeline.web.edges import Edges
from p2p_pipeline.web.listening import server_config
from p2p_pipeline_tests.web.serving import edges_over

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
STARTED_SECONDS = 20.0


@contextmanager
def served(edges: Edges, port: int | None = None, **changed: Any) -> Iterator[str]:
    """The service in a thread, as `p2p serve` runs it; gives its address."""
    port = port or free_port()
    config = {"port": port, "log_level": "error", "timeout_graceful_shutdown": 1, **changed}
    server = uvicorn.Server(server_config(create_app(edges), **config))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + STARTED_SECONDS
    while not server.started and time.monotonic() < end:
        time.sleep(0.02)
    assert server.started
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)


def launched(playwright: Playwright) -> Browser:
    """The Chromium of this machine, without a window."""
    assert CHROMIUM is not None
    return playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One for the tests of a file: its loop must not run beside theirs for longer."""
    with sync_playwright() as playwright:
        started = launched(playwright)
        yield started
        started.close()


@pytest.fixture(scope="module")
def site(web_folder: Path) -> Iterator[str]:
    """The address of a service over the folder that nobody changes."""
    with served(edges_over(web_folder)) as address:
        yield address


@dataclass
class Watched:
    """A page of the browser and what went wrong on it."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    """Errors on the console, exceptions, violations of the policy, requests beyond this host."""

    def __post_init__(self) -> None:
        page, told = self.page, self.complaints
        page.on("console", lambda said: told.append(f"console: {said.text}") if said.type == "error" else None)
        page.on("pageerror", lambda error: told.append(f"exception: {error}"))
        page.on("request", lambda asked: self._ask(asked.url))
        page.add_init_script(
            "document.addEventListener('securitypolicyviolation', e => "
            "console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`));"
            "window.shifted = 0; new PerformanceObserver(list => { for (const one of list.getEntries()) "
            "if (!one.hadRecentInput) window.shifted += one.value }).observe({type: 'layout-shift', buffered: true})"
        )

    @property
    def shifted(self) -> float:
        """How much of what is seen has moved since the page was opened, as Chromium counts it."""
        return float(self.page.evaluate("window.shifted"))

    def _ask(self, url: str) -> None:
        if urlsplit(url).hostname not in ("127.0.0.1", None) and not url.startswith("data:"):
            self.complaints.append(f"asked {url}")
