"""The ops that need no kernel, from kernelless.yaml."""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def kernelless_ops() -> dict[str, str]:
    """Op name → why TensorFlow never looks for a kernel of it."""
    import yaml

    rows = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8"))
    return {row["op"]: row["why"] for row in rows}
