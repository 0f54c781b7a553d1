"""Globals of this Bazel, by names that a file can load and hand on."""

NativeCcInfo = CcInfo
native_cc_common = cc_common
