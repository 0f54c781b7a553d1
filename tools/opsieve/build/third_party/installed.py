"""Libraries of an installed package: which there are in a prefix, and for which machine they are."""

from __future__ import annotations

from pathlib import Path

from opsieve.binary.archive import is_archive, members
from opsieve.build.third_party.catalog import Package
from opsieve.build.toolchains.machines import HEAD, machine_in
from opsieve.errors import OpsieveError

_FOLDERS = ("lib", "lib64", ".")
# As Debian has libraries for several machines: lib/aarch64-linux-gnu.
_BY_MACHINE = "lib/*-linux-*"
_SUFFIXES = (".a", ".so", ".dylib")


def installed(package: Package, prefix: Path, target: str) -> tuple[str, ...]:
    """The linker's arguments for the library in a prefix that is for the target (``linux-aarch64``).

    Raises:
        OpsieveError: there is none; tells what was looked for, or for what those are that are there.
    """
    asked = f"--third-party {package.name}={prefix}"
    hint = f"Give a directory with the sources of {package.name}, or leave out --third-party {package.name}"
    names = package.system.libraries if package.system else ()
    if not names:
        raise OpsieveError(
            f"{asked}: has the headers of {package.name}, but not its sources ({', '.join(package.compiled.sources)}), "
            "and opsieve cannot link an installed one",
            hint=hint,
        )
    stem = f"lib{names[0].removeprefix('-l')}"
    others = []
    for folder in (*(prefix / name for name in _FOLDERS), *sorted(prefix.glob(_BY_MACHINE))):
        found = [path for suffix in _SUFFIXES if (path := folder / f"{stem}{suffix}").is_file()]
        if found and all(_machine(path) in (None, _expected(target)) for path in found):
            return (f"-L{folder}", *names)
        others += [f"{path} is for {_machine(path)}" for path in found if _machine(path) != _expected(target)]
    if others:
        raise OpsieveError(f"{asked}: no library for {target}: {', '.join(others)}", hint=hint)
    raise OpsieveError(
        f"{asked}: has the headers of {package.name}, but neither its sources "
        f"({', '.join(package.compiled.sources)}) nor a library ({stem}.a or {stem}.so in lib)",
        hint=hint,
    )


def _expected(target: str) -> str:
    system, _, machine = target.partition("-")
    if system in ("ios", "macos"):
        return f"macho {'arm64' if machine == 'aarch64' else machine}"
    return f"elf { {'armv7': 'arm', 'arm64': 'aarch64'}.get(machine, machine) }"


def _machine(library: Path) -> str | None:
    """Such as ``elf aarch64``; none for what does not tell, as a linker's script does not."""
    try:
        with open(library, "rb") as stream:
            head = stream.read(HEAD)
            if not is_archive(memoryview(head)):
                return machine_in(head)
            data = memoryview(head + stream.read())
        inside = members(data, library, str(library), lambda path: memoryview(path.read_bytes()))
        return next(filter(None, (machine_in(bytes(content[:HEAD])) for _, content in inside)), None)
    except OSError as error:
        raise OpsieveError(f"{library}: cannot be read: {error.strerror or error}") from error
