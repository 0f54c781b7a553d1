"""Where the Android NDK and Xcode are: what the {names} in a target's commands stand for."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from opsieve.build.toolchains.targets import Target
from opsieve.errors import OpsieveError

_NDK_VARIABLES = ("ANDROID_NDK_HOME", "ANDROID_NDK_ROOT", "ANDROID_NDK")


def kit_names(target: Target, environment: Mapping[str, str]) -> dict[str, str]:
    """The values of the {names} for a target.

    Raises:
        OpsieveError: the kit is not there; with where to get it.
    """
    names = {"api_level": target.api_level}
    if target.kit == "ndk":
        names |= _ndk(target, environment)
    elif target.kit == "xcode":
        names |= _xcode(target, environment)
    return names


def _ndk(target: Target, environment: Mapping[str, str]) -> dict[str, str]:
    variable = next((name for name in _NDK_VARIABLES if environment.get(name)), None)
    if variable is None:
        raise OpsieveError(
            f"{target.name}: the Android NDK is needed: ANDROID_NDK_HOME is not set", hint=target.install
        )
    ndk = Path(environment[variable])
    hosts = sorted(ndk.glob("toolchains/llvm/prebuilt/*/bin"))
    if not hosts:
        raise OpsieveError(
            f"{target.name}: {variable} is {ndk}, which is no Android NDK: it has no toolchains/llvm/prebuilt/*/bin",
            hint=target.install,
        )
    return {"ndk": str(ndk), "host": hosts[0].parent.name}


def _xcode(target: Target, environment: Mapping[str, str]) -> dict[str, str]:
    def ask(*words: str) -> str:
        try:
            done = subprocess.run(
                ["xcrun", "--sdk", target.sdk, *words],
                env=dict(environment),
                capture_output=True,
                text=True,
                check=False,
                timeout=60,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise OpsieveError(
                f"{target.name}: Xcode is needed: xcrun cannot be run: {error}", hint=target.install
            ) from error
        if done.returncode != 0 or not done.stdout.strip():
            said = " ".join(done.stderr.split()) or f"status {done.returncode}"
            raise OpsieveError(
                f"{target.name}: xcrun --sdk {target.sdk} {' '.join(words)}: {said}", hint=target.install
            )
        return done.stdout.strip()

    return {
        "sysroot": ask("--show-sdk-path"),
        "clang": ask("--find", "clang"),
        "libtool": ask("--find", "libtool"),
        "strip": ask("--find", "strip"),
    }
