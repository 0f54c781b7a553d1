"""CcToolchainConfigInfo, which this Bazel has built in."""

load(":native.bzl", "NativeCcToolchainConfigInfo")

CcToolchainConfigInfo = NativeCcToolchainConfigInfo
