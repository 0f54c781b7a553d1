"""What objects define and ask for, and so why a link fails: undefined symbols, who has them, and who is not needed."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from opsieve.errors import OpsieveError

# `nm -P -A`: "FILE: NAME TYPE VALUE SIZE", "ARCHIVE[MEMBER]: NAME TYPE ..." of a member; no value where undefined.
_LINE = re.compile(r"(?P<object>.+): (?P<name>\S+) (?P<type>\S)(?: [0-9a-fA-F]*)?(?: (?P<size>[0-9a-fA-F]*))?\s*")
_NO_SYMBOLS = re.compile(r"no symbols\s*$")
_UNDEFINED = frozenset("Uwv")
_WEAK = frozenset("WVu")
# What takes no room in a file (.bss, common), and what is no symbol of code or data.
_NO_BYTES = frozenset("UwvbBcCnNaA")
# A function that the loader calls: g++ and clang name it so in a file that has dynamic initializers.
_INITIALIZER = re.compile(r"_?_GLOBAL__(?:sub_)?I_")
# TensorFlow's initializers that register call something of such a name: OpKernelRegistrar, InitOpRegistration...
_REGISTERS = re.compile(r"[Rr]egist(?:er|ra)")
# What the linker itself and the start-up objects define.
_LINKERS_OWN = re.compile(
    r"_GLOBAL_OFFSET_TABLE_|_DYNAMIC|__dso_handle|__ehdr_start|__executable_start|__bss_start|_?_?(?:end|edata|etext)"
    r"|__(?:preinit|init|fini)_array_(?:start|end)|__(?:start|stop)_\w+"
)
_FILES_A_CALL = 500


@dataclass(frozen=True, slots=True)
class ObjectSymbols:
    """The global symbols of an object file, or of a member of an archive (``lib.a[x.o]``), as the linker names them.

    ``weak``: those of ``defined`` that others may define too (inline functions, templates). ``undefined``: those that
    it must have from elsewhere. ``registers``: it has initializers that register something; nobody need refer to it.
    ``size``: bytes of its code and data, as far as symbols stand for them; 0 for Mach-O, which does not say.
    """

    name: str
    defined: frozenset[str]
    weak: frozenset[str]
    undefined: frozenset[str]
    registers: bool
    size: int = 0


@dataclass(frozen=True, slots=True)
class LinkReport:
    """How objects link together.

    ``undefined``: each symbol that none defines, with the objects that ask for it. ``definers``: for those of them that
    a candidate defines, which ones. ``unneeded``: objects that register nothing and define nothing that is used.
    """

    undefined: Mapping[str, tuple[str, ...]]
    definers: Mapping[str, tuple[str, ...]]
    unneeded: tuple[str, ...]


def read_symbols(files: Sequence[Path], nm: str = "nm", *, dynamic: bool = False) -> list[ObjectSymbols]:
    """The symbols of object files and of each member of archives; with ``dynamic``, of shared libraries.

    ``nm`` is the tool chain's: GNU's or LLVM's.

    Raises:
        OpsieveError: there is no such program, or it cannot read one of the files.
    """
    found: list[ObjectSymbols] = []
    for start in range(0, len(files), _FILES_A_CALL):
        found += _parse(_run_nm(files[start : start + _FILES_A_CALL], nm, dynamic))
    return found


def _run_nm(files: Sequence[Path], nm: str, dynamic: bool) -> str:
    options = ["-P", "-A", *(["-D"] if dynamic else [])]
    try:
        done = subprocess.run([nm, *options, "--", *map(str, files)], capture_output=True, check=False)
    except OSError as error:
        raise OpsieveError(
            f"{nm}: cannot be run: {error.strerror or error}",
            hint="give the tool chain's nm, such as aarch64-linux-gnu-nm",
        ) from error
    complaints = [line for line in done.stderr.decode("utf-8", "replace").splitlines() if not _NO_SYMBOLS.search(line)]
    if done.returncode != 0:
        raise OpsieveError(f"{nm}: {complaints[0] if complaints else f'exit status {done.returncode}'}")
    return done.stdout.decode("utf-8", "surrogateescape")


def _parse(output: str) -> list[ObjectSymbols]:
    types: dict[str, dict[str, str]] = {}
    sizes: dict[str, int] = {}
    for line in output.splitlines():
        match = _LINE.fullmatch(line)
        if match is not None:
            name, symbol, kind, size = match.groups()
            types.setdefault(name, {})[symbol.partition("@")[0]] = kind
            if size and kind not in _NO_BYTES:
                sizes[name] = sizes.get(name, 0) + int(size, 16)
    return [_object(name, symbols, sizes.get(name, 0)) for name, symbols in types.items()]


def _object(name: str, types: Mapping[str, str], size: int) -> ObjectSymbols:
    defined = frozenset(symbol for symbol, kind in types.items() if (kind.isupper() and kind != "U") or kind in "ui")
    return ObjectSymbols(
        name,
        defined,
        frozenset(symbol for symbol in defined if types[symbol] in _WEAK),
        # A weak reference ("w", "v") may stay without a definition.
        frozenset(symbol for symbol, kind in types.items() if kind == "U" and not _LINKERS_OWN.fullmatch(symbol)),
        any(map(_INITIALIZER.match, types)) and any(map(_REGISTERS.search, types)),
        size,
    )


def check_link(
    objects: Sequence[ObjectSymbols],
    candidates: Iterable[ObjectSymbols] = (),
    libraries: Iterable[ObjectSymbols] = (),
    entries: Iterable[str] = ("main",),
) -> LinkReport:
    """How ``objects``, all of them, link with ``libraries`` (those of the system), and which ``candidates`` would help.

    ``entries`` are symbols that are wanted from outside: ``main``, the API that a library exports.
    """
    by_symbol = _definers(objects)
    outside = {symbol for library in libraries for symbol in library.defined}
    asking: dict[str, list[str]] = {}
    for one in objects:
        for symbol in one.undefined:
            if symbol not in by_symbol and symbol not in outside:
                asking.setdefault(symbol, []).append(one.name)
    offered = _definers(candidates)
    return LinkReport(
        undefined={symbol: tuple(sorted(asking[symbol])) for symbol in sorted(asking)},
        definers={
            symbol: tuple(sorted(one.name for one in offered[symbol])) for symbol in sorted(asking) if symbol in offered
        },
        unneeded=_unneeded(objects, by_symbol, outside, entries),
    )


def _definers(objects: Iterable[ObjectSymbols]) -> dict[str, list[ObjectSymbols]]:
    found: dict[str, list[ObjectSymbols]] = {}
    for one in objects:
        for symbol in one.defined:
            found.setdefault(symbol, []).append(one)
    return found


def _unneeded(
    objects: Sequence[ObjectSymbols],
    by_symbol: Mapping[str, list[ObjectSymbols]],
    outside: set[str],
    entries: Iterable[str],
) -> tuple[str, ...]:
    reached = {one.name for one in objects if one.registers}
    pending: list[Iterable[str]] = [one.undefined for one in objects if one.registers]
    pending.append(entries)
    anyones: list[list[ObjectSymbols]] = []

    def reach(one: ObjectSymbols) -> None:
        if one.name not in reached:
            reached.add(one.name)
            pending.append(one.undefined)

    while pending:
        for symbol in sorted(pending.pop()):
            definers = by_symbol.get(symbol, []) if symbol not in outside else []
            strong = [one for one in definers if symbol not in one.weak]
            for one in strong:
                reach(one)
            if definers and not strong:
                anyones.append(definers)
        # Of many weak definitions the linker takes any: with one that is there anyway, none is needed for it.
        while anyones and not pending:
            definers = anyones.pop()
            if not any(one.name in reached for one in definers):
                reach(definers[0])
    return tuple(sorted(one.name for one in objects if one.name not in reached))
