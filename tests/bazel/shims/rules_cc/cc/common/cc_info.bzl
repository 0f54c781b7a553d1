"""CcInfo, which this Bazel has built in."""

load(":native.bzl", "NativeCcInfo")

CcInfo = NativeCcInfo
