"""A need: one lookup that nodes of the models lead to, with its answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from opsieve.models.usage import Value
from opsieve.selection.match import NO_MATCH, Match
from opsieve.selection.values import AttrValue, Choice


class Problem(Enum):
    """Why a need is not met."""

    NO_OP = "the op is not defined"
    NO_FUNCTION = "the function called is not there"
    NO_ATTR = "the op has no such attr"
    NO_KERNEL = "no kernel takes these types"
    NO_CLASS = "no kernel has this class"
    REFUSED = "TensorFlow refuses the lookup"


@dataclass(frozen=True, slots=True, eq=False)
class Need:
    """What some nodes, or a line of a list of ops, ask for, and what the index has for it.

    ``types`` are the type-valued attrs asked with, ``values`` the others. ``rule`` goes into the reasons. ``detail``
    is what the problem is about: the op that calls a missing function, the attr, the kernel class, or TensorFlow's
    refusal. ``compiles``: a file that is needed although it registers no kernel and no op definition.
    """

    op: str
    types: tuple[tuple[str, AttrValue], ...] = ()
    match: Match = NO_MATCH
    label: str = ""
    rule: str = ""
    problem: Problem | None = None
    detail: str = ""
    values: tuple[tuple[str, Value | None], ...] = ()
    compiles: str = ""

    @property
    def defined(self) -> bool:
        return self.problem not in (Problem.NO_OP, Problem.NO_FUNCTION)

    @property
    def uncertain(self) -> str:
        """What was not known, so that kernels were selected that may not be needed; "" where all was."""
        return f"every kernel that could match: {', '.join(self.match.open)}" if self.match.open else ""

    def dtypes(self) -> dict[str, tuple[str, ...]]:
        """The dtypes asked for, by attr; attrs whose values are not known are left out."""
        return {name: known for name, value in self.types if (known := _known(value)) is not None}


def _known(value: AttrValue) -> tuple[str, ...] | None:
    if isinstance(value, Choice):
        return value.allowed or None
    return (value,) if isinstance(value, str) else value
