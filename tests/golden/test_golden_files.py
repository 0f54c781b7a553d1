"""What generate writes is, byte for byte, what is kept here; ``pytest tests/golden --update-golden`` renews it."""

from __future__ import annotations

from pathlib import Path

import pytest

from golden.selections import COMMAND, GOLDEN
from opsieve.codegen.generate import generate

FOLDER = Path(__file__).parent


@pytest.mark.parametrize("name", sorted(GOLDEN))
def test_generated_files_are_the_golden_ones(
    name: str, tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The version of opsieve is in every file; a release is no reason to write the golden files anew.
    monkeypatch.setattr("opsieve.codegen.context.__version__", "0.0.0")
    monkeypatch.setattr("opsieve.selection.document.__version__", "0.0.0")
    if request.config.getoption("--update-golden", default=False):
        generate(GOLDEN[name](), FOLDER / name, command=COMMAND)

    generate(GOLDEN[name](), tmp_path, command=COMMAND)

    assert _contents(tmp_path) == _contents(FOLDER / name)


def _contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()}
