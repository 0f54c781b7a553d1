"""The lock of a selection is, byte for byte, what is kept here; ``pytest tests/golden --update-golden`` renews it."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden.selections import small
from opsieve.selection.lock.make import lock_of
from opsieve.selection.lock.write import to_yaml

KEPT = Path(__file__).parent / "lock" / "opsieve.lock"
COMMAND = "opsieve lock models/classifier.pb models/loop --tensorflow tensorflow"


def test_the_lock_is_the_golden_one(request: pytest.FixtureRequest) -> None:
    written = to_yaml(lock_of(small(), COMMAND))
    if request.config.getoption("--update-golden", default=False):
        KEPT.write_bytes(written)

    assert written.decode() == KEPT.read_bytes().decode()
