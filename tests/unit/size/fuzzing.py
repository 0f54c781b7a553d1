"""Changed inputs for a reader, which has to answer each soon: with a result or with an OpsieveError.

A module of targets runs from the command line, too: ``PYTHONPATH=tests python -m unit.size.reading.targets elf
--cases 100000``.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import re
import resource
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from opsieve.errors import OpsieveError

Read = Callable[[bytes], object]

SECONDS = 5  # of the processor's time, for one input
MEMORY = 1 << 30  # bytes, beyond what the process has when it starts
_MOST_SEEDS = 400
_LONGEST = 1 << 20
_NUMBERS = (0, 1, 2, 4, 7, 8, 0x10, 0x20, 0x40, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFF00, 0xFFFF, 0x10000)
_LARGE = (
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFF0,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 16,
    (1 << 64) - 1,
)
_DIGITS = re.compile(r"0x[0-9a-f]+|\d+")


class Failed(AssertionError):  # noqa: N818
    """An input whose answer was another exception, or too late, or too large. ``content`` is the input."""

    def __init__(self, case: int, content: bytes, what: str) -> None:
        super().__init__(f"case {case}, {len(content)} bytes: {what}")
        self.content = content


class _TooLate(BaseException):
    """Not an Exception, so that no reader takes it for its own."""


@dataclass
class Outcome:
    """``answers`` counts results and messages, numbers left out; ``slowest`` is in seconds of the processor's time."""

    cases: int = 0
    results: int = 0
    slowest: float = 0
    slowest_input: bytes = b""
    answers: Counter[str] = field(default_factory=Counter)


def fuzz(read: Read, seeds: Sequence[bytes], cases: int, seed: int) -> Outcome:
    """Read ``cases`` changed seeds. The same arguments make the same inputs.

    An input that is answered in a new way becomes a seed, so that what lies behind it is changed, too.

    Raises:
        Failed: the first input that is not answered as it has to be.
    """
    chance = random.Random(seed)
    pool, outcome = list(seeds), Outcome()
    with _limits():
        for case in range(cases):
            content = seeds[case] if case < len(seeds) else changed(chance, seeds if chance.random() < 0.8 else pool)
            answer = _answer(read, case, content, outcome)
            if not outcome.answers[answer] and len(pool) < _MOST_SEEDS:
                pool.append(content)
            outcome.answers[answer] += 1
            outcome.cases += 1
    return outcome


def _answer(read: Read, case: int, content: bytes, outcome: Outcome) -> str:
    started = time.process_time()
    answer = "a result"
    try:
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            read(content)
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
        outcome.results += 1
    except OpsieveError as error:
        answer = _DIGITS.sub("#", error.message.encode("ascii", "replace").decode())[-60:]
    except _TooLate:
        raise Failed(case, content, f"no answer within {SECONDS} seconds") from None
    except Exception as error:
        raise Failed(case, content, f"{type(error).__name__}: {error}") from error
    seconds = time.process_time() - started
    if seconds > outcome.slowest:
        outcome.slowest, outcome.slowest_input = seconds, content
    return answer


@contextlib.contextmanager
def _limits() -> Iterator[None]:
    """Stop an input that takes too long; let one that takes too much memory fail with MemoryError."""

    def stop(*_: object) -> None:
        raise _TooLate

    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").is_file() else 0
    memory = resource.getrlimit(resource.RLIMIT_AS)
    handler = signal.signal(signal.SIGPROF, stop)
    try:
        if pages:
            limit = pages * resource.getpagesize() + MEMORY
            resource.setrlimit(resource.RLIMIT_AS, (limit, memory[1]))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, memory)
        signal.signal(signal.SIGPROF, handler)


def changed(chance: random.Random, pool: Sequence[bytes]) -> bytes:
    """One of the inputs with a few changes, most of them near its start or its end, where headers and tables are."""
    content = bytearray(chance.choice(pool))
    for _ in range(chance.choice((1, 1, 1, 1, 1, 2, 2, 3, 5, 20))):
        chance.choice(_CHANGES)(chance, content, pool)
    return bytes(content[:_LONGEST])


def _place(chance: random.Random, content: bytearray) -> int:
    size = len(content)
    near = min(size, chance.choice((16, 64, 256, 1024, 1 << 30)))
    place = int(chance.random() * (near + 1))
    place = place if chance.random() < 0.7 else size - place
    return place & ~3 if chance.random() < 0.5 else place


def _byte(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    if content:
        content[min(_place(chance, content), len(content) - 1)] = chance.randrange(256)


def _bit(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    if content:
        content[min(_place(chance, content), len(content) - 1)] ^= 1 << chance.randrange(8)


def _number(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    """A number that is a limit somewhere, or the file's size or near it."""
    width = chance.choice((1, 2, 4, 4, 8, 8))
    value = chance.choice((chance.choice(_NUMBERS), chance.choice(_LARGE), len(content) + chance.randrange(-70, 70)))
    place = _place(chance, content)
    text = (value % (1 << 8 * width)).to_bytes(width, chance.choice(("little", "little", "little", "big")))
    content[place : place + width] = text[: max(len(content) - place, 0)]


def _added(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    """A number that is there already, made a little larger or smaller."""
    width = chance.choice((2, 4, 8))
    place = _place(chance, content)
    old = content[place : place + width]
    value = int.from_bytes(old, "little") + chance.choice((-64, -8, -1, 1, 8, 64, 4096))
    content[place : place + width] = (value % (1 << 8 * len(old))).to_bytes(len(old), "little")


def _digits(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    """Another number in text."""
    found = [match.span() for match in re.finditer(rb"\d+", content[: 1 << 16])]
    if found:
        start, end = chance.choice(found)
        text = str(chance.choice((*_NUMBERS, *_LARGE, len(content)))).encode()
        content[start:end] = text if chance.random() < 0.3 else text[: end - start].ljust(end - start)


def _cut(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    del content[_place(chance, content) :]


def _removed(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    place = _place(chance, content)
    del content[place : place + chance.choice((1, 4, 8, 60, 1000))]


def _repeated(chance: random.Random, content: bytearray, _: Sequence[bytes]) -> None:
    place, size = _place(chance, content), chance.choice((1, 4, 24, 40, 64, 400))
    content[place:place] = content[place : place + size] * chance.choice((1, 1, 2, 50))


def _copied(chance: random.Random, content: bytearray, pool: Sequence[bytes]) -> None:
    """A piece of this input or another, over what is there."""
    other = chance.choice(pool)
    start, size = chance.randrange(len(other) + 1), chance.choice((4, 8, 24, 64, 400, 5000))
    place = _place(chance, content)
    piece = other[start : start + size]
    content[place : place + len(piece)] = piece


_CHANGES = (_byte, _bit, _number, _number, _number, _added, _digits, _cut, _removed, _repeated, _copied)


def main(targets: Mapping[str, tuple[Read, Callable[[], Sequence[bytes]]]]) -> None:
    """The command line of a module of targets: the reader and the seeds of each name."""
    parser = argparse.ArgumentParser(description="Read changed inputs until one is not answered as it has to be.")
    parser.add_argument("targets", nargs="*", metavar="TARGET", default=list(targets), help=", ".join(targets))
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("fuzzing-failure"), help="where to write a failing input")
    arguments = parser.parse_args()
    for target in arguments.targets:
        read, seeds = targets[target]
        started = time.monotonic()
        try:
            outcome = fuzz(read, seeds(), arguments.cases, arguments.seed)
        except Failed as failed:
            arguments.keep.write_bytes(failed.content)
            print(f"{target}: {failed}; the input is in {arguments.keep}", file=sys.stderr)
            raise
        seconds = time.monotonic() - started
        most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"{target}: {outcome.cases} cases, {outcome.results} with a result, {len(outcome.answers)} answers, "
            f"{seconds:.0f} s; the slowest took {outcome.slowest:.3f} s for {len(outcome.slowest_input)} bytes; "
            f"{most} MB of memory",
            flush=True,
        )
