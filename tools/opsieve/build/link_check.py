"""After a link: why it failed, told by the symbols of its objects; or which objects it could have done without."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from opsieve.build.binutils import demangled, nm_of
from opsieve.build.definitions import find_definitions
from opsieve.build.makefiles.linked import CompiledSource, Linked, compiled_source, read_linked, source_name
from opsieve.build.symbols import LinkReport, ObjectSymbols, check_link, read_symbols
from opsieve.build.toolchains.toolchain import Toolchain
from opsieve.errors import OpsieveError
from opsieve.files import write_if_changed

REPORT = "build/link_report.json"
_SCHEMA = 1
_SECONDS = 300
# Of what does not link: how many symbols are shown, how many are looked for in texts, how many sources are named each.
_SHOWN = 10
_SOUGHT = 40
_NAMED = 3
_LONGEST_NAME = 200
# More objects than any library of TensorFlow has in all its variants; nm reads 700 a second.
_MOST_CANDIDATES = 5000

# As link.sh says it.
_NOT_LINKED = re.compile(r"(?P<made>\S+): cannot be made\b")
# An archive, or one of its files: "lib.a", "lib.a(x.o)", "(lib.a)x.o".
_TRACED_MEMBER = re.compile(r"\(?(?P<archive>[^()]*\.a)\)?(?:\(?[^()/]*\)?)")
_LONGEST_PATH = 4096
# What a demangler makes of std::string, in the C++ libraries of GCC and LLVM.
_STRING = re.compile(
    r"std::__\w+::basic_string<char, std::(?:__\w+::)?char_traits<char>, std::(?:__\w+::)?allocator<char> ?>"
)
_WORD = re.compile(r"[\w.$@]+")


@dataclass(frozen=True, slots=True)
class Undefined:
    """A symbol that a link misses. ``asking``: sources whose objects refer to it. ``defining``: sources whose objects,
    which are not linked, define it. ``probably``: sources that seem to, with whether their objects are linked.
    """

    symbol: str
    name: str
    asking: tuple[CompiledSource, ...]
    defining: tuple[CompiledSource, ...]
    probably: tuple[tuple[str, str, bool], ...]


@contextlib.contextmanager
def explained_link(makefile: Path, toolchain: Toolchain) -> Iterator[None]:
    """Around running make: if a link fails for undefined symbols, says of each who asks for it and who defines it.

    Raises:
        OpsieveError: that which came, or in its place one that says more; all is in ``build/link_report.json`` then.
    """
    try:
        yield
    except OpsieveError as error:
        made = _NOT_LINKED.match(error.message)
        explained = None
        if made is not None:
            # Whatever keeps it from being explained, what the linker said is said.
            with contextlib.suppress(OpsieveError):
                explained = _explained(made["made"], makefile, toolchain)
        raise (error if explained is None else explained) from None


def link_summary(makefile: Path, toolchain: Toolchain) -> str:
    """What is to be said of a link that succeeded, in one line; "" where nothing was linked since that was last asked.

    Which objects no other refers to, and that register nothing, is written to ``build/link_report.json``.

    Where nm is missing or the report cannot be written, this is what is said: the link is none the worse for it.
    """
    try:
        return _summary(makefile, toolchain)
    except OpsieveError as error:
        return f"which objects are not needed to link cannot be told: {error.message}"


def _summary(makefile: Path, toolchain: Toolchain) -> str:
    report = makefile.parent / REPORT
    linked = read_linked(makefile)
    made = [path for name in linked.commands if (path := linked.output / name).is_file()]
    if not made or _is_newer(report, made):
        return ""
    nm = nm_of(toolchain)
    objects = _read(linked, (*linked.program, *linked.library), nm)
    # What a shared library exports was asked for by whoever uses it.
    shared = [path for path in made if path.suffix == ".so"]
    exported = [symbol for library in read_symbols(shared, nm, dynamic=True) for symbol in library.defined]
    found = check_link(objects, entries=("main", "_main", *exported))
    sizes = {one.name: one.size for one in objects}
    library = set(linked.library)
    unneeded = [(compiled_source(name), sizes[name]) for name in found.unneeded if name in library]
    _write(report, sorted(path.name for path in made), (), unneeded, len(library))
    os.utime(report)
    if not unneeded:
        return f"all {len(library)} objects of the library are needed to link"
    return (
        f"{len(unneeded)} of {len(library)} objects are not needed to link and add next to nothing to what was built; "
        f"{report} names them"
    )


def _is_newer(report: Path, made: Sequence[Path]) -> bool:
    try:
        written = report.stat().st_mtime_ns
    except OSError:
        return False
    return all(path.stat().st_mtime_ns <= written for path in made)


def _read(linked: Linked, names: Sequence[str], nm: str) -> list[ObjectSymbols]:
    """The symbols of objects, under their names in the workspace."""
    before = len(f"{linked.workspace}/")
    read = read_symbols([linked.workspace / name for name in names], nm)
    found = {one.name[before:]: replace(one, name=one.name[before:]) for one in read}
    # Of a file that is empty for this processor nm says nothing.
    return [found.get(name) or ObjectSymbols(name, frozenset(), frozenset(), frozenset(), False) for name in names]


def _explained(made: str, makefile: Path, toolchain: Toolchain) -> OpsieveError | None:
    linked = read_linked(makefile)
    command = linked.commands.get(made)
    names = (*linked.program, *linked.library) if made == "run_model" else linked.library
    if command is None or not all((linked.workspace / name).is_file() for name in names):
        return None
    nm = nm_of(toolchain)
    objects = _read(linked, names, nm)
    said = _linker_says(command, linked.workspace, toolchain)
    report = check_link(objects, libraries=_libraries(said, linked.workspace, nm))
    # Of what only code refers to that nothing reaches, a linker does not complain.
    words = set(_WORD.findall(said))
    readable = demangled(report.undefined, toolchain)
    missing = {
        symbol: asking
        for symbol, asking in report.undefined.items()
        # Apple's linkers are told to print what people read.
        if symbol in words or (symbol.startswith("__Z") and readable[symbol] in said)
    }
    if not missing:
        return None
    undefined = _undefined(missing, readable, linked, names, nm)
    _write(makefile.parent / REPORT, [], undefined, [], len(linked.library), failed=made)
    return _error(made, undefined, makefile.parent)


def _linker_says(command: Sequence[str], workspace: Path, toolchain: Toolchain) -> str:
    """What the linker prints when it links once more: the files that it reads, and all symbols that it misses."""
    more = ["-Wl,-t"]
    if toolchain.format == "elf":
        more.append("-Wl,--no-demangle")
    if toolchain.linker == "lld":
        more.append("-Wl,--error-limit=0")
    with tempfile.TemporaryDirectory(prefix="opsieve-link-") as folder:
        try:
            done = subprocess.run(
                [*command, *more, "-o", f"{folder}/linked"],
                cwd=workspace,
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OpsieveError(f"{command[0]} cannot be run: {error}") from error
    return done.stdout.decode("utf-8", "surrogateescape")


def _libraries(said: str, workspace: Path, nm: str) -> list[ObjectSymbols]:
    """What the libraries define that the linker read, beyond the objects of the build."""
    archives: dict[Path, None] = {}
    shared: dict[Path, None] = {}
    for line in said.splitlines():
        member = _TRACED_MEMBER.fullmatch(line)
        if len(line) > _LONGEST_PATH or (line.endswith(".o") and not member):
            continue
        path = workspace / (member["archive"] if member else line)
        with contextlib.suppress(OSError):
            if path.is_file():
                (archives if path.suffix == ".a" else shared)[path] = None
    found: list[ObjectSymbols] = []
    for path, dynamic in (*((path, False) for path in archives), *((path, True) for path in shared)):
        # libc.so is a text of the linker's.
        with contextlib.suppress(OpsieveError):
            found += read_symbols([path], nm, dynamic=dynamic)
    return found


def _undefined(
    missing: Mapping[str, Sequence[str]], readable: Mapping[str, str], linked: Linked, names: Sequence[str], nm: str
) -> tuple[Undefined, ...]:
    defining = _definers(missing, linked, names, nm)
    left = sorted((symbol for symbol in missing if symbol not in defining), key=lambda symbol: readable[symbol])
    sources = find_definitions({symbol: readable[symbol] for symbol in left[:_SOUGHT]}, linked.roots())
    compiled = {(one.root, one.path) for one in map(compiled_source, names)}
    return tuple(
        Undefined(
            symbol,
            readable[symbol],
            tuple(compiled_source(name) for name in missing[symbol]),
            defining.get(symbol, ()),
            tuple((root, path, (root, path) in compiled) for root, path in sources.get(symbol, ())),
        )
        for symbol in sorted(missing, key=lambda symbol: (readable[symbol], symbol))
    )


def _definers(
    missing: Mapping[str, Sequence[str]], linked: Linked, names: Sequence[str], nm: str
) -> dict[str, tuple[CompiledSource, ...]]:
    """Of objects that other libraries are made of."""
    others = sorted(
        {path.relative_to(linked.workspace).as_posix() for path in linked.workspace.glob("*-*/**/*.o")} - {*names}
    )
    candidates: list[ObjectSymbols] = []
    with contextlib.suppress(OpsieveError):
        candidates = _read(linked, others[:_MOST_CANDIDATES], nm)
    found: LinkReport = check_link(
        [ObjectSymbols("", frozenset(), frozenset(), frozenset(missing), False)], candidates, entries=()
    )
    return {
        symbol: tuple(sorted({compiled_source(name) for name in definers}))
        for symbol, definers in found.definers.items()
    }


def _error(made: str, undefined: Sequence[Undefined], output: Path) -> OpsieveError:
    count = "a symbol is" if len(undefined) == 1 else f"{len(undefined)} symbols are"
    details: list[str] = []
    for each in undefined[:_SHOWN]:
        name = _STRING.sub("std::string", each.name)
        details.append(name if len(name) <= _LONGEST_NAME else f"{name[:_LONGEST_NAME]}...")
        details.append(f"  asked for by {_listed([one.name for one in each.asking])}")
        details.append(f"  {_where(each)}")
    if len(undefined) > _SHOWN:
        details.append(f"and {len(undefined) - _SHOWN} more, in {output / REPORT}")
    return OpsieveError(f"{made}: cannot be made: {count} undefined", details=details, hint=_hint(undefined, output))


def _where(each: Undefined) -> str:
    if each.defining:
        return f"defined in {_listed([one.name for one in each.defining])}, which is not linked"
    absent = [source_name(root, path) for root, path, linked in each.probably if not linked]
    if absent:
        return f"probably defined in {_listed(absent)}, which is not compiled"
    if each.probably:
        present = [source_name(root, path) for root, path, _ in each.probably]
        return f"probably defined in {_listed(present)}, which is linked: an #if may leave it out there"
    return "not found in a source of the tree or of the packages"


def _listed(names: Sequence[str]) -> str:
    names = list(dict.fromkeys(names))
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return f"{', '.join(names[:_NAMED])}{more}"


def _hint(undefined: Sequence[Undefined], output: Path) -> str:
    """What to do, after where the first source is whose object is missing."""
    log = f"what the linker said is in {output / 'build' / 'build.log'}"
    roots = {one.root for each in undefined for one in each.defining}
    roots |= {root for each in undefined for root, _, linked in each.probably if not linked}
    packages = sorted(roots - {"", "tensorflow"})
    if "tensorflow" in roots:
        return f"opsieve should have taken these sources along: please report it, with {output / REPORT}; {log}"
    if packages:
        return f"opsieve compiles too few sources of {packages[0]}: please report it, with {output / REPORT}; {log}"
    if any(one.root == "" for each in undefined for one in each.asking):
        return f"a custom op's sources go into a folder of --sources, a library into LDFLAGS (-lNAME); {log}"
    return f"if a library has them, name it in LDFLAGS (-lNAME); {log}"


def _write(
    path: Path,
    made: Sequence[str],
    undefined: Sequence[Undefined],
    unneeded: Sequence[tuple[CompiledSource, int]],
    objects: int,
    failed: str = "",
) -> None:
    document = {
        "schema": _SCHEMA,
        "linked": list(made),
        "failed": failed,
        "undefined": [
            {
                "symbol": each.symbol,
                "name": each.name,
                "asked_for_by": _rows(each.asking),
                "defined_in": _rows(each.defining),
                "probably_defined_in": [
                    {"source": source_name(root, source), "linked": linked} for root, source, linked in each.probably
                ],
            }
            for each in undefined
        ],
        "objects": objects,
        "unneeded_bytes": sum(size for _, size in unneeded),
        "unneeded": [{"source": one.name, "group": one.group, "bytes": size} for one, size in sorted(unneeded)],
    }
    write_if_changed(path, (json.dumps(document, indent=1) + "\n").encode("utf-8", "surrogateescape"))


def _rows(sources: Sequence[CompiledSource]) -> list[dict[str, str]]:
    return [{"source": one.name, "group": one.group} for one in sorted(set(sources))]
