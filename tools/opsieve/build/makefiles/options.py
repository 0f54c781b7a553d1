"""What a build is to make, and how."""

from __future__ import annotations

from dataclasses import dataclass

from opsieve.build.toolchains.toolchain import Toolchain
from opsieve.errors import OpsieveError

_CODE = {"pic": "-fPIC", "pie": "-fPIE", "absolute": "-fno-pie"}


@dataclass(frozen=True, slots=True)
class Options:
    """``static``, ``shared``: which libraries (shared: where the target has them).

    ``precompile``: precompiled headers; None for where they help (not through ccache and distcc, which can't use them).
    ``code``: ``pic`` for libraries of any use, ``pie`` for static ones in position-independent programs, ``absolute``
    for static ones in programs linked with -no-pie (smallest); empty for ``pic`` with a shared library, else ``pie``.
    ``program``: whether the program of group ``run_model`` is made.
    """

    static: bool = True
    shared: bool = True
    precompile: bool | None = None
    code: str = ""
    program: bool = True


def makes_shared(options: Options, toolchain: Toolchain) -> bool:
    return options.shared and toolchain.shared


def precompiles(options: Options, toolchain: Toolchain) -> bool:
    return not toolchain.wrapped if options.precompile is None else options.precompile


def code_kind(options: Options, toolchain: Toolchain) -> str:
    """The value of ``Options.code`` that holds.

    Raises:
        OpsieveError: no such kind, or a shared library cannot be made of it.
    """
    shared = makes_shared(options, toolchain)
    kind = options.code or ("pic" if shared else "pie")
    if kind not in _CODE:
        raise OpsieveError(f"there is no code kind {kind!r}", hint=f"one of {', '.join(_CODE)}")
    if shared and kind != "pic":
        raise OpsieveError(f"a shared library cannot be made of {kind!r} code", hint="make only the static library")
    return kind


def code_flags(options: Options, toolchain: Toolchain) -> tuple[str, ...]:
    """What the compiler is told of the code's kind, and of what is seen from outside."""
    if toolchain.format == "macho":
        return ("-fvisibility=hidden", "-fvisibility-inlines-hidden")
    kind = code_kind(options, toolchain)
    if kind != "pic":
        return (_CODE[kind], "-fvisibility=hidden")
    # Hidden symbols cannot be exported, and TensorFlow's C++ classes are not marked: there the version script hides.
    visibility = () if makes_shared(options, toolchain) else ("-fvisibility=hidden",)
    return (_CODE[kind], "-fno-semantic-interposition", "-fvisibility-inlines-hidden", *visibility)


def program_flags(options: Options, toolchain: Toolchain) -> tuple[str, ...]:
    """What the linker is told to make a program of such code.

    On Linux at a fixed address, which saves the relocations of every table of pointers; Android loads no such program.
    """
    if toolchain.format == "macho":
        return ()
    return ("-no-pie",) if toolchain.configuration == "linux" else ("-pie",)
