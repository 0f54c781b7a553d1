"""What a model file needs: one reader per format behind :func:`read_model`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from opsieve.models.reader import read_model
    from opsieve.models.summary import Summary, summarize

__all__ = ["Summary", "read_model", "summarize"]

_HOMES = {"read_model": "reader", "summarize": "summary", "Summary": "summary"}


def __getattr__(name: str) -> Any:
    # The readers are imported when first asked for: other stages import this package for usage.py alone.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
