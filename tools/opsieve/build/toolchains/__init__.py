"""Compilers: what each target is compiled with, and whether it is there and makes what it should."""

from opsieve.build.toolchains.detection import check_toolchain
from opsieve.build.toolchains.targets import Target, read_target, target_names
from opsieve.build.toolchains.toolchain import Toolchain

__all__ = ["Target", "Toolchain", "check_toolchain", "read_target", "target_names"]
