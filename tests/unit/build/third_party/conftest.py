"""A registry of our own, and nothing of this machine's settings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from local_registry import Registry, serve

from opsieve.build.third_party import catalog, fetch, http, provide, settings
from opsieve.build.third_party.catalog import Archive, Compiled, Package


@pytest.fixture
def registry(monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry]:
    """A server that pip and apt are set up to use."""
    for name in list(os.environ):
        if name.startswith("PIP_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(http, "_FIRST_PAUSE", 0.01)
    # The opener keeps the proxies that it was made with.
    http._opener.cache_clear()
    with serve() as running:
        monkeypatch.setenv("PIP_INDEX_URL", f"{running.url}/simple")
        monkeypatch.setattr(settings, "debian_mirrors", lambda: (running.url,))
        yield running
    http._opener.cache_clear()


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Package]:
    """A catalogue of the test's own: the function adds a package to it."""
    packages: list[Package] = []
    for module in (catalog, provide):
        monkeypatch.setattr(module, "load_catalog", lambda: tuple(packages))
    assert fetch.find is catalog.find

    def add(archive: Archive | None, name: str = "pkg", **changed: object) -> Package:
        package = Package(
            name=name,
            version="1.0",
            licence="MIT",
            why="tests need it",
            headers=(f"{name}/",),
            markers=(f"{name}/{name}.h",),
            includes=(".",),
            compiled=Compiled(sources=("**/*.cc",), exclude=("**/*_test.cc",)),
            archive=archive,
            unpack=("**/*.h", "**/*.cc"),
        )
        packages.append(replace(package, **changed))  # type: ignore[arg-type]
        return packages[-1]

    return add


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """An empty store."""
    return tmp_path / "store"
