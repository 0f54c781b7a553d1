"""Globals of this Bazel, by names that a file can load and hand on."""

NativeCcToolchainConfigInfo = CcToolchainConfigInfo
