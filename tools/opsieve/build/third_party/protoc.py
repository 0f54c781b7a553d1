"""protoc, the one tool of the host: it must be of exactly the version of the headers that its output includes."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from opsieve.build.third_party.catalog import Package, own_file
from opsieve.build.third_party.download import Progress
from opsieve.build.third_party.globs import files
from opsieve.build.third_party.store import making, package_folder, tool_folder
from opsieve.build.third_party.system import host_target
from opsieve.errors import OpsieveError
from opsieve.processes import processors

_VERSION_SECONDS = 30


def tool_on_path(package: Package, tool: str) -> Path | None:
    """The program of that name on the PATH, if it is of exactly the package's version."""
    found = shutil.which(tool)
    return Path(found) if found and tool_version(Path(found)) == package.version else None


def tool_in_store(package: Package, tool: str, store: Path) -> Path | None:
    """The program as it was built from the package; none if it was not."""
    path = tool_folder(package, tool, store) / tool
    return path if path.is_file() else None


def tool_state(package: Package, tool: str, store: Path) -> str:
    """Where a tool comes from and whether it is there, for people; in the order in which a build looks for it."""
    found = tool_on_path(package, tool)
    if found is not None:
        return f"on the PATH; {found}"
    prebuilt = package.prebuilt.get((tool, host_target()))
    origin, done = (prebuilt.archive.origin, "fetched") if prebuilt else (f"{package.name}'s sources", "built")
    if tool_in_store(package, tool, store) is not None:
        return f"{origin}; {done}"
    other = shutil.which(tool)
    version = tool_version(Path(other)) if other else ""
    return f"{origin}; not {done}" + (f" ({other} is {version})" if version else "")


@lru_cache(maxsize=16)
def tool_version(path: Path) -> str:
    """The version that a protoc says it has, ``3.21.12``; empty if it is none or does not run."""
    try:
        answer = subprocess.run([path, "--version"], capture_output=True, timeout=_VERSION_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    match = re.match(rb"libprotoc (\d+(?:\.\d+)+)\s*$", answer.stdout)
    return match[1].decode() if match else ""


def build_tool(
    package: Package, tool: str, store: Path, needs: Sequence[tuple[Package, Path]], progress: Progress
) -> Path:
    """Build a tool for the host from the package's sources and those of the packages it needs.

    With the compiler of ``CXX_FOR_BUILD``, else the first of c++, g++ and clang++.

    Raises:
        OpsieveError: there is no compiler, or it fails.
    """
    folder = tool_folder(package, tool, store)
    root = package_folder(package, store)
    with making(folder) as new:
        if new is not None:
            recipe = package.tools[tool]
            includes = [root / include for include in package.includes]
            sources = [own_file(recipe.own), *(root / path for path in files(root, recipe.sources, recipe.exclude))]
            for each, place in needs:
                includes += [place / include for include in each.includes]
                sources += [place / path for path in files(place, each.compiled.sources, each.compiled.exclude)]
            options = [*(f"-D{define}" for define in package.compiled.defines), *(f"-I{path}" for path in includes)]
            _compile_and_link(sources, options, new / tool, progress)
            if tool_version(new / tool) != package.version:
                raise OpsieveError(f"{tool} {package.version} was built but does not run on this machine")
    return folder / tool


def _compiler() -> str:
    own = os.environ.get("CXX_FOR_BUILD")
    for name in (own,) if own else ("c++", "g++", "clang++"):
        found = shutil.which(name)
        if found:
            return found
    raise OpsieveError(
        f"no C++ compiler for this machine ({own or 'c++, g++, clang++'}), to build protoc with",
        hint="Install one, name one by CXX_FOR_BUILD, or give a protoc: --third-party protoc=FILE",
    )


def _compile_and_link(sources: Sequence[Path], options: Sequence[str], program: Path, progress: Progress) -> None:
    compiler = _compiler()
    with tempfile.TemporaryDirectory(prefix=".objects.", dir=program.parent) as objects:

        def compile_one(position: int) -> str:
            target = str(Path(objects) / f"{position}.o")
            source = sources[position]
            language = ["-std=c++17"] if source.suffix in (".cc", ".cpp") else ["-x", "c"]
            # -O0 compiles twice as fast, and runs for a second in all.
            _run([compiler, *language, "-O0", "-w", "-pthread", *options, "-c", str(source), "-o", target], source)
            return target

        with ThreadPoolExecutor(processors()) as pool:
            made = []
            try:
                for target in pool.map(compile_one, range(len(sources))):
                    made.append(target)
                    progress(f"building {program.name}", len(made), len(sources))
            except BaseException:
                pool.shutdown(wait=True, cancel_futures=True)
                raise
        # A file of arguments: hundreds of objects are more than some systems take on a command line.
        arguments = Path(objects) / "arguments"
        arguments.write_text("\n".join(f'"{name}"' for name in made), encoding="utf-8")
        _run([compiler, "-pthread", f"@{arguments}", "-s", "-o", str(program)], program)


def _run(command: Sequence[str], what: Path) -> None:
    try:
        result = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError as error:
        raise OpsieveError(f"{command[0]}: cannot be run: {error.strerror or error}") from error
    if result.returncode:
        told = result.stderr.splitlines()
        first = next((line for line in told if "undefined reference" in line or "error:" in line), "\n".join(told[:3]))
        raise OpsieveError(
            f"{what}: cannot be built with {command[0]}: {first}",
            hint="Give a protoc of exactly this version instead: --third-party protoc=FILE",
        )
