"""Third-party packages for one build: those the user gives, then those of the system, then those that were fetched."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from opsieve.build.manifest import Need
from opsieve.build.provided import ThirdParty
from opsieve.build.third_party.catalog import Package, find, known, load_catalog, owner_of, with_needs
from opsieve.build.third_party.given import as_provided, from_directory
from opsieve.build.third_party.protoc import tool_in_store, tool_on_path, tool_version
from opsieve.build.third_party.store import default_store, package_folder
from opsieve.build.third_party.system import from_system
from opsieve.errors import OpsieveError

# What a user gives in place of a directory to have the system's package.
SYSTEM = Path("system")


def provide(
    needs: Sequence[Need],
    version: str,
    target: str,
    given: Mapping[str, Path] | None = None,
    store: Path | None = None,
) -> tuple[ThirdParty, ...]:
    """The packages that are needed for a TensorFlow version and a target, and what they need themselves.

    ``given``: by name a directory, or ``SYSTEM`` for the system's package, or for a tool (``protoc``) a program.
    A package comes before those it needs.

    Raises:
        OpsieveError: something is missing, or a given directory does not hold what it should. One error names all that
            is missing, what asks for it, and the command that fetches it.
    """
    place = store or default_store()
    chosen = _chosen(given or {})
    reasons = {known(need.name): need.reasons for need in needs}
    found: list[ThirdParty] = []
    missing: dict[str, str] = {}
    for name in with_needs(reasons, version):
        package = find(name, version)
        if name in chosen:
            row = package or _any(name)
            if chosen[name] == SYSTEM:
                found.append(from_system(row, target))
            else:
                found.append(from_directory(row, chosen[name], target, place))
        elif package is None or package.archive is None:
            missing[name] = f"no source is known that fits TensorFlow {version}"
        elif package_folder(package, place).is_dir():
            folder = package_folder(package, place)
            found.append(as_provided(package, folder, target, package.archive.origin))
        else:
            missing[name] = f"{package.version} has not been fetched"
    result = []
    for each in found:
        tools = {tool: _tool(each, tool, version, chosen, place) for tool in _tools(each.name, version)}
        missing.update(
            {tool: f"of version {each.version} is not there" for tool, path in tools.items() if path is None}
        )
        result.append(replace(each, tools={tool: path for tool, path in tools.items() if path is not None}))
    if missing:
        raise _error(missing, reasons, version, store)
    return tuple(result)


def _chosen(given: Mapping[str, Path]) -> dict[str, Path]:
    tools = {tool for row in load_catalog() for tool in row.tools}
    return {name if name in tools else known(name): path for name, path in given.items()}


def _any(name: str) -> Package:
    """The newest row of a package, for a version that none is for: a given directory is the user's word for it."""
    return [row for row in load_catalog() if row.name == name][-1]


def _tools(name: str, version: str) -> tuple[str, ...]:
    return tuple((find(name, version) or _any(name)).tools)


def _tool(package: ThirdParty, tool: str, version: str, chosen: Mapping[str, Path], store: Path) -> Path | None:
    """The program, of exactly the package's version: given, installed with the package that is, on the PATH, or built
    when the package was fetched."""
    if tool in chosen:
        path = chosen[tool]
        has = tool_version(path)
        if has != package.version:
            raise OpsieveError(
                f"--third-party {tool}={path}: {f'is version {has}' if has else f'is not a {tool} that runs'}, "
                f"but {package.name} is {package.version} ({package.origin}); they must be the same"
            )
        return path.absolute()
    if package.name in chosen and tool_version(chosen[package.name] / "bin" / tool) == package.version:
        return (chosen[package.name] / "bin" / tool).absolute()
    row = replace(find(package.name, version) or _any(package.name), version=package.version)
    return tool_on_path(row, tool) or tool_in_store(row, tool, store)


def _error(
    missing: Mapping[str, str], reasons: Mapping[str, Sequence[str]], version: str, store: Path | None
) -> OpsieveError:
    lines = []
    for name, why in missing.items():
        asks = reasons.get(name) or reasons.get(owner_of(name), ())
        lines.append(f"{name}: {why}" + (f", for {', '.join(list(asks)[:3])}" if asks else ""))
    fetched: list[str] = []
    only_given: list[str] = []
    for name in missing:
        owner = owner_of(name)
        row = find(owner, version)
        (fetched if row and row.archive else only_given).append(owner)
    command = ["opsieve", "deps", "fetch", "--tensorflow-version", version, *dict.fromkeys(fetched)]
    if store is not None:
        command += ["--store", str(store)]
    hints = [f"Fetch with: {shlex.join(command)}"] if fetched else []
    hints += [f"--third-party {name}=DIR for a directory that holds it" for name in only_given]
    return OpsieveError("third-party packages are missing", hint="; ".join(hints), details=lines)
