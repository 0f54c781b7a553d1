"""A tool chain that was found to work, as plain data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Toolchain:
    """How to compile and link for one target. Commands are words: ``("ccache", "g++")``.

    ``name``: of the target. ``configuration``: of TensorFlow's BUILD files (``linux``, ``android``, ``ios``).
    ``format``: ``elf`` or ``macho``. ``family``: ``gcc`` or ``clang``. ``version``: what the compiler says of itself.
    ``cxx_flags`` and ``c_flags`` follow ``compile_flags`` in their language. ``link_flags`` holds those that choose
    ``linker`` and what it leaves out. ``libraries`` end the command line. ``runner`` goes before a program to run it
    here: empty where it simply runs, None where it can't be run. ``page_size``: bytes, of the target's memory.
    ``shared``: shared libraries are of use there. ``notes``: what a person may want to know, one line each.
    """

    name: str
    configuration: str
    format: str
    machine: str
    c: tuple[str, ...]
    cxx: tuple[str, ...]
    ar: tuple[str, ...]
    strip: tuple[str, ...]
    family: str
    version: str
    compile_flags: tuple[str, ...] = ()
    c_flags: tuple[str, ...] = ()
    cxx_flags: tuple[str, ...] = ()
    defines: tuple[str, ...] = ()
    link_flags: tuple[str, ...] = ()
    linker: str = ""
    libraries: tuple[str, ...] = ()
    runner: tuple[str, ...] | None = None
    page_size: int = 4096
    shared: bool = True
    notes: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """The preset that the target is like: a user's own may have any name."""
        return f"{self.configuration}-{'armv7' if self.machine == 'arm' else self.machine}"

    @property
    def wrapped(self) -> bool:
        """Whether ccache or distcc stands before the compiler."""
        return len(unwrapped(self.cxx)) != len(self.cxx)


_WRAPPERS = {"ccache", "distcc", "sccache", "icecc", "gomacc"}


def unwrapped(command: tuple[str, ...]) -> tuple[str, ...]:
    """A compiler's command without ccache, distcc and their like."""
    first = 0
    while first < len(command) - 1 and command[first].rpartition("/")[2] in _WRAPPERS:
        first += 1
    return command[first:]
