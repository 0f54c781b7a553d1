"""The processors whose code is understood, and how each passes what a function is given."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Machine:
    """``word`` is a pointer's size in bytes."""

    name: str
    word: int


MACHINES = {
    machine.name: machine
    for machine in (Machine("x86-64", 8), Machine("i386", 4), Machine("aarch64", 8), Machine("arm", 4))
}
