"""A place to run commands in."""

from __future__ import annotations

from pathlib import Path

import pytest

from unit.cli.place import Place


@pytest.fixture
def place(tmp_path: Path) -> Place:
    folder = tmp_path / "a place"
    folder.mkdir()
    return Place(folder)
