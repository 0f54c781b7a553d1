"""cc_common, which this Bazel has built in."""

load(":native.bzl", "native_cc_common")

cc_common = native_cc_common
