"""A target's flags for a tool chain of Bazel's, which has flags of its own."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from opsieve.build.makefiles.options import Options, code_flags, program_flags
from opsieve.build.plan import Group
from opsieve.build.toolchains.detection import check_toolchain
from opsieve.build.toolchains.linking import page_flags
from opsieve.build.toolchains.targets import Target, read_target
from opsieve.build.toolchains.toolchain import Toolchain
from opsieve.errors import OpsieveError

# What Bazel's tool chains add by themselves, in one compilation mode or all (unix_cc_toolchain_config.bzl), and a small
# library does without. Where they come from they stand before.
_TAKEN_BACK = ("-g0", "-U_FORTIFY_SOURCE", "-fno-stack-protector", "-w")
# The same, where a system does not rely on frame pointers as Apple's do.
_TAKEN_BACK_OF_ELF = ("-fomit-frame-pointer",)
_ONLY_CXX = re.compile(r"-std=(c|gnu)\+\+.*|-f(no-)?rtti|-fvisibility-inlines-hidden")
# A tool chain that a person set for Make is none of Bazel's business.
_FOR_MAKE = frozenset({"CC", "CXX", "AR", "STRIP", "CPPFLAGS", "CFLAGS", "CXXFLAGS", "LDFLAGS", "LINKER"})
_OS = {"linux": "linux", "android": "android", "ios": "ios", "macos": "macos"}
# As TensorFlow's config_settings have them (tensorflow/BUILD: linux_aarch64, android_arm64), and Apple's rules.
_CPU_OPTION = {
    ("linux", "x86_64"): "k8",
    ("linux", "aarch64"): "aarch64",
    ("linux", "arm"): "armhf",
    ("android", "aarch64"): "arm64-v8a",
    ("android", "arm"): "armeabi-v7a",
    ("android", "x86_64"): "x86_64",
    ("ios", "arm64"): "ios_arm64",
}
_CPU = {"x86_64": "x86_64", "aarch64": "aarch64", "arm64": "aarch64", "arm": "armv7"}


@dataclass(frozen=True, slots=True)
class BazelTarget:
    """``toolchain``: what Make would compile for the target with; of it only flags count here. ``constraints``: labels
    of what a platform has to have to be that target. ``cpu``: of --cpu, as TensorFlow's BUILD files know it."""

    toolchain: Toolchain
    constraints: tuple[str, ...]
    cpu: str

    @property
    def name(self) -> str:
        return self.toolchain.name

    def cxx_flags(self, group: Group) -> tuple[str, ...]:
        """The compiler's arguments for C++ of a group, without defines and folders."""
        toolchain = self.toolchain
        return _once(
            *toolchain.compile_flags,
            *code_flags(Options(), toolchain),
            *_taken_back(toolchain),
            *toolchain.cxx_flags,
            *group.flags,
        )

    def c_flags(self, group: Group) -> tuple[str, ...]:
        """The same for C."""
        toolchain = self.toolchain
        flags = (
            *toolchain.compile_flags,
            *code_flags(Options(), toolchain),
            *_taken_back(toolchain),
            *toolchain.c_flags,
        )
        return _once(*(flag for flag in (*flags, *group.flags) if not _ONLY_CXX.fullmatch(flag)))

    def defines(self, group: Group) -> tuple[str, ...]:
        """Of a group, ``NAME`` or ``NAME=VALUE``."""
        return _once(*self.toolchain.defines, *group.defines)

    def program_flags(self) -> tuple[str, ...]:
        return (*self.toolchain.link_flags, *program_flags(Options(), self.toolchain))


def bazel_target(name: str, platforms: str, link_flags: Sequence[str] = ()) -> BazelTarget:
    """A target by its name or the path of its file. ``platforms``: the label of the package with opsieve's platforms.

    ``link_flags`` replace those that choose a linker and make it drop what is not used; without them it is the first of
    the target's linkers that works on this machine, or, where there is no compiler for the target, the last, which
    compilers have.

    Raises:
        OpsieveError: there is no such target, or its file is not one.
    """
    target = read_target(name)
    toolchain = _toolchain(target)
    if link_flags:
        own = (*link_flags, *target.link_flags, *page_flags(target.format, target.page_size))
        toolchain = replace(toolchain, link_flags=own, notes=())
    constraints = [
        f"@platforms//os:{_OS.get(target.configuration, target.configuration)}",
        f"@platforms//cpu:{_CPU.get(target.machine, target.machine)}",
    ]
    cpu = _CPU_OPTION.get((target.configuration, target.machine), target.machine)
    if target.configuration == "ios":
        simulator = "simulator" in target.sdk
        constraints.append(f"{platforms}:{'simulator' if simulator else 'device'}")
        cpu = cpu.replace("ios_", "ios_sim_") if simulator else cpu
    return BazelTarget(toolchain, tuple(constraints), cpu)


def _toolchain(target: Target) -> Toolchain:
    environment = {key: value for key, value in os.environ.items() if key not in _FOR_MAKE}
    try:
        return check_toolchain(target, environment=environment)
    except OpsieveError as error:
        linker = target.linkers[-1]
        return Toolchain(
            name=target.name,
            configuration=target.configuration,
            format=target.format,
            machine=target.machine,
            c=(),
            cxx=(),
            ar=(),
            strip=(),
            family="",
            version="",
            compile_flags=target.compile_flags,
            c_flags=target.c_flags,
            cxx_flags=target.cxx_flags,
            defines=target.defines,
            link_flags=(*linker.flags, *target.link_flags, *page_flags(target.format, target.page_size)),
            linker=linker.name,
            libraries=target.libraries,
            page_size=target.page_size,
            shared=target.shared,
            notes=(f"{target.name} is linked with {linker.name}: {error}",),
        )


def _taken_back(toolchain: Toolchain) -> tuple[str, ...]:
    return _TAKEN_BACK + (_TAKEN_BACK_OF_ELF if toolchain.format == "elf" else ())


def _once(*words: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(words))
