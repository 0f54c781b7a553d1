"""The texts of an index that a library's code can hand to TensorFlow, for quick look-up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from opsieve.tree.index import Index

Pair = tuple[str, str]

# What TensorFlow up to 2.1 names a kernel of an op that is not selected (register_kernel::Name in op_kernel.h). Which
# name it is can be left to be decided when the library is loaded.
NOT_SELECTED = "_no_register"


def spaceless(text: str) -> str:
    """A class text as SHOULD_REGISTER_OP_KERNEL compares it: spaces do not count."""
    return text.replace(" ", "")


@dataclass(slots=True)
class Names:
    """``pairs`` maps a class text without spaces to the kernels that have it, by op: {op: (op, class text)}.

    ``ops`` has every op that is defined or has kernels; ``defined`` those with a definition, and the beginnings of
    what their definitions say of inputs, outputs and attrs (``x: T``, ``N:``), spaces left out;
    ``beginnings`` every beginning of their names.
    """

    ops: set[str] = field(default_factory=set)
    pairs: dict[str, dict[str, list[Pair]]] = field(default_factory=dict)
    defined: dict[str, tuple[str, ...]] = field(default_factory=dict)
    beginnings: set[str] = field(default_factory=set)


def names_of(index: Index) -> Names:
    """The texts of an index."""
    names = Names()
    for op, definition in index.ops.items():
        names.ops.add(op)
        names.beginnings.update(op[:length] for length in range(1, len(op) + 1))
        parts = definition.inputs + definition.outputs
        names.defined[op] = (*map(spaceless, parts), *(f"{attr.name}:" for attr in definition.attrs))
    for op, kernels in index.kernels.items():
        names.ops.add(op)
        for kernel in kernels:
            same = names.pairs.setdefault(spaceless(kernel.class_text), {}).setdefault(op, [])
            if (op, kernel.class_text) not in same:
                same.append((op, kernel.class_text))
    return names


# But for what libstdc++'s checks say: "basic_string: construction from null is not valid".
_SPECIFICATION = re.compile(r"(?!basic_string:)[A-Za-z_]\w* ?:")


def is_specification(text: str) -> bool:
    """Whether a text can be what an op definition says of an input, an output or an attr."""
    return _SPECIFICATION.match(text) is not None
