"""What the functions that run when a library is loaded hand on: texts, in the order of their code."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from opsieve.binary import aarch64, arm, x86
from opsieve.binary.image import Image
from opsieve.binary.trace import LONGEST_FUNCTION, Budget, Call, Piece, Step
from opsieve.errors import OpsieveError

# From a start-up function to the code that registers: TensorFlow's macros make a lambda in a function that unoptimised
# code calls from another (REGISTER_KERNEL_BUILDER_IMPL_3 in tensorflow/core/framework/op_kernel.h).
_LEVELS = 2
# A helper that several registrations share, as compilers outline it, hands on no more texts than these.
_SHARED = 4
# Jumps from function to function: compilers make one or two.
_JUMPS = 8
# Far more than any library's start-up code hands on.
_MOST_EVENTS = 4 << 20

_FOLLOWERS = {"x86-64": x86.Follower, "i386": x86.Follower, "aarch64": aarch64.Follower, "arm": arm.Follower}


@dataclass(frozen=True, slots=True)
class Handed:
    """A text that is an argument of a call to ``callee``; ``measured`` where its length is an argument beside it.

    The text is empty where nobody asked for it.
    """

    text: str
    callee: int | str | None
    position: int
    measured: bool


Event = Handed | Piece


@dataclass(slots=True)
class Startup:
    """Reads the start-up functions of one image, each function once; ``wanted`` says which texts matter."""

    image: Image
    wanted: Callable[[str], bool]
    budget: Budget = field(default_factory=Budget)
    _starts: AbstractSet[int] = field(init=False)
    _entries: AbstractSet[int] = field(init=False)
    _known: dict[int, list[Event]] = field(init=False, default_factory=dict)
    _texts: dict[int, tuple[str, int] | None] = field(init=False, default_factory=dict)
    _count: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self._entries = frozenset(self.image.initializers)
        self._starts = self.image.functions | self._entries

    def functions(self, name: str) -> Iterator[list[Event]]:
        """The events of each start-up function, those of the functions that it calls where it calls them.

        Raises:
            OpsieveError: more code runs at the start than any library has; ``name`` names the file in the message.
        """
        for start in self.image.initializers:
            events = self._known.get(start)
            yield self._events(start, _LEVELS, _JUMPS) if events is None else []
            if self.budget.left <= 0 or self._count > _MOST_EVENTS:
                raise OpsieveError(
                    f"{name}: more code runs when it is loaded than any library has", hint="is it damaged?"
                )

    def _events(self, start: int, levels: int, jumps: int) -> list[Event]:
        events: list[Event] = []
        self._known[start] = events
        for step in self._steps(start):
            if isinstance(step, Piece):
                events.append(step)
                self._count += 1
            else:
                events.extend(self._handed(step))
                events.extend(self._inner(step, levels, jumps))
            if self._count > _MOST_EVENTS:
                break
        return events

    def _steps(self, start: int) -> Iterator[Step]:
        """The steps of the function at an address, up to its end or the start of another."""
        follower = _FOLLOWERS[self.image.machine](self.image, self._starts)
        try:
            yield from follower.steps(start, min(LONGEST_FUNCTION, self.budget.left))
        finally:
            self.budget.left -= follower.length

    def _inner(self, call: Call, levels: int, jumps: int) -> list[Event]:
        """The events of a function called from start-up code.

        What registers a kernel is called once. What is called again is a helper, of interest only where a compiler made
        it of the few instructions that several registrations have in common.
        """
        levels, jumps = (levels, jumps - 1) if call.tail else (levels - 1, jumps)
        if call.target is None or levels < 0 or jumps < 0 or call.target in self._entries:
            return []
        known = self._known.get(call.target)
        if known is None:
            known = list(self._events(call.target, levels, jumps))
        elif len(known) > _SHARED:
            return []
        self._count += len(known)
        return known

    def _handed(self, call: Call) -> Iterator[Event]:
        callee: int | str | None = call.target
        if call.target is not None:
            callee = self.image.names.get(call.target) or self.image.names.get(call.target & ~1) or call.target
        seen: set[int] = set()
        for position, value in call.arguments:
            # A register may still have what was moved on to another.
            if value in seen:
                continue
            seen.add(value)
            found = self._text(value)
            if found is not None:
                text, length = found
                measured = any(number == length for other, number in call.arguments if abs(other - position) == 1)
                self._count += 1
                yield Handed(text, callee, position, measured)

    def _text(self, address: int) -> tuple[str, int] | None:
        """The text at an address, empty if nobody wants it, and its length."""
        if address not in self._texts:
            text = self.image.string(address)
            kept = text if text is not None and self.wanted(text) else ""
            self._texts[address] = None if text is None else (kept, len(text))
        return self._texts[address]
