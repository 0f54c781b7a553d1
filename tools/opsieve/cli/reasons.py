"""Reasons in words."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opsieve.selection.selection import Reason


def places(reasons: Collection[Reason]) -> str:
    """Where something is needed: the first place by name, and how many more there are."""
    more = len(reasons) - 1
    return place(min(reasons)) + (f" and in {more} more place{'s' if more > 1 else ''}" if more else "")


def place(reason: Reason) -> str:
    """The model, function and node of a reason."""
    function = f", function {reason.function}" if reason.function else ""
    node = f", node {reason.node}" if reason.node else ""
    return f"{reason.model}{function}{node}"
