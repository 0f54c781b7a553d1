"""What the tests of the model readers share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from opsieve.errors import OpsieveError
from opsieve.models import read_model
from opsieve.models.usage import Model

Read = Callable[[bytes | str], Model]
Refuse = Callable[[bytes | str], OpsieveError]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Read a model of these contents."""

    def run(content: bytes | str) -> Model:
        return read_model(_file(tmp_path, content))

    return run


@pytest.fixture
def refuse(tmp_path: Path) -> Refuse:
    """The error that a file of these contents gives; it names the file and says what to do."""

    def run(content: bytes | str) -> OpsieveError:
        file = _file(tmp_path, content)
        with pytest.raises(OpsieveError) as caught:
            read_model(file)
        assert caught.value.message.startswith(f"{file}: ")
        assert caught.value.hint
        return caught.value

    return run


def _file(folder: Path, content: bytes | str) -> Path:
    file = folder / "a model"
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return file
