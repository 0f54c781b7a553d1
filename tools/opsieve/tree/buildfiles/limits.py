"""What evaluating BUILD files may cost: a tree is data from a stranger.

TensorFlow's own trees stay far below each of these.
"""

from __future__ import annotations

from dataclasses import dataclass

MAX_FILE_BYTES = 16 << 20
# TensorFlow's own .bzl files nest in 12; what they define calls itself to a depth of 14.
MAX_LOADS = 100
MAX_CALLS = 200
# tensorflow/core/kernels/BUILD makes 1,200; the largest package of TensorFlow has 4,000 files.
MAX_TARGETS = 100_000
MAX_PACKAGE_FILES = 500_000
# Names that a file uses though nothing binds them; each costs a pass over the file.
MAX_UNKNOWN_NAMES = 32
# How long a chain of aliases and setting groups may be.
MAX_CHAIN = 64


@dataclass(frozen=True, slots=True)
class Limits:
    """What one package may cost, in the process that evaluates it.

    ``cpu_seconds``: the files that it loads for the first time included. ``seconds``: by the clock, whatever happens.
    ``memory_bytes``: of the whole process. ``answer_bytes``: of a package's description.
    """

    cpu_seconds: float = 30.0
    seconds: float = 120.0
    memory_bytes: int = 2 << 30
    answer_bytes: int = 64 << 20
