"""A package of the system, linked rather than compiled: for building for this machine itself."""

from __future__ import annotations

import platform
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

from opsieve.build.provided import ThirdParty
from opsieve.build.third_party.catalog import Package
from opsieve.errors import OpsieveError

_HEADERS = (Path("/usr/include"), Path("/usr/local/include"))
_SECONDS = 30


def host_target() -> str:
    """The target that this machine is (``linux-x86_64``)."""
    system = {"darwin": "macos"}.get(sys.platform, sys.platform)
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine().lower())
    return f"{system}-{'armv7' if machine.startswith('armv7') else machine}"


def from_system(package: Package, target: str) -> ThirdParty:
    """A package as this machine's system has it, by pkg-config or, where that does not know it, by its header.

    Raises:
        OpsieveError: the target is another machine; or the system has no such package.
    """
    asked = f"--third-party {package.name}=system"
    if target != host_target():
        raise OpsieveError(
            f"{asked}: this machine is {host_target()}, its packages are of no use for {target}",
            hint=f"Give a directory, or fetch the sources: leave out {asked}",
        )
    if package.system is None:
        raise OpsieveError(f"{asked}: systems have no such package that would do; {package.why}")
    libraries = package.system.libraries
    includes: list[str] = []
    version = "system"
    if package.system.pkg_config and _pkg_config("--exists", package.system.pkg_config) is not None:
        name = package.system.pkg_config
        version = (_pkg_config("--modversion", name) or "").strip() or version
        libraries = tuple(shlex.split(_pkg_config("--libs", name) or "")) or libraries
        folders = shlex.split(_pkg_config("--cflags-only-I", name) or "")
        includes = [folder.removeprefix("-I") for folder in folders]
    elif not any((folder / package.system.header).is_file() for folder in _headers()):
        raise OpsieveError(
            f"{asked}: {package.system.header} is not in {_headers()[0]}, and pkg-config does not know it"
        )
    return ThirdParty(
        name=package.name,
        version=version,
        origin="the system",
        root=Path("/"),
        # The compiler searches the system's own folder by itself, and only then in the right order.
        includes=tuple(folder.lstrip("/") for folder in includes if Path(folder) not in _HEADERS),
        libraries=libraries,
        licence=package.licence,
    )


def _headers() -> tuple[Path, ...]:
    return (*_HEADERS, *sorted(Path("/usr/include").glob(f"{platform.machine()}-*")))


def _pkg_config(*arguments: str) -> str | None:
    program = shutil.which("pkg-config")
    if program is None:
        return None
    try:
        answer = subprocess.run([program, *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return answer.stdout if answer.returncode == 0 else None
