"""What is known of an attr when a kernel is looked for: its value, or only what it may be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Choice:
    """An attr whose value is not known.

    ``allowed``: the dtypes it, or each element of a list(type), may have; empty where any is possible.
    ``why`` says what is not known, for a reason ("$T is not bound").
    """

    why: str
    allowed: tuple[str, ...] = ()
    is_list: bool = False


# One dtype, the dtypes of a list(type), or a choice; None where neither the node nor the op definition has a value.
AttrValue = str | tuple[str, ...] | Choice | None


def is_placeholder(value: object) -> bool:
    """Whether an attr is a placeholder (AttrValue.placeholder in tensorflow/core/framework/attr_value.proto)."""
    if isinstance(value, str):
        return value.startswith("$")
    return isinstance(value, tuple) and any(is_placeholder(element) for element in value)
