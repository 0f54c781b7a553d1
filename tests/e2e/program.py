"""Running a built run_model, here or in an emulator, and comparing what it says with TensorFlow's answer."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from e2e.answers import Answer

# For a whole network in an emulator.
_SECONDS = 1200


@dataclass(frozen=True)
class Program:
    """``prefix`` is what runs it: an emulator for another machine, nothing for this one."""

    path: Path
    prefix: tuple[str, ...] = ()

    def run(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        command = [*self.prefix, str(self.path), *map(str, words)]
        return subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False)


def outputs(program: Program, model: Path, answer: Answer, folder: Path) -> dict[str, Any]:
    """The arrays that the program writes for an answer's inputs: its outputs, and its scores."""
    import numpy as np

    folder.mkdir(parents=True, exist_ok=True)
    words: list[str | Path] = [model, "--format", "json", "--output", folder / "out"]
    words += ["--signature", answer.signature] if answer.signature else []
    for name in (*answer.outputs, *answer.scores) if answer.scores else ():
        words += ["--fetch", name]
    for number, (name, value) in enumerate(answer.inputs.items()):
        file = folder / f"in{number}.npy"
        np.save(file, _as_saved(value))
        words += ["--feed", f"{name}={file}"]
    done = program.run(*words)
    assert done.returncode == 0, f"{model}\n{done.stderr[-4000:]}"
    return {one["name"]: np.load(one["file"]) for one in json.loads(done.stdout)["outputs"]}


def _as_saved(value: Any) -> Any:
    import numpy as np

    array = np.asarray(value)
    return array.astype(bytes) if array.dtype == object else array


def difference(found: Any, expected: Any) -> float:
    """The largest difference between two arrays, in parts of the largest number; infinite for another shape or text."""
    import numpy as np

    wanted = _as_saved(expected)
    if found.shape != wanted.shape or found.dtype.kind != wanted.dtype.kind:
        return float("inf")
    if wanted.dtype.kind not in "fc":
        return 0.0 if np.array_equal(found, wanted) else float("inf")
    same = (found == wanted) | (np.isnan(found) & np.isnan(wanted))
    with np.errstate(invalid="ignore"):
        apart = np.where(same, 0.0, np.abs(found - wanted))
    largest = np.max(np.abs(wanted[np.isfinite(wanted)]), initial=np.finfo(wanted.dtype).tiny)
    return float(np.max(np.where(np.isfinite(apart), apart, np.inf), initial=0.0) / largest)


def largest_difference(found: Mapping[str, Any], expected: Mapping[str, Any]) -> float:
    """Over all arrays that are expected, which have to be there."""
    assert set(expected) <= set(found)
    return max((difference(found[name], value) for name, value in expected.items()), default=0.0)
