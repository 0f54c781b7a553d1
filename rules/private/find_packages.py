"""Lists, as JSON, where installed Python packages are, and those that they need: find_packages.py PACKAGE..."""

from __future__ import annotations

import json
import re
import sys
from importlib import metadata
from pathlib import Path

# The name a requirement begins with. One that has a marker is left out where it is only for an extra, and taken where
# it is installed: which markers hold is known to whoever installed it.
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def label(name: str) -> str:
    """The name as pip.parse of rules_python writes it."""
    return re.sub(r"[-_.]+", "_", name).lower()


def found(names: list[str]) -> tuple[dict[str, dict[str, object]], list[str]]:
    """Each package, and those that they need, with its folders and files; and those of ``names`` that are not there."""
    packages: dict[str, dict[str, object]] = {}
    missing = []
    pending = [(name, True) for name in names]
    while pending:
        name, needed = pending.pop()
        if label(name) in packages:
            continue
        try:
            distribution = metadata.distribution(name.replace("_", "-"))
        except metadata.PackageNotFoundError:
            if needed:
                missing.append(name)
            continue
        needs = _needs(distribution)
        packages[label(name)] = {"entries": _entries(distribution), "needs": [label(need) for need in needs]}
        pending += [(need, False) for need in needs]
    for package in packages.values():
        package["needs"] = sorted(need for need in set(package["needs"]) if need in packages)  # type: ignore[call-overload]
    return packages, sorted(missing)


def _needs(distribution: metadata.Distribution) -> list[str]:
    needs = []
    for requirement in distribution.requires or ():
        name = _REQUIREMENT.match(requirement)
        if name and "extra ==" not in requirement:
            needs.append(name[0])
    return needs


def _entries(distribution: metadata.Distribution) -> dict[str, str]:
    """The folders and modules of a package beside each other in site-packages, by name; not the programs in bin/."""
    entries = {}
    for file in distribution.files or ():
        top = file.parts[0]
        if top not in ("..", "__pycache__"):
            entries[top] = str(Path(str(distribution.locate_file(top))).resolve())
    return entries


if __name__ == "__main__":
    there, absent = found(sys.argv[1:])
    # A virtual environment's interpreter would find everything that is installed there, declared or not.
    base = str(Path(getattr(sys, "_base_executable", sys.executable)).resolve())
    print(json.dumps({"python": base, "packages": there, "missing": absent}))
