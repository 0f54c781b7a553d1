"""The ops that need no kernel, from kernelless.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from opsieve.resources import load_yaml


@cache
def kernelless_ops() -> dict[str, str]:
    """Op name → why TensorFlow never looks for a kernel of it."""
    rows = load_yaml(Path(__file__).with_suffix(".yaml"))
    return {row["op"]: row["why"] for row in rows}
