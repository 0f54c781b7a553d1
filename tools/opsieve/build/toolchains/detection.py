"""Looks for a target's tool chain, and tries it before anything is compiled."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from opsieve.build.toolchains.kits import kit_names
from opsieve.build.toolchains.linking import page_flags, whole_archive
from opsieve.build.toolchains.machines import machine_of
from opsieve.build.toolchains.remembered import recall, remember, remembered_place
from opsieve.build.toolchains.targets import Compilers, Linker, Target, read_target
from opsieve.build.toolchains.toolchain import Toolchain, unwrapped
from opsieve.errors import OpsieveError

_SECONDS = 120
_COMMANDS = {"CC": "c", "CXX": "cxx", "AR": "ar", "STRIP": "strip"}
_FLAGS = ("CPPFLAGS", "CFLAGS", "CXXFLAGS", "LDFLAGS")

# In the small what the library does: a registration that nothing refers to, in an archive.
_LIBRARY = """
#include <map>
#include <string>
std::map<std::string, int>& Registry() {
  static std::map<std::string, int>* registry = new std::map<std::string, int>;
  return *registry;
}
"""
_REGISTRATION = """
#include <map>
#include <string>
std::map<std::string, int>& Registry();
namespace {
const bool registered = Registry().emplace("one", 41).second;
}
"""
_PROGRAM = """
#include <cmath>
#include <cstdio>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>
std::map<std::string, int>& Registry();
int main() {
  std::mutex mutex;
  int sum = 0;
  std::thread thread([&] {
    std::lock_guard<std::mutex> lock(mutex);
    for (const auto& each : Registry()) sum += each.second;
  });
  thread.join();
  std::printf("%d\\n", sum + 1);
  return 0;
}
"""


def check_toolchain(
    target: Target | str,
    overrides: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Toolchain:
    """The tool chain for a target (or the name or path of one), after it compiled, archived and linked a small program.

    What was tried once is remembered in the cache folder, until a program that takes part changes.

    CC, CXX, AR and STRIP replace the target's commands; CPPFLAGS, CFLAGS, CXXFLAGS and LDFLAGS add to its flags; LINKER
    names one of its linkers. ``overrides`` win over ``environment`` (by default that of this process).

    Raises:
        OpsieveError: what is missing or wrong, with how to get it; no file is left behind.
    """
    if isinstance(target, str):
        target = read_target(target)
    environment = os.environ if environment is None else environment
    chosen = {key: environment[key] for key in (*_COMMANDS, *_FLAGS, "LINKER") if environment.get(key)}
    chosen |= {key: value for key, value in (overrides or {}).items() if value}
    unknown = sorted(chosen.keys() - {*_COMMANDS, *_FLAGS, "LINKER"})
    if unknown:
        raise OpsieveError(f"{unknown[0]} cannot be set for a tool chain", hint=f"CC, CXX, AR, STRIP, LINKER, {_FLAGS}")
    names = {} if "CXX" in chosen and target.kit == "xcode" else kit_names(target, environment)
    candidates = _candidates(target, chosen, names)
    programs = [
        word for each in candidates for command in each.commands() for word in (command[0], unwrapped(command)[0])
    ]
    place = remembered_place(
        [*programs, "ld", "ld.bfd", "ld.gold", "ld.lld", *target.runner[:1]], environment, asdict(target), chosen, names
    )
    found = recall(place)
    if found is not None:
        return found
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="opsieve-toolchain-") as folder:
        for commands in candidates:
            try:
                found = _tried(target, commands, chosen, Path(folder), environment)
            except _NotThisOne as reason:
                failures.append(str(reason))
                continue
            remember(place, found)
            return found
    # What a person set and forgot is the likelier reason.
    own = [f"{key}={value}" for key, value in chosen.items() if value == environment.get(key)]
    hints = [*([f"set in the environment: {shlex.join(own)}"] if own else []), target.install]
    raise OpsieveError(
        f"no tool chain for {target.name}: {'; '.join(dict.fromkeys(failures))}", hint="; or ".join(filter(None, hints))
    )


class _NotThisOne(Exception):  # noqa: N818 - the reason to try the next
    pass


class _WrongMachine(_NotThisOne):
    """No other linker will do either."""


@dataclass(frozen=True, slots=True)
class _Commands:
    c: tuple[str, ...]
    cxx: tuple[str, ...]
    ar: tuple[str, ...]
    strip: tuple[str, ...]

    def commands(self) -> tuple[tuple[str, ...], ...]:
        return (self.cxx, self.c, self.ar, self.strip)


def _candidates(target: Target, chosen: Mapping[str, str], names: Mapping[str, str]) -> list[_Commands]:
    rows = [_filled(row, names, target) for row in target.compilers]
    if not any(key in chosen for key in _COMMANDS):
        return rows
    given = {_COMMANDS[key]: _words(chosen[key], key) for key in _COMMANDS if key in chosen}
    # A C++ compiler alone, or a C compiler alone: the other is its sister.
    if "cxx" in given and "c" not in given:
        given["c"] = _sister(given["cxx"], {"g++": "gcc", "clang++": "clang", "c++": "cc"})
    elif "c" in given and "cxx" not in given:
        given["cxx"] = _sister(given["c"], {"gcc": "g++", "clang": "clang++", "cc": "c++"})
    # With a compiler that is given only the rest of a row matters; the archives of every ar are alike.
    filled = [_Commands(*(given.get(key, getattr(row, key)) for key in ("c", "cxx", "ar", "strip"))) for row in rows]
    return list(dict.fromkeys(filled))


def _sister(command: tuple[str, ...], sisters: Mapping[str, str]) -> tuple[str, ...]:
    compiler = len(command) - len(unwrapped(command))
    word = command[compiler]
    folder, slash, program = word.rpartition("/")
    for name, sister in sisters.items():
        before, found, after = program.rpartition(name)
        if found and (not before or before.endswith("-")) and (not after or after[0] == "-"):
            return (*command[:compiler], f"{folder}{slash}{before}{sister}{after}", *command[compiler + 1 :])
    return command


def _filled(row: Compilers, names: Mapping[str, str], target: Target) -> _Commands:
    def words(text: str) -> tuple[str, ...]:
        try:
            return tuple(word.format_map(names) for word in _words(text, target.name))
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            known = ", ".join("{" + name + "}" for name in sorted(names))
            raise OpsieveError(
                f"{target.name}: {text!r} names something unknown: {error}", hint=f"known: {known}"
            ) from None

    return _Commands(words(row.c), words(row.cxx), words(row.ar), words(row.strip))


def _words(text: str, place: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(text))
    except ValueError as error:
        raise OpsieveError(f"{place}: {text!r} is not a command line: {error}") from None
    if not words:
        raise OpsieveError(f"{place}: an empty command")
    return words


def _tried(
    target: Target, commands: _Commands, chosen: Mapping[str, str], folder: Path, environment: Mapping[str, str]
) -> Toolchain:
    for command in commands.commands():
        for word in {command[0], unwrapped(command)[0]}:
            if shutil.which(word, path=environment.get("PATH")) is None:
                raise _NotThisOne(f"{word} is not installed")
    version = _run([*unwrapped(commands.cxx), "--version"], folder, environment)
    flags = {key: _words(chosen[key], key) if key in chosen else () for key in _FLAGS}
    toolchain = Toolchain(
        name=target.name,
        configuration=target.configuration,
        format=target.format,
        machine=target.machine,
        c=commands.c,
        cxx=commands.cxx,
        ar=commands.ar,
        strip=commands.strip,
        family="clang" if "clang" in version.lower() else "gcc",
        version=version.strip().partition("\n")[0],
        compile_flags=(*target.compile_flags, *flags["CPPFLAGS"]),
        c_flags=(*target.c_flags, *flags["CFLAGS"]),
        cxx_flags=(*target.cxx_flags, *flags["CXXFLAGS"]),
        defines=target.defines,
        libraries=target.libraries,
        page_size=target.page_size,
        shared=target.shared,
    )
    _compile(toolchain, folder, environment)
    linkers = [each for each in target.linkers if chosen.get("LINKER") in (None, each.name)]
    if not linkers:
        known = ", ".join(each.name for each in target.linkers)
        raise OpsieveError(f"{target.name}: it has no linker {chosen['LINKER']!r}", hint=f"it has {known}")
    runner = _runner(target, environment)
    failures: dict[str, str] = {}
    for linker in (found for each in linkers for found in (each, *_elsewhere(each, toolchain, environment))):
        link_flags = (
            *linker.flags,
            *target.link_flags,
            *page_flags(target.format, target.page_size),
            *flags["LDFLAGS"],
        )
        try:
            _link(toolchain, link_flags, runner, folder, environment)
        except _WrongMachine:
            raise
        except _NotThisOne as reason:
            failures[linker.name] = f"{linker.name}: {reason}"
            continue
        failures.pop(linker.name, None)
        return _with_linker(toolchain, linker, link_flags, runner, list(failures.values()), target)
    raise _NotThisOne("; ".join(failures.values()))


def _elsewhere(linker: Linker, toolchain: Toolchain, environment: Mapping[str, str]) -> tuple[Linker, ...]:
    """GCC for another processor looks for lld under a name that only LLVM's own folder leads to."""
    found = shutil.which("ld.lld", path=environment.get("PATH"))
    if linker.name != "lld" or toolchain.family != "gcc" or found is None:
        return ()
    return (Linker(linker.name, (f"-B{Path(found).resolve().parent}", *linker.flags)),)


def _with_linker(
    toolchain: Toolchain,
    linker: Linker,
    link_flags: tuple[str, ...],
    runner: tuple[str, ...] | None,
    failures: Sequence[str],
    target: Target,
) -> Toolchain:
    notes = [f"not linked with {failure}" for failure in failures]
    if runner is None:
        wanted = f"; {target.runner[0]} would" if target.runner else ""
        notes.append(f"programs for {target.name} do not run here{wanted}")
    return replace(toolchain, linker=linker.name, link_flags=link_flags, runner=runner, notes=tuple(notes))


def _compile(toolchain: Toolchain, folder: Path, environment: Mapping[str, str]) -> None:
    flags = [*toolchain.compile_flags, *(f"-D{name}" for name in toolchain.defines), "-fPIC"]
    for name, text in (("library", _LIBRARY), ("registration", _REGISTRATION), ("program", _PROGRAM)):
        (folder / f"{name}.cc").write_text(text)
        # Not through ccache or distcc: a try must neither fill a cache nor ask another machine.
        command = [*unwrapped(toolchain.cxx), *flags, *toolchain.cxx_flags, "-c", f"{name}.cc", "-o", f"{name}.o"]
        _run(command, folder, environment)
    (folder / "plain.c").write_text("#include <math.h>\nint opsieve_plain(void) { return 0; }\n")
    command = [*unwrapped(toolchain.c), *flags, *toolchain.c_flags, "-c", "plain.c", "-o", "plain.o"]
    _run(command, folder, environment)
    (folder / "libtried.a").unlink(missing_ok=True)
    objects = ["library.o", "registration.o", "plain.o"]
    if toolchain.format == "macho":
        _run([*toolchain.ar, "-static", "-o", "libtried.a", *objects], folder, environment)
    else:
        _run([*toolchain.ar, "qcsD", "libtried.a", *objects], folder, environment)


def _link(
    toolchain: Toolchain,
    flags: Sequence[str],
    runner: tuple[str, ...] | None,
    folder: Path,
    environment: Mapping[str, str],
) -> None:
    program = folder / "program"
    program.unlink(missing_ok=True)
    kept = whole_archive(toolchain.format, "tried", ".")
    command = [*unwrapped(toolchain.cxx), *toolchain.compile_flags, "program.o", *kept, *flags, *toolchain.libraries]
    _run([*command, "-o", "program"], folder, environment)
    if not program.is_file():
        raise _NotThisOne(f"{shlex.join(toolchain.cxx)} makes no program, and does not say why")
    made, wanted = machine_of(program), f"{toolchain.format} {toolchain.machine}"
    if made != wanted:
        raise _WrongMachine(f"{shlex.join(toolchain.cxx)} makes programs for {made}, not {wanted}")
    _run([*toolchain.strip, "program"], folder, environment)
    if runner is not None:
        printed = _run([*runner, "./program"], folder, environment)
        if printed != "42\n":
            raise _NotThisOne(f"a program linked by it prints {printed[:40]!r}, not 42")


def _runner(target: Target, environment: Mapping[str, str]) -> tuple[str, ...] | None:
    machines = {"arm64": "aarch64", "amd64": "x86_64", "armv7l": "arm"}
    here = platform.machine().lower()
    if (target.format, target.configuration) == ("elf", "linux") and platform.system() == "Linux":
        if machines.get(here, here) == target.machine:
            return ()
        if target.runner and shutil.which(target.runner[0], path=environment.get("PATH")):
            return target.runner
    return None


def _run(command: Sequence[str], folder: Path, environment: Mapping[str, str]) -> str:
    """Standard output of a command that has to succeed."""
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            # Messages are looked into, and shown in English like ours.
            env={**environment, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _NotThisOne(f"{command[0]} cannot be run: {error}") from None
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or [f"status {done.returncode}"]
        said = next((line for line in lines if "error" in line.lower()), lines[-1]).strip()
        raise _NotThisOne(f"{shlex.join(command[:2])} ... {command[-1]}: {said[:300]}")
    return done.stdout.decode(errors="replace")
