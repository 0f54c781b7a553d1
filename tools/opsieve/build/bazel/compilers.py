"""The compilers that were found for targets, as tool chains of Bazel's."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence
from pathlib import Path

from opsieve import __version__
from opsieve.build.bazel.target import BazelTarget
from opsieve.codegen.rendering import Renderer
from opsieve.errors import OpsieveError

_SECONDS = 60
_BEGIN, _END = "#include <...> search starts here", "End of search list"


def toolchain_files(targets: Sequence[BazelTarget], rules: str, renderer: Renderer) -> dict[str, bytes]:
    """The files of package ``//toolchains``, by their place in the repository; programs are in folders.

    Targets without a compiler on this machine are left out.

    Raises:
        OpsieveError: a compiler does not say where its headers are.
    """
    found = [target for target in targets if target.toolchain.cxx]
    cpus = [target.cpu for target in found]
    rows = [
        {
            "target": target.name,
            "cpu": target.cpu,
            "only": cpus.count(target.cpu) == 1,
            "constraints": target.constraints,
            "includes": _builtin_includes(target),
            "gcc": target.toolchain.family == "gcc",
            "macho": target.toolchain.format == "macho",
        }
        for target in found
    ]
    context = {"opsieve_version": __version__, "rules": rules, "compilers": rows}
    files = {"toolchains/BUILD": renderer.render("bazel_toolchains.BUILD.j2", context)}
    for target in found:
        toolchain = target.toolchain
        for name, command in (("cc", toolchain.cxx), ("ar", toolchain.ar), ("strip", toolchain.strip)):
            files[f"toolchains/{target.name}/{name}"] = renderer.render(
                "bazel_tool.sh.j2",
                {
                    "opsieve_version": __version__,
                    "target": target.name,
                    "command": shlex.join(command),
                    "c": shlex.join(toolchain.c) if name == "cc" else "",
                },
            )
    return files


def _builtin_includes(target: BazelTarget) -> list[str]:
    """The folders that the compiler searches by itself, absolute."""
    command = [*target.toolchain.cxx, "-E", "-x", "c++", os.devnull, "-v"]
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise OpsieveError(f"{shlex.join(command)}: cannot be run: {error}") from error
    listed = done.stderr.partition(_BEGIN)[2].partition(_END)[0].splitlines()
    folders = [line.removesuffix(" (framework directory)").strip() for line in listed[1:]]
    folders = [os.path.normpath(folder) for folder in folders if folder]
    # As the compiler names them, and where they are: either may be in a list of dependencies.
    return sorted({*folders, *(str(Path(folder).resolve()) for folder in folders)})
