"""A headless Chromium for the page: Debian's or any other that is installed, driven by Playwright."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

_COMMANDS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@dataclass
class Opened:
    """A page in a browser window of its own, and what it said and asked for."""

    page: Any
    messages: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def names(self, selector: str) -> list[str]:
        texts: list[str] = self.page.locator(selector).all_inner_texts()
        return texts

    def rows(self) -> list[str]:
        """The names of the table's rows, as they stand."""
        return self.names("#table tbody th .open .name")

    def row(self, name: str) -> Any:
        """The button of the table's row of this name."""
        return self.page.locator("#table").get_by_role("button", name=name)

    def said(self) -> str:
        """What a screen reader was told last."""
        return str(self.page.locator("#status").inner_text())

    def focused(self) -> str:
        """The label of what has the keyboard."""
        script = "() => document.activeElement.getAttribute('aria-label') || document.activeElement.innerText"
        return str(self.page.evaluate(script))

    def wait(self, arrived: Callable[[], bool]) -> None:
        """Until ``arrived``. The browser's own waiting runs text as a script, which the page's policy forbids."""
        for _ in range(200):
            if arrived():
                return
            self.page.wait_for_timeout(50)
        assert arrived()

    def trail(self) -> list[str]:
        return self.names("#trail .name")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="drives a browser with Playwright")
    command = next(filter(None, map(shutil.which, _COMMANDS)), None)
    if command is None:
        pytest.skip("opens the page in Chromium, which is not installed")
    with playwright.sync_playwright() as running:
        started = running.chromium.launch(executable_path=command)
        yield started
        started.close()


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Any]:
    """``show(page bytes, **options of the window)`` opens a page; it must say nothing and ask for nothing else."""
    opened: list[Opened] = []
    contexts = []

    def open_page(content: bytes, wait: str = "#map", **options: Any) -> Opened:
        file = tmp_path / f"{len(opened)}.html"
        file.write_bytes(content)
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        context.set_offline(True)
        contexts.append(context)
        context.set_default_timeout(20_000)
        found = Opened(context.new_page())
        opened.append(found)
        found.page.on("console", lambda message: found.messages.append(message.text))
        found.page.on("pageerror", lambda error: found.messages.append(str(error)))
        found.page.on("request", lambda request: found.requests.append(request.url))
        found.page.goto(file.as_uri())
        found.page.wait_for_selector(wait)
        return found

    yield open_page
    for found in opened:
        assert found.messages == []
        assert [url for url in found.requests if not url.startswith("file:") and url != "data:,"] == []
        assert len([url for url in found.requests if url.startswith("file:")]) >= 1
        assert len({url.partition("#")[0] for url in found.requests if url.startswith("file:")}) == 1
    for context in contexts:
        context.close()
