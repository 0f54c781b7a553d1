"""The index of a tree, built once a test run."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsieve.tree.index import Index


@cache
def index_of(
    tree: Path, preset: str, defines: tuple[tuple[str, str], ...] = (), sources: tuple[Path, ...] = ()
) -> Index:
    """The index of ``tree``, read afresh: a kept one would not show what the reader does today."""
    from opsieve.tree.build import build_index

    return build_index(tree, preset=preset, define=dict(defines), sources=sources, cache=False)
