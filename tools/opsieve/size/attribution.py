"""Who owns each byte: the result of attribution, which reports, comparisons and budgets read."""

from __future__ import annotations

from dataclasses import dataclass

# What an owner can be. The first two are of the models; the others are there whatever they are.
KERNEL = "kernel"  # the kernels of ops, their helpers, and templates that only they use
OP = "op"  # op definitions: registrations and shape functions
RUNTIME = "runtime"  # TensorFlow's core
PROTOS = "protos"  # generated message classes
PACKAGE = "package"  # a third-party package: protobuf, abseil, eigen
TOOLCHAIN = "toolchain"  # start-up files, the C and C++ libraries
PROGRAM = "program"  # the user's own code, run_model
LIBRARY = "library"  # a native library in a package
FILE = "file"  # any other file in a package
FORMAT = "format"  # headers, symbol tables, relocations, padding: what nobody wrote
UNATTRIBUTED = "unattributed"
OWNER_KINDS = (KERNEL, OP, RUNTIME, PROTOS, PACKAGE, TOOLCHAIN, PROGRAM, LIBRARY, FILE, FORMAT, UNATTRIBUTED)

# The ``kind`` of an attribution of an .apk, .aar, .ipa or .zip.
PACKAGED = "package"


def measures(kind: str) -> tuple[str, str]:
    """What people call ``file_size`` and ``loaded_size`` of a file of that ``kind``."""
    return ("in the package", "unpacked") if kind == PACKAGED else ("in the file", "loaded")


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes that lie together and have one owner. The parts of a file are in order of ``offset`` and cover all of it.

    ``file_size``: bytes in the file; ``loaded_size``: bytes in memory (more for zeros, none for symbol tables).
    ``section`` names the output's section; ``object`` and ``source`` what they were compiled from ("" where unknown);
    ``symbol`` is demangled. ``shared``: the symbols that use the same bytes (folded code), when there are several.
    ``owner`` numbers the attribution's owners.
    """

    offset: int
    file_size: int
    loaded_size: int
    section: str
    object: str
    source: str
    symbol: str
    owner: int
    shared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Owner:
    """``name``: for a kernel ``MatMul/BatchMatMulOp<CPUDevice, float, float, float, true>``, or when its file's code is
    used by several, the source; else the package, the source, the section. ``kind`` is one of OWNER_KINDS. ``ops``,
    ``classes``, ``dtypes`` (DT_FLOAT) and ``models`` say what for; more than one where it is shared.
    """

    name: str
    kind: str
    ops: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    dtypes: tuple[str, ...] = ()
    models: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribution:
    """A file with an owner for each byte. ``sum(part.file_size) == file_size``.

    ``evidence``: what it was made from, for people: "linker map (lld)", "symbols", "selection.json". ``build``: what
    the build said of itself (target, options, TensorFlow's version), for comparisons; may be empty.

    Of a package (``kind`` is PACKAGED) each file is an owner, whose ``file_size`` is compressed and whose
    ``loaded_size`` is unpacked; sections are its folders.
    """

    file: str
    kind: str
    machine: str
    file_size: int
    loaded_size: int
    owners: tuple[Owner, ...]
    parts: tuple[Part, ...]
    evidence: tuple[str, ...] = ()
    build: tuple[tuple[str, str], ...] = ()
