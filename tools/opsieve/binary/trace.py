"""What the code of one function does with constants: what a decoder for each processor reports."""

from __future__ import annotations

from dataclasses import dataclass

# A function with more code than this is no registration: the rest of it is not read.
LONGEST_FUNCTION = 4 << 20
# So much code of all start-up functions together: half as much again as TensorFlow's Python wheel has.
LONGEST_STARTUP = 24 << 20
# A jump this far or less is taken for one within the function, unless another function starts where it goes to.
NEAR = 4096


@dataclass(frozen=True, slots=True)
class Call:
    """A call, or a jump to another function: where to, if that is known, and the constants among the arguments.

    ``arguments`` are (position, value): positions count registers or words on the stack in their order, values are
    addresses or numbers. ``tail`` marks a jump.
    """

    target: int | None
    arguments: tuple[tuple[int, int], ...]
    tail: bool = False


@dataclass(frozen=True, slots=True)
class Piece:
    """Constant bytes that the code itself copies: a short text can live in instructions alone."""

    content: bytes


Step = Call | Piece


@dataclass(slots=True)
class Budget:
    """How many bytes of code may still be read; functions of a hostile file overlap without end."""

    left: int = LONGEST_STARTUP
